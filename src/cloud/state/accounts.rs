//! Accounts, their access keys and certificates.

use std::fmt;

use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row as _};

use super::StateResult;

/// An account: who owns buckets, and as whom calls are made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// 12 digits.
    pub id: String,
    /// The name it is called by.
    pub name: String,
    /// What S3 shows as `Owner/ID`: 64 hex digits.
    pub canonical_id: String,
    /// E-mail address, if one was told.
    pub email: Option<String>,
    /// Whether it may do anything to anything.
    pub is_admin: bool,
    /// When it was made, in ms since 1970.
    pub created_ms: i64,
}

/// A key to sign calls with.
#[derive(Clone, PartialEq, Eq)]
pub struct AccessKey {
    /// The id, which calls tell.
    pub id: String,
    /// Whose it is.
    pub account_id: String,
    /// The secret, which they do not.
    pub secret: String,
    /// Whether it opens anything.
    pub is_active: bool,
    /// When it was made, in ms since 1970.
    pub created_ms: i64,
}

impl fmt::Debug for AccessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessKey")
            .field("id", &self.id)
            .field("account_id", &self.account_id)
            .finish_non_exhaustive()
    }
}

/// An account's columns, in the order of [`Account::read`].
macro_rules! account {
    ($rest:literal) => {
        concat!(
            "SELECT a.id, a.name, a.canonical_id, a.email, a.is_admin, a.created_ms",
            $rest
        )
    };
}

impl Account {
    fn read(row: &AnyRow) -> StateResult<Self> {
        Ok(Self {
            id: row.try_get(0)?,
            name: row.try_get(1)?,
            canonical_id: row.try_get(2)?,
            email: row.try_get(3)?,
            is_admin: row.try_get::<i64, _>(4)? != 0,
            created_ms: row.try_get(5)?,
        })
    }
}

