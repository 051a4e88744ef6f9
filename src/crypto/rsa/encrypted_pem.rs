//! Encryption of keys in the traditional PEM form of OpenSSL.
//!
//! ```text
//! DEK-Info: AES-128-CBC,<iv in hex>
//! key  = D1 ‖ D2 ‖ …   with D1 = MD5(passphrase ‖ salt), Dn = MD5(Dn-1 ‖ passphrase ‖ salt)
//! salt = first 8 bytes of the iv
//! ```
//!
//! Weak by today's measure, and what `openssl rsa -aes128` and old clouds hand out.
//! Source: `EVP_BytesToKey(3)` and `PEM_read_bio_PrivateKey(3)` of OpenSSL.

use std::path::Path;

use aes::{Aes128, Aes192, Aes256};
use cbc::Decryptor;
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockModeDecrypt as _, KeyIvInit as _};
use des::TdesEde3;
use md5::{Digest as _, Md5};
use zeroize::Zeroizing;

use super::KeyError;

/// The ciphers that are supported, as `DEK-Info` names them.
const SUPPORTED: &str = "AES-128-CBC, AES-192-CBC, AES-256-CBC or DES-EDE3-CBC";

/// Bytes of the initialisation vector that salt the passphrase.
const SALT_LEN: usize = 8;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cipher {
    Aes128,
    Aes192,
    Aes256,
    DesEde3,
}

/// How a key is encrypted: the content of `DEK-Info`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Method {
    cipher: Cipher,
    iv: Vec<u8>,
}

impl Method {
    /// Reads `CIPHER,IV`.
    pub(super) fn parse(info: &str, path: &Path) -> Result<Self, KeyError> {
        let (name, iv) = info.split_once(',').unwrap_or((info, ""));
        let (cipher, iv_len) = match name.trim() {
            "AES-128-CBC" => (Cipher::Aes128, 16),
            "AES-192-CBC" => (Cipher::Aes192, 16),
            "AES-256-CBC" => (Cipher::Aes256, 16),
            "DES-EDE3-CBC" => (Cipher::DesEde3, 8),
            other => {
                return Err(KeyError::UnsupportedEncryption {
                    path: path.to_owned(),
                    found: other.chars().take(80).collect(),
                    expected: SUPPORTED,
                });
            }
        };
        match hex::decode(iv.trim()) {
            Ok(iv) if iv.len() == iv_len => Ok(Self { cipher, iv }),
            _ => Err(KeyError::Malformed {
                path: path.to_owned(),
                why: "its DEK-Info has no initialisation vector of the right length",
            }),
        }
    }

    /// Decrypts in place; `None` when the padding does not come out right.
    pub(super) fn decrypt<'a>(&self, passphrase: &[u8], bytes: &'a mut [u8]) -> Option<&'a [u8]> {
        let key_len = match self.cipher {
            Cipher::Aes128 => 16,
            Cipher::Aes192 | Cipher::DesEde3 => 24,
            Cipher::Aes256 => 32,
        };
        let key = derive(passphrase, &self.iv[..SALT_LEN], key_len);
        macro_rules! decrypt {
            ($cipher:ty) => {
                Decryptor::<$cipher>::new_from_slices(&key, &self.iv)
                    .ok()?
                    .decrypt_padded::<Pkcs7>(bytes)
                    .ok()
            };
        }
        match self.cipher {
            Cipher::Aes128 => decrypt!(Aes128),
            Cipher::Aes192 => decrypt!(Aes192),
            Cipher::Aes256 => decrypt!(Aes256),
            Cipher::DesEde3 => decrypt!(TdesEde3),
        }
    }
}

/// `EVP_BytesToKey` with MD5 and one round.
fn derive(passphrase: &[u8], salt: &[u8], len: usize) -> Zeroizing<Vec<u8>> {
    let mut key = Zeroizing::new(Vec::with_capacity(len + 16));
    while key.len() < len {
        let mut hasher = Md5::new();
        hasher.update(&key[key.len().saturating_sub(16)..]);
        hasher.update(passphrase);
        hasher.update(salt);
        key.extend_from_slice(&hasher.finalize());
    }
    key.truncate(len);
    key
}
