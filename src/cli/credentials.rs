//! Keys and certificates: found, read and checked before any work is done.

use std::cell::Cell;
use std::ffi::OsStr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::failure::{Exit, Failure};
use super::passphrase::{self, Answer};
use super::session::Session;
use super::{cloud_certificate, host};
use crate::bundle::Identity;
use crate::crypto::rsa::{KeyError, PrivateKey};
use crate::crypto::secret::{SessionKey, parse_hex_block};
use crate::crypto::x509::Certificate;

/// Smallest RSA modulus, in bits, that is not warned of: NIST SP 800-131A disallows less.
const LEAST_BITS: usize = 2048;

/// How often a passphrase is asked for.
const ATTEMPTS: u32 = 3;

/// The user's private key, if there is one.
///
/// # Errors
/// When it cannot be read or opened.
pub fn private_key(session: &Session<'_>) -> Result<Option<(PathBuf, PrivateKey)>, Failure> {
    let Some(path) = session.path("privatekey")? else {
        return Ok(None);
    };
    warn_if_shared(session, &path);
    let key = open(session, &path)?;
    tracing::info!(path = %path.display(), bits = key.bits(), "private key");
    if key.bits() < LEAST_BITS {
        session.warn(format!(
            "private key {} has {} bits; fewer than {LEAST_BITS} can be broken",
            path.display(),
            key.bits()
        ));
    }
    Ok(Some((path, key)))
}

/// The user's private key, which the command cannot do without.
///
/// # Errors
/// When it is missing, or cannot be read or opened.
pub fn required_private_key(session: &Session<'_>) -> Result<PrivateKey, Failure> {
    let found = private_key(session)?;
    found
        .map(|(_, key)| key)
        .ok_or_else(|| session.missing("privatekey"))
}

/// The user's certificate, if there is one.
///
/// # Errors
/// When it cannot be read.
pub fn certificate(session: &Session<'_>) -> Result<Option<Certificate>, Failure> {
    let Some(path) = session.path("cert")? else {
        return Ok(None);
    };
    let certificate = Certificate::read(&path)?;
    tracing::info!(path = %path.display(), "user's certificate");
    if let Some(fault) = expiry(&certificate, host::now()) {
        session.warn(format!("certificate {} {fault}", path.display()));
    }
    if certificate.public_key().bits() < LEAST_BITS {
        session.warn(format!(
            "certificate {} has a key of {} bits; fewer than {LEAST_BITS} can be broken",
            path.display(),
            certificate.public_key().bits()
        ));
    }
    Ok(Some(certificate))
}

/// Everyone who takes part in a bundle.
///
/// # Errors
/// When a file cannot be read, key and certificate do not match, or there is no certificate of
/// the cloud.
pub fn identity(session: &Session<'_>) -> Result<Identity, Failure> {
    let ec2_certificate = cloud_certificate::find(session)?;
    let user_certificate = certificate(session)?;
    let signer = private_key(session)?;
    match (&user_certificate, &signer) {
        (Some(certificate), Some((path, key))) if !certificate.matches(key) => {
            return Err(Failure::new(
                Exit::Credentials,
                format!(
                    "private key {} does not belong to certificate {}",
                    path.display(),
                    certificate.path().display()
                ),
            )
            .hint("pass a pair that belongs together with --privatekey and --cert"));
        }
        (None, _) => session.warn("no user certificate: only the cloud can open the bundle"),
        _ => {}
    }
    if signer.is_none() {
        session.warn("no private key: the bundle is UNSIGNED, and many clouds refuse it");
    }
    Ok(Identity {
        signer: signer.map(|(_, key)| key),
        user_certificate,
        ec2_certificate,
    })
}

