//! Accounts as an operator makes and ends them.
//!
//! ```text
//! add ─────► account, access key ─┐
//! keys: add ─► one more, of two   ├─► credentials folder: the newest key, the endpoints
//!       remove                   ─┘
//! delete ──► keys ─► buckets, if that is wished ─► account; its folder is put aside
//! ```
//!
//! Works beside a running cloud, through the same database: what is taken away opens nothing a
//! second later. Where that cloud listens stands in `endpoints`.

pub(super) mod endpoints;
mod error;
mod leaving;
mod office;

use super::Surroundings;
use super::error::CloudError;
use super::identity::{access_key_id, account_number, canonical_id, secret_key};
use super::state::accounts::{self, AccessKey, Account};
use super::state::{State, StateError};

pub use error::AccountError;
pub use office::{Deleted, Given, NewUser, Office, Removed};

/// The account that may do everything, and that every cloud has.
pub const ADMIN: &str = "admin";

/// Most access keys of an account: one in use, and the one that comes after it.
pub const MOST_KEYS: usize = 2;

/// The account of this name; made, with an access key, if there is none. Of several keys it is the
/// newest.
///
/// # Errors
/// When the database fails.
pub async fn ensure(
    state: &State,
    surroundings: Surroundings,
    name: &str,
    email: Option<&str>,
) -> Result<(Account, AccessKey), CloudError> {
    let account = new_account(name, email, name == ADMIN, surroundings);
    let key = new_key(&account.id, surroundings);
    let change = state.write::<_, StateError>(move |db| {
        Box::pin(async move {
            if let Some(there) = accounts::by_name(db, &account.name).await? {
                if let Some(key) = newest(accounts::keys(db, &there.id).await?) {
                    return Ok((there, key));
                }
                let key = AccessKey {
                    account_id: there.id.clone(),
                    ..key
                };
                accounts::insert_key(db, &key).await?;
                return Ok((there, key));
            }
            accounts::insert(db, &account).await?;
            accounts::insert_key(db, &key).await?;
            Ok((account, key))
        })
    });
    Ok(change.await?)
}

/// An account that nobody has yet.
fn new_account(
    name: &str,
    email: Option<&str>,
    is_admin: bool,
    surroundings: Surroundings,
) -> Account {
    Account {
        id: account_number(surroundings.random),
        name: name.to_owned(),
        canonical_id: canonical_id(surroundings.random),
        email: email.map(str::to_owned),
        is_admin,
        created_ms: (surroundings.now_ms)(),
    }
}

/// A new access key for an account, which nobody knows yet.
fn new_key(account_id: &str, surroundings: Surroundings) -> AccessKey {
    AccessKey {
        id: access_key_id(surroundings.random),
        account_id: account_id.to_owned(),
        secret: secret_key(surroundings.random).to_string(),
        is_active: true,
        created_ms: (surroundings.now_ms)(),
    }
}

/// The key that a credentials folder has: the newest that opens something.
fn newest(keys: Vec<AccessKey>) -> Option<AccessKey> {
    keys.into_iter().rfind(|key| key.is_active)
}
