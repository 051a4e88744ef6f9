//! What buckets and objects may be called.
//!
//! ```text
//! bucket   dns   3–63    a-z 0-9 . -          no IP address, nothing that S3 keeps for itself
//!          lax   3–255   A-Z a-z 0-9 . - _    no IP address: Eucalyptus' and old US buckets
//! key            1–1024 bytes of UTF-8, without NUL
//! ```
//!
//! A key is a text and no path: `..`, `a//b`, `.` and `/a` are keys like others. They never
//! become names of files.
//!
//! Source: Amazon S3 user guide, "Bucket naming rules" and "Naming Amazon S3 objects".

use std::net::Ipv4Addr;

use super::xml::{excerpt, invalid_argument};
use super::{Code, S3Error, S3Result};

/// Longest key, in bytes.
pub const MAX_KEY: usize = 1024;

/// Beginnings that S3 keeps for itself; a name with one could never move there.
const RESERVED_STARTS: [&str; 3] = ["xn--", "sthree-", "amzn-s3-demo-"];

/// Endings that S3 keeps for itself.
const RESERVED_ENDS: [&str; 5] = ["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"];

/// Which names new buckets may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum BucketRule {
    /// Names that can stand in a host's name, as S3 wants them today.
    #[default]
    Dns,
    /// The names that Eucalyptus took.
    Lax,
}

/// Judges the name of a bucket.
///
/// # Errors
/// `InvalidBucketName` that says what was expected.
pub fn check_bucket(name: &str, rule: BucketRule) -> S3Result<()> {
    let fault = match rule {
        BucketRule::Dns => dns_fault(name),
        BucketRule::Lax => lax_fault(name),
    };
    match fault {
        None => Ok(()),
        Some(expected) => Err(S3Error::new(
            Code::InvalidBucketName,
            format!("the name of the bucket is not valid: expected {expected}"),
        )
        .with("BucketName", excerpt(name))),
    }
}

/// What the name should be and is not.
fn dns_fault(name: &str) -> Option<&'static str> {
    let alphanumeric = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let at_edge = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    if !(3..=63).contains(&name.len()) {
        Some("3 to 63 characters")
    } else if !name
        .bytes()
        .all(|byte| alphanumeric(byte) || byte == b'.' || byte == b'-')
    {
        Some("lower-case letters, digits, dots and hyphens")
    } else if !name.starts_with(at_edge) || !name.ends_with(at_edge) {
        Some("a letter or digit at both ends")
    } else if name.contains("..") {
        Some("no two dots in a row")
    } else if is_address(name) {
        Some("no IP address")
    } else if RESERVED_STARTS.iter().any(|it| name.starts_with(it)) {
        Some("another beginning: xn--, sthree- and amzn-s3-demo- are reserved")
    } else if RESERVED_ENDS.iter().any(|it| name.ends_with(it)) {
        Some("another end: -s3alias, --ol-s3, .mrap, --x-s3 and --table-s3 are reserved")
    } else {
        None
    }
}

fn lax_fault(name: &str) -> Option<&'static str> {
    if !(3..=255).contains(&name.len()) {
        Some("3 to 255 characters")
    } else if !name
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte))
    {
        Some("letters, digits, dots, hyphens and underscores")
    } else if is_address(name) {
        Some("no IP address")
    } else if name.bytes().all(|byte| byte == b'.') {
        // A client would take it for a step up in the path.
        Some("more than dots")
    } else {
        None
    }
}

