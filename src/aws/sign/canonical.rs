//! The one form in which both sides write a request before they sign it.
//!
//! ```text
//! GET                                            method
//! /test%24file.text                              path, encoded once (S3) or twice (others)
//! max-keys=2&prefix=J                            query, encoded, sorted
//! host:examplebucket.s3.amazonaws.com            headers: lower case, sorted, trimmed
//! x-amz-date:20130524T000000Z
//!                                                (an empty line)
//! host;x-amz-date                                names of the headers
//! e3b0c442…                                      SHA-256 of the body, or a word for it
//! ```
//!
//! Source: docs/formats/signatures.md, section 1.

use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Encodes what is not unreserved in RFC 3986 as `%XX`, in capitals; a slash too unless it is
/// to be kept.
#[must_use]
pub fn uri_encode(bytes: &[u8], keep_slash: bool) -> String {
    let mut text = String::with_capacity(bytes.len());
    for &byte in bytes {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                text.push(char::from(byte));
            }
            b'/' if keep_slash => text.push('/'),
            _ => {
                let _ = write!(text, "%{byte:02X}"); // a String takes everything
            }
        }
    }
    text
}

/// The bytes of a percent-encoded text. A `%` without two hex digits after it stays itself.
#[must_use]
pub fn uri_decode(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let decoded = match (byte, after) {
            (b'%', [high, low, ..]) => hex_value(*high).zip(hex_value(*low)),
            _ => None,
        };
        if let Some((high, low)) = decoded {
            bytes.push(high << 4 | low);
            rest = &after[2..];
        } else {
            bytes.push(byte);
            rest = after;
        }
    }
    bytes
}

fn hex_value(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

/// The path as a service's version 4 has it: S3 encodes the path once and leaves `.`, `..` and
/// double slashes alone, since they may be a key's; the others tidy it and encode it twice.
#[must_use]
pub fn path(service: &str, sent: &str) -> String {
    let sent = if sent.is_empty() { "/" } else { sent };
    let once = uri_encode(&uri_decode(sent), true);
    if service == "s3" {
        once
    } else {
        uri_encode(tidy(&once).as_bytes(), true)
    }
}

/// A path without `.`, `..` and double slashes (RFC 3986, section 5.2.4).
fn tidy(path: &str) -> String {
    let mut names: Vec<&str> = Vec::new();
    for name in path.split('/') {
        match name {
            "" | "." => {}
            ".." => {
                names.pop();
            }
            _ => names.push(name),
        }
    }
    let folder = path.ends_with('/') || path.ends_with("/.") || path.ends_with("/..");
    let end = if folder && !names.is_empty() { "/" } else { "" };
    format!("/{}{end}", names.join("/"))
}

/// Query parameters encoded and sorted by name, then value.
#[must_use]
pub fn query<'a>(pairs: impl IntoIterator<Item = &'a (String, String)>) -> String {
    let mut encoded: Vec<_> = pairs
        .into_iter()
        .map(|(name, value)| {
            let encode = |text: &String| uri_encode(text.as_bytes(), false);
            (encode(name), encode(value))
        })
        .collect();
    encoded.sort();
    let joined: Vec<_> = encoded
        .into_iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    joined.join("&")
}

/// Headers by their name in lower case, repeats joined by commas in the order they came.
#[derive(Debug, Clone, Default)]
pub struct Headers(BTreeMap<String, String>);

impl Headers {
    /// No headers.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The headers of a request; each value trimmed and its runs of white space made one space.
    pub fn of<'a>(pairs: impl IntoIterator<Item = &'a (String, String)>) -> Self {
        let mut headers = Self::new();
        for (name, value) in pairs {
            headers.add(name, value);
        }
        headers
    }

    /// Adds a header, after others of its name.
    pub fn add(&mut self, name: &str, value: &str) {
        let words: Vec<_> = value.split_ascii_whitespace().collect();
        let value = words.join(" ");
        self.0
            .entry(name.to_ascii_lowercase())
            .and_modify(|before| {
                before.push(',');
                before.push_str(&value);
            })
            .or_insert(value);
    }

    /// Puts a header in the place of all others of its name.
    pub fn set(&mut self, name: &str, value: &str) {
        self.0.remove(&name.to_ascii_lowercase());
        self.add(name, value);
    }

    /// The value of a header, name in lower case.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// All names, sorted, in lower case.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Those of the headers that are named; none if one of them is not there.
    #[must_use]
    pub fn only(&self, names: &[String]) -> Option<Self> {
        let mut chosen = BTreeMap::new();
        for name in names {
            chosen.insert(name.clone(), self.0.get(name)?.clone());
        }
        Some(Self(chosen))
    }

    /// `host;x-amz-date`.
    #[must_use]
    pub fn signed_names(&self) -> String {
        self.names().collect::<Vec<_>>().join(";")
    }

    /// Each header as a line `name:value`.
    #[must_use]
    pub fn lines(&self) -> String {
        let mut lines = String::new();
        for (name, value) in &self.0 {
            let _ = writeln!(lines, "{name}:{value}"); // a String takes everything
        }
        lines
    }
}

/// The canonical request of version 4 from its canonical parts. `payload` is the body's SHA-256
/// in hex, or the word that stands for it.
#[must_use]
pub fn request(method: &str, path: &str, query: &str, headers: &Headers, payload: &str) -> String {
    let (lines, names) = (headers.lines(), headers.signed_names());
    format!("{method}\n{path}\n{query}\n{lines}\n{names}\n{payload}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(name: &str, value: &str) -> (String, String) {
        (name.to_owned(), value.to_owned())
    }

    #[test]
    fn encoding_keeps_only_what_is_unreserved() {
        assert_eq!(uri_encode(b"aZ0-._~", false), "aZ0-._~");
        assert_eq!(
            uri_encode("a b/ü*+".as_bytes(), false),
            "a%20b%2F%C3%BC%2A%2B"
        );
        assert_eq!(uri_encode(b"a/b", true), "a/b");
    }

    #[test]
    fn decoding_keeps_what_is_no_code() {
        assert_eq!(uri_decode("%41%zz%4%"), b"A%zz%4%");
        assert_eq!(uri_decode("a+%C3%bc"), "a+ü".as_bytes());
    }

    #[test]
    fn a_key_keeps_its_dots_and_slashes_in_s3_only() {
        assert_eq!(path("s3", "/b/../a//k%24y$"), "/b/../a//k%24y%24");
        assert_eq!(path("ec2", "/b/../a//c/./"), "/a/c/");
        assert_eq!(path("ec2", "/a%20b"), "/a%2520b");
        assert_eq!(path("s3", ""), "/");
    }

    #[test]
    fn query_is_sorted_by_name_then_value() {
        let pairs = [
            pair("a-b", "1"),
            pair("a", "2"),
            pair("a", "10"),
            pair("é", ""),
        ];

        assert_eq!(query(&pairs), "%C3%A9=&a=10&a=2&a-b=1");
    }

    #[test]
    fn headers_are_trimmed_and_joined() {
        let headers = Headers::of(&[
            pair("X-Amz-B", "  two  \t spaces "),
            pair("x-amz-a", "1"),
            pair("x-amz-b", "again"),
        ]);

        assert_eq!(headers.lines(), "x-amz-a:1\nx-amz-b:two spaces,again\n");
        assert_eq!(headers.signed_names(), "x-amz-a;x-amz-b");
    }
}
