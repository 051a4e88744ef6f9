//! Accounts and what they have, for those who administer them.

use std::collections::HashMap;

use sqlx::{AnyConnection, Row as _};

use super::StateResult;
use super::accounts::{self, Account};

/// An account, and what it has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overview {
    /// The account.
    pub account: Account,
    /// The ids of its access keys, oldest first.
    pub keys: Vec<String>,
    /// How many buckets.
    pub buckets: i64,
    /// Bytes in all of them.
    pub bytes: i64,
}

/// Every account, by name.
///
/// # Errors
/// When the database fails.
pub async fn all(db: &mut AnyConnection) -> StateResult<Vec<Overview>> {
    let accounts = accounts::list(db).await?;
    let mut keys: HashMap<String, Vec<String>> = HashMap::new();
    let text = "SELECT account_id, id FROM access_keys ORDER BY created_ms, id";
    for row in sqlx::query(text).fetch_all(&mut *db).await? {
        keys.entry(row.try_get(0)?)
            .or_default()
            .push(row.try_get(1)?);
    }
    let mut holdings: HashMap<String, (i64, i64)> = HashMap::new();
    let text = "SELECT account_id, COUNT(*), CAST(SUM(bytes) AS BIGINT) FROM buckets
                GROUP BY account_id";
    for row in sqlx::query(text).fetch_all(&mut *db).await? {
        holdings.insert(row.try_get(0)?, (row.try_get(1)?, row.try_get(2)?));
    }
    let overview = |account: Account| {
        let (buckets, bytes) = holdings.remove(&account.id).unwrap_or_default();
        Overview {
            keys: keys.remove(&account.id).unwrap_or_default(),
            buckets,
            bytes,
            account,
        }
    };
    Ok(accounts.into_iter().map(overview).collect())
}

/// How many buckets an account has, and the bytes in them.
///
/// # Errors
/// When the database fails.
pub async fn holdings(db: &mut AnyConnection, account_id: &str) -> StateResult<(i64, i64)> {
    let text = "SELECT COUNT(*), CAST(COALESCE(SUM(bytes), 0) AS BIGINT) FROM buckets
                WHERE account_id = $1";
    let row = sqlx::query(text).bind(account_id).fetch_one(db).await?;
    Ok((row.try_get(0)?, row.try_get(1)?))
}

/// Names of some of an account's buckets.
///
/// # Errors
/// When the database fails.
pub async fn some_buckets(
    db: &mut AnyConnection,
    account_id: &str,
    most: i64,
) -> StateResult<Vec<String>> {
    let text = "SELECT name FROM buckets WHERE account_id = $1 ORDER BY name LIMIT $2";
    let query = sqlx::query(text).bind(account_id).bind(most);
    let rows = query.fetch_all(db).await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

/// How many accounts may do everything.
///
/// # Errors
/// When the database fails.
pub async fn admins(db: &mut AnyConnection) -> StateResult<i64> {
    let query = sqlx::query("SELECT COUNT(*) FROM accounts WHERE is_admin = 1");
    Ok(query.fetch_one(db).await?.try_get(0)?)
}

/// Removes an access key.
///
/// # Errors
/// When the database fails.
pub async fn delete_key(db: &mut AnyConnection, id: &str) -> StateResult<()> {
    let query = sqlx::query("DELETE FROM access_keys WHERE id = $1").bind(id);
    query.execute(db).await?;
    Ok(())
}

/// Removes every access key of an account.
///
/// # Errors
/// When the database fails.
pub async fn delete_keys(db: &mut AnyConnection, account_id: &str) -> StateResult<()> {
    let query = sqlx::query("DELETE FROM access_keys WHERE account_id = $1").bind(account_id);
    query.execute(db).await?;
    Ok(())
}

/// Removes an account that has no buckets, with its keys and certificates.
///
/// # Errors
/// When the database fails; it has buckets is such a failure.
pub async fn delete_account(db: &mut AnyConnection, id: &str) -> StateResult<()> {
    let query = sqlx::query("DELETE FROM accounts WHERE id = $1").bind(id);
    query.execute(db).await?;
    Ok(())
}
