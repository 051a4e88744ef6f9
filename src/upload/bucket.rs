//! The bucket that a bundle goes to, and the keys of its objects in there.

use std::fmt;
use std::str::FromStr;

use super::UploadError;
use crate::aws::s3::S3;

/// Longest key prefix in bytes: a key has at most 1024, and a file name 255 of them.
const LONGEST_PREFIX: usize = 1024 - 255;

/// A bucket, and what the keys of a bundle's objects begin with.
///
/// ```
/// use amikit::upload::BucketPath;
///
/// let path: BucketPath = "images/debian/13/".parse().unwrap();
/// assert_eq!(path.bucket(), "images");
/// assert_eq!(path.key("disk.manifest.xml"), "debian/13/disk.manifest.xml");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BucketPath {
    bucket: String,
    prefix: String,
}

/// Why a text is not a bucket, or a bucket with a key prefix.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{text}\" is not BUCKET or BUCKET/PREFIX: {why}")]
pub struct BucketPathError {
    /// The text as given, cut short.
    pub text: String,
    /// What is wrong.
    pub why: &'static str,
}

impl BucketPath {
    /// The bucket.
    #[must_use]
    pub fn bucket(&self) -> &str {
        &self.bucket
    }

    /// What keys begin with: empty, or with a slash at its end.
    #[must_use]
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The key of the object that a file becomes.
    #[must_use]
    pub fn key(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }
}

impl fmt::Display for BucketPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.bucket, self.prefix)?;
        Ok(())
    }
}

impl FromStr for BucketPath {
    type Err = BucketPathError;

    /// Slashes around bucket and prefix are dropped, as both old tools do. A bucket's name may
    /// be any that S3 has ever allowed: 3 to 255 letters, digits, dots, dashes, underscores.
    fn from_str(text: &str) -> Result<Self, BucketPathError> {
        let error = |why| BucketPathError {
            text: text.chars().take(80).collect(),
            why,
        };
        if text.contains("://") {
            return Err(error("write it without s3://"));
        }
        let trimmed = text.trim_matches('/');
        let (bucket, prefix) = trimmed.split_once('/').unwrap_or((trimmed, ""));
        let prefix = prefix.trim_matches('/');
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        if !(3..=255).contains(&bucket.len()) {
            return Err(error("a bucket's name has 3 to 255 characters"));
        }
        if !bucket.chars().all(plain) {
            return Err(error(
                "a bucket's name has letters, digits, dots, dashes and underscores only",
            ));
        }
        if bucket.chars().all(|c| c == '.') {
            return Err(error("a bucket's name is more than dots"));
        }
        if prefix.len() > LONGEST_PREFIX {
            return Err(error("the prefix is too long for a key"));
        }
        if prefix.chars().any(char::is_control) {
            return Err(error("the prefix has control characters"));
        }
        if prefix.split('/').any(|step| step == "." || step == "..") {
            return Err(error("no step of the prefix may be . or .."));
        }
        Ok(Self {
            bucket: bucket.to_owned(),
            prefix: if prefix.is_empty() {
                String::new()
            } else {
                format!("{prefix}/")
            },
        })
    }
}

/// Where a bucket is wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum BucketLocation {
    /// An existing one anywhere; a new one where the service creates it by itself or, at Amazon,
    /// in the region that is talked to.
    #[default]
    Anywhere,
    /// An existing one anywhere, a new one there.
    NewThere(String),
    /// There, whether it is new or not.
    There(String),
}

impl BucketLocation {
    fn of_new(&self) -> Option<&str> {
        match self {
            Self::Anywhere => None,
            Self::NewThere(place) | Self::There(place) => Some(place),
        }
    }

    fn of_existing(&self) -> Option<&str> {
        match self {
            Self::Anywhere | Self::NewThere(_) => None,
            Self::There(place) => Some(place),
        }
    }
}

/// What was found of a bucket, or done about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BucketState {
    /// It was there.
    Existed,
    /// It is new.
    Created,
    /// It is not there: nobody was asked to create it.
    Missing,
}

