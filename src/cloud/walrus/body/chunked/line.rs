//! Lines of the framing.
//!
//! ```text
//! 10000;chunk-signature=64 hex digits CR LF
//! x-amz-checksum-crc32c:sOO8/Q== CR LF
//! ```
//!
//! minio-go ends the line of a trailer with LF CR LF; that is accepted.

use bytes::{Buf as _, Bytes};

/// Longest line, in bytes, without its end. A chunk's has 97; the longest trailer, a SHA-256 or a
/// signature, has 88.
const LONGEST: usize = 256;

/// A line that comes in pieces.
#[derive(Debug, Default)]
pub(super) struct Line(Vec<u8>);

impl Line {
    /// Takes input up to the end of the line; the line without its end, once it is whole.
    pub(super) fn take(&mut self, input: &mut Bytes) -> Result<Option<Vec<u8>>, &'static str> {
        while let Some(end) = memchr::memchr(b'\n', input) {
            self.add(&input[..=end])?;
            input.advance(end + 1);
            if let Some(line) = self.0.strip_suffix(b"\r\n") {
                let line = line.to_vec();
                self.0.clear();
                return Ok(Some(line));
            }
        }
        self.add(input)?;
        input.clear();
        Ok(None)
    }

    fn add(&mut self, bytes: &[u8]) -> Result<(), &'static str> {
        if self.0.len() + bytes.len() > LONGEST + 2 {
            return Err("a line has more than 256 bytes");
        }
        self.0.extend_from_slice(bytes);
        Ok(())
    }
}

/// Length and signature of a chunk.
pub(super) fn chunk(line: &[u8], signed: bool) -> Result<(u64, Option<&str>), &'static str> {
    let line = str::from_utf8(line).map_err(|_| "the line of a chunk is not text")?;
    let (digits, extension) = match line.split_once(';') {
        Some((digits, extension)) => (digits, Some(extension)),
        None => (line, None),
    };
    // from_str_radix alone would take a sign.
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err("the length of a chunk is not a hexadecimal number");
    }
    let length = u64::from_str_radix(digits, 16)
        .map_err(|_| "the length of a chunk has more than 16 digits")?;
    match extension.map(|extension| extension.strip_prefix("chunk-signature=")) {
        None if !signed => Ok((length, None)),
        Some(Some(signature)) if signed && signature.len() == 64 => Ok((length, Some(signature))),
        _ if signed => Err("a chunk has no chunk-signature of 64 digits, and nothing else"),
        _ => Err("a chunk has an extension, which an unsigned one has not"),
    }
}

/// Name, in lower case, and value of a trailer.
pub(super) fn trailer(line: &[u8]) -> Result<(String, String), &'static str> {
    const FORM: &str = "a trailer is not a name, a colon and printable text";
    let line = line.strip_suffix(b"\n").unwrap_or(line); // minio-go
    let line = str::from_utf8(line).map_err(|_| FORM)?;
    let (name, value) = line.split_once(':').ok_or(FORM)?;
    let value = value.trim_matches([' ', '\t']);
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    let is_value = |byte: u8| byte.is_ascii_graphic() || byte == b' ';
    if name.is_empty() || !name.bytes().all(is_name) || !value.bytes().all(is_value) {
        return Err(FORM);
    }
    Ok((name.to_ascii_lowercase(), value.to_owned()))
}
