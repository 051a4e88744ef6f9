//! Columns that hold what nobody writes.
//!
//! What has a harmless default gets it: a list of grants becomes private, headers and tags empty.
//! What says where bytes are has none.

use sqlx::any::AnyRow;

use super::super::error::CloudError;
use super::super::objects::BlobId;
use super::super::state::StateError;
use super::super::state::buckets::Versioning;
use super::super::walrus::acl::Acl;
use super::super::walrus::body::checksum::multipart::{ChecksumType, Composite};
use super::super::walrus::body::{Algorithm, Checksum};
use super::super::walrus::cors::Cors;
use super::super::walrus::metadata::Metadata;
use super::super::walrus::tags::Tags;
use super::tally::{Noted, Owner, get};
use super::{Db, Fsck, Kind, Statement, Value};

/// Rows that are read at once.
const ROWS: i64 = 200;

/// A row of a table, by its key.
struct Row {
    place: String,
    table: &'static str,
    /// `WHERE …`, with `$1` and so on.
    key: &'static str,
    values: Vec<Key>,
}

#[derive(Clone)]
enum Key {
    Text(String),
    Number(i64),
}

impl From<&Key> for Value {
    fn from(key: &Key) -> Self {
        match key {
            Key::Text(text) => Self::Text(text.clone()),
            Key::Number(number) => Self::Number(*number),
        }
    }
}

