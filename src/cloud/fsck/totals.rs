//! What follows from the rows: which version is the latest, sequences, bytes of buckets.

use super::super::error::CloudError;
use super::super::state::StateError;
use super::compare::ROWS;
use super::tally::get;
use super::{Db, Fsck, Kind, Statement};

/// The bytes of what is in a bucket `$1`.
const SUM: &str = "COALESCE((SELECT CAST(SUM(v.size) AS BIGINT) FROM versions v
                             WHERE v.bucket = $1), 0)
                 + COALESCE((SELECT CAST(SUM(p.size) AS BIGINT) FROM parts p
                             JOIN uploads u ON u.id = p.upload WHERE u.bucket = $1), 0)";

/// Holds up whoever else changes a bucket `$1`, until the transaction ends.
const LOCK: &str = "UPDATE buckets SET sequence = sequence + 1 WHERE name = $1";

impl Fsck {
    /// The newest version of a key is its latest, and no other.
    pub(super) async fn check_latest(&mut self, db: &mut Db) -> Result<(), CloudError> {
        let mut after = (String::new(), String::new());
        loop {
            let rows = sqlx::query(
                "SELECT bucket, object_key, CAST(SUM(is_latest) AS BIGINT), MAX(sequence),
                        COALESCE(MAX(CASE WHEN is_latest = 1 THEN sequence END), -1)
                 FROM versions WHERE (bucket, object_key) > ($1, $2)
                 GROUP BY bucket, object_key
                 HAVING SUM(is_latest) <> 1
                     OR MAX(CASE WHEN is_latest = 1 THEN sequence END) <> MAX(sequence)
                 ORDER BY bucket, object_key LIMIT $3",
            )
            .bind(&after.0)
            .bind(&after.1)
            .bind(ROWS)
            .fetch_all(&mut **db)
            .await
            .map_err(StateError::from)?;
            if rows.is_empty() {
                return Ok(());
            }
            for row in &rows {
                let (bucket, key): (String, String) = (get(row, 0)?, get(row, 1)?);
                let (count, newest, latest): (i64, i64, i64) =
                    (get(row, 2)?, get(row, 3)?, get(row, 4)?);
                let detail = match count {
                    1 => format!("version {latest} is the latest, but {newest} is the newest"),
                    count => format!("{count} of its versions are the latest, expected one"),
                };
                let text = "UPDATE versions SET is_latest =
                              CASE WHEN sequence = (SELECT MAX(v.sequence) FROM versions v
                                                    WHERE v.bucket = $1 AND v.object_key = $2)
                                   THEN 1 ELSE 0 END
                            WHERE bucket = $1 AND object_key = $2";
                let mend = vec![
                    Statement(LOCK.to_owned(), vec![(&bucket).into()]),
                    Statement(text.to_owned(), vec![(&bucket).into(), (&key).into()]),
                ];
                let place = format!("{bucket}/{key}");
                after = (bucket, key);
                self.found(Kind::Latest, place, detail, mend).await?;
            }
        }
    }

    /// The sequence of a bucket is that of its newest change at least.
    pub(super) async fn check_sequences(&mut self, db: &mut Db) -> Result<(), CloudError> {
        let mut after = String::new();
        loop {
            let rows = sqlx::query(
                "SELECT b.name, b.sequence, MAX(v.sequence) FROM buckets b
                 JOIN versions v ON v.bucket = b.name WHERE b.name > $1
                 GROUP BY b.name, b.sequence HAVING MAX(v.sequence) > b.sequence
                 ORDER BY b.name LIMIT $2",
            )
            .bind(&after)
            .bind(ROWS)
            .fetch_all(&mut **db)
            .await
            .map_err(StateError::from)?;
            if rows.is_empty() {
                return Ok(());
            }
            for row in &rows {
                after = get(row, 0)?;
                let (sequence, newest): (i64, i64) = (get(row, 1)?, get(row, 2)?);
                let text = "UPDATE buckets SET sequence = $2 WHERE name = $1 AND sequence < $2";
                let values = vec![(&after).into(), newest.into()];
                let mend = vec![Statement(text.to_owned(), values)];
                let detail = format!("its sequence is {sequence}, a version has {newest}");
                self.found(Kind::Sequence, format!("bucket {after}"), detail, mend)
                    .await?;
            }
        }
    }

    /// The bytes of a bucket are those of what is in it. A bucket for each statement: a statement
    /// sees one moment.
    pub(super) async fn check_bytes(&mut self, db: &mut Db) -> Result<(), CloudError> {
        let mut after = String::new();
        loop {
            let query =
                sqlx::query("SELECT name FROM buckets WHERE name > $1 ORDER BY name LIMIT 1");
            let row = query.bind(&after).fetch_optional(&mut **db).await;
            let Some(row) = row.map_err(StateError::from)? else {
                return Ok(());
            };
            after = get(&row, 0)?;
            let text = format!("SELECT bytes, {SUM} FROM buckets WHERE name = $1");
            let query = sqlx::query(sqlx::AssertSqlSafe(text)).bind(&after);
            let row = query.fetch_optional(&mut **db).await;
            let Some(row) = row.map_err(StateError::from)? else {
                continue;
            };
            let (bytes, sum): (i64, i64) = (get(&row, 0)?, get(&row, 1)?);
            if bytes == sum {
                continue;
            }
            let text = format!("UPDATE buckets SET bytes = {SUM} WHERE name = $1");
            let mend = vec![
                Statement(LOCK.to_owned(), vec![(&after).into()]),
                Statement(text, vec![(&after).into()]),
            ];
            let detail = format!("{bytes} bytes are counted, {sum} are in it");
            self.found(Kind::Bytes, format!("bucket {after}"), detail, mend)
                .await?;
        }
    }
}
