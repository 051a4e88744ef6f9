//! `credential_process` of a profile: a program that prints credentials.
//!
//! ```text
//! {"Version": 1, "AccessKeyId": …, "SecretAccessKey": …, "SessionToken": …, "Expiration": …}
//! ```
//!
//! The program is run without a shell. Its line is split into words as the AWS CLI does it
//! (Python's `shlex.split`): quotes and backslashes count, variables and wildcards do not.
//! Source: the AWS CLI's user guide, "Sourcing credentials with an external process".

use std::io::Read;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use zeroize::Zeroizing;

use super::{Asking, CloudError, Found, Origin, Sourced};
use crate::aws::credentials::Renewing;
use crate::aws::{Credentials, CredentialsError};

/// Longest time that a program may take. Some of them ask the user something.
const TIMEOUT: Duration = Duration::from_mins(1);

/// The variable that tells a program by whom it is run, so that it is not run by its own children.
pub(super) const MARK: &str = "AMIKIT_CREDENTIAL_PROCESS";

/// How often it is looked whether the user wants to stop.
const TICK: Duration = Duration::from_millis(50);

/// Most that a program may print. Real answers have one or two KiB.
const MAX_OUTPUT_BYTES: u64 = 64 << 10;

/// Most characters of a program's complaint that are repeated.
const MAX_COMPLAINT: usize = 300;

/// The credentials that the profile's program prints.
pub(super) fn credentials(
    profile: &str,
    command: &Sourced<String>,
    asking: &Asking,
) -> Result<Found, CloudError> {
    let Some(words) = split(&command.value).filter(|words| !words.is_empty()) else {
        return Err(CloudError::Value {
            origin: command.origin.clone(),
            found: "a line with an open quote, or an empty one".to_owned(),
            expected: "a program and its arguments",
        });
    };
    let origin = Origin::Process {
        profile: profile.to_owned(),
    };
    let (name, asking) = (origin.to_string(), asking.clone());
    let now = asking.now;
    let provider = Renewing::new(move |_| {
        run(&words, TIMEOUT, &asking).map_err(|why| CredentialsError::Source {
            origin: name.clone(),
            why,
        })
    });
    Found::renewed(Arc::new(provider), origin, now)
}

/// Runs the program and reads what it prints.
fn run(words: &[String], timeout: Duration, asking: &Asking) -> Result<Credentials, String> {
    let (program, arguments) = words.split_first().ok_or("no program is named")?;
    let mut child = Command::new(program)
        .args(arguments)
        .env(MARK, "1")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("{program} cannot be run: {error}"))?;
    let output = reader(child.stdout.take());
    let complaint = reader(child.stderr.take());
    let deadline = Instant::now() + timeout;
    let ended = finish(&mut child, &output, deadline, asking);
    let (printed, status) = match ended {
        Ok(ended) => ended,
        Err(why) => {
            // It may have ended by itself in the meantime.
            let _ = child.kill();
            let _ = child.wait();
            return Err(format!("{program} {why}"));
        }
    };
    if !status.success() {
        let said = complaint.recv_timeout(TICK).unwrap_or_default();
        return Err(format!("{program} ended with {status}{}", quoted(&said)));
    }
    if printed.len() as u64 > MAX_OUTPUT_BYTES {
        return Err(format!(
            "{program} printed more than {MAX_OUTPUT_BYTES} bytes"
        ));
    }
    let version: Option<Version> = serde_json::from_slice(&printed).ok();
    match version {
        Some(Version { version: Some(1) }) => {}
        Some(Version {
            version: Some(other),
        }) => {
            return Err(format!("{program} printed version {other}, expected 1"));
        }
        _ => {
            return Err(format!(
                "{program} printed no JSON object with \"Version\": 1"
            ));
        }
    }
    Credentials::from_json(&printed).map_err(|why| format!("what {program} printed: {why}"))
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Version {
    version: Option<i64>,
}

/// Waits for the output's end and the program's.
fn finish(
    child: &mut Child,
    output: &Receiver<Zeroizing<Vec<u8>>>,
    deadline: Instant,
    asking: &Asking,
) -> Result<(Zeroizing<Vec<u8>>, ExitStatus), String> {
    let mut printed: Option<Zeroizing<Vec<u8>>> = None;
    loop {
        if (asking.interrupted)() {
            return Err("was interrupted".to_owned());
        }
        if Instant::now() >= deadline {
            return Err("did not end in time".to_owned());
        }
        if printed.is_none() {
            match output.recv_timeout(TICK) {
                Ok(bytes) => printed = Some(bytes),
                Err(RecvTimeoutError::Timeout) => continue,
                Err(RecvTimeoutError::Disconnected) => {
                    return Err("printed nothing that can be read".to_owned());
                }
            }
        }
        match (child.try_wait(), printed.take()) {
            (Ok(Some(status)), Some(bytes)) => return Ok((bytes, status)),
            (Err(error), _) => return Err(format!("cannot be waited for: {error}")),
            // It waits for somebody to read more than will be read.
            (_, Some(bytes)) if bytes.len() as u64 > MAX_OUTPUT_BYTES => {
                return Err(format!("printed more than {MAX_OUTPUT_BYTES} bytes"));
            }
            (Ok(None), bytes) => {
                printed = bytes;
                thread::sleep(TICK);
            }
            (Ok(Some(_)), None) => {}
        }
    }
}

