//! What the service holds, and what it accepts.

use std::collections::BTreeMap;

use base64ct::{Base64, Encoding as _};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::http::{Reply, Request};

/// Bytes of a block.
const BLOCK: usize = 524_288;

/// Blocks of a GiB.
const BLOCKS_OF_GIB: u64 = 2048;

/// Everything that the service holds.
#[derive(Default)]
pub(super) struct Service {
    snapshots: Vec<Snapshot>,
    pub(super) page: Option<usize>,
    pub(super) no_page_tokens: bool,
    pub(super) encrypts: bool,
    pub(super) forgets_bytes: bool,
}

/// A snapshot.
pub(super) struct Snapshot {
    id: String,
    pub(super) status: &'static str,
    pub(super) request: Value,
    volume_size: u64,
    pub(super) blocks: BTreeMap<u32, Block>,
}

/// A block with its digest; no bytes if the server forgets them.
pub(super) struct Block {
    digest: [u8; 32],
    bytes: Vec<u8>,
}

impl Snapshot {
    pub(super) fn volume(&self, len: usize) -> Vec<u8> {
        let mut volume = vec![0; len];
        for (index, block) in &self.blocks {
            let offset = *index as usize * BLOCK;
            if offset < len {
                let end = len.min(offset + BLOCK);
                volume[offset..end].copy_from_slice(&block.bytes[..end - offset]);
            }
        }
        volume
    }
}

/// What can be said of a request without knowing the snapshots: the digest of its body.
pub(super) fn check(request: &Request) -> Result<[u8; 32], Reply> {
    let digest: [u8; 32] = Sha256::digest(&request.body).into();
    let signed = request.header("authorization");
    let is_scoped = signed.starts_with("AWS4-HMAC-SHA256 ") && signed.contains("/ebs/aws4_request");
    let said = request.header("x-amz-content-sha256"); // S3 alone asks for it
    let is_said = said.is_empty() || said == hex::encode(digest) || said == "UNSIGNED-PAYLOAD";
    if !is_scoped || !is_said {
        return Err(Reply::refusal(
            403,
            "AccessDeniedException",
            "UNAUTHORIZED_ACCOUNT",
        ));
    }
    if request.operation() != "PutSnapshotBlock" {
        return Ok(digest);
    }
    let is_right = request.header("x-amz-data-length") == "524288"
        && request.body.len() == BLOCK
        && request.header("x-amz-checksum-algorithm") == "SHA256"
        && request.header("x-amz-checksum") == Base64::encode_string(&digest)
        && signed.contains("x-amz-checksum;")
        && request
            .header("x-amz-progress")
            .parse::<u8>()
            .is_ok_and(|percent| percent <= 100);
    if is_right {
        Ok(digest)
    } else {
        Err(invalid("INVALID_BLOCK"))
    }
}

fn invalid(reason: &str) -> Reply {
    Reply::refusal(400, "ValidationException", reason)
}

fn unknown() -> Reply {
    Reply::refusal(404, "ResourceNotFoundException", "SNAPSHOT_NOT_FOUND")
}

impl Service {
    pub(super) fn ids(&self) -> Vec<String> {
        self.snapshots.iter().map(|one| one.id.clone()).collect()
    }

    #[track_caller]
    pub(super) fn snapshot(&self, id: &str) -> &Snapshot {
        let found = self.snapshots.iter().find(|one| one.id == id);
        found.expect("the test names a snapshot that was started")
    }

    pub(super) fn cancel(&mut self, id: &str) {
        let found = self.snapshots.iter_mut().find(|one| one.id == id);
        found.expect("a snapshot that was started").status = "error";
    }

    /// Does what is asked for by a request that was checked.
    pub(super) fn answer(&mut self, request: &Request, digest: [u8; 32]) -> Reply {
        if request.operation() == "StartSnapshot" {
            return self.start(request);
        }
        let parts: Vec<&str> = request.path.trim_matches('/').split('/').collect();
        let id = match parts.as_slice() {
            ["snapshots", "completion", id] | ["snapshots", id, ..] => *id,
            _ => "",
        };
        let Some(place) = self.snapshots.iter().position(|one| one.id == id) else {
            return unknown();
        };
        match request.operation() {
            "PutSnapshotBlock" => self.put(place, request, digest),
            "CompleteSnapshot" => complete(&mut self.snapshots[place], request),
            _ if self.snapshots[place].status != "completed" => invalid("INVALID_SNAPSHOT_ID"),
            "ListSnapshotBlocks" => self.list(place, request),
            "GetSnapshotBlock" => get(&self.snapshots[place], request),
            _ => invalid("INVALID_PARAMETER_VALUE"),
        }
    }

    fn start(&mut self, request: &Request) -> Reply {
        let Ok(asked) = serde_json::from_slice::<Value>(&request.body) else {
            return invalid("INVALID_PARAMETER_VALUE");
        };
        let size = asked["VolumeSize"].as_u64().unwrap_or(0);
        let token = asked["ClientToken"].as_str().unwrap_or_default();
        let timeout = asked["Timeout"].as_u64().unwrap_or(60);
        if !(1..=65_536).contains(&size) || !(10..=4320).contains(&timeout) {
            return invalid("INVALID_VOLUME_SIZE");
        }
        if token.is_empty() || token.len() > 64 {
            return invalid("INVALID_PARAMETER_VALUE");
        }
        let same = |one: &&Snapshot| one.request["ClientToken"] == token;
        if let Some(known) = self.snapshots.iter().find(same) {
            if known.request != asked {
                return Reply::refusal(409, "ConflictException", "");
            }
            return self.started(known);
        }
        let number = self.snapshots.len() + 1;
        self.snapshots.push(Snapshot {
            id: format!("snap-{number:017x}"),
            status: "pending",
            request: asked,
            volume_size: size,
            blocks: BTreeMap::new(),
        });
        self.started(&self.snapshots[number - 1])
    }

