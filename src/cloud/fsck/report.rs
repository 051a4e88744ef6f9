//! What a check found.

use std::collections::BTreeMap;
use std::fmt;

/// Findings of one kind that are told; more are only counted.
pub const MOST: u64 = 1_000;

/// What may be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// The bytes of a version or part are not in the store.
    Lost,
    /// A blob has another size than its version or part says.
    Size,
    /// A blob has another MD5 than its version or part says, or cannot be read.
    Damaged,
    /// A blob belongs to several versions or parts.
    Shared,
    /// A blob belongs to nobody.
    Orphan,
    /// A blob that was being written belongs to nobody.
    Leftover,
    /// A blob of a version or part is not in its final place.
    Unsettled,
    /// A blob that is noted as garbage is gone.
    Garbage,
    /// A blob that is noted as garbage belongs to a version or part.
    Used,
    /// A column holds what nobody writes.
    Column,
    /// A version has another size than its pieces.
    Total,
    /// Of a key's versions, none, several or the wrong one is the latest.
    Latest,
    /// A bucket's sequence is behind those of its versions.
    Sequence,
    /// A bucket's bytes are not the sum of what is in it.
    Bytes,
    /// Versions or uploads are of a bucket that does not exist.
    NoBucket,
    /// A bucket is of an account that does not exist.
    NoAccount,
    /// A part is of an upload that does not exist.
    NoUpload,
}

impl Kind {
    /// The word for it in results.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Lost => "lost",
            Self::Size => "size",
            Self::Damaged => "damaged",
            Self::Shared => "shared",
            Self::Orphan => "orphan",
            Self::Leftover => "leftover",
            Self::Unsettled => "unsettled",
            Self::Garbage => "garbage",
            Self::Used => "used",
            Self::Column => "column",
            Self::Total => "total",
            Self::Latest => "latest",
            Self::Sequence => "sequence",
            Self::Bytes => "bytes",
            Self::NoBucket => "no-bucket",
            Self::NoAccount => "no-account",
            Self::NoUpload => "no-upload",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What.
    pub kind: Kind,
    /// Where: `BUCKET/KEY`, a bucket, a blob.
    pub place: String,
    /// The blob, if it is about one.
    pub blob: Option<String>,
    /// What was seen and expected.
    pub detail: String,
    /// Whether it is right now.
    pub is_mended: bool,
}

/// How many findings there are of a kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Count {
    /// All.
    pub found: u64,
    /// Those that are right now.
    pub mended: u64,
}

/// What was looked at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Checked {
    /// Blobs in the store.
    pub blobs: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Versions of objects.
    pub versions: u64,
    /// Parts of uploads.
    pub parts: u64,
    /// Blobs that were read whole.
    pub read: u64,
    /// Blobs that belong to nobody, and are too young to tell.
    pub young: u64,
}

/// What a check found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// The first of each kind.
    pub findings: Vec<Finding>,
    /// All of them.
    pub counts: BTreeMap<Kind, Count>,
    /// What was looked at.
    pub checked: Checked,
}

impl Report {
    /// Whether nothing is wrong, any more.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.counts
            .values()
            .all(|count| count.found == count.mended)
    }

    /// Whether there are findings that are counted, but not told.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        self.counts.values().any(|count| count.found > MOST)
    }

    pub(super) fn note(&mut self, finding: Finding) {
        let count = self.counts.entry(finding.kind).or_default();
        count.found += 1;
        count.mended += u64::from(finding.is_mended);
        if count.found <= MOST {
            self.findings.push(finding);
        }
    }
}
