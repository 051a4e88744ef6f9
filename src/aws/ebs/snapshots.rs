//! Starting and completing snapshots.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::super::AwsError;
use super::super::http::Body;
use super::answer::{ALGORITHM, CHECKSUM, SHA256, check_block_size, document, unexpected};
use super::{Ebs, NewSnapshot, StartedSnapshot, Written, call, is_snapshot_id, pair};

/// What `call` checks where there is no id yet.
const NO_ID_YET: &str = "snap-0";

/// The body of `StartSnapshot`.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Start<'a> {
    volume_size: u32,
    client_token: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tags: Vec<Tag<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent_snapshot_id: Option<&'a str>,
    /// Left out rather than false: beside a parent it is refused.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    encrypted: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    kms_key_arn: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    timeout: Option<u32>,
}

impl Start<'_> {
    fn body(&self) -> Body {
        let body = serde_json::to_vec(self).expect("plain texts and numbers are JSON");
        Body::Bytes(Bytes::from(body))
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Tag<'a> {
    key: &'a str,
    value: &'a str,
}

/// The answer to `StartSnapshot`, as far as it matters.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Started {
    snapshot_id: Option<String>,
    status: Option<String>,
    block_size: Option<u64>,
    kms_key_arn: Option<String>,
    sse_type: Option<String>,
}

/// The answer to `CompleteSnapshot`, as far as it matters.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Completed {
    status: Option<String>,
}

impl Ebs {
    /// Starts a snapshot. The same token again, with the same parameters, gives the same snapshot.
    ///
    /// # Errors
    /// When the service refuses or cannot be reached, or has blocks of another size.
    pub fn start_snapshot(&self, new: &NewSnapshot) -> Result<StartedSnapshot, AwsError> {
        let mut call = call("StartSnapshot", "POST", "snapshots", NO_ID_YET)?;
        let tags = new.tags.iter().map(|(key, value)| Tag { key, value });
        let start = Start {
            volume_size: new.volume_size,
            client_token: &new.client_token,
            description: new.description.as_deref(),
            tags: tags.collect(),
            parent_snapshot_id: new.parent.as_deref(),
            encrypted: new.encrypted,
            kms_key_arn: new.kms_key.as_deref(),
            timeout: new.timeout,
        };
        call.headers.push(pair("content-type", "application/json"));
        call.body = start.body();
        let started: Started = document(&self.service, &call)?;
        check_block_size(&self.service, &call, started.block_size)?;
        let id = started.snapshot_id.unwrap_or_default();
        if !is_snapshot_id(&id) {
            let found = format!("snapshot {id:?}");
            return Err(unexpected(
                &self.service,
                &call,
                found,
                "the id of a snapshot",
            ));
        }
        let sse = started.sse_type.as_deref().unwrap_or("none");
        Ok(StartedSnapshot {
            id,
            is_pending: started.status.is_none_or(|status| status == "pending"),
            is_encrypted: started.kms_key_arn.is_some() || sse != "none",
        })
    }

    /// Completes a snapshot: the service compares number and checksum of the blocks with its own.
    /// What it makes of the snapshot takes a while more, and is EC2's to tell.
    ///
    /// # Errors
    /// When the service refuses, has other blocks, or cannot be reached.
    pub fn complete_snapshot(&self, snapshot: &str, written: &Written) -> Result<(), AwsError> {
        let key = format!("snapshots/completion/{snapshot}");
        let mut call = call("CompleteSnapshot", "POST", &key, snapshot)?;
        call.headers = vec![
            pair("x-amz-changedblockscount", written.blocks.to_string()),
            pair(CHECKSUM, written.checksum.to_string()),
            pair(ALGORITHM, SHA256),
            pair("x-amz-checksum-aggregation-method", "LINEAR"),
        ];
        let completed: Completed = document(&self.service, &call)?;
        match completed.status.as_deref() {
            Some("error") => Err(unexpected(
                &self.service,
                &call,
                "status \"error\"",
                "status \"pending\" or \"completed\"",
            )),
            _ => Ok(()),
        }
    }
}
