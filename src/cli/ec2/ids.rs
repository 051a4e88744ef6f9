//! Ids and names that commands are given, as arguments or from stdin; and tokens they give.
//!
//! ```text
//! ec2-describe-instances | cut -f 2 | ec2-terminate-instances -
//! ```

use std::io::Read;

use crate::cli::failure::Failure;
use crate::cli::host;
use crate::cli::session::Session;

/// What stands for stdin.
const STDIN: &str = "-";

/// Most bytes of ids that are read from stdin. An id has some twenty.
const MAX_BYTES: u64 = 1 << 20;

/// Every value of the argument `id`, in order. In place of a `-` stand the words of stdin, which
/// is read once.
///
/// # Errors
/// When one is empty, or stdin cannot be read, has no words, or more than a MiB of them: no words
/// must not come to mean everything, and an empty one, of a variable that is not set, neither.
pub fn ids(session: &Session<'_>, id: &str) -> Result<Vec<String>, Failure> {
    let mut given = session.values.each(id);
    if given.iter().any(|value| value.trim().is_empty()) {
        let message = "an id is empty: a service might take it for every id";
        return Err(Failure::usage(message).hint("is a variable of a script not set?"));
    }
    let Some(at) = given.iter().position(|value| value == STDIN) else {
        return Ok(given);
    };
    let words = words(host::stdin()?)?;
    given.retain(|value| value != STDIN);
    given.splice(at..at, words);
    Ok(given)
}

/// The client token of a request: `--client-token`, or a random one.
///
/// # Errors
/// When the system has no randomness.
pub fn client_token(session: &Session<'_>) -> Result<String, Failure> {
    match session.text("client-token")? {
        Some(token) => Ok(token),
        None => Ok(hex::encode(host::random_block()?)),
    }
}

/// The value of the argument `id`, which must be there. In place of a `-` stands the word of stdin.
///
/// # Errors
/// When stdin cannot be read, or has not exactly one word.
pub fn one_id(session: &Session<'_>, id: &str) -> Result<String, Failure> {
    let given = session.required_text(id)?;
    if given != STDIN {
        return Ok(given);
    }
    only(words(host::stdin()?)?)
}

/// The word, if there is one.
fn only(words: Vec<String>) -> Result<String, Failure> {
    match <[String; 1]>::try_from(words) {
        Ok([one]) => Ok(one),
        Err(words) => {
            let message = format!("stdin has {} words: expected one id", words.len());
            Err(Failure::usage(message))
        }
    }
}

/// The words of a stream.
fn words(stream: impl Read) -> Result<Vec<String>, Failure> {
    let mut text = String::new();
    let read = stream.take(MAX_BYTES + 1).read_to_string(&mut text);
    read.map_err(|error| Failure::io("cannot read ids from stdin", &error))?;
    if text.len() as u64 > MAX_BYTES {
        let message = "stdin has more than 1 MiB: expected ids, separated by white space";
        return Err(Failure::usage(message));
    }
    let words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
    if words.is_empty() {
        let message = "stdin is empty: expected ids, separated by white space";
        return Err(Failure::usage(message));
    }
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_separated_by_any_white_space() {
        let found = words(&b"i-1\r\ni-2\ti-3\n\n"[..]).unwrap();

        assert_eq!(found, ["i-1", "i-2", "i-3"]);
    }

    #[test]
    fn one_of_many_is_not_chosen() {
        let one = only(words(&b"vol-1\n"[..]).unwrap()).unwrap();
        let many = only(words(&b"vol-1 vol-2"[..]).unwrap()).unwrap_err();

        assert_eq!(one, "vol-1");
        assert_eq!(many.message(), "stdin has 2 words: expected one id");
    }

    #[test]
    fn nothing_does_not_mean_everything() {
        let message = words(&b" \n"[..]).unwrap_err().message();

        assert!(message.starts_with("stdin is empty"), "{message}");
    }

    #[test]
    fn a_stream_without_end_is_refused() {
        let message = words(std::io::repeat(b'i')).unwrap_err().message();

        assert!(
            message.starts_with("stdin has more than 1 MiB"),
            "{message}"
        );
    }
}