/// Adds an account.
///
/// # Errors
/// When the database fails; a name or id that is taken is such a failure.
pub async fn insert(db: &mut AnyConnection, account: &Account) -> StateResult<()> {
    sqlx::query(
        "INSERT INTO accounts (id, name, canonical_id, email, is_admin, created_ms)
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(&account.id)
    .bind(&account.name)
    .bind(&account.canonical_id)
    .bind(&account.email)
    .bind(i64::from(account.is_admin))
    .bind(account.created_ms)
    .execute(db)
    .await?;
    Ok(())
}

/// Adds an access key.
///
/// # Errors
/// When the database fails.
pub async fn insert_key(db: &mut AnyConnection, key: &AccessKey) -> StateResult<()> {
    sqlx::query(
        "INSERT INTO access_keys (id, account_id, secret, is_active, created_ms)
         VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(&key.id)
    .bind(&key.account_id)
    .bind(&key.secret)
    .bind(i64::from(key.is_active))
    .bind(key.created_ms)
    .execute(db)
    .await?;
    Ok(())
}

/// The account of this name.
///
/// # Errors
/// When the database fails.
pub async fn by_name(db: &mut AnyConnection, name: &str) -> StateResult<Option<Account>> {
    let query = sqlx::query(account!(" FROM accounts a WHERE a.name = $1")).bind(name);
    let row = query.fetch_optional(db).await?;
    row.as_ref().map(Account::read).transpose()
}

/// The account with this number or canonical id.
///
/// # Errors
/// When the database fails.
pub async fn by_id(db: &mut AnyConnection, id: &str) -> StateResult<Option<Account>> {
    let text = account!(" FROM accounts a WHERE a.id = $1 OR a.canonical_id = $1");
    let row = sqlx::query(text).bind(id).fetch_optional(db).await?;
    row.as_ref().map(Account::read).transpose()
}

/// The account with this e-mail address; the oldest if several have it.
///
/// # Errors
/// When the database fails.
pub async fn by_email(db: &mut AnyConnection, email: &str) -> StateResult<Option<Account>> {
    let text = account!(
        " FROM accounts a WHERE LOWER(a.email) = LOWER($1) ORDER BY a.created_ms, a.id LIMIT 1"
    );
    let row = sqlx::query(text).bind(email).fetch_optional(db).await?;
    row.as_ref().map(Account::read).transpose()
}

/// Locks an account for a transaction that counts what it has: whoever else does waits.
///
/// # Errors
/// When the database fails.
pub async fn lock(db: &mut AnyConnection, id: &str) -> StateResult<()> {
    sqlx::query("UPDATE accounts SET name = name WHERE id = $1")
        .bind(id)
        .execute(db)
        .await?;
    Ok(())
}

/// Every account, by name.
///
/// # Errors
/// When the database fails.
pub async fn list(db: &mut AnyConnection) -> StateResult<Vec<Account>> {
    let query = sqlx::query(account!(" FROM accounts a ORDER BY a.name"));
    let rows = query.fetch_all(db).await?;
    rows.iter().map(Account::read).collect()
}

/// An access key that is in use, and its account.
///
/// # Errors
/// When the database fails.
pub async fn signer(
    db: &mut AnyConnection,
    key_id: &str,
) -> StateResult<Option<(Account, AccessKey)>> {
    let text = account!(
        ", k.secret, k.created_ms FROM access_keys k JOIN accounts a ON a.id = k.account_id
         WHERE k.id = $1 AND k.is_active = 1"
    );
    let Some(row) = sqlx::query(text).bind(key_id).fetch_optional(db).await? else {
        return Ok(None);
    };
    let account = Account::read(&row)?;
    let key = AccessKey {
        id: key_id.to_owned(),
        account_id: account.id.clone(),
        secret: row.try_get(6)?,
        is_active: true,
        created_ms: row.try_get(7)?,
    };
    Ok(Some((account, key)))
}

/// The access keys of an account, oldest first.
///
/// # Errors
/// When the database fails.
pub async fn keys(db: &mut AnyConnection, account_id: &str) -> StateResult<Vec<AccessKey>> {
    let rows = sqlx::query(
        "SELECT id, account_id, secret, is_active, created_ms FROM access_keys
         WHERE account_id = $1 ORDER BY created_ms, id",
    )
    .bind(account_id)
    .fetch_all(db)
    .await?;
    let key = |row: &AnyRow| {
        Ok(AccessKey {
            id: row.try_get(0)?,
            account_id: row.try_get(1)?,
            secret: row.try_get(2)?,
            is_active: row.try_get::<i64, _>(3)? != 0,
            created_ms: row.try_get(4)?,
        })
    };
    rows.iter().map(key).collect()
}

/// A certificate that an account has or had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// SHA-256 of its DER form, hex.
    pub fingerprint: String,
    /// Whose it is.
    pub account_id: String,
    /// The certificate.
    pub pem: String,
    /// When it was noted, in ms since 1970.
    pub created_ms: i64,
    /// When it was taken back; what was signed with it before stays good.
    pub revoked_ms: Option<i64>,
}

/// Notes a certificate, unless it is noted.
///
/// # Errors
/// When the database fails.
pub async fn insert_certificate(
    db: &mut AnyConnection,
    certificate: &Certificate,
) -> StateResult<()> {
    sqlx::query(
        "INSERT INTO certificates (fingerprint, account_id, pem, created_ms, revoked_ms)
         VALUES ($1, $2, $3, $4, $5) ON CONFLICT (fingerprint) DO NOTHING",
    )
    .bind(&certificate.fingerprint)
    .bind(&certificate.account_id)
    .bind(&certificate.pem)
    .bind(certificate.created_ms)
    .bind(certificate.revoked_ms)
    .execute(db)
    .await?;
    Ok(())
}

/// Every certificate that an account has or had, oldest first.
///
/// # Errors
/// When the database fails.
pub async fn certificates(
    db: &mut AnyConnection,
    account_id: &str,
) -> StateResult<Vec<Certificate>> {
    let rows = sqlx::query(
        "SELECT fingerprint, account_id, pem, created_ms, revoked_ms FROM certificates
         WHERE account_id = $1 ORDER BY created_ms, fingerprint",
    )
    .bind(account_id)
    .fetch_all(db)
    .await?;
    let certificate = |row: &AnyRow| {
        Ok(Certificate {
            fingerprint: row.try_get(0)?,
            account_id: row.try_get(1)?,
            pem: row.try_get(2)?,
            created_ms: row.try_get(3)?,
            revoked_ms: row.try_get(4)?,
        })
    };
    rows.iter().map(certificate).collect()
}