    fn started(&self, snapshot: &Snapshot) -> Reply {
        let mut answer = json!({
            "SnapshotId": snapshot.id,
            "Status": snapshot.status,
            "VolumeSize": snapshot.volume_size,
            "BlockSize": BLOCK,
            "OwnerId": "123456789012",
            "StartTime": 1_795_242_111.5,
        });
        if self.encrypts || snapshot.request["Encrypted"] == true {
            answer["KmsKeyArn"] = json!("arn:aws:kms:us-east-1:123456789012:key/test");
        }
        Reply::json(201, &answer)
    }

    fn put(&mut self, place: usize, request: &Request, digest: [u8; 32]) -> Reply {
        let snapshot = &mut self.snapshots[place];
        if snapshot.status != "pending" {
            return invalid("INVALID_SNAPSHOT_ID");
        }
        let index = request.path.rsplit('/').next().unwrap_or_default();
        let index = index.parse::<u32>().ok();
        let limit = snapshot.volume_size * BLOCKS_OF_GIB;
        let Some(index) = index.filter(|index| u64::from(*index) < limit) else {
            return invalid("INVALID_BLOCK");
        };
        let bytes = if self.forgets_bytes {
            Vec::new()
        } else {
            request.body.clone()
        };
        snapshot.blocks.insert(index, Block { digest, bytes });
        checksum(Reply::json(201, &json!({})), digest)
    }

    fn list(&self, place: usize, request: &Request) -> Reply {
        let snapshot = &self.snapshots[place];
        let asked = request.parameter("maxResults").unwrap_or("10000");
        let Ok(most @ 100..=10_000) = asked.parse::<usize>() else {
            return invalid("INVALID_PARAMETER_VALUE");
        };
        let most = self.page.unwrap_or(most);
        let first = match (
            request.parameter("pageToken"),
            request.parameter("startingBlockIndex"),
        ) {
            (Some(token), _) if !self.no_page_tokens => token
                .strip_prefix("page+/=")
                .and_then(|index| index.parse().ok()),
            (Some(_), _) => None,
            (None, Some(index)) => index.parse().ok(),
            (None, None) => Some(0),
        };
        let Some(first) = first else {
            return invalid("INVALID_PAGE_TOKEN");
        };
        let mut rest = snapshot.blocks.range(first..).map(|(index, _)| *index);
        let blocks: Vec<_> = rest
            .by_ref()
            .take(most)
            .map(|index| json!({"BlockIndex": index, "BlockToken": token(&snapshot.id, index)}))
            .collect();
        let next = rest.next().map(|index| format!("page+/={index}"));
        Reply::json(
            200,
            &json!({
                "Blocks": blocks,
                "NextToken": next,
                "VolumeSize": snapshot.volume_size,
                "BlockSize": BLOCK,
                "ExpiryTime": 1_795_842_111.0,
            }),
        )
    }
}

fn token(id: &str, index: u32) -> String {
    format!("{id}/{index}+=")
}

fn checksum(reply: Reply, digest: [u8; 32]) -> Reply {
    reply
        .header("x-amz-Checksum", Base64::encode_string(&digest))
        .header("x-amz-Checksum-Algorithm", "SHA256".to_owned())
}

fn complete(snapshot: &mut Snapshot, request: &Request) -> Reply {
    if snapshot.status != "pending" {
        return invalid("INVALID_SNAPSHOT_ID");
    }
    let mut all = Sha256::new();
    for block in snapshot.blocks.values() {
        all.update(block.digest);
    }
    let aggregate = Base64::encode_string(&all.finalize());
    let is_right = request.header("x-amz-changedblockscount") == snapshot.blocks.len().to_string()
        && request.header("x-amz-checksum") == aggregate
        && request.header("x-amz-checksum-algorithm") == "SHA256"
        && request.header("x-amz-checksum-aggregation-method") == "LINEAR";
    if !is_right {
        return invalid("INVALID_PARAMETER_VALUE");
    }
    snapshot.status = "completed";
    Reply::json(202, &json!({"Status": "pending"}))
}

fn get(snapshot: &Snapshot, request: &Request) -> Reply {
    let index = request.path.rsplit('/').next().unwrap_or_default();
    let Some((index, block)) = index
        .parse::<u32>()
        .ok()
        .and_then(|index| Some((index, snapshot.blocks.get(&index)?)))
    else {
        return invalid("INVALID_BLOCK");
    };
    if request.parameter("blockToken") != Some(&token(&snapshot.id, index)) {
        return invalid("INVALID_BLOCK_TOKEN");
    }
    let reply = Reply::new(200, block.bytes.clone());
    checksum(reply, block.digest).header("x-amz-Data-Length", BLOCK.to_string())
}