impl Fsck {
    /// Notes an unreadable column, which gets this value; NULL if that is none.
    async fn bad_column(
        &mut self,
        row: &Row,
        (column, found): (&'static str, &str),
        value: Option<String>,
    ) -> Result<(), CloudError> {
        let shown: String = found.chars().take(80).collect();
        let detail = format!("{column} cannot be read: {shown:?}");
        let mut values: Vec<Value> = row.values.iter().map(Value::from).collect();
        let set = match value {
            Some(value) => {
                values.push(Value::Text(value));
                format!("${}", values.len())
            }
            None => "NULL".to_owned(),
        };
        let (table, key) = (row.table, row.key);
        let text = format!("UPDATE {table} SET {column} = {set} WHERE {key}");
        let mend = vec![Statement(text, values)];
        self.found(Kind::Column, row.place.clone(), detail, mend)
            .await
    }

    async fn check_acl(&mut self, row: &Row, text: &str, owner: &str) -> Result<(), CloudError> {
        if Acl::from_text(text).is_ok() {
            return Ok(());
        }
        let private = Acl::canned("private", owner, None).map(|acl| acl.to_text());
        let private = private.unwrap_or_else(|_| "[]".to_owned()); // there is that name
        self.bad_column(row, ("acl", text), Some(private)).await
    }

    /// Headers, tags and, with its form, the checksum: of a version or an upload.
    async fn check_carried(
        &mut self,
        row: &Row,
        (headers, tags, checksum): (&str, Option<&str>, Option<&str>),
        is_checksum: fn(&str) -> bool,
    ) -> Result<(), CloudError> {
        if serde_json::from_str::<Metadata>(headers).is_err() {
            let empty = Metadata::default().to_text();
            self.bad_column(row, ("headers", headers), Some(empty))
                .await?;
        }
        if let Some(tags) = tags.filter(|tags| Tags::from_text(tags).is_err()) {
            self.bad_column(row, ("tags", tags), None).await?;
        }
        if let Some(checksum) = checksum.filter(|text| !is_checksum(text)) {
            self.bad_column(row, ("checksum", checksum), None).await?;
        }
        Ok(())
    }

    /// A version: `bucket, object_key, version_id, sequence, is_marker, size, acl, headers, tags,
    /// checksum, pieces, owner`.
    pub(super) async fn check_version(
        &mut self,
        row: &AnyRow,
        owner: &Owner,
    ) -> Result<(), CloudError> {
        if get::<i64>(row, 4)? != 0 {
            return Ok(()); // a marker carries nothing
        }
        let (acl, headers): (String, String) = (get(row, 6)?, get(row, 7)?);
        let (tags, checksum): (Option<String>, Option<String>) = (get(row, 8)?, get(row, 9)?);
        let canonical: Option<String> = get(row, 11)?;
        let row = Row {
            place: owner.place(),
            table: "versions",
            key: "bucket = $1 AND object_key = $2 AND sequence = $3",
            values: vec![
                Key::Text(owner.bucket.clone()),
                Key::Text(owner.key.clone()),
                Key::Number(owner.number),
            ],
        };
        self.check_acl(&row, &acl, &canonical.unwrap_or_default())
            .await?;
        let carried = (headers.as_str(), tags.as_deref(), checksum.as_deref());
        self.check_carried(&row, carried, is_version_checksum).await
    }

    /// A part that cannot be what it says is removed with those that are lost.
    pub(super) async fn check_part(
        &mut self,
        part: &Noted,
        checksum: Option<&str>,
    ) -> Result<(), CloudError> {
        let row = Row {
            place: part.owner.place(),
            table: "parts",
            key: "upload = $1 AND number = $2",
            values: vec![
                Key::Text(part.owner.id.clone()),
                Key::Number(part.owner.number),
            ],
        };
        if let Some(checksum) = checksum.filter(|text| !is_part_checksum(text)) {
            self.bad_column(&row, ("checksum", checksum), None).await?;
        }
        let bytes = hex::decode(&part.md5);
        for (column, is_right, found) in [
            ("blob", part.blob.parse::<BlobId>().is_ok(), &part.blob),
            ("md5", bytes.is_ok_and(|it| it.len() == 16), &part.md5),
            ("size", part.size >= 0, &part.size.to_string()),
            (
                "number",
                (1..=10_000).contains(&part.owner.number),
                &part.owner.number.to_string(),
            ),
        ] {
            if is_right {
                continue;
            }
            let shown: String = found.chars().take(80).collect();
            let detail = format!("{column} cannot be right: {shown:?}");
            let mend = if self.options.remove_lost {
                vec![Statement(
                    format!("DELETE FROM {} WHERE {}", row.table, row.key),
                    row.values.iter().map(Value::from).collect(),
                )]
            } else {
                Vec::new()
            };
            self.found(Kind::Column, row.place.clone(), detail, mend)
                .await?;
        }
        Ok(())
    }

    /// Columns of buckets. First of all, since nothing in a bucket can be changed before.
    pub(super) async fn check_buckets(&mut self, db: &mut Db) -> Result<(), CloudError> {
        let mut after = String::new();
        loop {
            let rows = sqlx::query(
                "SELECT name, versioning, acl, cors, tags,
                        (SELECT a.canonical_id FROM accounts a WHERE a.id = account_id) AS owner
                 FROM buckets WHERE name > $1 ORDER BY name LIMIT $2",
            )
            .bind(&after)
            .bind(ROWS)
            .fetch_all(&mut **db)
            .await
            .map_err(StateError::from)?;
            if rows.is_empty() {
                return Ok(());
            }
            for found in &rows {
                after = get(found, 0)?;
                let (versioning, acl): (String, String) = (get(found, 1)?, get(found, 2)?);
                let (cors, tags): (Option<String>, Option<String>) =
                    (get(found, 3)?, get(found, 4)?);
                let owner: Option<String> = get(found, 5)?;
                let row = Row {
                    place: format!("bucket {after}"),
                    table: "buckets",
                    key: "name = $1",
                    values: vec![Key::Text(after.clone())],
                };
                if Versioning::from_text(&versioning).is_none() {
                    // The one that forgets nothing and adds nothing.
                    let kept = Some(Versioning::Suspended.as_str().to_owned());
                    self.bad_column(&row, ("versioning", &versioning), kept)
                        .await?;
                }
                self.check_acl(&row, &acl, &owner.unwrap_or_default())
                    .await?;
                if let Some(cors) = cors.filter(|text| Cors::from_text(text).is_err()) {
                    self.bad_column(&row, ("cors", &cors), None).await?;
                }
                if let Some(tags) = tags.filter(|text| Tags::from_text(text).is_err()) {
                    self.bad_column(&row, ("tags", &tags), None).await?;
                }
            }
        }
    }

    /// Columns of uploads.
    pub(super) async fn check_uploads(&mut self, db: &mut Db) -> Result<(), CloudError> {
        let mut after = String::new();
        loop {
            let rows = sqlx::query(
                "SELECT id, bucket, object_key, acl, headers, tags, checksum,
                        (SELECT a.canonical_id FROM accounts a WHERE a.id = account_id) AS owner
                 FROM uploads WHERE id > $1 ORDER BY id LIMIT $2",
            )
            .bind(&after)
            .bind(ROWS)
            .fetch_all(&mut **db)
            .await
            .map_err(StateError::from)?;
            if rows.is_empty() {
                return Ok(());
            }
            for found in &rows {
                after = get(found, 0)?;
                let (bucket, key): (String, String) = (get(found, 1)?, get(found, 2)?);
                let (acl, headers): (String, String) = (get(found, 3)?, get(found, 4)?);
                let (tags, checksum): (Option<String>, Option<String>) =
                    (get(found, 5)?, get(found, 6)?);
                let owner: Option<String> = get(found, 7)?;
                let row = Row {
                    place: format!("{bucket}/{key}, upload {after}"),
                    table: "uploads",
                    key: "id = $1",
                    values: vec![Key::Text(after.clone())],
                };
                self.check_acl(&row, &acl, &owner.unwrap_or_default())
                    .await?;
                let carried = (headers.as_str(), tags.as_deref(), checksum.as_deref());
                self.check_carried(&row, carried, is_upload_checksum)
                    .await?;
            }
        }
    }
}

/// `ALGORITHM TYPE VALUE`.
fn is_version_checksum(text: &str) -> bool {
    let mut words = text.splitn(3, ' ');
    let mut next = || words.next().unwrap_or_default();
    let (algorithm, kind, value) = (next(), next(), next());
    let Some(algorithm) = Algorithm::from_name(algorithm) else {
        return false;
    };
    match ChecksumType::from_name(kind) {
        Some(ChecksumType::FullObject) => Checksum::parse(algorithm, value).is_ok(),
        Some(ChecksumType::Composite) => Composite::parse(algorithm, value).is_some(),
        None => false,
    }
}

/// `ALGORITHM TYPE`.
fn is_upload_checksum(text: &str) -> bool {
    let words = text.split_once(' ');
    words.is_some_and(|(algorithm, kind)| {
        Algorithm::from_name(algorithm).is_some() && ChecksumType::from_name(kind).is_some()
    })
}

/// `ALGORITHM VALUE`.
fn is_part_checksum(text: &str) -> bool {
    let words = text.split_once(' ');
    words.is_some_and(|(algorithm, value)| {
        let algorithm = Algorithm::from_name(algorithm);
        algorithm.is_some_and(|algorithm| Checksum::parse(algorithm, value).is_ok())
    })
}
