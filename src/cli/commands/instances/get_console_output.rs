//! `get-console-output`.

use clap::Arg;

use super::instance_arg;
use crate::aws::ec2::GetConsoleOutput;
use crate::cli::ec2::{connect, reading_args};
use crate::cli::failure::Failure;
use crate::cli::session::Session;
use crate::cli::spec::{CommandSpec, Outcome, flag};

/// The command.
pub static SPEC: CommandSpec = CommandSpec {
    name: "get-console-output",
    about: "Print what an instance has printed on its console",
    details: "Control characters are shown as ^X, so that they do nothing to your terminal; \
              with --raw-console-output every byte comes as it is.",
    examples: &["amikit get-console-output i-0123456789abcdef0 --latest"],
    args,
    sources: &[],
    rows: false,
    run,
};

fn args() -> Vec<Arg> {
    let mut args = vec![
        instance_arg(),
        flag("raw-console-output", "Print control characters as they are").short('r'),
        flag(
            "latest",
            "What was printed until now, where the cloud can tell; else that of the start",
        ),
    ];
    args.extend(reading_args());
    args
}

fn run(session: &Session<'_>) -> Result<Outcome, Failure> {
    let request = GetConsoleOutput {
        instance_id: session.values.given("instance").unwrap_or_default(),
        latest: session.values.flag("latest"),
    };
    let connected = connect(session)?;
    let found = connected.ec2.call(&request)?;
    let raw = session.values.flag("raw-console-output");
    if session.is_native() && session.is_json() {
        session.json(&serde_json::json!({
            "instance_id": found.instance_id,
            "timestamp": found.timestamp,
            "output": String::from_utf8_lossy(&found.output),
        }))?;
    } else if session.is_native() {
        if found.output.is_empty() {
            session.note("the instance has printed nothing yet");
        } else if raw {
            session.print_bytes(&found.output)?;
        } else {
            session.print(&shown(&found.output))?;
        }
    } else {
        let text = if raw {
            String::from_utf8_lossy(&found.output).replace('\u{fffd}', "?")
        } else {
            shown(&found.output)
        };
        session.line(&shown(found.instance_id.as_bytes()))?;
        session.line(&shown(found.timestamp.unwrap_or_default().as_bytes()))?;
        session.line(&text)?;
    }
    Ok(Outcome::Done)
}

/// The text of an output: what is no UTF-8, or a control character of Latin-1, as `?`, other
/// control characters but tabs and line ends as `^X`.
fn shown(output: &[u8]) -> String {
    let text = String::from_utf8_lossy(output);
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\t' | '\n' | '\r' => shown.push(character),
            '\u{0}'..='\u{1f}' | '\u{7f}' => {
                // The caret's letters are 64 away: ^@ is NUL, ^? is DEL.
                let code = u8::try_from(character).unwrap_or_default();
                shown.push('^');
                shown.push(char::from(code ^ 0x40));
            }
            '\u{80}'..='\u{9f}' | '\u{fffd}' => shown.push('?'),
            _ => shown.push(character),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_do_nothing_to_the_terminal() {
        let text = shown(b"a\x1b[2Jb\x07\x00\x7f\r\n\tc\xff\xc2\x9b\xc3\xa9");

        assert_eq!(text, "a^[[2Jb^G^@^?\r\n\tc??\u{e9}");
    }
}
