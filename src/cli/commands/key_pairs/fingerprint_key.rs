//! `fingerprint-key`: what `describe-keypairs` shows of a key, computed from its file.

use std::path::Path;

use clap::Arg;
use clap::builder::ValueParser;
use serde::Serialize;

use crate::cli::credentials;
use crate::cli::dialect::Family;
use crate::cli::ec2::{Line, Row, show};
use crate::cli::failure::Failure;
use crate::cli::session::Session;
use crate::cli::spec::{CommandSpec, Outcome};
use crate::crypto::rsa::KeyError;
use crate::crypto::ssh::{KeyFile, KeyFileError, SshPublicKey};

/// The command.
pub static SPEC: CommandSpec = CommandSpec {
    name: "fingerprint-key",
    about: "Show a key's fingerprints as clouds and SSH show them",
    details: "Of an RSA key pair that it made itself, a cloud shows the SHA-1 of the private key \
              (PKCS#8). Of one that was imported, it shows the MD5 of the public key. Of Ed25519 \
              keys, it shows the SHA-256 of the public key in base64. Nothing is sent.",
    examples: &[
        "amikit fingerprint-key web.pem",
        "amikit fingerprint-key ~/.ssh/id_ed25519.pub",
    ],
    args,
    sources: &[],
    rows: true,
    run,
};

fn args() -> Vec<Arg> {
    vec![
        Arg::new("file")
            .value_name("FILE")
            .value_parser(ValueParser::path_buf())
            .required(true)
            .help("File of a private or public key"),
    ]
}

/// A fingerprint, and who shows it.
#[derive(Serialize)]
struct Digest {
    algorithm: &'static str,
    fingerprint: String,
    shown: &'static str,
}

fn run(session: &Session<'_>) -> Result<Outcome, Failure> {
    let key = read(session, &session.required_path("file")?)?;
    let all = fingerprints(&key);
    if session.is_native() {
        show(session, "fingerprints", &all)?;
    } else {
        // The old tools show one: the first, which is a cloud's.
        show(session, "fingerprints", &all[..1])?;
    }
    Ok(Outcome::Done)
}

/// Reads a key file; an encrypted one asks for its passphrase.
fn read(session: &Session<'_>, path: &Path) -> Result<KeyFile, Failure> {
    match KeyFile::read(path, &|| None) {
        Err(KeyFileError::Rsa(KeyError::NeedsPassphrase { .. })) => {
            Ok(credentials::open(session, path)?.into())
        }
        result => Ok(result?),
    }
}

/// All fingerprints, the likeliest of a cloud's first. There are at least two.
fn fingerprints(key: &KeyFile) -> Vec<Digest> {
    let new = |algorithm, fingerprint, shown| Digest {
        algorithm,
        fingerprint,
        shown,
    };
    let sha1 = key.sha1_of_private();
    let sha1 = sha1.map(|text| new("sha1", text, "of a key pair that the cloud made"));
    let md5 = key.public.md5_of_der();
    let md5 = md5.map(|text| new("md5", text, "of an imported key pair"));
    let sha256 = key.public.sha256();
    let ssh = format!("SHA256:{}", sha256.trim_end_matches('='));
    let sha256 = matches!(key.public, SshPublicKey::Ed25519(_))
        .then(|| new("sha256", sha256, "of a key pair, made or imported"));
    let ssh = new("sha256", ssh, "by ssh and ssh-keygen -l");
    let clouds = [sha1, md5, sha256].into_iter().flatten();
    clouds.chain([ssh]).collect()
}

impl Row for Digest {
    const HEADS: &'static [&'static str] = &["algorithm", "fingerprint", "shown"];

    fn cells(&self) -> Vec<Option<String>> {
        vec![
            Some(self.algorithm.to_owned()),
            Some(self.fingerprint.clone()),
            Some(self.shown.to_owned()),
        ]
    }

    fn lines(&self, _family: Family) -> Vec<Line> {
        vec![Line::new(&self.fingerprint, &[])]
    }
}
