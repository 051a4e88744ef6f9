//! Whom a request's access list means: ids and e-mail addresses looked up in the accounts.

use std::collections::HashMap;

use sqlx::AnyConnection;

use super::acl::{Acl, Canned, Draft, Name};
use super::error::S3Result;
use super::request::Request;
use crate::cloud::state::accounts;

/// The list that a request's headers ask for, or else that of nobody but the owner.
///
/// # Errors
/// When it cannot be read, names nobody who is here, or the database fails.
pub(super) async fn of_headers(
    db: &mut AnyConnection,
    request: &Request,
    owner: &str,
    bucket_owner: Option<&str>,
) -> S3Result<Acl> {
    match Draft::from_headers(|name| request.header(name), owner, bucket_owner)? {
        Some(draft) => resolved(db, draft).await,
        None => Ok(Canned::Private.list(owner, bucket_owner)),
    }
}

/// A list whose names are looked up.
///
/// # Errors
/// When it names nobody who is here, or the database fails.
pub(super) async fn resolved(db: &mut AnyConnection, draft: Draft) -> S3Result<Acl> {
    let mut known: HashMap<Name, Option<String>> = HashMap::new();
    let names: Vec<Name> = draft.names().cloned().collect();
    for name in names {
        let account = match &name {
            Name::Id(id) => accounts::by_id(db, id).await?,
            Name::Email(address) => accounts::by_email(db, address).await?,
        };
        known.insert(name, account.map(|account| account.canonical_id));
    }
    draft.resolve(|name| known.get(name).cloned().flatten())
}
