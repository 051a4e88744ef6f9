//! The key of a run that broke off, kept sealed so that the next run makes the same parts.
//!
//! ```text
//! .PREFIX.amikit-bundle-upload     { "terms": …, "sealed_key": HEX, "sealed_iv": HEX }
//! ```
//!
//! The file holds nothing that the manifest will not tell anybody: key and initialisation vector
//! are sealed for the user's certificate. One key must not encrypt two plain texts, so it is used
//! again only under the same terms: the image, as it was, and all that shapes its stream. A file
//! of another owner, or one that others may write, is never believed: whoever wrote it may know
//! its key.
//!
//! Why this is sound: docs/decisions/0006-resuming-with-the-same-key.md.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::bundle::{BundleOptions, ImageSource};
use crate::cli::session::Session;
use crate::crypto::rsa::PrivateKey;
use crate::crypto::secret::SessionKey;
use crate::crypto::x509::Certificate;
use crate::manifest::{SealedPair, sealed_key};
use crate::upload::BucketPath;

/// Largest state that is read, in bytes: some times what one has.
const LARGEST: u64 = 64 << 10;

/// What is kept of a run, for the next one.
pub(super) struct Resume {
    /// The state file; none if nothing is kept.
    path: Option<PathBuf>,
    resumed: bool,
}

impl Resume {
    /// Gives the bundle the key of the last run under the same terms, or notes its own.
    pub(super) fn begin(
        session: &Session<'_>,
        options: &mut BundleOptions,
        to: &BucketPath,
    ) -> Self {
        let nothing = Self {
            path: None,
            resumed: false,
        };
        let is_given = |id: &str| session.values.given(id).is_some();
        if session.values.flag("no-resume") || is_given("enc-key") || is_given("enc-iv") {
            return nothing;
        }
        let identity = &options.identity;
        let (Some(key), Some(certificate)) = (&identity.signer, &identity.user_certificate) else {
            return nothing;
        };
        let Some(terms) = terms(options, to, certificate) else {
            return nothing;
        };
        let name = format!(".{}.amikit-bundle-upload", options.prefix);
        if crate::host::filesystem::plain_name_problem(&name).is_some() {
            return nothing; // so the prefix is refused, or only just short enough
        }
        let path = options.destination.join(name);
        if let Some(kept) = read(&path, &terms, key) {
            options.session_key = kept;
            return Self {
                path: Some(path),
                resumed: true,
            };
        }
        match write(&path, &terms, &options.session_key, certificate) {
            Ok(()) => Self {
                path: Some(path),
                resumed: false,
            },
            Err(why) => {
                session.warn(format!(
                    "{} cannot be kept: {why}; if this run breaks off, another sends everything \
                     again",
                    path.display()
                ));
                nothing
            }
        }
    }

    /// Whether the key of an earlier run is used.
    pub(super) fn resumed(&self) -> bool {
        self.resumed
    }

    /// Whether the server may have parts that are encrypted with the same key.
    pub(super) fn may_be_there(&self, session: &Session<'_>) -> bool {
        let is_given = |id: &str| session.values.given(id).is_some();
        let same_key = is_given("enc-key") && is_given("enc-iv");
        self.resumed || (same_key && !session.values.flag("no-resume"))
    }

    /// Everything is on the server.
    pub(super) fn done(&self) {
        if let Some(path) = &self.path {
            let _ = fs::remove_file(path); // a state that is left is removed by the next run
        }
    }

    /// The run failed; its key is of use only if something was sent.
    pub(super) fn keep_if(&self, something_is_there: bool) {
        if !something_is_there && !self.resumed {
            self.done();
        }
    }
}

/// Everything that shapes the encrypted stream, and for whom it is. None for what may change
/// without a trace: streams, and devices, whose times tell nothing of their content.
fn terms(options: &BundleOptions, to: &BucketPath, certificate: &Certificate) -> Option<Value> {
    let ImageSource::Path(image) = &options.source else {
        return None;
    };
    let image = fs::metadata(image).ok().filter(fs::Metadata::is_file)?;
    let time = |seconds: i64, nanoseconds: i64| format!("{seconds}.{nanoseconds:09}");
    Some(json!({
        "amikit": env!("CARGO_PKG_VERSION"),
        "bucket": to.bucket(),
        "key_prefix": to.prefix(),
        "prefix": options.prefix,
        "image": {
            "device": image.dev(),
            "inode": image.ino(),
            "size": image.size(),
            "modified": time(image.mtime(), image.mtime_nsec()),
            "changed": time(image.ctime(), image.ctime_nsec()),
        },
        "level": format!("{:?}", options.level),
        "sparse": options.sparse,
        "part_size": options.part_size.get(),
        "certificate": fingerprint(certificate),
        "cloud_certificate": fingerprint(&options.identity.ec2_certificate),
    }))
}

/// SHA-256 of a certificate's RSA modulus.
fn fingerprint(certificate: &Certificate) -> String {
    hex::encode(Sha256::digest(certificate.public_key().modulus()))
}

/// The key of the last run, if there was one under these terms.
fn read(path: &Path, terms: &Value, key: &PrivateKey) -> Option<SessionKey> {
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(i32::try_from(flags.bits()).unwrap_or(0)) // fits
        .open(path)
        .ok()?;
    let metadata = file.metadata().ok()?;
    let is_mine = metadata.uid() == rustix::process::geteuid().as_raw();
    if !metadata.is_file() || !is_mine || metadata.mode() & 0o077 != 0 {
        tracing::info!(path = %path.display(), "not a state of ours");
        return None;
    }
    let mut text = String::new();
    file.take(LARGEST).read_to_string(&mut text).ok()?;
    let state: Value = serde_json::from_str(&text).ok()?;
    if state.get("terms") != Some(terms) {
        tracing::info!(path = %path.display(), "the image or an option is another now");
        return None;
    }
    let sealed = |name: &str| hex::decode(state.get(name)?.as_str()?).ok();
    let pair = SealedPair {
        key: sealed("sealed_key")?,
        iv: sealed("sealed_iv")?,
    };
    sealed_key::open_pair(&pair, key).ok()
}

/// Notes a key, in a new file that only its owner may read.
fn write(
    path: &Path,
    terms: &Value,
    key: &SessionKey,
    certificate: &Certificate,
) -> Result<(), io::Error> {
    let sealed = sealed_key::seal(key, certificate).map_err(io::Error::other)?;
    let state = json!({
        "terms": terms,
        "sealed_key": hex::encode(&sealed.key),
        "sealed_iv": hex::encode(&sealed.iv),
    });
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file: File = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(state.to_string().as_bytes())?;
    file.sync_all()
}
