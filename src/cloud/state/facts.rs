//! What there is once.

use sqlx::{AnyConnection, Row as _};

use super::StateResult;

/// The cloud's own id, by which a store of objects knows it again.
pub const CLOUD_ID: &str = "cloud-id";

/// The fact of this name; `otherwise` from now on if there is none.
///
/// # Errors
/// When the database fails.
pub async fn settle(db: &mut AnyConnection, name: &str, otherwise: &str) -> StateResult<String> {
    sqlx::query("INSERT INTO facts (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING")
        .bind(name)
        .bind(otherwise)
        .execute(&mut *db)
        .await?;
    let row = sqlx::query("SELECT value FROM facts WHERE name = $1")
        .bind(name)
        .fetch_one(db)
        .await?;
    Ok(row.try_get(0)?)
}
