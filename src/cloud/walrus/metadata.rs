//! What an object carries beside its bytes: `Content-Type` and its like, and the user's own.
//!
//! Source: Amazon S3 user guide, "Working with object metadata".

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::answer::Answer;
use super::body::expectation::object_encoding;
use super::error::{Code, S3Error, S3Result};

/// What the user's own headers begin with.
pub const USER: &str = "x-amz-meta-";

/// Most bytes of the user's own metadata, names and values together: S3's 2 KB.
const MAX_USER_BYTES: usize = 2 << 10;

/// Headers that S3 keeps as they are.
const KEPT: [&str; 7] = [
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-language",
    "content-type",
    "expires",
    "x-amz-website-redirect-location",
];

/// The type of what was put without one.
const UNTYPED: &str = "binary/octet-stream";

/// Metadata of an object.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metadata {
    /// Headers that S3 keeps as they are; names in lower case.
    #[serde(default, rename = "h", skip_serializing_if = "BTreeMap::is_empty")]
    kept: BTreeMap<String, String>,
    /// The user's own, without [`USER`]; names in lower case.
    #[serde(default, rename = "m", skip_serializing_if = "BTreeMap::is_empty")]
    user: BTreeMap<String, String>,
}

impl Metadata {
    /// The metadata among a request's headers.
    ///
    /// # Errors
    /// `MetadataTooLarge`.
    pub fn from_headers(headers: &[(String, String)]) -> S3Result<Self> {
        let mut metadata = Self::default();
        for (name, value) in headers {
            if let Some(name) = name.strip_prefix(USER) {
                metadata.user.insert(name.to_owned(), value.clone());
            } else if KEPT.contains(&name.as_str()) && name != "content-encoding" {
                metadata.kept.insert(name.clone(), value.clone());
            }
        }
        if let Some(encoding) = object_encoding(headers) {
            metadata
                .kept
                .insert("content-encoding".to_owned(), encoding);
        }
        let bytes: usize = metadata.user.iter().map(|(k, v)| k.len() + v.len()).sum();
        if bytes > MAX_USER_BYTES {
            let message =
                format!("the metadata has {bytes} bytes, at most {MAX_USER_BYTES} are kept");
            return Err(S3Error::new(Code::MetadataTooLarge, message)
                .with("Size", bytes.to_string())
                .with("MaxSizeAllowed", MAX_USER_BYTES.to_string()));
        }
        Ok(metadata)
    }

    /// As the database keeps it.
    ///
    /// # Panics
    /// Never: texts by name are always JSON.
    #[must_use]
    pub fn to_text(&self) -> String {
        serde_json::to_string(self).expect("texts are always JSON")
    }

    /// Reads what [`Metadata::to_text`] wrote; nothing from anything else.
    #[must_use]
    pub fn from_text(text: &str) -> Self {
        serde_json::from_str(text).unwrap_or_default()
    }

    /// Writes it into an answer's headers.
    #[must_use]
    pub fn apply(&self, mut answer: Answer) -> Answer {
        answer = answer.header("content-type", UNTYPED);
        for name in KEPT {
            answer = answer.maybe(name, self.kept.get(name));
        }
        for (name, value) in &self.user {
            answer = answer.header_named(&format!("{USER}{name}"), value);
        }
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        pairs.iter().map(owned).collect()
    }

    #[test]
    fn what_is_kept_comes_back() {
        let pairs = [
            ("content-type", "text/plain"),
            ("content-encoding", "aws-chunked,gzip"),
            ("x-amz-meta-colour", "grün"),
            ("x-amz-acl", "private"),
        ];

        let metadata = Metadata::from_headers(&headers(&pairs)).unwrap();
        let read = Metadata::from_text(&metadata.to_text());
        let answer = read.apply(Answer::empty(hyper::StatusCode::OK));

        assert_eq!(read, metadata);
        assert_eq!(answer.headers["content-type"], "text/plain");
        assert_eq!(answer.headers["content-encoding"], "gzip");
        assert_eq!(
            answer.headers["x-amz-meta-colour"].as_bytes(),
            "grün".as_bytes()
        );
        assert!(!answer.headers.contains_key("x-amz-acl"));
    }

    #[test]
    fn two_kilobytes_are_enough() {
        let value = "x".repeat(MAX_USER_BYTES - 3);

        assert!(Metadata::from_headers(&headers(&[("x-amz-meta-abc", &value)])).is_ok());
        let refused = Metadata::from_headers(&headers(&[("x-amz-meta-abcd", &value)]));
        assert_eq!(refused.unwrap_err().code, Code::MetadataTooLarge);
    }
}
