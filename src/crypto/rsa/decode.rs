//! From PEM text to a checked RSA private key.

use std::path::Path;

use ::rsa::pkcs1;
use ::rsa::pkcs8::pkcs5::{EncryptionScheme, pbes2};
use ::rsa::pkcs8::{EncryptedPrivateKeyInfo, ObjectIdentifier, PrivateKeyInfo};
use ::rsa::{BigUint, RsaPrivateKey};
use zeroize::Zeroizing;

use super::super::pem::{self, Block};
use super::{KeyError, check_bits, encrypted_pem};

/// Most rounds of PBKDF2 that are worked through: about ten seconds. OpenSSL writes 2048.
const MAX_PBKDF2_ROUNDS: u32 = 10_000_000;

/// Most memory that scrypt may ask for, in bytes. OpenSSL's parameters ask for 16 MiB.
const MAX_SCRYPT_BYTES: u64 = 256 * 1024 * 1024;

/// Most passes that scrypt may ask for. OpenSSL writes 1.
const MAX_SCRYPT_PASSES: u16 = 16;

/// `rsaEncryption` of PKCS#1.
const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");

type Passphrase<'a> = &'a dyn Fn() -> Option<Zeroizing<String>>;

/// The first private key in a PEM text.
pub(super) fn private_key(
    text: &str,
    path: &Path,
    passphrase: Passphrase<'_>,
) -> Result<RsaPrivateKey, KeyError> {
    let blocks = pem::blocks(text);
    for block in &blocks {
        match block.label {
            "RSA PRIVATE KEY" => return traditional(block, path, passphrase),
            "PRIVATE KEY" => return pkcs8(&decode(block, path)?, path),
            "ENCRYPTED PRIVATE KEY" => return encrypted_pkcs8(block, path, passphrase),
            _ => {}
        }
    }
    let found = match blocks.first() {
        Some(block) => describe(block.label),
        None if text.trim_start().starts_with("ssh-") => "an OpenSSH public key",
        None if text.starts_with("PuTTY-User-Key-File") => "a PuTTY key",
        None => {
            return Err(KeyError::NotPem {
                path: path.to_owned(),
            });
        }
    };
    Err(wrong_type(path, found))
}

/// What a PEM block holds, in words.
pub(in super::super) fn describe(label: &str) -> &'static str {
    match label {
        "CERTIFICATE" | "X509 CERTIFICATE" | "TRUSTED CERTIFICATE" => "a certificate",
        "CERTIFICATE REQUEST" | "NEW CERTIFICATE REQUEST" => "a certificate request",
        "PUBLIC KEY" | "RSA PUBLIC KEY" => "a public key",
        "EC PRIVATE KEY" | "EC PARAMETERS" => "an EC key",
        "DSA PRIVATE KEY" | "DSA PARAMETERS" => "a DSA key",
        "OPENSSH PRIVATE KEY" => "an OpenSSH key",
        "RSA PRIVATE KEY" | "PRIVATE KEY" | "ENCRYPTED PRIVATE KEY" => "a private key",
        _ => "another kind of PEM block",
    }
}

/// PKCS#1, encrypted by OpenSSL's old method or not at all.
fn traditional(
    block: &Block<'_>,
    path: &Path,
    passphrase: Passphrase<'_>,
) -> Result<RsaPrivateKey, KeyError> {
    let encrypted = block
        .header("Proc-Type")
        .is_some_and(|value| value.ends_with("ENCRYPTED"));
    if !encrypted {
        return pkcs1(&decode(block, path)?, path);
    }
    let method = encrypted_pem::Method::parse(block.header("DEK-Info").unwrap_or(""), path)?;
    let mut bytes = decode(block, path)?;
    let passphrase = ask(path, passphrase)?;
    let wrong = || KeyError::WrongPassphrase {
        path: path.to_owned(),
    };
    let plain = method.decrypt(passphrase.as_bytes(), &mut bytes);
    // A wrong passphrase passes the padding check once in 256 times; its bytes are no DER then.
    pkcs1(plain.ok_or_else(wrong)?, path).map_err(|error| match error {
        KeyError::Malformed { .. } => wrong(),
        other => other,
    })
}

