//! PEM files: base64 between `-----BEGIN X-----` and `-----END X-----`.
//!
//! ```text
//! text that nobody reads              subject=CN = user
//! -----BEGIN RSA PRIVATE KEY-----     label
//! Proc-Type: 4,ENCRYPTED              headers, in encrypted keys of the traditional form only
//! DEK-Info: AES-128-CBC,0011…         (an empty line ends them)
//!
//! MIIEpAIBAAKCAQEA…                   base64, lines of any length
//! -----END RSA PRIVATE KEY-----
//! ```
//!
//! Reads what the old tools' users have: text around the blocks, CRLF, several blocks in a
//! file. Source: RFC 7468 for the blocks, RFC 1421 for the headers.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use base64ct::{Base64, Encoding as _};
use zeroize::Zeroizing;

/// Largest key or certificate file that is read, in bytes. A 16384 bit key has 13 KB; the rest
/// is room for bundles of certificates and text around them.
pub(super) const MAX_FILE_BYTES: u64 = 1024 * 1024;

/// One block, not yet decoded.
pub(super) struct Block<'a> {
    /// What stands between `BEGIN ` and the dashes.
    pub label: &'a str,
    /// Lines of the form `Name: value` before the base64.
    pub headers: Vec<(&'a str, &'a str)>,
    body: Zeroizing<String>,
}

/// Why a file could not be read as text.
pub(super) enum FileError {
    /// The system says no.
    Io(io::Error),
    /// It has more than [`MAX_FILE_BYTES`].
    TooLarge,
}

/// Reads a bounded file. What is not UTF-8 (comments in old encodings) becomes U+FFFD.
///
/// The file may be a pipe, as shells' `<(…)` are.
pub(super) fn read_file(path: &Path) -> Result<Zeroizing<String>, FileError> {
    let mut bytes = Zeroizing::new(Vec::new());
    File::open(path)
        .and_then(|file| file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes))
        .map_err(FileError::Io)?;
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err(FileError::TooLarge);
    }
    Ok(Zeroizing::new(String::from_utf8_lossy(&bytes).into_owned()))
}

/// The complete blocks of a text, in order. A block without its END line is left out.
pub(super) fn blocks(text: &str) -> Vec<Block<'_>> {
    let mut found = Vec::new();
    let mut lines = text.lines().map(str::trim);
    while let Some(line) = lines.next() {
        let Some(label) = boundary(line, "BEGIN") else {
            continue;
        };
        let mut headers = Vec::new();
        let mut body = Zeroizing::new(String::new());
        for line in lines.by_ref() {
            if boundary(line, "END") == Some(label) {
                found.push(Block {
                    label,
                    headers,
                    body,
                });
                break;
            }
            match line.split_once(':') {
                Some((name, value)) if body.is_empty() => {
                    headers.push((name.trim(), value.trim()));
                }
                _ => body.extend(line.split_ascii_whitespace()),
            }
        }
    }
    found
}

/// The label of a `-----BEGIN label-----` or `-----END label-----` line.
fn boundary<'a>(line: &'a str, word: &str) -> Option<&'a str> {
    line.strip_prefix("-----")?
        .strip_suffix("-----")?
        .strip_prefix(word)?
        .strip_prefix(' ')
}

impl Block<'_> {
    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(key, _)| *key == name);
        found.map(|(_, value)| *value)
    }

    /// The bytes that the base64 stands for; `None` when it is not base64.
    pub fn decode(&self) -> Option<Zeroizing<Vec<u8>>> {
        Base64::decode_vec(&self.body).ok().map(Zeroizing::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_crlf_and_long_lines_around_a_block_are_accepted() {
        let text =
            "subject=CN = x\r\n-----BEGIN X-----\r\nAAEC\r\n  AwQ=\r\n-----END X-----\r\nend";

        let found = blocks(text);

        assert_eq!(found.len(), 1);
        assert_eq!(found[0].label, "X");
        assert_eq!(&**found[0].decode().unwrap(), [0, 1, 2, 3, 4]);
    }

    #[test]
    fn headers_are_kept_apart_from_the_base64() {
        let text =
            "-----BEGIN X-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: A,00\n\nAAEC\n-----END X-----";

        let found = blocks(text);

        assert_eq!(found[0].header("DEK-Info"), Some("A,00"));
        assert_eq!(&**found[0].decode().unwrap(), [0, 1, 2]);
    }

    #[test]
    fn a_block_that_does_not_end_is_left_out() {
        assert!(blocks("-----BEGIN X-----\nAAEC\n-----END Y-----\n").is_empty());
    }

    #[test]
    fn what_is_not_base64_does_not_decode() {
        let found = blocks("-----BEGIN X-----\n!!!!\n-----END X-----\n");

        assert!(found[0].decode().is_none());
    }
}
