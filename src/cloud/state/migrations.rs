//! The tables, brought up to date step by step.

use std::borrow::Cow;

use sqlx::AnyPool;
use sqlx::AssertSqlSafe;
use sqlx::SqlSafeStr as _;
use sqlx::migrate::{Migration, MigrationType, Migrator};

use super::{Engine, StateError, StateResult};

/// Each step once, in order; never changed after a release.
const STEPS: [(i64, &str, &str); 1] = [(1, "walrus", include_str!("migrations/0001_walrus.sql"))];

/// Makes or completes the tables.
pub(super) async fn run(pool: &AnyPool, engine: Engine) -> StateResult<()> {
    let steps = STEPS.map(|(version, description, text)| {
        let sql = AssertSqlSafe(text.replace("{name}", engine.name_type()));
        let kind = MigrationType::Simple;
        Migration::new(version, description.into(), kind, sql.into_sql_str(), false)
    });
    let migrator = Migrator {
        migrations: Cow::Owned(steps.to_vec()),
        ..Migrator::DEFAULT
    };
    migrator.run(pool).await.map_err(StateError::Migrate)
}
