//! Access control lists: who may do what with a bucket or an object.
//!
//! ```text
//! x-amz-acl ───────┐                        names() ─► looked up in the accounts
//! x-amz-grant-… ───┼─► Draft: ids and e-mail  │
//! <AccessControl…> ┘   addresses as they came ▼
//!                                       resolve() ─► Acl ─► allows(owner, caller, permission)
//!                                                     └─ JSON in the database, XML to clients
//! ```
//!
//! The owner of a thing has every permission, whatever its list says, as on Eucalyptus. So a
//! list that locks everybody out can always be replaced.
//!
//! `aws-exec-read` and `ec2-bundle-read` let the cloud itself read the bundle of an image, and
//! nobody else. At AWS the list then names EC2's account; here it names [`CLOUD_ID`], and
//! EC2's id in a request is understood as that.
//!
//! Source: Amazon S3 user guide, "Access control list overview".

mod canned;
mod document;
mod draft;
mod headers;
pub mod needs;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub use canned::Canned;
pub use document::policy_status;
pub use draft::{Draft, Name, Subject};

use super::{Code, S3Error, S3Result};

/// Canonical id of the cloud itself, as lists name it: the SHA-256 of `amikit-cloud`.
pub const CLOUD_ID: &str = "26ad51477c2c4a28a384fa09eb56f94761793796b334095cd6c254110c97a476";

/// Name of the cloud itself in lists.
pub const CLOUD_NAME: &str = "amikit-cloud";

/// Canonical id of EC2's account ("za-team"), which scripts made for AWS may grant READ.
pub const EC2_ID: &str = "6aa5a366c34c1cbe25dc49211496e913e0351eb0e8c37aa3477e40942ec6b97c";

/// Most grants of a list.
pub const MAX_GRANTS: usize = 100;

/// What a grant allows. On a bucket, `Read` is listing and `Write` is making, replacing and
/// deleting objects; on an object, `Read` is its bytes and `Write` means nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Permission {
    /// `READ`
    Read,
    /// `WRITE`
    Write,
    /// `READ_ACP`: reading the list itself.
    ReadAcp,
    /// `WRITE_ACP`: replacing the list.
    WriteAcp,
    /// `FULL_CONTROL`: all of the above.
    FullControl,
}

impl Permission {
    /// Every permission.
    pub const ALL: [Self; 5] = [
        Self::Read,
        Self::Write,
        Self::ReadAcp,
        Self::WriteAcp,
        Self::FullControl,
    ];

    /// S3's word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "READ",
            Self::Write => "WRITE",
            Self::ReadAcp => "READ_ACP",
            Self::WriteAcp => "WRITE_ACP",
            Self::FullControl => "FULL_CONTROL",
        }
    }

    /// The permission of this word.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.as_str() == name)
    }

    /// Whether who has this has the other one too.
    #[must_use]
    pub fn includes(self, other: Self) -> bool {
        self == Self::FullControl || self == other
    }
}

/// To whom something is granted.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Grantee {
    /// An account, by its canonical id.
    Account(String),
    /// The cloud itself.
    Cloud,
    /// Everybody, without signature too.
    AllUsers,
    /// Everybody whose signature is right.
    AuthenticatedUsers,
    /// The service that writes access logs. Stored and shown; nobody acts as it here.
    LogDelivery,
}

impl Grantee {
    /// Who has this canonical id: an account, or the cloud.
    #[must_use]
    pub fn of_id(id: &str) -> Self {
        match id {
            CLOUD_ID | EC2_ID => Self::Cloud,
            id => Self::Account(id.to_owned()),
        }
    }

    /// The group of this URI.
    #[must_use]
    pub fn of_group(uri: &str) -> Option<Self> {
        let groups = [Self::AllUsers, Self::AuthenticatedUsers, Self::LogDelivery];
        groups.into_iter().find(|group| group.uri() == Some(uri))
    }

    /// The URI of a group.
    #[must_use]
    pub const fn uri(&self) -> Option<&'static str> {
        match self {
            Self::AllUsers => Some("http://acs.amazonaws.com/groups/global/AllUsers"),
            Self::AuthenticatedUsers => {
                Some("http://acs.amazonaws.com/groups/global/AuthenticatedUsers")
            }
            Self::LogDelivery => Some("http://acs.amazonaws.com/groups/s3/LogDelivery"),
            Self::Account(_) | Self::Cloud => None,
        }
    }

    /// Whether the caller is meant.
    #[must_use]
    pub fn includes(&self, caller: Caller<'_>) -> bool {
        match self {
            Self::AllUsers => true,
            Self::AuthenticatedUsers => caller != Caller::Anonymous,
            Self::Account(id) => caller == Caller::Account(id),
            Self::Cloud => caller == Caller::Cloud,
            Self::LogDelivery => false,
        }
    }
}

