//! What a caller may do to a bucket or an object.
//!
//! Administrators may do everything. What others need is in [`Need`].

use sqlx::AnyConnection;

use super::Walrus;
use super::acl::needs::{Guarded, Need};
use super::acl::{self, Acl, Permission};
use super::answer::Answer;
use super::caller::Caller;
use super::error::{Code, S3Error, S3Result};
use super::request::Request;
use super::xml::Owner;
use crate::cloud::objects::StoreError;
use crate::cloud::state::accounts::{self, Account};
use crate::cloud::state::buckets::{self, Bucket};
use crate::cloud::state::versions::{self, Version};
use crate::cloud::state::{StateError, StateResult};

impl Walrus {
    /// The bucket of a request, if its caller may do to it what the operation needs. What is
    /// needed of an object or an upload is for the operation to ask then.
    ///
    /// # Errors
    /// `NoSuchBucket`, `AccessDenied`.
    pub(super) async fn bucket_for(&self, request: &Request) -> S3Result<Bucket> {
        let mut db = self.state.reader().await?;
        bucket_for(&mut db, request).await
    }

    /// A list as clients read it.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) async fn acl_document(
        &self,
        db: &mut AnyConnection,
        acl: &Acl,
        owner: &str,
    ) -> S3Result<Answer> {
        let mut names: Vec<(String, String)> = Vec::new();
        let granted = acl.grants.iter().filter_map(|grant| match &grant.grantee {
            acl::Grantee::Account(id) => Some(id.as_str()),
            _ => None,
        });
        for id in granted.chain([owner]) {
            if let Some(account) = accounts::by_id(db, id).await? {
                names.push((account.canonical_id, account.name));
            }
        }
        let name_of = |id: &str| {
            let mut names = names.iter();
            names
                .find(|(there, _)| there == id)
                .map(|(_, name)| name.clone())
        };
        let owner = Owner {
            id: owner.to_owned(),
            display_name: name_of(owner).unwrap_or_default(),
        };
        Ok(Answer::xml(acl.to_xml(&owner, name_of)))
    }
}

/// As [`Walrus::bucket_for`], in a connection or transaction that is there.
pub(super) async fn bucket_for(db: &mut AnyConnection, request: &Request) -> S3Result<Bucket> {
    let name = request.bucket()?;
    let found = buckets::get(db, name).await?;
    let bucket = found.ok_or_else(|| no_such_bucket(name))?;
    let need = Need::of(request.operation).unwrap_or(Need::BucketOwner);
    if matches!(need, Need::Object(_) | Need::Initiator) || request.caller.is_admin() {
        return Ok(bucket);
    }
    let acl = read_acl(&bucket.acl)?;
    let guarded = Guarded {
        owner: &bucket.owner_canonical_id,
        acl: &acl,
    };
    if need.is_met(request.caller.as_asked(), Some(guarded), None) {
        return Ok(bucket);
    }
    Err(S3Error::access_denied())
}

/// A version of an object, if the caller may do this with it: the one of `version_id`, else the
/// latest. Who may not list the bucket does not learn what is missing from it.
///
/// # Errors
/// `NoSuchKey`, `NoSuchVersion`, `MethodNotAllowed` for a delete marker, `AccessDenied`.
pub(super) async fn object_for(
    db: &mut AnyConnection,
    caller: &Caller,
    bucket: &Bucket,
    key: &str,
    version_id: Option<&str>,
    permission: Permission,
) -> S3Result<Version> {
    let found = match version_id {
        Some(id) => versions::by_id(db, &bucket.name, key, id).await?,
        None => versions::latest(db, &bucket.name, key).await?,
    };
    let version = match found {
        Some(version) if !version.is_marker => version,
        other => {
            let guarded = read_acl(&bucket.acl)?;
            let owner = &bucket.owner_canonical_id;
            let may_list =
                caller.is_admin() || guarded.allows(owner, caller.as_asked(), Permission::Read);
            if !may_list {
                return Err(S3Error::access_denied());
            }
            return Err(missing(other, key, version_id));
        }
    };
    if caller.is_admin() {
        return Ok(version);
    }
    let acl = read_acl(&version.acl)?;
    let owner = version.owner_canonical_id.as_deref().unwrap_or_default();
    if acl.allows(owner, caller.as_asked(), permission) {
        return Ok(version);
    }
    Err(S3Error::access_denied())
}