/// Reads a stream, up to the bound, in a thread of its own. Whoever holds the other end open
/// holds up that thread only.
fn reader(stream: Option<impl Read + Send + 'static>) -> Receiver<Zeroizing<Vec<u8>>> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Zeroizing::new(Vec::new());
        if let Some(stream) = stream {
            // What cannot be read to its end is no JSON, which is told then.
            let _ = stream.take(MAX_OUTPUT_BYTES + 1).read_to_end(&mut bytes);
        }
        // After a time-out nobody listens.
        let _ = sender.send(bytes);
    });
    receiver
}

/// The first line of a complaint, cut short.
fn quoted(said: &[u8]) -> String {
    let text = String::from_utf8_lossy(said);
    let line = text.lines().map(str::trim).find(|line| !line.is_empty());
    line.map_or_else(String::new, |line| {
        let short: String = line.chars().take(MAX_COMPLAINT).collect();
        format!(", saying {short:?}")
    })
}

/// Splits a line into words; none when a quote is not closed.
fn split(line: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut letters = line.chars();
    while let Some(letter) = letters.next() {
        match letter {
            letter if letter.is_ascii_whitespace() => words.extend(word.take()),
            '\'' => {
                let word = word.get_or_insert_default();
                loop {
                    match letters.next()? {
                        '\'' => break,
                        letter => word.push(letter),
                    }
                }
            }
            '"' => {
                let word = word.get_or_insert_default();
                loop {
                    match letters.next()? {
                        '"' => break,
                        '\\' => match letters.next()? {
                            escaped @ ('"' | '\\') => word.push(escaped),
                            other => word.extend(['\\', other]),
                        },
                        letter => word.push(letter),
                    }
                }
            }
            '\\' => word.get_or_insert_default().push(letters.next()?),
            letter => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    Some(words)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Timestamp;

    fn asking() -> Asking {
        Asking {
            now: Timestamp(1000),
            interrupted: Arc::new(|| false),
        }
    }

    fn sh(script: &str, timeout: Duration) -> Result<Credentials, String> {
        let words = ["/bin/sh", "-c", script].map(str::to_owned);
        run(&words, timeout, &asking())
    }

    #[test]
    fn lines_are_split_as_the_aws_cli_does() {
        let words = |line| split(line).map(|words| words.join("|"));
        for (line, want) in [
            ("a b\tc", Some("a|b|c")),
            (r#""/opt/my tool" --x='1 2'"#, Some("/opt/my tool|--x=1 2")),
            (r#"a\ b "c\"d\e" ''"#, Some(r#"a b|c"d\e|"#)),
            ("a $HOME;b *", Some("a|$HOME;b|*")),
            ("a 'b", None),
            ("a \"b", None),
            ("  ", Some("")),
        ] {
            assert_eq!(words(line).as_deref(), want, "{line}");
        }
    }

    #[test]
    fn a_program_gives_credentials_or_says_why_not() {
        let long = Duration::from_secs(20);
        let good = r#"echo '{"Version":1,"AccessKeyId":"A","SecretAccessKey":"s"}'"#;

        assert_eq!(sh(good, long).unwrap().access_key_id, "A");
        for (script, why) in [
            ("echo no token >&2; exit 3", "no token"),
            ("echo '{\"Version\":2}'", "version 2"),
            ("echo hello", "no JSON object"),
            ("echo '{\"Version\":1}'", "no AccessKeyId"),
            ("head -c 70000 /dev/zero", "more than 65536"),
        ] {
            let error = sh(script, long).unwrap_err();
            assert!(error.contains(why), "{script}: {error}");
        }
        let missing = run(&["/nonexistent/tool".to_owned()], long, &asking()).unwrap_err();
        assert!(missing.contains("cannot be run"), "{missing}");
    }

    #[test]
    fn a_program_that_does_not_end_is_ended() {
        let error = sh("exec sleep 600", Duration::from_millis(100)).unwrap_err();

        assert!(error.contains("did not end in time"), "{error}");
    }
}