impl From<Grantee> for String {
    fn from(grantee: Grantee) -> Self {
        match grantee {
            Grantee::Account(id) => format!("id:{id}"),
            Grantee::Cloud => "cloud".to_owned(),
            Grantee::AllUsers => "all".to_owned(),
            Grantee::AuthenticatedUsers => "authenticated".to_owned(),
            Grantee::LogDelivery => "log-delivery".to_owned(),
        }
    }
}

/// A grantee in the database that is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{found}\" is no grantee: expected id:…, cloud, all, authenticated or log-delivery")]
pub struct GranteeError {
    /// What was found.
    pub found: String,
}

impl TryFrom<String> for Grantee {
    type Error = GranteeError;

    fn try_from(text: String) -> Result<Self, GranteeError> {
        match text.as_str() {
            "cloud" => Ok(Self::Cloud),
            "all" => Ok(Self::AllUsers),
            "authenticated" => Ok(Self::AuthenticatedUsers),
            "log-delivery" => Ok(Self::LogDelivery),
            word => match word.strip_prefix("id:") {
                Some(id) if !id.is_empty() => Ok(Self::Account(id.to_owned())),
                _ => Err(GranteeError { found: text }),
            },
        }
    }
}

/// One line of a list.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Grant {
    /// To whom.
    #[serde(rename = "to")]
    pub grantee: Grantee,
    /// What.
    #[serde(rename = "may")]
    pub permission: Permission,
}

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Caller<'a> {
    /// Nobody known: the request is not signed.
    Anonymous,
    /// The account of this canonical id.
    Account(&'a str),
    /// The cloud itself, which reads images.
    Cloud,
}

/// A list of grants.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Acl {
    /// The grants, in the order they were given, none twice.
    pub grants: Vec<Grant>,
}

impl Acl {
    /// The list of a canned ACL. `bucket_owner` is none for a bucket's own list.
    ///
    /// # Errors
    /// `InvalidArgument` when there is no canned ACL of this name.
    pub fn canned(name: &str, owner: &str, bucket_owner: Option<&str>) -> S3Result<Self> {
        Ok(Canned::from_name(name)?.list(owner, bucket_owner))
    }

    /// Whether the caller may do this with the thing whose list it is and whose owner has the
    /// canonical id `owner`.
    #[must_use]
    pub fn allows(&self, owner: &str, caller: Caller<'_>, permission: Permission) -> bool {
        let granted =
            |grant: &Grant| grant.permission.includes(permission) && grant.grantee.includes(caller);
        caller == Caller::Account(owner) || self.grants.iter().any(granted)
    }

    /// Whether anything is granted to everybody, signed or not: what `GetBucketPolicyStatus`
    /// calls public.
    #[must_use]
    pub fn is_public(&self) -> bool {
        let everybody = |grant: &Grant| {
            matches!(
                grant.grantee,
                Grantee::AllUsers | Grantee::AuthenticatedUsers
            )
        };
        self.grants.iter().any(everybody)
    }

    /// Adds a grant, unless it is there.
    pub fn add(&mut self, grantee: Grantee, permission: Permission) {
        let grant = Grant {
            grantee,
            permission,
        };
        if !self.grants.contains(&grant) {
            self.grants.push(grant);
        }
    }

    /// The list as the database keeps it: `[{"to":"id:75aa…","may":"FULL_CONTROL"}]`.
    ///
    /// # Panics
    /// Never: texts are always JSON.
    #[must_use]
    pub fn to_text(&self) -> String {
        serde_json::to_string(self).expect("a list of texts is always JSON")
    }

    /// Reads what [`to_text`](Self::to_text) wrote.
    ///
    /// # Errors
    /// When it is something else.
    pub fn from_text(text: &str) -> serde_json::Result<Self> {
        serde_json::from_str(text)
    }
}

/// `InvalidRequest` for two ways at once.
fn both_ways() -> S3Error {
    S3Error::new(
        Code::InvalidRequest,
        "the request has a canned ACL (x-amz-acl) and grants (x-amz-grant-…), expected one of both",
    )
}
