//! One line of a state file.

use serde::{Deserialize, Serialize};

use super::super::CannedAcl;
use crate::crypto::digest::Sha1Digest;

/// Version of the layout; files of another one are foreign.
pub(super) const VERSION: u32 = 1;

/// Longest line that is read: keys have up to 1024 bytes, each of which JSON may write as six,
/// and upload ids some hundreds.
pub(super) const LONGEST_LINE: usize = 16 << 10;

/// The first line: what the rest is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Header {
    /// Also tells what the file is.
    #[serde(rename = "amikit-upload")]
    pub(super) version: u32,
    /// URL of the service.
    pub(super) endpoint: String,
    /// The bucket.
    pub(super) bucket: String,
    /// The key prefix.
    pub(super) prefix: String,
}

/// A part that the server had taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::upload) struct Entry {
    /// Size in bytes.
    pub(in crate::upload) size: u64,
    /// SHA-1 of what was sent.
    pub(in crate::upload) sha1: Sha1Digest,
    /// The server's tag for it.
    pub(in crate::upload) etag: String,
    /// The ACL that it was given.
    pub(in crate::upload) acl: Option<CannedAcl>,
}

/// A multipart upload that was begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::upload) struct Begun {
    /// The server's id for it.
    pub(in crate::upload) upload_id: String,
    /// Size of the whole object in bytes.
    pub(in crate::upload) size: u64,
    /// SHA-1 of the whole object.
    pub(in crate::upload) sha1: Sha1Digest,
    /// Size of every chunk but the last.
    pub(in crate::upload) chunk: u64,
    /// The ACL that the object gets.
    pub(in crate::upload) acl: Option<CannedAcl>,
}

/// A line after the first. A later line about a key replaces an earlier one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Record {
    Stored { key: String, entry: Entry },
    Begun { key: String, begun: Begun },
}

/// A record as its line has it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    key: String,
    size: u64,
    sha1: String,
    acl: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    etag: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    upload_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    chunk: Option<u64>,
}

impl Record {
    /// The line, with its end.
    pub(super) fn line(&self) -> String {
        let word = |acl: Option<CannedAcl>| acl.map(|acl| acl.as_str().to_owned());
        let line = match self {
            Self::Stored { key, entry } => Line {
                key: key.clone(),
                size: entry.size,
                sha1: entry.sha1.to_string(),
                acl: word(entry.acl),
                etag: Some(entry.etag.clone()),
                upload_id: None,
                chunk: None,
            },
            Self::Begun { key, begun } => Line {
                key: key.clone(),
                size: begun.size,
                sha1: begun.sha1.to_string(),
                acl: word(begun.acl),
                etag: None,
                upload_id: Some(begun.upload_id.clone()),
                chunk: Some(begun.chunk),
            },
        };
        let mut text = serde_json::to_string(&line).expect("plain texts and numbers are JSON");
        text.push('\n');
        text
    }

    /// Reads a line; none if it is not one of ours.
    pub(super) fn read(text: &[u8]) -> Option<Self> {
        let line: Line = serde_json::from_slice(text).ok()?;
        let sha1 = line.sha1.parse().ok()?;
        let acl = match line.acl {
            Some(word) => Some(word.parse().ok()?),
            None => None,
        };
        let (key, size) = (line.key, line.size);
        match (line.etag, line.upload_id, line.chunk) {
            (Some(etag), None, None) => {
                let entry = Entry {
                    size,
                    sha1,
                    etag,
                    acl,
                };
                Some(Self::Stored { key, entry })
            }
            (None, Some(upload_id), Some(chunk)) => {
                let begun = Begun {
                    upload_id,
                    size,
                    sha1,
                    chunk,
                    acl,
                };
                Some(Self::Begun { key, begun })
            }
            _ => None,
        }
    }
}
