//! How an account goes.
//!
//! ```text
//! keys ─► a second ─► buckets, a hundred versions in a transaction ─► account ─► folder put aside
//! ```
//!
//! Whatever breaks it off, the same command again does the rest: the account is there to its end.
//! Blobs become garbage, which the cloud sweeps when it runs.

use std::fs;
use std::path::{Path, PathBuf};

use super::super::error::CloudError;
use super::super::identity::{IdentityError, files, folder};
use super::super::state::accounts::{self, Account};
use super::super::state::versions::{self, Span};
use super::super::state::{State, StateError, buckets, overview};
use super::{ADMIN, AccountError};

/// Versions that are deleted in one transaction.
const BATCH: i64 = 100;

/// Takes an account's keys away, after looking whether it may go at all.
///
/// # Errors
/// [`AccountError::HasBuckets`], [`AccountError::Needed`]; when the database fails.
pub(super) async fn disarm(
    state: &State,
    name: &str,
    with_buckets: bool,
) -> Result<Account, CloudError> {
    let name = name.to_owned();
    let change = state.write::<_, CloudError>(move |db| {
        Box::pin(async move {
            let found = accounts::by_name(db, &name).await?;
            let account = found.ok_or_else(|| AccountError::Unknown { name: name.clone() })?;
            let needed = |why| AccountError::Needed {
                name: name.clone(),
                why,
            };
            if name == ADMIN {
                return Err(needed("every cloud has that account, made at its start").into());
            }
            accounts::lock(db, &account.id).await?;
            if account.is_admin && overview::admins(db).await? < 2 {
                return Err(needed("it is the last administrator").into());
            }
            let (buckets, bytes) = overview::holdings(db, &account.id).await?;
            if buckets > 0 && !with_buckets {
                return Err(AccountError::HasBuckets {
                    name,
                    buckets,
                    bytes,
                }
                .into());
            }
            overview::delete_keys(db, &account.id).await?;
            Ok(account)
        })
    });
    change.await
}

/// Deletes an account that has no keys, with all its buckets. Returns how many those were, and how
/// many versions were in them.
///
/// # Errors
/// When the database fails.
pub(super) async fn remove(
    state: &State,
    account: &Account,
    now_ms: i64,
) -> Result<(usize, usize), CloudError> {
    let (mut count, mut versions) = (0, 0);
    loop {
        let mut db = state.reader().await?;
        let names = overview::some_buckets(&mut db, &account.id, BATCH).await?;
        drop(db);
        for name in &names {
            versions += remove_bucket(state, name, now_ms).await?;
            count += 1;
        }
        // A request that was on its way may have made one more.
        if names.is_empty() && remove_account(state, &account.id).await? {
            return Ok((count, versions));
        }
    }
}

async fn remove_account(state: &State, id: &str) -> Result<bool, CloudError> {
    let id = id.to_owned();
    let change = state.write::<_, StateError>(move |db| {
        Box::pin(async move {
            accounts::lock(db, &id).await?;
            if overview::holdings(db, &id).await?.0 > 0 {
                return Ok(false);
            }
            overview::delete_account(db, &id).await?;
            Ok(true)
        })
    });
    Ok(change.await?)
}

/// Removes a bucket and all that is in it.
async fn remove_bucket(state: &State, name: &str, now_ms: i64) -> Result<usize, CloudError> {
    let mut total = 0;
    loop {
        let name = name.to_owned();
        let change = state.write::<_, StateError>(move |db| {
            Box::pin(async move {
                let Some(bucket) = buckets::lock(db, &name).await? else {
                    return Ok(0); // its owner was faster
                };
                let all = Span::of_prefix("");
                let batch = versions::spanned(db, &name, &all, BATCH).await?;
                for version in &batch {
                    let id = &version.version_id;
                    versions::delete_version(db, &bucket, &version.key, id, now_ms).await?;
                }
                if batch.is_empty() {
                    buckets::remove_empty(db, &name, now_ms).await?;
                }
                Ok(batch.len())
            })
        });
        match change.await? {
            0 => return Ok(total),
            deleted => total += deleted,
        }
    }
}

/// Puts the folder of a deleted account aside: it may have the only copy of the key that opens the
/// user's bundles. Returns where it is; none if there was none.
///
/// # Errors
/// When it cannot be moved.
pub(super) fn put_aside(data: &Path, account: &Account) -> Result<Option<PathBuf>, CloudError> {
    let there = folder::path_of(data, &account.name)?;
    if !there.exists() {
        return Ok(None);
    }
    let aside = data.join("credentials-of-deleted");
    files::make_folder(&aside)?;
    let place = aside.join(format!("{}-{}", account.name, account.id));
    fs::rename(&there, &place).map_err(|source| IdentityError::Write {
        path: place.clone(),
        source,
    })?;
    Ok(Some(place))
}
