//! Canned ACLs: who may read an object, in one word.

use std::fmt;
use std::str::FromStr;

/// A canned ACL, as `x-amz-acl` names it.
///
/// # Source
/// Amazon S3's user guide, "Canned ACL"; `ec2-bundle-read` is Eucalyptus' older word for
/// `aws-exec-read`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CannedAcl {
    /// The owner alone.
    Private,
    /// Everybody reads.
    PublicRead,
    /// The owner, and EC2 to fetch an image.
    AwsExecRead,
    /// The owner, and the cloud to fetch a bundle.
    Ec2BundleRead,
    /// Everybody with an account reads.
    AuthenticatedRead,
    /// The bucket's owner reads.
    BucketOwnerRead,
    /// The bucket's owner may do everything.
    BucketOwnerFullControl,
}

/// Why a text is not a canned ACL.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{text}\" is not a canned ACL: expected {}", names())]
pub struct CannedAclError {
    /// The text as given, cut short.
    pub text: String,
}

impl CannedAcl {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Private,
        Self::PublicRead,
        Self::AwsExecRead,
        Self::Ec2BundleRead,
        Self::AuthenticatedRead,
        Self::BucketOwnerRead,
        Self::BucketOwnerFullControl,
    ];

    /// The word in the header.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Private => "private",
            Self::PublicRead => "public-read",
            Self::AwsExecRead => "aws-exec-read",
            Self::Ec2BundleRead => "ec2-bundle-read",
            Self::AuthenticatedRead => "authenticated-read",
            Self::BucketOwnerRead => "bucket-owner-read",
            Self::BucketOwnerFullControl => "bucket-owner-full-control",
        }
    }

    /// Whether only Amazon and Eucalyptus know it, who have a cloud beside the buckets.
    #[must_use]
    pub(super) const fn is_for_clouds(self) -> bool {
        matches!(self, Self::AwsExecRead | Self::Ec2BundleRead)
    }

    /// Reads the word of an option, where `none` stands for no ACL at all.
    ///
    /// # Errors
    /// When it is no such word.
    pub fn parse_option(text: &str) -> Result<Option<Self>, CannedAclError> {
        match text {
            "none" => Ok(None),
            text => text.parse().map(Some),
        }
    }
}

fn names() -> String {
    let mut names: Vec<_> = CannedAcl::ALL.iter().map(|acl| acl.as_str()).collect();
    names.push("none");
    names.join(", ")
}

impl fmt::Display for CannedAcl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for CannedAcl {
    type Err = CannedAclError;

    fn from_str(text: &str) -> Result<Self, CannedAclError> {
        let found = Self::ALL.into_iter().find(|acl| acl.as_str() == text);
        found.ok_or_else(|| CannedAclError {
            text: text.chars().take(80).collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_read_back() {
        for acl in CannedAcl::ALL {
            assert_eq!(CannedAcl::parse_option(acl.as_str()), Ok(Some(acl)));
        }
        assert_eq!(CannedAcl::parse_option("none"), Ok(None));
        assert!(CannedAcl::parse_option("Public-Read").is_err());
    }
}
