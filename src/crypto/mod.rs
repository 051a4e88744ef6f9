//! The ciphers, digests and keys of the bundle format.
//!
//! SHA-1, AES-CBC without a MAC and PKCS#1 v1.5 are what the format prescribes; nothing else
//! in amikit uses them. What authenticates a bundle is the signature over its manifest.

pub mod aes_cbc;
pub mod digest;
mod pem;
pub mod rsa;
pub mod secret;
pub mod ssh;
pub mod x509;
