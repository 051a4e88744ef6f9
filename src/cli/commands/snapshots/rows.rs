//! Snapshots and their attributes as rows.

use serde::Serialize;

use crate::aws::ec2::{Grantee, ProductCode, Snapshot};
use crate::cli::dialect::Family;
use crate::cli::ec2::{Line, Row, encryption, tag_lines, time};

/// A snapshot that was just begun.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub(super) struct Created(pub Snapshot);

/// A snapshot that is gone.
#[derive(Debug, Serialize)]
pub(super) struct Deleted {
    pub snapshot_id: String,
    pub deleted: bool,
}

/// Somebody who may make volumes of a snapshot.
#[derive(Debug, Serialize)]
pub(super) struct Permission {
    pub snapshot_id: String,
    #[serde(flatten)]
    pub grantee: Grantee,
}

/// A product code of a snapshot.
#[derive(Debug, Serialize)]
pub(super) struct Code {
    pub snapshot_id: String,
    #[serde(flatten)]
    pub code: ProductCode,
}

/// What was done to the permission of somebody.
#[derive(Debug, Serialize)]
pub(super) struct Change {
    pub snapshot_id: String,
    /// `add` or `remove`.
    pub operation: &'static str,
    #[serde(flatten)]
    pub grantee: Grantee,
}

/// A permission that nobody but the owner has any more.
#[derive(Debug, Serialize)]
pub(super) struct Reset {
    pub snapshot_id: String,
    pub attribute: &'static str,
    #[serde(rename = "reset")]
    pub done: bool,
}

/// What the old tools call the permission.
const PERMISSION: &str = "createVolumePermission";

impl Row for Snapshot {
    const HEADS: &'static [&'static str] = &[
        "snapshot",
        "status",
        "progress",
        "gib",
        "volume",
        "started",
        "description",
    ];

    fn cells(&self) -> Vec<Option<String>> {
        vec![
            Some(self.snapshot_id.clone()),
            self.status.clone(),
            self.progress.clone(),
            self.volume_size.map(|size| size.to_string()),
            self.volume_id.clone(),
            self.start_time.clone(),
            self.description.clone(),
        ]
    }

    fn lines(&self, family: Family) -> Vec<Line> {
        let line = line(self, self.progress.as_deref(), family);
        let tags = tag_lines(&self.snapshot_id, &self.tags);
        std::iter::once(line).chain(tags).collect()
    }
}

impl Row for Created {
    const HEADS: &'static [&'static str] = Snapshot::HEADS;

    fn cells(&self) -> Vec<Option<String>> {
        self.0.cells()
    }

    /// Without progress: euca2ools has no field for it here, Amazon's tools an empty one.
    fn lines(&self, family: Family) -> Vec<Line> {
        if family == Family::Ec2Api {
            return vec![line(&self.0, None, family)];
        }
        let size = self.0.volume_size.map(|size| size.to_string());
        vec![Line::new(
            "SNAPSHOT",
            &[
                Some(&self.0.snapshot_id),
                self.0.volume_id.as_deref(),
                self.0.status.as_deref(),
                self.0.start_time.as_deref(),
                self.0.owner_id.as_deref(),
                size.as_deref(),
                self.0.description.as_deref(),
            ],
        )]
    }
}

/// The line of a snapshot in a list.
fn line(snapshot: &Snapshot, progress: Option<&str>, family: Family) -> Line {
    let size = snapshot.volume_size.map(|size| size.to_string());
    let begun = time(snapshot.start_time.as_deref(), family);
    let mut fields = vec![
        Some(&*snapshot.snapshot_id),
        snapshot.volume_id.as_deref(),
        snapshot.status.as_deref(),
        begun.as_deref(),
        progress,
        snapshot.owner_id.as_deref(),
        size.as_deref(),
        snapshot.description.as_deref(),
    ];
    if family == Family::Ec2Api {
        fields.push(encryption(snapshot.encrypted));
    }
    Line::new("SNAPSHOT", &fields)
}

impl Row for Deleted {
    const HEADS: &'static [&'static str] = &["deleted"];

    fn cells(&self) -> Vec<Option<String>> {
        vec![Some(self.snapshot_id.clone())]
    }

    fn lines(&self, _family: Family) -> Vec<Line> {
        vec![Line::new("SNAPSHOT", &[Some(&self.snapshot_id)])]
    }
}

impl Row for Permission {
    const HEADS: &'static [&'static str] = &["snapshot", "kind", "who"];

    fn cells(&self) -> Vec<Option<String>> {
        vec![
            Some(self.snapshot_id.clone()),
            Some(word(&self.grantee).to_owned()),
            Some(self.grantee.name().to_owned()),
        ]
    }

    fn lines(&self, _family: Family) -> Vec<Line> {
        // Spelled as the answer's elements are.
        let kind = match self.grantee {
            Grantee::Group(_) => "group",
            Grantee::UserId(_) => "userId",
        };
        let fields = [
            Some(&*self.snapshot_id),
            Some(kind),
            Some(self.grantee.name()),
        ];
        vec![Line::new(PERMISSION, &fields)]
    }
}

impl Row for Code {
    const HEADS: &'static [&'static str] = &["snapshot", "product_code", "type"];

    fn cells(&self) -> Vec<Option<String>> {
        vec![
            Some(self.snapshot_id.clone()),
            Some(self.code.product_code.clone()),
            self.code.kind.clone(),
        ]
    }

    fn lines(&self, _family: Family) -> Vec<Line> {
        let code = &self.code.product_code;
        let code = match &self.code.kind {
            Some(kind) => format!("[{kind}: {code}]"),
            None => code.clone(),
        };
        let fields = [Some(&*self.snapshot_id), Some("productCode"), Some(&code)];
        vec![Line::new("productCodes", &fields)]
    }
}

impl Row for Change {
    const HEADS: &'static [&'static str] = &["snapshot", "change", "kind", "who"];

    fn cells(&self) -> Vec<Option<String>> {
        vec![
            Some(self.snapshot_id.clone()),
            Some(self.operation.to_owned()),
            Some(word(&self.grantee).to_owned()),
            Some(self.grantee.name().to_owned()),
        ]
    }

    fn lines(&self, _family: Family) -> Vec<Line> {
        let operation = self.operation.to_uppercase();
        vec![Line::new(
            PERMISSION,
            &[
                Some(&self.snapshot_id),
                Some(&operation),
                // Spelled as the request's parameters are.
                Some(self.grantee.kind()),
                Some(self.grantee.name()),
            ],
        )]
    }
}

impl Row for Reset {
    const HEADS: &'static [&'static str] = &["snapshot", "reset"];

    fn cells(&self) -> Vec<Option<String>> {
        vec![
            Some(self.snapshot_id.clone()),
            Some(self.attribute.to_owned()),
        ]
    }

    fn lines(&self, _family: Family) -> Vec<Line> {
        let fields = [Some(&*self.snapshot_id), Some("RESET")];
        vec![Line::new(PERMISSION, &fields)]
    }
}

fn word(grantee: &Grantee) -> &'static str {
    match grantee {
        Grantee::Group(_) => "group",
        Grantee::UserId(_) => "account",
    }
}
