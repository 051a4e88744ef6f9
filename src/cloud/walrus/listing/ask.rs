//! What a request wants of a list.

use base64ct::{Base64UrlUnpadded, Encoding as _};

use super::{Entry, MOST, Scope};
use crate::cloud::walrus::error::S3Result;
use crate::cloud::walrus::xml::invalid_argument;

/// Where a page begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cloud::walrus) enum Start {
    /// At the first key.
    First,
    /// Behind a key and all its versions.
    AfterKey(String),
    /// Behind all that is below a common prefix.
    AfterPrefix(String),
    /// Behind the version of a key that has this sequence.
    AfterVersion(String, i64),
}

/// Which page is wanted.
#[derive(Debug)]
pub(in crate::cloud::walrus) struct Ask<'a> {
    /// The bucket.
    pub(in crate::cloud::walrus) bucket: &'a str,
    /// What is listed.
    pub(in crate::cloud::walrus) scope: Scope,
    /// What the keys begin with; perhaps nothing.
    pub(in crate::cloud::walrus) prefix: &'a str,
    /// What ends common prefixes; any text.
    pub(in crate::cloud::walrus) delimiter: Option<&'a str>,
    /// Where it begins.
    pub(in crate::cloud::walrus) start: Start,
    /// Most entries, [`MOST`] or fewer.
    pub(in crate::cloud::walrus) most: usize,
}

impl Ask<'_> {
    /// The part of a key up to the first delimiter behind the prefix.
    pub(super) fn common_prefix<'k>(&self, key: &'k str) -> Option<&'k str> {
        common_prefix(key, self.prefix, self.delimiter)
    }
}

fn common_prefix<'k>(key: &'k str, prefix: &str, delimiter: Option<&str>) -> Option<&'k str> {
    let delimiter = delimiter?;
    let at = key.strip_prefix(prefix)?.find(delimiter)?;
    key.get(..prefix.len() + at + delimiter.len())
}

/// A parameter that says something.
pub(in crate::cloud::walrus) fn some(value: Option<&str>) -> Option<&str> {
    value.filter(|value| !value.is_empty())
}

impl Start {
    /// Behind a marker of the client's. One that is a common prefix itself, as pages with a
    /// delimiter end with them, stands for all that is below it.
    pub(in crate::cloud::walrus) fn after_marker(
        marker: Option<&str>,
        prefix: &str,
        delimiter: Option<&str>,
    ) -> Self {
        match some(marker) {
            None => Self::First,
            Some(marker) if common_prefix(marker, prefix, delimiter) == Some(marker) => {
                Self::AfterPrefix(marker.to_owned())
            }
            Some(marker) => Self::AfterKey(marker.to_owned()),
        }
    }

    /// What a continuation token stands for.
    ///
    /// # Errors
    /// `InvalidArgument` when it is none of ours.
    pub(in crate::cloud::walrus) fn from_token(token: &str) -> S3Result<Self> {
        let bytes = Base64UrlUnpadded::decode_vec(token).ok();
        let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
        let text = text.filter(|text| !text.contains('\0'));
        let read = text
            .as_deref()
            .and_then(|text| match text.split_at_checked(1)? {
                ("k", key) => Some(Self::AfterKey(key.to_owned())),
                ("p", common) => Some(Self::AfterPrefix(common.to_owned())),
                _ => None,
            });
        read.ok_or_else(|| {
            let message = "the continuation token is none that a list of this service has given";
            invalid_argument("continuation-token", token, message)
        })
    }

    /// The token to go on behind an entry. It says all that there is to know, so nothing has to
    /// be kept for it.
    pub(in crate::cloud::walrus) fn token(last: &Entry) -> String {
        let text = match last {
            Entry::Version(version) => format!("k{}", version.key),
            Entry::Prefix(common) => format!("p{common}"),
        };
        Base64UrlUnpadded::encode_string(text.as_bytes())
    }
}

/// How many entries a page may have: what `max-keys` says, at most [`MOST`].
///
/// # Errors
/// `InvalidArgument` when it is no number that S3 takes.
pub(in crate::cloud::walrus) fn max_keys(value: Option<&str>) -> S3Result<usize> {
    let Some(value) = some(value) else {
        return Ok(MOST);
    };
    let number = value.parse::<i32>().ok();
    let number = number.and_then(|number| usize::try_from(number).ok());
    let number = number.ok_or_else(|| {
        let message = "max-keys must be an integer between 0 and 2147483647";
        invalid_argument("max-keys", value, message)
    })?;
    Ok(number.min(MOST))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_marker_that_is_a_common_prefix_skips_it() {
        let after =
            |marker, prefix, delimiter| Start::after_marker(Some(marker), prefix, delimiter);

        let prefix = |text: &str| Start::AfterPrefix(text.to_owned());
        let key = |text: &str| Start::AfterKey(text.to_owned());
        assert_eq!(after("a/", "", Some("/")), prefix("a/"));
        assert_eq!(after("a/b", "", Some("/")), key("a/b"));
        assert_eq!(after("a/", "a/", Some("/")), key("a/"));
        assert_eq!(after("a/", "", None), key("a/"));
        assert_eq!(after("x--", "x", Some("--")), prefix("x--"));
        assert_eq!(after("", "", Some("/")), Start::First);
    }

    #[test]
    fn a_token_is_read_back_and_another_text_refused() {
        let token = Start::token(&Entry::Prefix("ü/".to_owned()));

        assert_eq!(
            Start::from_token(&token).unwrap(),
            Start::AfterPrefix("ü/".to_owned())
        );
        for token in ["", "a", "=", "%", "eA", "a2EA"] {
            assert!(Start::from_token(token).is_err(), "{token}");
        }
    }

    #[test]
    fn max_keys_is_a_number_that_is_not_negative() {
        assert_eq!(max_keys(None).unwrap(), 1000);
        assert_eq!(max_keys(Some("0")).unwrap(), 0);
        assert_eq!(max_keys(Some("2147483647")).unwrap(), 1000);
        for value in ["-1", "x", "1.5", "2147483648", " 1"] {
            assert!(max_keys(Some(value)).is_err(), "{value}");
        }
    }
}
