//! Why an account cannot be made, changed or deleted.

use std::path::PathBuf;

use super::MOST_KEYS;

/// Why an account cannot be made, changed or deleted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AccountError {
    /// There is no account of this name.
    #[error("there is no user {name}")]
    Unknown {
        /// The name.
        name: String,
    },
    /// There is one.
    #[error("there is a user {name} already, account {id}")]
    Taken {
        /// The name.
        name: String,
        /// The account's number.
        id: String,
    },
    /// An e-mail address that is none.
    #[error("\"{email}\" is no e-mail address: expected NAME@DOMAIN, without spaces")]
    Email {
        /// What was given, cut to 80 characters.
        email: String,
    },
    /// An e-mail address that grants could not tell from another account's.
    #[error("{email} is the address of the user {name} already")]
    EmailTaken {
        /// The address.
        email: String,
        /// Whose it is.
        name: String,
    },
    /// There is no room for one more access key.
    #[error("{name} has {} access keys, {MOST_KEYS} are allowed: {}", ids.len(), ids.join(", "))]
    TooManyKeys {
        /// The account's name.
        name: String,
        /// The keys' ids.
        ids: Vec<String>,
    },
    /// The account has no such access key.
    #[error("{name} has no access key {id}, but {}", if ids.is_empty() { "none".to_owned() } else { ids.join(", ") })]
    NoSuchKey {
        /// The account's name.
        name: String,
        /// The id that was asked for.
        id: String,
        /// The ids of those it has.
        ids: Vec<String>,
    },
    /// The account has no access key at all.
    #[error("{name} has no access key that credentials could have")]
    NoKey {
        /// The account's name.
        name: String,
    },
    /// The account has buckets.
    #[error("{name} has {buckets} buckets with {bytes} bytes")]
    HasBuckets {
        /// The account's name.
        name: String,
        /// How many.
        buckets: i64,
        /// Of what size.
        bytes: i64,
    },
    /// A folder for credentials is something else already.
    #[error("{folder} is no credentials folder, and not empty")]
    Occupied {
        /// The folder.
        folder: PathBuf,
    },
    /// Without this account nobody could administer the cloud.
    #[error("{name} cannot be deleted: {why}")]
    Needed {
        /// The account's name.
        name: String,
        /// What for.
        why: &'static str,
    },
}