/// Why there is no object to be read.
fn missing(found: Option<Version>, key: &str, version_id: Option<&str>) -> S3Error {
    match (found, version_id) {
        (None, Some(id)) => S3Error::new(Code::NoSuchVersion, "there is no such version")
            .with("Key", key)
            .with("VersionId", id),
        (None, None) => no_such_key(key),
        (Some(marker), None) => no_such_key(key)
            .with_header("x-amz-delete-marker", "true")
            .with_header("x-amz-version-id", marker.version_id),
        (Some(marker), Some(_)) => {
            let message = "this version is a delete marker, which has no content";
            S3Error::new(Code::MethodNotAllowed, message)
                .with("ResourceType", "DeleteMarker")
                .with_header("allow", "DELETE")
                .with_header("x-amz-delete-marker", "true")
                .with_header("x-amz-version-id", marker.version_id)
        }
    }
}

/// A list from the database.
///
/// # Errors
/// When the database holds something else.
pub(super) fn read_acl(text: &str) -> StateResult<Acl> {
    if text.is_empty() {
        return Ok(Acl::default());
    }
    Acl::from_text(text).map_err(|_| StateError::Damaged {
        column: "acl",
        row: "a bucket or version".to_owned(),
        found: text.chars().take(80).collect(),
    })
}

impl Caller {
    /// As rules about access see it.
    pub(super) fn as_asked(&self) -> acl::Caller<'_> {
        match self {
            Self::Anonymous => acl::Caller::Anonymous,
            Self::Account(account) => acl::Caller::Account(&account.canonical_id),
        }
    }

    /// The account that owns what this caller puts into a bucket: nobody's objects are the
    /// bucket owner's.
    ///
    /// # Errors
    /// When the bucket's owner is gone.
    pub(super) async fn owner_in(
        &self,
        db: &mut AnyConnection,
        bucket: &Bucket,
    ) -> S3Result<Account> {
        match self {
            Self::Account(account) => Ok(account.clone()),
            Self::Anonymous => {
                let owner = accounts::by_id(db, &bucket.account_id).await?;
                owner.ok_or_else(S3Error::access_denied)
            }
        }
    }
}

/// There is no bucket of this name.
pub(super) fn no_such_bucket(name: &str) -> S3Error {
    S3Error::new(Code::NoSuchBucket, "there is no such bucket").with("BucketName", name)
}

/// There is no object of this key.
pub(super) fn no_such_key(key: &str) -> S3Error {
    S3Error::new(Code::NoSuchKey, "there is no such key").with("Key", key)
}

impl From<StateError> for S3Error {
    /// The cause is for the operator's log; a client learns only that it is not its fault.
    fn from(error: StateError) -> Self {
        let causes = crate::cloud::causes(&error);
        tracing::error!(%causes, "the database failed");
        if error.is_full() {
            return S3Error::disk_full();
        }
        let message = "the database failed: try again, or ask the operator";
        Self::new(Code::InternalError, message)
    }
}

impl From<StoreError> for S3Error {
    /// As for the database.
    fn from(error: StoreError) -> Self {
        let causes = crate::cloud::causes(&error);
        tracing::error!(%causes, "the object store failed");
        if matches!(error, StoreError::Full { .. }) {
            return S3Error::disk_full();
        }
        let message = "the object store failed: try again, or ask the operator";
        Self::new(Code::InternalError, message)
    }
}
