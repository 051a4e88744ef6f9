//! Values of the configuration that are more than a number or a text: each is checked where it
//! is read, so that the error names the line.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::de::{Error as _, Visitor};
use serde::{Deserialize, Deserializer};
use zeroize::Zeroizing;

use super::table::{Value, text_values};
use crate::units::Bytes;

/// A length of time, written `250ms`, `30s`, `15m`, `24h`, `7d`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span(pub Duration);

impl Span {
    /// So many seconds.
    #[must_use]
    pub const fn seconds(count: u64) -> Self {
        Self(Duration::from_secs(count))
    }
}

/// The units of a [`Span`] in milliseconds, largest first.
const UNITS: [(&str, u128); 5] = [
    ("d", 86_400_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1000),
    ("ms", 1),
];

impl fmt::Display for Span {
    /// With the largest unit that loses nothing.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = self.0.as_millis();
        let fits = |(_, unit): &&(&str, u128)| millis.is_multiple_of(*unit);
        let (name, unit) = UNITS.iter().find(fits).unwrap_or(&("ms", 1));
        match millis {
            0 => f.write_str("0s"),
            _ => write!(f, "{}{name}", millis / unit),
        }
    }
}

impl FromStr for Span {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let error = || {
            format!(
                "{text:?} is not a time: expected a whole number with ms, s, m, h or d: \"15m\""
            )
        };
        let text = text.trim();
        let end = text.find(|c: char| !c.is_ascii_digit()).ok_or_else(error)?;
        let (number, unit) = text.split_at(end);
        let number: u64 = number.parse().map_err(|_| error())?;
        let named = |(name, _): &&(&str, u128)| *name == unit.trim_start();
        let (_, millis) = UNITS.iter().find(named).ok_or_else(error)?;
        let millis = u64::try_from(u128::from(number) * millis).map_err(|_| error())?;
        Ok(Self(Duration::from_millis(millis)))
    }
}

/// A domain whose names are virtual hosts: lower case, no dot at either end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Domain(String);

impl Domain {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Domain {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let name = text.to_ascii_lowercase();
        let is_label = |label: &str| {
            let inside = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
            (1..=63).contains(&label.len())
                && label.bytes().all(inside)
                && !label.starts_with('-')
                && !label.ends_with('-')
        };
        // An address of version 4 would pass as four labels, and has no names below it.
        let ends_in_letter = name.ends_with(|c: char| c.is_ascii_lowercase());
        if name.len() <= 253 && name.split('.').all(is_label) && ends_in_letter {
            return Ok(Self(name));
        }
        Err(format!(
            "{text:?} is not a domain: expected letters, digits, '-' and dots between: \"s3.example.org\""
        ))
    }
}

/// The name of the region that requests may be signed for and buckets say they are in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Region(String);

impl Region {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Region {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let inside = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        if (1..=63).contains(&text.len()) && text.bytes().all(inside) {
            return Ok(Self(text.to_owned()));
        }
        Err(format!(
            "{text:?} is not a region: expected up to 63 lower-case letters, digits and '-'"
        ))
    }
}

/// Where objects are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ObjectsUrl {
    /// The folder `objects` of the data directory.
    Directory,
    /// A bucket of another S3.
    S3 {
        /// The bucket.
        bucket: String,
        /// What the names of all objects begin with; empty, or ends with `/`.
        prefix: String,
    },
}

impl fmt::Display for ObjectsUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Directory => f.write_str("directory"),
            Self::S3 { bucket, prefix } => write!(f, "s3://{bucket}/{prefix}"),
        }
    }
}

impl FromStr for ObjectsUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "directory" {
            return Ok(Self::Directory);
        }
        let error = || {
            format!(
                "{text:?} is not a place for objects: expected \"directory\" or \"s3://BUCKET/PREFIX\""
            )
        };
        let rest = text.strip_prefix("s3://").ok_or_else(error)?;
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let inside = |b: u8| b.is_ascii_alphanumeric() || b"-._".contains(&b);
        if !(3..=255).contains(&bucket.len()) || !bucket.bytes().all(inside) {
            return Err(error());
        }
        if prefix.len() > 512 || prefix.chars().any(char::is_control) {
            return Err(error());
        }
        let prefix = prefix.trim_matches('/');
        Ok(Self::S3 {
            bucket: bucket.to_owned(),
            prefix: if prefix.is_empty() {
                String::new()
            } else {
                format!("{prefix}/")
            },
        })
    }
}

/// A text that is never shown, printed or logged.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes a secret.
    #[must_use]
    pub fn new(text: Zeroizing<String>) -> Self {
        Self(text)
    }

    /// The text.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl Value for Secret {
    fn toml(&self) -> Option<String> {
        None
    }
}

impl<'de> Deserialize<'de> for Secret {
    /// A value of another kind is not repeated in the error, as serde would.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match String::deserialize(deserializer) {
            Ok(text) => Ok(Self(Zeroizing::new(text))),
            Err(_) => Err(D::Error::custom("expected a text in quotes")),
        }
    }
}

/// Which names buckets may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BucketNames {
    /// 3 to 63 lower-case letters, digits, `-` and `.`: the rule of S3 today.
    Dns,
    /// Also upper case and `_`, up to 255 letters: S3's first rule, and Eucalyptus'.
    Legacy,
}

/// How the log's lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LogFormat {
    /// For people.
    Text,
    /// An object each.
    Json,
}

/// What is logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LogLevel {
    /// What an operator must act upon.
    Error,
    /// Also what was coped with.
    Warn,
    /// Also starts, stops and changes of state.
    Info,
    /// Also each request.
    Debug,
    /// Everything.
    Trace,
}

macro_rules! words {
    ($($type:ident { $($variant:ident = $word:literal),+ })+) => {
        $(impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self { $(Self::$variant => $word),+ })
            }
        })+
    };
}

words! {
    BucketNames { Dns = "dns", Legacy = "legacy" }
    LogFormat { Text = "text", Json = "json" }
    LogLevel { Error = "error", Warn = "warn", Info = "info", Debug = "debug", Trace = "trace" }
}

impl FromStr for LogFormat {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err(format!(
                "{text:?} is not a form of the log: expected text or json"
            )),
        }
    }
}

text_values! { Span Domain Region ObjectsUrl BucketNames LogFormat LogLevel }

/// Reads a value from its text.
macro_rules! read_from_text {
    ($($type:ty)+) => {
        $(impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
            }
        })+
    };
}

read_from_text! { Span Domain Region ObjectsUrl }

impl<'de> Deserialize<'de> for Bytes {
    /// Reads a text with a unit, or a plain number of bytes.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Size;
        impl Visitor<'_> for Size {
            type Value = Bytes;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a size: \"10 GiB\", or a number of bytes")
            }

            fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<Bytes, E> {
                let error = |_| E::custom(format!("{number} is not a size: it is negative"));
                u64::try_from(number).map(Bytes).map_err(error)
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Bytes, E> {
                text.parse().map_err(E::custom)
            }
        }
        deserializer.deserialize_any(Size)
    }
}
