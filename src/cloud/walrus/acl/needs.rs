//! What each operation of S3 needs.
//!
//! ```text
//! PutObject    ─► WRITE on the bucket          ┐
//! GetObject    ─► READ on the object           ├─► is_met(caller, bucket, object)
//! PutBucketAcl ─► WRITE_ACP on the bucket      ┘
//! ```
//!
//! A copy needs `GetObject` on its source and `PutObject` on its target. Who may not list a
//! bucket is not to learn what is missing from it: where the object is not there, answer
//! `NoSuchKey` only to who has READ on the bucket, `AccessDenied` to others.
//!
//! Source: Amazon S3 user guide, "Access control list overview", mapping of permissions.

use std::fmt;

use super::{Acl, Caller, Permission};

/// What a caller must have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// An account; any will do.
    Account,
    /// A permission on the bucket.
    Bucket(Permission),
    /// A permission on the bucket, and to be somebody: nobody could go on with the upload of
    /// an unknown.
    BucketAsAccount(Permission),
    /// A permission on the object.
    Object(Permission),
    /// To own the bucket.
    BucketOwner,
    /// To have begun the multipart upload, or to own its bucket. As `object`, the upload is
    /// given with its initiator as owner.
    Initiator,
}

/// Operations by S3's names, and what they need.
///
/// Three differ from what AWS grants by ACL: `GetBucketLocation` is for whoever may list, since
/// clients ask it before they list; tags of objects are the bucket owner's; and `WRITE` on a
/// bucket replaces and deletes objects of others, as on Eucalyptus.
const NEEDS: &[(&str, Need)] = &[
    ("AbortMultipartUpload", Need::Initiator),
    ("CompleteMultipartUpload", Need::Initiator),
    ("CopyObject", Need::Bucket(Permission::Write)),
    ("CreateBucket", Need::Account),
    (
        "CreateMultipartUpload",
        Need::BucketAsAccount(Permission::Write),
    ),
    ("DeleteBucket", Need::BucketOwner),
    ("DeleteBucketCors", Need::BucketOwner),
    ("DeleteBucketEncryption", Need::BucketOwner),
    ("DeleteBucketLifecycle", Need::BucketOwner),
    ("DeleteBucketOwnershipControls", Need::BucketOwner),
    ("DeleteBucketPolicy", Need::BucketOwner),
    ("DeleteBucketReplication", Need::BucketOwner),
    ("DeleteBucketTagging", Need::BucketOwner),
    ("DeleteBucketWebsite", Need::BucketOwner),
    ("DeleteObject", Need::Bucket(Permission::Write)),
    ("DeleteObjectTagging", Need::BucketOwner),
    ("DeleteObjects", Need::Bucket(Permission::Write)),
    ("DeletePublicAccessBlock", Need::BucketOwner),
    ("GetBucketAccelerateConfiguration", Need::BucketOwner),
    ("GetBucketAcl", Need::Bucket(Permission::ReadAcp)),
    ("GetBucketCors", Need::BucketOwner),
    ("GetBucketEncryption", Need::BucketOwner),
    ("GetBucketLifecycleConfiguration", Need::BucketOwner),
    ("GetBucketLocation", Need::Bucket(Permission::Read)),
    ("GetBucketLogging", Need::BucketOwner),
    ("GetBucketNotificationConfiguration", Need::BucketOwner),
    ("GetBucketOwnershipControls", Need::BucketOwner),
    ("GetBucketPolicy", Need::BucketOwner),
    ("GetBucketPolicyStatus", Need::BucketOwner),
    ("GetBucketReplication", Need::BucketOwner),
    ("GetBucketRequestPayment", Need::BucketOwner),
    ("GetBucketTagging", Need::BucketOwner),
    ("GetBucketVersioning", Need::BucketOwner),
    ("GetBucketWebsite", Need::BucketOwner),
    ("GetObject", Need::Object(Permission::Read)),
    ("GetObjectAcl", Need::Object(Permission::ReadAcp)),
    ("GetObjectAttributes", Need::Object(Permission::Read)),
    ("GetObjectLockConfiguration", Need::BucketOwner),
    ("GetObjectTagging", Need::BucketOwner),
    ("GetPublicAccessBlock", Need::BucketOwner),
    ("HeadBucket", Need::Bucket(Permission::Read)),
    ("HeadObject", Need::Object(Permission::Read)),
    ("ListBuckets", Need::Account),
    ("ListMultipartUploads", Need::Bucket(Permission::Read)),
    ("ListObjectVersions", Need::Bucket(Permission::Read)),
    ("ListObjects", Need::Bucket(Permission::Read)),
    ("ListObjectsV2", Need::Bucket(Permission::Read)),
    ("ListParts", Need::Initiator),
    ("PostObject", Need::Bucket(Permission::Write)),
    ("PutBucketAcl", Need::Bucket(Permission::WriteAcp)),
    ("PutBucketCors", Need::BucketOwner),
    ("PutBucketTagging", Need::BucketOwner),
    ("PutBucketVersioning", Need::BucketOwner),
    ("PutObject", Need::Bucket(Permission::Write)),
    ("PutObjectAcl", Need::Object(Permission::WriteAcp)),
    ("PutObjectTagging", Need::BucketOwner),
    ("UploadPart", Need::Initiator),
    ("UploadPartCopy", Need::Initiator),
];

/// A bucket, an object or an upload: who owns it and its list.
#[derive(Debug, Clone, Copy)]
pub struct Guarded<'a> {
    /// Canonical id of the owner.
    pub owner: &'a str,
    /// Its list.
    pub acl: &'a Acl,
}

impl Guarded<'_> {
    /// Whether the caller may do this with it.
    #[must_use]
    pub fn allows(&self, caller: Caller<'_>, permission: Permission) -> bool {
        self.acl.allows(self.owner, caller, permission)
    }

    /// Whether the caller owns it.
    #[must_use]
    pub fn is_owned_by(&self, caller: Caller<'_>) -> bool {
        caller == Caller::Account(self.owner)
    }
}

impl Need {
    /// What an operation needs, by S3's name of it.
    #[must_use]
    pub fn of(operation: &str) -> Option<Self> {
        let found = NEEDS.iter().find(|(name, _)| *name == operation);
        found.map(|(_, need)| *need)
    }

    /// Whether the caller has it. What is not given allows nothing.
    #[must_use]
    pub fn is_met(
        self,
        caller: Caller<'_>,
        bucket: Option<Guarded<'_>>,
        object: Option<Guarded<'_>>,
    ) -> bool {
        let owns = |thing: Option<Guarded<'_>>| thing.is_some_and(|it| it.is_owned_by(caller));
        let may = |permission| bucket.is_some_and(|it| it.allows(caller, permission));
        match self {
            Self::Account => caller != Caller::Anonymous,
            Self::Bucket(permission) => may(permission),
            Self::BucketAsAccount(permission) => caller != Caller::Anonymous && may(permission),
            Self::Object(permission) => object.is_some_and(|it| it.allows(caller, permission)),
            Self::BucketOwner => owns(bucket),
            Self::Initiator => owns(bucket) || owns(object),
        }
    }
}

impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Account => f.write_str("an account"),
            Self::Bucket(permission) => write!(f, "{} on the bucket", permission.as_str()),
            Self::BucketAsAccount(permission) => {
                write!(f, "{} on the bucket, and an account", permission.as_str())
            }
            Self::Object(permission) => write!(f, "{} on the object", permission.as_str()),
            Self::BucketOwner => f.write_str("to own the bucket"),
            Self::Initiator => f.write_str("to have begun the upload, or to own the bucket"),
        }
    }
}
