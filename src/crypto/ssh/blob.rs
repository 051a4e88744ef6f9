//! Keys as SSH sends them: strings behind their lengths.

use std::path::Path;

use base64ct::{Base64, Encoding as _};

use super::{KeyFileError, SshPublicKey, malformed, numbers, wrong_type};

/// What an OpenSSH private key begins with.
const MAGIC: &[u8] = b"openssh-key-v1\0";

/// The lines around a key of RFC 4716.
const RFC4716: [&str; 2] = ["---- BEGIN SSH2 PUBLIC KEY ----", "---- END SSH2"];

/// The blob in a text of OpenSSH or RFC 4716: none if there is no such key, or what else there is.
pub(super) fn in_text(text: &str) -> Option<Result<Vec<u8>, &'static str>> {
    let mut lines = text.lines().map(str::trim);
    let first = lines.find(|line| !line.is_empty() && !line.starts_with('#'))?;
    let base64 = if first == RFC4716[0] {
        of_rfc4716(lines)
    } else {
        let mut words = first.split_ascii_whitespace();
        match words.next()? {
            "ssh-rsa" | "ssh-ed25519" => words.next().unwrap_or_default().to_owned(),
            "ssh-dss" => return Some(Err("a DSA key")),
            word if word.starts_with("ecdsa-sha2-") => return Some(Err("an EC key")),
            word if word.starts_with("sk-") => return Some(Err("a key of a security token")),
            word if word.starts_with("PuTTY-User-Key-File") => return Some(Err("a PuTTY key")),
            _ => return None,
        }
    };
    Some(Base64::decode_vec(&base64).map_err(|_| "a line that is not base64"))
}

/// The base64 between the lines, without headers; a header ending in `\` goes on.
fn of_rfc4716<'a>(lines: impl Iterator<Item = &'a str>) -> String {
    let mut base64 = String::new();
    let mut goes_on = false;
    for line in lines.take_while(|line| !line.starts_with(RFC4716[1])) {
        if goes_on || line.contains(':') {
            goes_on = line.ends_with('\\');
        } else {
            base64.push_str(line);
        }
    }
    base64
}

/// Reads a public key.
pub(super) fn public_key(blob: &[u8], path: &Path) -> Result<SshPublicKey, KeyFileError> {
    let mut rest = blob;
    let cut = || malformed(path, "it ends within a field");
    let kind = string(&mut rest).ok_or_else(cut)?;
    let key = match kind {
        b"ssh-rsa" => {
            let exponent = string(&mut rest).ok_or_else(cut)?;
            let modulus = string(&mut rest).ok_or_else(cut)?;
            let negative = |number: &[u8]| number.first().is_some_and(|byte| *byte > 0x7f);
            if negative(exponent) || negative(modulus) {
                return Err(malformed(path, "a number in it is negative"));
            }
            SshPublicKey::Rsa(numbers(modulus, exponent, path)?)
        }
        b"ssh-ed25519" => {
            let point = string(&mut rest).ok_or_else(cut)?;
            let point = point.try_into();
            SshPublicKey::Ed25519(
                point.map_err(|_| malformed(path, "an Ed25519 key has 32 bytes"))?,
            )
        }
        _ => return Err(wrong_type(path, "a key of another algorithm")),
    };
    if rest.is_empty() {
        Ok(key)
    } else {
        Err(malformed(path, "something follows its last field"))
    }
}

/// The public key in an OpenSSH private key, where it stands in the clear even if the rest is
/// encrypted.
pub(super) fn of_private_key(bytes: &[u8], path: &Path) -> Result<SshPublicKey, KeyFileError> {
    let not = || malformed(path, "it is not openssh-key-v1 with one key");
    let mut rest = bytes.strip_prefix(MAGIC).ok_or_else(not)?;
    for _ in ["cipher", "key derivation", "its options"] {
        string(&mut rest).ok_or_else(not)?;
    }
    let count = rest.split_off(..4).ok_or_else(not)?;
    if count != 1_u32.to_be_bytes() {
        return Err(not());
    }
    public_key(string(&mut rest).ok_or_else(not)?, path)
}

/// Writes a public key.
pub(super) fn encode(key: &SshPublicKey) -> Vec<u8> {
    let mut blob = Vec::new();
    put(&mut blob, key.algorithm().as_bytes());
    match key {
        SshPublicKey::Rsa(key) => {
            put(&mut blob, &positive(key.exponent()));
            put(&mut blob, &positive(key.modulus()));
        }
        SshPublicKey::Ed25519(point) => put(&mut blob, point),
    }
    blob
}

/// A number that begins with a set bit gets a zero before it, else it would be negative.
fn positive(mut number: Vec<u8>) -> Vec<u8> {
    if number.first().is_some_and(|byte| *byte > 0x7f) {
        number.insert(0, 0);
    }
    number
}

fn put(blob: &mut Vec<u8>, bytes: &[u8]) {
    let length = u32::try_from(bytes.len()).expect("a key of 16384 bits has two KiB");
    blob.extend(length.to_be_bytes());
    blob.extend(bytes);
}

/// The next string.
fn string<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = rest.split_off(..4)?.try_into().map(u32::from_be_bytes);
    rest.split_off(..usize::try_from(length.ok()?).ok()?)
}
