//! TLS 1.2 and 1.3 by rustls, with certificate and key from PEM.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::version::{TLS12, TLS13};
use tokio_rustls::rustls::{self, ServerConfig};
use zeroize::Zeroizing;

use super::listen::FrontError;

/// A certificate with its key, ready to serve.
#[derive(Clone)]
pub struct Tls(pub(super) TlsAcceptor);

impl Tls {
    /// Reads a certificate (with its chain, own first) and its private key, both PEM.
    ///
    /// # Errors
    ///
    /// When a file cannot be read, holds no certificate or key, or the two do not belong together.
    pub fn from_files(certificate: &Path, key: &Path) -> Result<Self, FrontError> {
        let read = |path: &Path| {
            fs::read(path).map_err(|source| FrontError::ReadPem {
                path: path.to_owned(),
                source,
            })
        };
        let certificate_pem = read(certificate)?;
        let key_pem = Zeroizing::new(read(key)?);
        let origins = [certificate, key].map(|path| path.display().to_string());
        Self::build(&certificate_pem, &key_pem, origins)
    }

    /// The same from text that is in memory.
    ///
    /// # Errors
    ///
    /// As [`Tls::from_files`].
    pub fn from_pem(certificate: &[u8], key: &[u8]) -> Result<Self, FrontError> {
        let origins = ["the given certificate", "the given key"].map(str::to_owned);
        Self::build(certificate, key, origins)
    }

    fn build(
        certificate: &[u8],
        key: &[u8],
        [certificate_origin, key_origin]: [String; 2],
    ) -> Result<Self, FrontError> {
        let no_pem = |origin: &String, expected| FrontError::NoPem {
            origin: origin.clone(),
            expected,
        };
        let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(certificate).collect();
        let chain = chain.unwrap_or_default();
        if chain.is_empty() {
            return Err(no_pem(&certificate_origin, "certificate"));
        }
        let key =
            PrivateKeyDer::from_pem_slice(key).map_err(|_| no_pem(&key_origin, "private key"))?;
        let refused = |source: rustls::Error| FrontError::Tls {
            certificate: certificate_origin.clone(),
            key: key_origin.clone(),
            source,
        };
        let provider = Arc::new(aws_lc_rs::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&TLS13, &TLS12])
            .map_err(refused)?
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .map_err(refused)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self(TlsAcceptor::from(Arc::new(config))))
    }
}
