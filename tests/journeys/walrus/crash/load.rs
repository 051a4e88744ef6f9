//! What one client does, again and again, until the cloud is gone.

use std::sync::MutexGuard;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use base64ct::{Base64, Encoding as _};
use md5::{Digest as _, Md5};

use super::ledger::{Body, Content, Ledger, Part, Random, Slot, State, Upload, locked};
use crate::support::walrus::Reply;
use crate::support::wire::{Ask, Wire};

/// Why a client stops.
#[derive(Debug)]
pub enum Stop {
    /// The connection broke after the cloud was killed.
    Killed,
    /// What should not happen.
    Violation(String),
}

/// A client.
pub struct Client<'a> {
    pub number: usize,
    pub wire: Wire,
    pub random: Random,
    pub ledger: &'a Ledger,
    /// Whether connections may break from now on.
    pub killing: &'a AtomicBool,
    /// Operations that were acknowledged, of all clients.
    pub acknowledged: &'a AtomicU64,
}

/// A part that others may follow.
const WHOLE_PART: usize = 5 << 20;

impl Client<'_> {
    /// Goes on until the cloud is gone, or something is wrong.
    pub fn run(mut self) -> Stop {
        loop {
            let done = match self.random.below(30) {
                0 => self.bucket(),
                1..=2 => self.delete_many(),
                3..=6 => self.copy(),
                _ => self.change(),
            };
            if let Err(stop) = done {
                return stop;
            }
        }
    }

    fn content(&mut self) -> Content {
        let size = match self.random.below(20) {
            0 => 6 << 20,
            1..=4 => 300 << 10,
            5 => 0,
            _ => 1 + self.random.index(5000),
        };
        self.stamped(size)
    }

    fn stamped(&mut self, size: usize) -> Content {
        let stamp = self.random.next();
        Content { stamp, size }
    }

    fn note(&mut self) -> String {
        format!("note {:x}", self.random.next())
    }

    /// One of the changes of a single key.
    fn change(&mut self) -> Result<(), Stop> {
        let (content, note, dice) = (self.content(), self.note(), self.random.below(24));
        let ledger = self.ledger;
        let index = self.random.index(ledger.slots.len());
        let Ok(mut slot) = ledger.slots[index].try_lock() else {
            return Ok(());
        };
        if slot.pending.is_some() {
            return Ok(()); // abandoned: known after the crash
        }
        let slot = &mut *slot;
        let has_too_many = slot.state.versions.len() > 5;
        match dice {
            _ if has_too_many => self.delete_version(slot),
            0..=6 => self.put(slot, content, &note),
            7 if self.random.below(8) == 0 => {
                self.abandon(slot, content, &note);
                Ok(())
            }
            7..=10 => self.delete(slot),
            11..=12 => self.read(slot),
            13 => self.acl(slot),
            14 => self.tag(slot),
            15 if slot.is_versioned() => self.delete_version(slot),
            _ => match slot.state.upload.clone() {
                None => self.begin(slot, &note),
                Some(upload) if upload.parts.contains_key(&1) && dice > 20 => {
                    self.complete(slot, &upload)
                }
                Some(_) if dice == 16 => self.abort(slot),
                Some(upload) => self.part(slot, upload),
            },
        }
    }

    /// Notes what may happen, asks, and notes that it has.
    fn attempt(&mut self, slot: &mut Slot, ask: &Ask, after: State) -> Result<Reply, Stop> {
        slot.pending = Some(after);
        let reply = self.ask(ask, &slot.target())?;
        slot.state = slot.pending.take().expect("it was put there");
        Ok(reply)
    }

    /// Asks for a change; anything but success is wrong.
    fn ask(&mut self, ask: &Ask, target: &str) -> Result<Reply, Stop> {
        match self.wire.send(ask) {
            Ok(reply) if (200..300).contains(&reply.status) => {
                self.acknowledged.fetch_add(1, Ordering::Relaxed);
                Ok(reply)
            }
            Ok(reply) => Err(Stop::Violation(format!(
                "{target}: {ask:.300?} is answered {}: {}",
                reply.status,
                reply.text()
            ))),
            Err(_) if self.killing.load(Ordering::SeqCst) => Err(Stop::Killed),
            Err(error) => Err(Stop::Violation(format!("{target}: {error}"))),
        }
    }

    fn put(&mut self, slot: &mut Slot, content: Content, note: &str) -> Result<(), Stop> {
        let body = Body::of(&[content], false, note);
        let ask = Ask::put(&slot.target()).body(content.bytes());
        let ask = ask.header("x-amz-meta-note", note);
        let etag = body.etag.clone();
        let after = slot.state.with(body, slot.is_versioned());
        let reply = self.attempt(slot, &ask, after)?;
        name_newest(slot, &reply);
        expect(slot, "ETag", etag_of(&reply), &etag)
    }

    /// Hangs up in the middle of a put, or before its answer.
    fn abandon(&mut self, slot: &mut Slot, content: Content, note: &str) {
        let body = Body::of(&[content], false, note);
        let ask = Ask::put(&slot.target()).body(content.bytes());
        let ask = ask.header("x-amz-meta-note", note);
        slot.pending = Some(slot.state.with(body, slot.is_versioned()));
        let most = match self.random.below(2) {
            0 => content.size,
            _ => self.random.index(content.size + 1),
        };
        self.wire.abandon(&ask, most);
    }

    fn delete(&mut self, slot: &mut Slot) -> Result<(), Stop> {
        let after = slot.state.without(slot.is_versioned());
        let reply = self.attempt(slot, &Ask::delete(&slot.target()), after)?;
        if slot.is_versioned() {
            name_newest(slot, &reply);
        }
        Ok(())
    }

    fn delete_version(&mut self, slot: &mut Slot) -> Result<(), Stop> {
        let mut after = slot.state.clone();
        if after.versions.is_empty() {
            return Ok(());
        }
        let index = self.random.index(after.versions.len());
        let doomed = after.versions.remove(index);
        let id = doomed.id.expect("ids are learned after a crash");
        let ask = Ask::delete(&format!("{}?versionId={id}", slot.target()));
        self.attempt(slot, &ask, after).map(drop)
    }

    fn acl(&mut self, slot: &mut Slot) -> Result<(), Stop> {
        let mut after = slot.state.clone();
        let Some(body) = newest(&mut after) else {
            return Ok(());
        };
        body.public = !body.public;
        let canned = if body.public {
            "public-read"
        } else {
            "private"
        };
        let ask = Ask::put(&format!("{}?acl", slot.target())).header("x-amz-acl", canned);
        self.attempt(slot, &ask, after).map(drop)
    }

    fn tag(&mut self, slot: &mut Slot) -> Result<(), Stop> {
        let mut after = slot.state.clone();
        let Some(body) = newest(&mut after) else {
            return Ok(());
        };
        let value = format!("{:x}", self.random.next());
        let document = format!(
            "<Tagging><TagSet><Tag><Key>k</Key><Value>{value}</Value></Tag></TagSet></Tagging>"
        );
        body.tag = Some(value);
        let ask = with_digest(Ask::put(&format!("{}?tagging", slot.target())), document);
        self.attempt(slot, &ask, after).map(drop)
    }

    fn read(&mut self, slot: &Slot) -> Result<(), Stop> {
        let reply = match self.wire.send(&Ask::get(&slot.target())) {
            Ok(reply) => reply,
            Err(_) if self.killing.load(Ordering::SeqCst) => return Err(Stop::Killed),
            Err(error) => return Err(Stop::Violation(format!("{}: {error}", slot.target()))),
        };
        let seen = (reply.status == 200).then(|| hex::encode(Md5::digest(&reply.body)));
        let known = slot.state.current().map(|body| body.md5.clone());
        expect(slot, "content", &format!("{seen:?}"), &format!("{known:?}"))
    }

    fn copy(&mut self) -> Result<(), Stop> {
        let ledger = self.ledger;
        let slots = &ledger.slots;
        let mut index = || self.random.index(slots.len());
        let (from, to) = (index(), index());
        let (Ok(from), Ok(mut to)) = (slots[from].try_lock(), slots[to].try_lock()) else {
            return Ok(()); // the same one, or somebody works on it
        };
        if from.pending.is_some() || to.pending.is_some() {
            return Ok(());
        }
        let Some(source) = from.state.current() else {
            return Ok(());
        };
        let body = Body {
            etag: source.md5.clone(),
            public: false,
            ..source.clone()
        };
        let ask = Ask::put(&to.target()).header("x-amz-copy-source", &from.target());
        let after = to.state.with(body, to.is_versioned());
        let reply = self.attempt(&mut to, &ask, after)?;
        name_newest(&mut to, &reply);
        Ok(())
    }

    /// Deletes several keys of the bucket without versions: at once, so all or none.
    fn delete_many(&mut self) -> Result<(), Stop> {
        let ledger = self.ledger;
        let mut doomed: Vec<MutexGuard<'_, Slot>> = Vec::new();
        for _ in 0..4 {
            let index = self.random.index(ledger.slots.len());
            if let Ok(slot) = ledger.slots[index].try_lock()
                && !slot.is_versioned()
                && slot.pending.is_none()
            {
                doomed.push(slot);
            }
        }
        let Some(first) = doomed.first() else {
            return Ok(());
        };
        let bucket = first.bucket;
        let mut objects = Vec::new();
        for slot in &mut doomed {
            objects.push(format!("<Object><Key>{}</Key></Object>", slot.key));
            slot.pending = Some(slot.state.without(false));
        }
        let objects = objects.concat();
        let document = format!("<Delete><Quiet>true</Quiet>{objects}</Delete>");
        let ask = with_digest(Ask::post(&format!("/{bucket}?delete")), document);
        let reply = self.ask(&ask, bucket)?;
        if reply.text().contains("<Error>") {
            return Err(Stop::Violation(reply.text()));
        }
        for slot in &mut doomed {
            slot.state = slot.pending.take().expect("it was put there");
        }
        Ok(())
    }

    fn begin(&mut self, slot: &mut Slot, note: &str) -> Result<(), Stop> {
        let mut after = slot.state.clone();
        after.upload = Some(Upload {
            id: None,
            note: note.to_owned(),
            parts: std::collections::BTreeMap::new(),
        });
        let ask = Ask::post(&format!("{}?uploads", slot.target()));
        let ask = ask.header("x-amz-meta-note", note);
        let reply = self.attempt(slot, &ask, after)?;
        if let Some(upload) = &mut slot.state.upload {
            upload.id = reply.texts("UploadId").first().cloned();
        }
        Ok(())
    }

    /// Puts part 1, which is large enough to be followed, or part 2; anew, if it is there.
    fn part(&mut self, slot: &mut Slot, mut upload: Upload) -> Result<(), Stop> {
        let number = if upload.parts.contains_key(&1) { 2 } else { 1 };
        let number = if self.random.below(4) == 0 { 1 } else { number };
        let size = match number {
            1 if self.random.below(3) == 0 => WHOLE_PART,
            1 => 1 + self.random.index(9000),
            _ => 1 + self.random.index(300_000),
        };
        let part = Part::new(self.stamped(size));
        let id = upload.id.clone().expect("ids are learned after a crash");
        let target = format!("{}?partNumber={number}&uploadId={id}", slot.target());
        let ask = Ask::put(&target).body(part.content.bytes());
        let md5 = part.md5.clone();
        upload.parts.insert(number, part);
        let after = State {
            upload: Some(upload),
            ..slot.state.clone()
        };
        let reply = self.attempt(slot, &ask, after)?;
        expect(slot, "part", etag_of(&reply), &md5)
    }

    fn complete(&mut self, slot: &mut Slot, upload: &Upload) -> Result<(), Stop> {
        // Part 1 alone where nothing may follow it; what is left over becomes garbage.
        let is_whole = upload.parts[&1].content.size >= WHOLE_PART;
        let parts = upload.parts.iter().take(if is_whole { 2 } else { 1 });
        let parts: Vec<_> = parts.collect();
        let named = parts.iter().map(|(number, part)| {
            let etag = &part.md5;
            format!("<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag></Part>")
        });
        let named = named.collect::<Vec<_>>().concat();
        let document = format!("<CompleteMultipartUpload>{named}</CompleteMultipartUpload>");
        let contents: Vec<Content> = parts.iter().map(|(_, part)| part.content).collect();
        let body = Body::of(&contents, true, &upload.note);
        let etag = body.etag.clone();
        let mut after = slot.state.with(body, slot.is_versioned());
        after.upload = None;
        let id = upload.id.clone().expect("ids are learned after a crash");
        let ask = Ask::post(&format!("{}?uploadId={id}", slot.target())).body(document);
        let reply = self.attempt(slot, &ask, after)?;
        name_newest(slot, &reply);
        let told = reply.texts("ETag").first().cloned().unwrap_or_default();
        expect(slot, "complete", told.trim_matches('"'), &etag)
    }

    fn abort(&mut self, slot: &mut Slot) -> Result<(), Stop> {
        let mut after = slot.state.clone();
        let upload = after.upload.take().expect("there is one");
        let id = upload.id.expect("ids are learned after a crash");
        let ask = Ask::delete(&format!("{}?uploadId={id}", slot.target()));
        self.attempt(slot, &ask, after).map(drop)
    }

    /// Makes or deletes this client's own bucket.
    fn bucket(&mut self) -> Result<(), Stop> {
        let mut coming = locked(&self.ledger.coming[self.number]);
        let target = format!("/{}", coming.name);
        let ask = if coming.there {
            Ask::delete(&target)
        } else {
            Ask::put(&target)
        };
        coming.pending = Some(!coming.there);
        self.ask(&ask, &target)?;
        coming.there = !coming.there;
        coming.pending = None;
        Ok(())
    }
}

/// The body that reading finds, to be changed.
fn newest(state: &mut State) -> Option<&mut Body> {
    state.versions.last_mut()?.body.as_mut()
}

/// Notes the id that a new version, or delete marker, got.
fn name_newest(slot: &mut Slot, reply: &Reply) {
    if slot.is_versioned()
        && let Some(newest) = slot.state.versions.last_mut()
    {
        newest.id = reply.header("x-amz-version-id").map(str::to_owned);
    }
}

/// A request with a document and its MD5, which some operations ask for.
fn with_digest(ask: Ask, document: String) -> Ask {
    let digest = Base64::encode_string(&Md5::digest(&document));
    ask.header("content-md5", &digest).body(document)
}

/// The `ETag` of an answer, without quotes.
fn etag_of(reply: &Reply) -> &str {
    reply.header("etag").unwrap_or_default().trim_matches('"')
}

fn expect(slot: &Slot, what: &str, seen: &str, expected: &str) -> Result<(), Stop> {
    if seen == expected {
        return Ok(());
    }
    let target = slot.target();
    let violation = format!("{target}: {what} is {seen}, expected {expected}");
    Err(Stop::Violation(violation))
}
