//! Rows that stand on rows which do not exist. The database forbids them; a restored backup or a
//! careless hand may have them still.

use sqlx::Row as _;

use super::super::error::CloudError;
use super::super::state::StateError;
use super::super::walrus::acl::Acl;
use super::{Db, Fsck, Kind, Statement};

/// Rows that are read at once.
const ROWS: i64 = 200;

impl Fsck {
    /// Buckets without account, content without bucket, parts without upload.
    pub(super) async fn check_standing(&mut self, db: &mut Db) -> Result<(), CloudError> {
        // What has no owner is the administrator's, so that nothing is lost.
        let admin = sqlx::query(
            "SELECT id, canonical_id FROM accounts WHERE is_admin = 1
             ORDER BY created_ms, id LIMIT 1",
        );
        let admin = admin.fetch_optional(&mut **db).await;
        let admin = match admin.map_err(StateError::from)? {
            Some(row) => Some((text(&row, 0)?, text(&row, 1)?)),
            None => None,
        };
        self.check_accounts(db, admin.as_ref()).await?;
        self.check_homeless(db, admin.as_ref()).await?;
        self.check_parts(db).await
    }

    async fn check_accounts(
        &mut self,
        db: &mut Db,
        admin: Option<&(String, String)>,
    ) -> Result<(), CloudError> {
        let mut after = String::new();
        loop {
            let rows = sqlx::query(
                "SELECT b.name, b.account_id FROM buckets b
                 WHERE NOT EXISTS (SELECT 1 FROM accounts a WHERE a.id = b.account_id)
                   AND b.name > $1 ORDER BY b.name LIMIT $2",
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
                after = text(row, 0)?;
                let account = text(row, 1)?;
                let mend = admin.map(|(id, _)| {
                    let text = "UPDATE buckets SET account_id = $2 WHERE name = $1";
                    Statement(text.to_owned(), vec![(&after).into(), id.into()])
                });
                let detail = format!("there is no account {account}: the administrator gets it");
                let mend = mend.into_iter().collect();
                self.found(Kind::NoAccount, format!("bucket {after}"), detail, mend)
                    .await?;
            }
        }
    }

    async fn check_homeless(
        &mut self,
        db: &mut Db,
        admin: Option<&(String, String)>,
    ) -> Result<(), CloudError> {
        let mut after = String::new();
        loop {
            let row = sqlx::query(
                "SELECT name FROM (SELECT MIN(v.bucket) AS name FROM versions v
                                   WHERE v.bucket > $1 AND NOT EXISTS
                                         (SELECT 1 FROM buckets b WHERE b.name = v.bucket)
                                   UNION
                                   SELECT MIN(u.bucket) AS name FROM uploads u
                                   WHERE u.bucket > $1 AND NOT EXISTS
                                         (SELECT 1 FROM buckets b WHERE b.name = u.bucket)) AS n
                 WHERE name IS NOT NULL ORDER BY name LIMIT 1",
            )
            .bind(&after)
            .fetch_optional(&mut **db)
            .await
            .map_err(StateError::from)?;
            let Some(row) = row else { return Ok(()) };
            after = text(&row, 0)?;
            let mend = admin.and_then(|(id, canonical)| {
                let acl = Acl::canned("private", canonical, None).ok()?.to_text();
                let text = "INSERT INTO buckets (name, account_id, location, versioning, acl,
                                                 created_ms, sequence, bytes)
                            SELECT $1, $2, '', CASE WHEN EXISTS (SELECT 1 FROM versions v
                                                       WHERE v.bucket = $1
                                                         AND v.version_id <> 'null')
                                               THEN 'enabled' ELSE 'off' END, $3, $4,
                                   COALESCE((SELECT MAX(v.sequence) FROM versions v
                                             WHERE v.bucket = $1), 0),
                                   COALESCE((SELECT CAST(SUM(v.size) AS BIGINT) FROM versions v
                                             WHERE v.bucket = $1), 0)
                                 + COALESCE((SELECT CAST(SUM(p.size) AS BIGINT) FROM parts p
                                             JOIN uploads u ON u.id = p.upload
                                             WHERE u.bucket = $1), 0)";
                let values = vec![
                    (&after).into(),
                    id.into(),
                    (&acl).into(),
                    self.now_ms().into(),
                ];
                Some(Statement(text.to_owned(), values))
            });
            let detail = "it does not exist, but has content: the administrator gets it";
            let mend = mend.into_iter().collect();
            let place = format!("bucket {after}");
            self.found(Kind::NoBucket, place, detail.to_owned(), mend)
                .await?;
        }
    }

    async fn check_parts(&mut self, db: &mut Db) -> Result<(), CloudError> {
        let (mut upload, mut number) = (String::new(), 0_i64);
        loop {
            let rows = sqlx::query(
                "SELECT p.upload, p.number, p.blob FROM parts p
                 WHERE NOT EXISTS (SELECT 1 FROM uploads u WHERE u.id = p.upload)
                   AND (p.upload > $1 OR (p.upload = $1 AND p.number > $2))
                 ORDER BY p.upload, p.number LIMIT $3",
            )
            .bind(&upload)
            .bind(number)
            .bind(ROWS)
            .fetch_all(&mut **db)
            .await
            .map_err(StateError::from)?;
            if rows.is_empty() {
                return Ok(());
            }
            for row in &rows {
                upload = text(row, 0)?;
                number = row.try_get(1).map_err(StateError::from)?;
                let blob = text(row, 2)?;
                let noted = "INSERT INTO garbage (blob, since_ms, due_ms) VALUES ($1, $2, $2)
                             ON CONFLICT (blob) DO NOTHING";
                let gone = "DELETE FROM parts WHERE upload = $1 AND number = $2";
                let mend = vec![
                    Statement(noted.to_owned(), vec![(&blob).into(), self.now_ms().into()]),
                    Statement(gone.to_owned(), vec![(&upload).into(), number.into()]),
                ];
                let place = format!("part {number} of upload {upload}");
                let detail = "there is no such upload: the part becomes garbage".to_owned();
                self.found(Kind::NoUpload, place, detail, mend).await?;
            }
        }
    }
}

fn text(row: &sqlx::any::AnyRow, at: usize) -> Result<String, StateError> {
    Ok(row.try_get(at)?)
}