/// Makes sure that there is such a bucket, where it is wanted. One's own is fine.
///
/// # Errors
/// When it is another's, lies elsewhere, or cannot be created.
pub fn ensure_bucket(
    s3: &S3,
    bucket: &str,
    location: &BucketLocation,
) -> Result<BucketState, UploadError> {
    if check_bucket(s3, bucket, location)? == BucketState::Existed {
        return Ok(BucketState::Existed);
    }
    let endpoint = &s3.service().connection().endpoint;
    let amazon = [".amazonaws.com", ".amazonaws.com.cn"]
        .iter()
        .any(|suffix| endpoint.host.ends_with(suffix));
    let place = location
        .of_new()
        .or(amazon.then_some(endpoint.region.as_str()));
    let place = place.filter(|place| !is_classic(place));
    match s3.create_bucket(bucket, place) {
        Ok(()) => Ok(BucketState::Created),
        Err(error) if error.is_code("BucketAlreadyExists") => Err(UploadError::BucketTaken {
            bucket: bucket.to_owned(),
            source: error,
        }),
        Err(error) => Err(error.into()),
    }
}

/// As [`ensure_bucket`], but creates none.
///
/// # Errors
/// When it is another's, lies elsewhere, or the service refuses to tell.
pub fn check_bucket(
    s3: &S3,
    bucket: &str,
    location: &BucketLocation,
) -> Result<BucketState, UploadError> {
    match s3.bucket_exists(bucket) {
        Ok(true) => {}
        Ok(false) => return Ok(BucketState::Missing),
        Err(error) if error.is_status(403) && error.is_code("AccessDenied") => {
            return Err(UploadError::BucketTaken {
                bucket: bucket.to_owned(),
                source: error,
            });
        }
        Err(error) => return Err(error.into()),
    }
    if let Some(wanted) = location.of_existing() {
        let found = s3.bucket_location(bucket)?;
        if !is_same_location(&found, wanted) {
            return Err(UploadError::BucketElsewhere {
                bucket: bucket.to_owned(),
                found: if found.is_empty() {
                    "us-east-1".to_owned()
                } else {
                    found
                },
                wanted: wanted.to_owned(),
            });
        }
    }
    Ok(BucketState::Existed)
}

/// Whether a location is the one that has no constraint.
fn is_classic(location: &str) -> bool {
    matches!(location, "" | "US" | "us-east-1")
}

/// Whether two locations are the same: `EU` is an old word for `eu-west-1`.
fn is_same_location(one: &str, other: &str) -> bool {
    let modern = |location: &str| match location {
        location if is_classic(location) => "us-east-1".to_owned(),
        "EU" => "eu-west-1".to_owned(),
        other => other.to_owned(),
    };
    modern(one) == modern(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slashes_are_dropped_and_the_prefix_ends_with_one() {
        for (text, bucket, prefix) in [
            ("images", "images", ""),
            ("images/", "images", ""),
            ("/images//a/b//", "images", "a/b/"),
            ("My_Old.Bucket/a", "My_Old.Bucket", "a/"),
        ] {
            let path: BucketPath = text.parse().unwrap();
            assert_eq!((path.bucket(), path.prefix()), (bucket, prefix), "{text}");
        }
    }

    #[test]
    fn what_names_no_bucket_is_refused() {
        let long = "b".repeat(256);
        let deep = format!("bucket/{}", "p".repeat(LONGEST_PREFIX + 1));
        for text in [
            "",
            "/",
            "ab",
            "...",
            "a b c",
            "büro",
            "buck?t",
            &long,
            &deep,
            "bucket/../x",
            "bucket/./x",
            "bucket/a\nb",
        ] {
            assert!(text.parse::<BucketPath>().is_err(), "{text}");
        }
    }

    #[test]
    fn old_words_for_places_mean_the_same() {
        assert!(is_same_location("", "us-east-1"));
        assert!(is_same_location("US", ""));
        assert!(is_same_location("EU", "eu-west-1"));
        assert!(!is_same_location("", "eu-west-1"));
    }
}
