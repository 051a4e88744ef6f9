//! AES-128-CBC with PKCS#7 padding, as `openssl enc -aes-128-cbc -K … -iv …` does it.
//!
//! ```text
//! plain  │ P0 │ P1 │ … │ Pn + padding │          Ci = E(Pi ⊕ Ci-1), C-1 = IV
//! cipher │ C0 │ C1 │ … │ Cn           │          Pi = D(Ci) ⊕ Ci-1
//! ```
//!
//! Encrypting is a chain and stays in one thread. Decrypting a piece needs nothing but the
//! block before it, so pieces can be decrypted in any order.
//!
//! Source: docs/formats/bundle.md, section 4; RFC 5652, section 6.3, for the padding.

use std::io::{self, Write};

use aes::Aes128;
use cbc::cipher::{Array, BlockModeDecrypt as _, BlockModeEncrypt as _, KeyIvInit as _};
use zeroize::Zeroizing;

use super::secret::SessionKey;

/// Size of a block in bytes; the ciphertext is a multiple of it.
pub const BLOCK: usize = 16;

/// Bytes that are encrypted and passed on at once.
const BUFFER: usize = 256 << 10;

/// Encrypts what passes through it.
pub struct CbcWriter<W> {
    inner: W,
    cipher: cbc::Encryptor<Aes128>,
    /// Plain text that is not yet encrypted; less than [`BUFFER`] bytes.
    pending: Zeroizing<Vec<u8>>,
}

impl<W: Write> CbcWriter<W> {
    /// Wraps a writer.
    pub fn new(inner: W, session: &SessionKey) -> Self {
        let cipher = cbc::Encryptor::new(session.key().into(), session.iv().into());
        Self {
            inner,
            cipher,
            pending: Zeroizing::new(Vec::with_capacity(BUFFER + BLOCK)),
        }
    }

    /// Encrypts the rest with its padding and returns the inner writer.
    ///
    /// # Errors
    /// When the inner writer fails.
    pub fn finish(mut self) -> io::Result<W> {
        let padding = BLOCK - self.pending.len() % BLOCK;
        let byte = u8::try_from(padding).unwrap_or(0); // 1 to 16
        let padded = self.pending.len() + padding;
        self.pending.resize(padded, byte);
        self.encrypt_pending()?;
        Ok(self.inner)
    }

    fn encrypt_pending(&mut self) -> io::Result<()> {
        let (blocks, _) = Array::slice_as_chunks_mut(&mut self.pending);
        self.cipher.encrypt_blocks(blocks);
        self.inner.write_all(&self.pending)?;
        self.pending.clear();
        Ok(())
    }
}

impl<W: Write> Write for CbcWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let accepted = bytes.len().min(BUFFER - self.pending.len());
        self.pending.extend_from_slice(&bytes[..accepted]);
        if self.pending.len() == BUFFER {
            self.encrypt_pending()?;
        }
        Ok(accepted)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush() // a block that is not full cannot be written yet
    }
}

/// Decrypts whole blocks in place; `previous` is the ciphertext block before them, or the IV.
///
/// Bytes behind the last whole block are left as they are.
pub fn decrypt_blocks(session: &SessionKey, previous: &[u8; BLOCK], data: &mut [u8]) {
    let mut cipher = cbc::Decryptor::<Aes128>::new(session.key().into(), previous.into());
    let (blocks, _) = Array::slice_as_chunks_mut(data);
    cipher.decrypt_blocks(blocks);
}

/// Length of the last block of plain text without its padding, or nothing when it is not
/// padded as PKCS#7 prescribes: with a wrong key, or cut ciphertext.
#[must_use]
pub fn unpadded_len(last: &[u8; BLOCK]) -> Option<usize> {
    let padding = usize::from(last[BLOCK - 1]);
    let valid = (1..=BLOCK).contains(&padding)
        && last[BLOCK - padding..]
            .iter()
            .all(|byte| usize::from(*byte) == padding);
    valid.then(|| BLOCK - padding)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// NIST SP 800-38A, section F.2.1 (CBC-AES128.Encrypt).
    const KEY: &str = "2b7e151628aed2a6abf7158809cf4f3c";
    const IV: &str = "000102030405060708090a0b0c0d0e0f";
    const PLAIN: &str = "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51\
                         30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710";
    const CIPHER: &str = "7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b2\
                          73bed6b8e3c1743b7116e69e222295163ff1caa1681fac09120eca307586e1a7";

    fn encrypt(plain: &[u8], write_size: usize) -> Vec<u8> {
        let session = SessionKey::from_hex(KEY, IV).unwrap();
        let mut writer = CbcWriter::new(Vec::new(), &session);
        for piece in plain.chunks(write_size) {
            writer.write_all(piece).unwrap();
        }
        writer.finish().unwrap()
    }

    #[test]
    fn published_vector() {
        let cipher = encrypt(&hex::decode(PLAIN).unwrap(), 7);

        assert_eq!(cipher.len(), 80); // a whole block of padding
        assert_eq!(hex::encode(&cipher[..64]), CIPHER);
    }

    #[test]
    fn pieces_decrypt_in_any_order() {
        let session = SessionKey::from_hex(KEY, IV).unwrap();
        let mut data = hex::decode(CIPHER).unwrap();
        let before: [u8; BLOCK] = data[16..32].try_into().unwrap();

        decrypt_blocks(&session, &before, &mut data[32..]);
        decrypt_blocks(&session, session.iv(), &mut data[..32]);

        assert_eq!(hex::encode(data), PLAIN);
    }

    #[test]
    fn length_decides_the_padding_and_write_sizes_do_not() {
        let plain: Vec<u8> = (0..=250).cycle().take(BUFFER + 33).collect();
        for len in [0, 1, 15, 16, 17, BUFFER - 1, BUFFER, BUFFER + 33] {
            let cipher = encrypt(&plain[..len], 1000);

            assert_eq!(cipher, encrypt(&plain[..len], BUFFER * 2), "{len}");
            assert_eq!(cipher.len(), (len / 16 + 1) * 16);
        }
    }

    #[test]
    fn padding_is_checked_byte_by_byte() {
        let mut block = [16; 16];
        assert_eq!(unpadded_len(&block), Some(0));
        block[3] = 15;
        assert_eq!(unpadded_len(&block), None);
        block[15] = 1;
        assert_eq!(unpadded_len(&block), Some(15));
        block[15] = 0;
        assert_eq!(unpadded_len(&block), None);
        block[15] = 17;
        assert_eq!(unpadded_len(&block), None);
    }
}
