//! What is there, as S3 shows it, beside what is known.

use std::collections::BTreeMap;

use amikit::xml::{self, Element, Limits};
use md5::{Digest as _, Md5};

use super::ledger::{BUCKETS, Body, Content, Ledger, Part, Slot, State, Upload, Version, locked};
use crate::support::walrus::Reply;
use crate::support::wire::{Ask, Wire};

/// Compares everything; what was not known is known afterwards.
///
/// # Errors
/// The first difference.
pub fn compare(wire: &mut Wire, ledger: &Ledger) -> Result<(), String> {
    for bucket in BUCKETS {
        let mut seen = states(wire, bucket)?;
        for slot in &ledger.slots {
            let mut slot = locked(slot);
            if slot.bucket == bucket {
                let there = seen.remove(&slot.key).unwrap_or_default();
                settle(&mut slot, &there)?;
            }
        }
        if let Some((key, state)) = seen.first_key_value() {
            return Err(format!("{bucket}/{key}: nobody put it: {state:?}"));
        }
        lists_agree(wire, bucket, ledger)?;
    }
    for coming in &ledger.coming {
        let mut coming = locked(coming);
        let reply = send(wire, &Ask::new("HEAD", &format!("/{}", coming.name)))?;
        let there = reply.status == 200;
        if there != coming.there && Some(there) != coming.pending {
            return Err(format!("{coming:?}: it is there: {there}"));
        }
        coming.there = there;
        coming.pending = None;
    }
    Ok(())
}

/// Whether what is there is what was, or what was on its way.
fn settle(slot: &mut Slot, seen: &State) -> Result<(), String> {
    let pending = slot.pending.take();
    if !slot.state.admits(seen) {
        let reached = pending.as_ref().filter(|pending| pending.admits(seen));
        let Some(reached) = reached else {
            return Err(format!(
                "{}: is     {seen:#?}\nwas    {:#?}\nor     {pending:#?}",
                slot.target(),
                slot.state
            ));
        };
        slot.state = reached.clone();
    }
    slot.state.learn(seen);
    Ok(())
}

fn send(wire: &mut Wire, ask: &Ask) -> Result<Reply, String> {
    wire.send(ask).map_err(|error| format!("{ask:?}: {error}"))
}

fn ok(wire: &mut Wire, target: &str) -> Result<Reply, String> {
    let reply = send(wire, &Ask::get(target))?;
    match reply.status {
        200 => Ok(reply),
        status => Err(format!(
            "GET {target} is answered {status}: {}",
            reply.text()
        )),
    }
}

/// The text of a child element.
fn text<'a>(element: &'a Element<'_>, name: &str) -> &'a str {
    let mut children = element.children.iter();
    let found = children.find(|child| child.name == name);
    found.map_or("", |child| child.text.trim_matches('"'))
}

/// The elements of these names in a document, in order: name, and what `read` makes of them.
fn rows<T>(
    reply: &Reply,
    names: &[&str],
    read: impl Fn(&Element<'_>) -> T,
) -> Result<Vec<T>, String> {
    let limits = Limits {
        bytes: 1 << 22,
        elements: 100_000,
        plain: false,
    };
    let root = xml::parse(&reply.body, &limits).map_err(|error| error.to_string())?;
    if text(&root, "IsTruncated") == "true" {
        return Err("the list has more than a page".to_owned());
    }
    let rows = root.children.iter();
    let rows = rows.filter(|child| names.contains(&child.name)).map(read);
    Ok(rows.collect())
}

/// What each key of a bucket stands for.
fn states(wire: &mut Wire, bucket: &str) -> Result<BTreeMap<String, State>, String> {
    let mut states: BTreeMap<String, State> = BTreeMap::new();
    let list = ok(wire, &format!("/{bucket}?versions"))?;
    let versions = rows(&list, &["Version", "DeleteMarker"], |row| {
        let (key, id) = (
            text(row, "Key").to_owned(),
            text(row, "VersionId").to_owned(),
        );
        (
            key,
            id,
            row.name == "DeleteMarker",
            text(row, "IsLatest") == "true",
        )
    })?;
    for (key, id, is_marker, is_latest) in versions {
        let body = if is_marker {
            None
        } else {
            Some(body(wire, &format!("/{bucket}/{key}"), &id)?)
        };
        let state = states.entry(key.clone()).or_default();
        if is_latest != state.versions.is_empty() {
            return Err(format!(
                "{bucket}/{key}: {id} is listed as latest: {is_latest}"
            ));
        }
        state.versions.push(Version { id: Some(id), body });
    }
    for state in states.values_mut() {
        state.versions.reverse(); // listed the newest first
    }
    let list = ok(wire, &format!("/{bucket}?uploads"))?;
    let uploads = rows(&list, &["Upload"], |row| {
        (
            text(row, "Key").to_owned(),
            text(row, "UploadId").to_owned(),
        )
    })?;
    for (key, id) in uploads {
        let list = ok(wire, &format!("/{bucket}/{key}?uploadId={id}"))?;
        let parts = rows(&list, &["Part"], |row| {
            let number = text(row, "PartNumber").parse().unwrap_or(0);
            let content = Content {
                stamp: 0,
                size: text(row, "Size").parse().unwrap_or(usize::MAX),
            };
            let md5 = text(row, "ETag").to_owned();
            (number, Part { content, md5 })
        })?;
        let upload = Upload {
            id: Some(id),
            note: String::new(),
            parts: parts.into_iter().collect(),
        };
        let state = states.entry(key.clone()).or_default();
        if state.upload.replace(upload).is_some() {
            return Err(format!("{bucket}/{key}: has two uploads"));
        }
    }
    Ok(states)
}

/// Reads a version, its ACL and its tags.
fn body(wire: &mut Wire, target: &str, id: &str) -> Result<Body, String> {
    let reply = ok(wire, &format!("{target}?versionId={id}"))?;
    let header = |name| reply.header(name).unwrap_or_default().to_owned();
    let body = Body {
        md5: hex::encode(Md5::digest(&reply.body)),
        size: reply.body.len() as u64,
        etag: header("etag").trim_matches('"').to_owned(),
        note: header("x-amz-meta-note"),
        tag: None,
        public: false,
    };
    let tags = ok(wire, &format!("{target}?tagging&versionId={id}"))?;
    let acl = ok(wire, &format!("{target}?acl&versionId={id}"))?;
    Ok(Body {
        tag: tags.texts("Value").first().cloned(),
        public: acl.text().contains("AllUsers"),
        ..body
    })
}

/// Whether the plain list has what reading finds, with its size and `ETag`.
fn lists_agree(wire: &mut Wire, bucket: &str, ledger: &Ledger) -> Result<(), String> {
    let list = ok(wire, &format!("/{bucket}?list-type=2"))?;
    let listed = rows(&list, &["Contents"], |row| {
        let fact = |name| text(row, name).to_owned();
        (fact("Key"), (fact("Size"), fact("ETag")))
    })?;
    let count = listed.len();
    let listed: BTreeMap<_, _> = listed.into_iter().collect();
    let known = ledger.slots.iter().filter_map(|slot| {
        let slot = locked(slot);
        let body = slot.state.current().filter(|_| slot.bucket == bucket)?;
        Some((slot.key.clone(), (body.size.to_string(), body.etag.clone())))
    });
    let known: BTreeMap<_, _> = known.collect();
    if listed != known || count != listed.len() {
        return Err(format!("{bucket} lists {listed:#?}\nit has {known:#?}"));
    }
    Ok(())
}
