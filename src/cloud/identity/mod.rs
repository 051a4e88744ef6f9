//! Who the cloud and its users are: keys, certificates, numbers, and the folders that give them
//! to a user.
//!
//! ```text
//! names         access keys, secrets, account numbers, canonical ids        from randomness
//! certificate   RSA keys and X.509 certificates of cloud and users; TLS
//! store         DATA/identity: the cloud's own, made once, renewed at a start
//! folder        DATA/credentials/USER: what a user and other people's clients need
//! ```
//!
//! Clock and randomness are given. Private keys are readable by their owner only from their first
//! moment, and every file appears whole.

mod certificate;
mod error;
pub(in crate::cloud) mod files;
pub mod folder;
mod names;
mod store;

pub use certificate::{Pair, user};
pub use error::IdentityError;
pub use names::{Random, access_key_id, account_number, canonical_id, secret_key, wrong_user_name};
pub use store::{CloudIdentity, Trust, server_names};

#[cfg(test)]
mod tests;