/// The key and initialisation vector of a new bundle: given, or random.
///
/// # Errors
/// When a given one is not 32 hex digits, or fewer where the dialect takes numbers.
pub fn session_key(session: &Session<'_>) -> Result<SessionKey, Failure> {
    let block = |id: &str| match session.secret(id)? {
        Some(text) => hex_block(session, id, &text),
        None => host::random_block(),
    };
    Ok(SessionKey::new(block("enc-key")?, block("enc-iv")?))
}

/// The key and initialisation vector of an existing stream.
///
/// # Errors
/// When one is missing or not 32 hex digits.
pub fn required_session_key(session: &Session<'_>) -> Result<SessionKey, Failure> {
    let block = |id: &str| match session.secret(id)? {
        Some(text) => hex_block(session, id, &text),
        None => Err(session.missing(id)),
    };
    Ok(SessionKey::new(block("enc-key")?, block("enc-iv")?))
}

/// The value itself is never repeated.
fn hex_block(session: &Session<'_>, id: &str, text: &str) -> Result<[u8; 16], Failure> {
    let block = if session.manner.pads_keys {
        // The failure to tell is about the text as it was given.
        parse_hex_block(&padded(text)).or_else(|_| parse_hex_block(text))
    } else {
        parse_hex_block(text)
    };
    block.map_err(|error| Failure::usage(format!("--{id}: {error}")))
}

/// A hex number, as Python reads one, with the leading zeros that it lacks.
fn padded(text: &str) -> Zeroizing<String> {
    let text = text.trim();
    let prefixed = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
    let digits = prefixed.unwrap_or(text);
    Zeroizing::new(if digits.is_empty() {
        String::new()
    } else {
        format!("{digits:0>32}")
    })
}

/// Why a certificate is not valid now.
pub(super) fn expiry(certificate: &Certificate, now: i64) -> Option<&'static str> {
    if certificate.not_after() < now {
        Some("has expired")
    } else if certificate.not_before() > now {
        Some("is not valid yet")
    } else {
        None
    }
}

fn warn_if_shared(session: &Session<'_>, path: &Path) {
    let mode = path.metadata().map_or(0, |data| data.permissions().mode());
    if mode & 0o077 != 0 {
        session.warn(format!(
            "private key {} is accessible to others (mode {:04o}): chmod 600 it",
            path.display(),
            mode & 0o7777
        ));
    }
}

/// Opens a key with `AMIKIT_KEY_PASSPHRASE`, else with the answer of whoever sits at the terminal.
///
/// # Errors
/// When the key cannot be read or opened.
pub(super) fn open(session: &Session<'_>, path: &Path) -> Result<PrivateKey, Failure> {
    let given = (session.surroundings.env)("AMIKIT_KEY_PASSPHRASE");
    let given = given.as_deref().and_then(OsStr::to_str);
    let may_ask = !session.values.flag("batch") && session.surroundings.owns_process;
    if given.is_some() || !may_ask {
        let answer = || given.map(|text| Zeroizing::new(text.to_owned()));
        return PrivateKey::read(path, &answer).map_err(key_failure);
    }
    let interrupted = Cell::new(false);
    let mut attempt = 1;
    loop {
        let again = if attempt > 1 { "Wrong. " } else { "" };
        let answer = || match passphrase::ask(&format!("{again}Passphrase of {}: ", path.display()))
        {
            Some(Answer::Text(text)) => Some(text),
            Some(Answer::Interrupted) => {
                interrupted.set(true);
                None
            }
            None => None,
        };
        match PrivateKey::read(path, &answer) {
            Err(_) if interrupted.get() => return Err(Failure::interrupted()),
            Err(KeyError::WrongPassphrase { .. }) if attempt < ATTEMPTS => attempt += 1,
            result => return result.map_err(key_failure),
        }
    }
}

fn key_failure(error: KeyError) -> Failure {
    let needs_passphrase = matches!(error, KeyError::NeedsPassphrase { .. });
    let failure = Failure::from(error);
    if needs_passphrase {
        failure.hint("set AMIKIT_KEY_PASSPHRASE, or run the command on a terminal")
    } else {
        failure
    }
}
