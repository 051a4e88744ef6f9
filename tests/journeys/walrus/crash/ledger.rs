//! What is known of a cloud's content: what was acknowledged, and what may have happened.
//!
//! ```text
//! about to do    pending = the state that it would lead to
//! acknowledged   state = pending
//! no answer      both stay: after the crash one of them is there, and nothing else
//! ```

use std::collections::BTreeMap;
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

use md5::{Digest as _, Md5};

/// Bytes that can be made again from a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Content {
    /// Unlike any other content's.
    pub stamp: u64,
    /// In bytes.
    pub size: usize,
}

/// What a version has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Body {
    /// Of all bytes, in hex.
    pub md5: String,
    pub size: u64,
    /// Without quotes.
    pub etag: String,
    /// `x-amz-meta-note`.
    pub note: String,
    /// The value of its only tag.
    pub tag: Option<String>,
    /// Whether all may read it.
    pub public: bool,
}

/// A version: a delete marker if it has no body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// Not known where the answer was lost.
    pub id: Option<String>,
    pub body: Option<Body>,
}

/// A multipart upload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    /// Not known where the answer was lost.
    pub id: Option<String>,
    pub note: String,
    pub parts: BTreeMap<u16, Part>,
}

/// A part of an upload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Its stamp is 0 where the part was listed, not put.
    pub content: Content,
    pub md5: String,
}

/// All that a key stands for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct State {
    /// The oldest first; in a bucket without versions there is one at most.
    pub versions: Vec<Version>,
    pub upload: Option<Upload>,
}

/// A key and what is known of it.
#[derive(Debug)]
pub struct Slot {
    pub bucket: &'static str,
    pub key: String,
    pub state: State,
    pub pending: Option<State>,
}

/// A bucket that comes and goes.
#[derive(Debug)]
pub struct Coming {
    pub name: String,
    pub there: bool,
    pub pending: Option<bool>,
}

/// A bucket without versions, and one with.
pub const BUCKETS: [&str; 2] = ["plain", "kept"];

/// Keys of each bucket.
const KEYS: usize = 20;

/// Everything that is known.
pub struct Ledger {
    pub slots: Vec<Mutex<Slot>>,
    pub coming: Vec<Mutex<Coming>>,
}

impl Ledger {
    /// Of an empty cloud with both buckets, and so many that come and go.
    pub fn new(coming: usize) -> Self {
        let slots = BUCKETS.into_iter().flat_map(|bucket| {
            (0..KEYS).map(move |number| Slot {
                bucket,
                key: format!("folder-{}/key-{number}", number % 3),
                state: State::default(),
                pending: None,
            })
        });
        let coming = (0..coming).map(|number| Coming {
            name: format!("coming-{number}"),
            there: false,
            pending: None,
        });
        Self {
            slots: slots.map(Mutex::new).collect(),
            coming: coming.map(Mutex::new).collect(),
        }
    }
}

/// A lock, whoever panicked under it.
pub fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Slot {
    pub fn is_versioned(&self) -> bool {
        self.bucket == BUCKETS[1]
    }

    /// `/bucket/key`.
    pub fn target(&self) -> String {
        format!("/{}/{}", self.bucket, self.key)
    }
}

impl State {
    /// What reading the key finds.
    pub fn current(&self) -> Option<&Body> {
        self.versions.last()?.body.as_ref()
    }

    /// The same after a put.
    pub fn with(&self, body: Body, is_versioned: bool) -> Self {
        let mut after = self.clone();
        after.push(Some(body), is_versioned);
        after
    }

    /// The same after a delete.
    pub fn without(&self, is_versioned: bool) -> Self {
        let mut after = self.clone();
        after.push(None, is_versioned);
        after
    }

    fn push(&mut self, body: Option<Body>, is_versioned: bool) {
        if is_versioned {
            self.versions.push(Version { id: None, body });
        } else {
            let id = Some("null".to_owned());
            let version = body.map(|body| Version {
                id,
                body: Some(body),
            });
            self.versions = version.into_iter().collect();
        }
    }

    /// Takes over the ids of what was seen.
    pub fn learn(&mut self, seen: &Self) {
        for (known, seen) in self.versions.iter_mut().zip(&seen.versions) {
            known.id.clone_from(&seen.id);
        }
        if let (Some(known), Some(seen)) = (&mut self.upload, &seen.upload) {
            known.id.clone_from(&seen.id);
        }
    }

    /// Whether what was seen is this: an id that is not known may be any.
    pub fn admits(&self, seen: &Self) -> bool {
        let same_id =
            |known: &Option<String>, seen: &Option<String>| known.is_none() || known == seen;
        let same_version = |(known, seen): (&Version, &Version)| {
            same_id(&known.id, &seen.id) && known.body == seen.body
        };
        let versions = self.versions.iter().zip(&seen.versions);
        let same_upload = match (&self.upload, &seen.upload) {
            (None, None) => true,
            (Some(known), Some(seen)) => {
                same_id(&known.id, &seen.id)
                    && known.parts.keys().eq(seen.parts.keys())
                    && known
                        .parts
                        .iter()
                        .all(|(number, part)| seen.parts[number].is(part))
            }
            _ => false,
        };
        self.versions.len() == seen.versions.len() && { versions }.all(same_version) && same_upload
    }
}

impl Content {
    /// The bytes: noise that begins with the stamp.
    pub fn bytes(self) -> Vec<u8> {
        static NOISE: LazyLock<Vec<u8>> = LazyLock::new(|| {
            let mut random = Random(7);
            (0..1 << 20)
                .flat_map(|_| random.next().to_le_bytes())
                .collect()
        });
        let room = NOISE.len() - self.size;
        let start = usize::try_from(self.stamp.wrapping_mul(0x9e37_79b9) % room as u64);
        let start = start.expect("a place in the noise");
        let mut bytes = NOISE[start..start + self.size].to_vec();
        for (byte, stamp) in bytes.iter_mut().zip(self.stamp.to_le_bytes()) {
            *byte = stamp;
        }
        bytes
    }

    pub fn md5(self) -> String {
        hex::encode(Md5::digest(self.bytes()))
    }
}

impl Part {
    /// A part to be put.
    pub fn new(content: Content) -> Self {
        let md5 = content.md5();
        Self { content, md5 }
    }

    /// Whether a part that was listed is this one.
    fn is(&self, other: &Self) -> bool {
        self.md5 == other.md5 && self.content.size == other.content.size
    }
}

impl Body {
    /// Of contents one after the other: of parts, if there is an upload.
    pub fn of(contents: &[Content], is_upload: bool, note: &str) -> Self {
        let (mut whole, mut parts) = (Md5::new(), Md5::new());
        for content in contents {
            let bytes = content.bytes();
            whole.update(&bytes);
            parts.update(Md5::digest(&bytes));
        }
        let md5 = hex::encode(whole.finalize());
        let etag = if is_upload {
            format!("{}-{}", hex::encode(parts.finalize()), contents.len())
        } else {
            md5.clone()
        };
        Self {
            md5,
            size: contents.iter().map(|content| content.size as u64).sum(),
            etag,
            note: note.to_owned(),
            tag: None,
            public: false,
        }
    }
}

/// Numbers that are the same for the same seed (`SplitMix64`).
#[derive(Debug, Clone)]
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    /// A place in a list of this length.
    pub fn index(&mut self, length: usize) -> usize {
        usize::try_from(self.below(length as u64)).expect("a place in a list")
    }
}