/// Whether it is written like an IPv4 address, also one with numbers above 255.
fn is_address(name: &str) -> bool {
    let number = |part: &str| (1..=3).contains(&part.len()) && is_digits(part);
    name.parse::<Ipv4Addr>().is_ok()
        || (name.split('.').count() == 4 && name.split('.').all(number))
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The key that a request's path names, percent-decoded.
///
/// # Errors
/// `InvalidArgument` when it is empty or has a NUL, which `PostgreSQL` cannot keep;
/// `KeyTooLongError` when it has more than 1024 bytes; `InvalidURI` when it is not UTF-8.
pub fn key(bytes: Vec<u8>) -> S3Result<String> {
    if bytes.len() > MAX_KEY {
        return Err(S3Error::new(
            Code::KeyTooLongError,
            format!(
                "the key has {} bytes, expected at most {MAX_KEY}",
                bytes.len()
            ),
        )
        .with("Size", bytes.len().to_string())
        .with("MaxSizeAllowed", MAX_KEY.to_string()));
    }
    let key = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        S3Error::new(
            Code::InvalidURI,
            format!("the key is not UTF-8: byte {at} of it does not fit"),
        )
    })?;
    if key.is_empty() {
        return Err(invalid_argument(
            "Key",
            "",
            "the key is empty, expected 1 to 1024 bytes",
        ));
    }
    if key.contains('\0') {
        let why = "the key has a NUL character, which cannot be kept";
        return Err(invalid_argument("Key", &key, why));
    }
    Ok(key)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop_assert, proptest};

    use super::*;

    fn takes(name: &str, rule: BucketRule) -> bool {
        check_bucket(name, rule).is_ok()
    }

    #[test]
    fn names_of_hosts_are_buckets() {
        let (shortest, longest) = ("abc", "a".repeat(63));

        for name in [
            shortest,
            &longest,
            "a.b-c.9",
            "1.2.3",
            "1.2.3.4.5",
            "x--y",
            "a.-b",
        ] {
            assert!(takes(name, BucketRule::Dns), "{name}");
        }
    }

    #[test]
    fn other_names_are_no_buckets() {
        let too_long = "a".repeat(64);
        let names = [
            "",
            "ab",
            &too_long,
            "Abc",
            "a_b",
            "-ab",
            "ab-",
            ".ab",
            "ab.",
            "a..b",
            "a b",
            "äbc",
            "192.168.5.4",
            "999.1.1.1",
            "xn--abc",
            "sthree-a",
            "amzn-s3-demo-a",
            "a-s3alias",
            "a--ol-s3",
            "abc.mrap",
            "a--x-s3",
            "a--table-s3",
            "a/b",
            "a\0b",
            "a%b",
        ];
        for name in names {
            assert!(!takes(name, BucketRule::Dns), "{name}");
        }
    }

    #[test]
    fn the_refusal_says_what_was_expected() {
        let error = check_bucket("Abc", BucketRule::Dns).unwrap_err();

        assert_eq!(error.code, Code::InvalidBucketName);
        assert!(
            error
                .message
                .ends_with("lower-case letters, digits, dots and hyphens")
        );
        assert_eq!(error.details, [("BucketName", "Abc".to_owned())]);
    }

    #[test]
    fn the_lax_rule_takes_what_eucalyptus_took() {
        let longest = "A".repeat(255);

        for name in ["My_Bucket", ".ab", "-ab", "a..b", "xn--abc", &longest] {
            assert!(takes(name, BucketRule::Lax), "{name}");
        }
        for name in [
            "ab",
            &"A".repeat(256),
            "10.0.0.1",
            "a/b",
            "a b",
            "äbc",
            "...",
        ] {
            assert!(!takes(name, BucketRule::Lax), "{name}");
        }
    }

    #[test]
    fn a_key_may_look_like_any_path() {
        let longest = "k".repeat(1024);

        for name in [
            "..", ".", "a//b", "/a", "a/", "a/../b", " ", "\u{1}", "ü", &longest,
        ] {
            assert_eq!(key(name.as_bytes().to_vec()).unwrap(), *name);
        }
    }

    #[test]
    fn what_is_no_key_is_refused() {
        let code = |bytes: &[u8]| key(bytes.to_vec()).unwrap_err().code;

        assert_eq!(code(b""), Code::InvalidArgument);
        assert_eq!(code(b"a\0b"), Code::InvalidArgument);
        assert_eq!(code(b"a\xff"), Code::InvalidURI);
        assert_eq!(code(&[b'k'; 1025]), Code::KeyTooLongError);
    }

    proptest! {
        #[test]
        fn what_the_strict_rule_takes_the_lax_one_takes(name in any::<String>()) {
            prop_assert!(!takes(&name, BucketRule::Dns) || takes(&name, BucketRule::Lax));
        }

        #[test]
        fn a_key_is_kept_as_it_came(bytes in any::<Vec<u8>>()) {
            if let Ok(key) = key(bytes.clone()) {
                prop_assert!(key.as_bytes() == bytes);
            }
        }
    }
}