/// PKCS#8 encrypted by PBES2.
fn encrypted_pkcs8(
    block: &Block<'_>,
    path: &Path,
    passphrase: Passphrase<'_>,
) -> Result<RsaPrivateKey, KeyError> {
    let unsupported = |found: &str| KeyError::UnsupportedEncryption {
        path: path.to_owned(),
        found: found.to_owned(),
        expected: "PBES2 with PBKDF2 or scrypt, and AES-CBC or 3DES",
    };
    let bytes = decode(block, path)?;
    // A method that the parser does not know and damage look alike to it.
    let info = EncryptedPrivateKeyInfo::try_from(&bytes[..])
        .map_err(|_| unsupported("a method that is damaged or unknown"))?;
    let EncryptionScheme::Pbes2(parameters) = &info.encryption_algorithm else {
        return Err(unsupported("PBES1"));
    };
    if is_absurd(&parameters.kdf) {
        return Err(unsupported("a key derivation of absurd cost"));
    }
    let passphrase = ask(path, passphrase)?;
    let plain = info.decrypt(passphrase.as_bytes()).map_err(|error| {
        use ::rsa::pkcs8::{Error, pkcs5};
        match error {
            Error::EncryptedPrivateKey(pkcs5::Error::UnsupportedAlgorithm { oid }) => {
                unsupported(&oid.to_string())
            }
            _ => KeyError::WrongPassphrase {
                path: path.to_owned(),
            },
        }
    })?;
    pkcs8(plain.as_bytes(), path)
}

/// Whether a file's key derivation is meant to exhaust time or memory.
fn is_absurd(kdf: &pbes2::Kdf<'_>) -> bool {
    match kdf {
        pbes2::Kdf::Pbkdf2(parameters) => parameters.iteration_count > MAX_PBKDF2_ROUNDS,
        pbes2::Kdf::Scrypt(parameters) => {
            let bytes = parameters
                .cost_parameter
                .saturating_mul(u64::from(parameters.block_size))
                .saturating_mul(128);
            bytes > MAX_SCRYPT_BYTES || parameters.parallelization > MAX_SCRYPT_PASSES
        }
        _ => true,
    }
}

/// Unwraps PKCS#8, whose algorithm says what kind of key it is.
fn pkcs8(der: &[u8], path: &Path) -> Result<RsaPrivateKey, KeyError> {
    let info = PrivateKeyInfo::try_from(der).map_err(|_| malformed(path, "it is not PKCS#8"))?;
    if info.algorithm.oid == RSA {
        return pkcs1(info.private_key, path);
    }
    let found = match info.algorithm.oid.to_string().as_str() {
        "1.2.840.10045.2.1" => "an EC key",
        "1.2.840.10040.4.1" => "a DSA key",
        "1.2.840.113549.1.1.10" => "an RSA key that is restricted to PSS",
        "1.3.101.112" => "an Ed25519 key",
        _ => "a key of another algorithm",
    };
    Err(wrong_type(path, found))
}

/// The numbers of PKCS#1, checked to be of sane size before any arithmetic.
fn pkcs1(der: &[u8], path: &Path) -> Result<RsaPrivateKey, KeyError> {
    let key =
        pkcs1::RsaPrivateKey::try_from(der).map_err(|_| malformed(path, "it is not PKCS#1"))?;
    if key.other_prime_infos.is_some() {
        return Err(malformed(path, "it has more than two primes"));
    }
    let modulus = key.modulus.as_bytes();
    check_bits(modulus).map_err(|bits| KeyError::Size {
        path: path.to_owned(),
        bits,
    })?;
    let numbers = [
        key.public_exponent,
        key.private_exponent,
        key.prime1,
        key.prime2,
    ];
    if numbers
        .iter()
        .any(|number| number.as_bytes().len() > modulus.len())
    {
        return Err(malformed(path, "a number in it is larger than the modulus"));
    }
    let [e, d, p, q] = numbers.map(|number| BigUint::from_bytes_be(number.as_bytes()));
    RsaPrivateKey::from_components(BigUint::from_bytes_be(modulus), e, d, vec![p, q])
        .map_err(|_| malformed(path, "its numbers do not belong together"))
}

fn ask(path: &Path, passphrase: Passphrase<'_>) -> Result<Zeroizing<String>, KeyError> {
    passphrase().ok_or_else(|| KeyError::NeedsPassphrase {
        path: path.to_owned(),
    })
}

fn decode(block: &Block<'_>, path: &Path) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    block
        .decode()
        .ok_or_else(|| malformed(path, "its text is not base64"))
}

fn malformed(path: &Path, why: &'static str) -> KeyError {
    KeyError::Malformed {
        path: path.to_owned(),
        why,
    }
}

fn wrong_type(path: &Path, found: &'static str) -> KeyError {
    KeyError::WrongType {
        path: path.to_owned(),
        found,
    }
}
