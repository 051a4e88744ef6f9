//! The cloud's own keys and certificates, in the data directory.
//!
//! ```text
//! DATA/identity/          0700, files 0600
//!   cloud-pk.pem          made once; without it no bundle for this cloud can be opened again
//!   cloud-cert.pem
//!   tls-ca-pk.pem         made once, renewed with the server's when its own end is near
//!   tls-ca.pem
//!   tls-pk.pem            renewed when its end is near, or its names are others
//!   tls-cert.pem
//! ```
//!
//! A key is written before its certificate: a run that was killed in between leaves a key that
//! the next one makes the certificate for.

use std::path::{Path, PathBuf};

use x509_parser::prelude::{FromDer as _, GeneralName, ParsedExtension, X509Certificate};
use zeroize::Zeroizing;

use super::certificate::{Pair, Purpose, new_key, new_server_key, self_signed, server_certificate};
use super::error::IdentityError;
use super::files;
use super::names::Random;
use crate::cloud::config::Config;
use crate::crypto::rsa::PrivateKey;
use crate::crypto::x509::Certificate;
use crate::units::Timestamp;

/// Seconds before its end at which a certificate is renewed: 30 days.
const RENEW_BEFORE: i64 = 30 * 86_400;

/// What the cloud proves itself with.
#[derive(Debug, Clone)]
pub struct CloudIdentity {
    /// RSA: bundles are sealed for it.
    pub cloud: Pair,
    /// What the TLS port shows, its chain included.
    pub tls: Pair,
    /// What clients need to trust the TLS port, PEM.
    pub tls_authority: String,
}

/// What users are given of it: nothing that is secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trust {
    /// What bundles are sealed for, PEM.
    pub cloud: String,
    /// What clients need to trust the TLS port, PEM.
    pub tls_authority: String,
}

impl Trust {
    /// Reads it, and changes nothing of a cloud that has started once: it may be running, with
    /// other names than these settings have. Before the first start, the identity is made.
    ///
    /// # Errors
    /// As [`CloudIdentity::open`].
    pub fn read(
        data: &Path,
        config: &Config,
        now: Timestamp,
        random: Random,
    ) -> Result<Self, IdentityError> {
        let folder = data.join("identity");
        let authority = match &config.tls.certificate {
            Some(path) if config.tls.private_key.is_some() => Some(given(path)?),
            _ => files::read(&folder.join("tls-ca.pem"))?,
        };
        match (files::read(&folder.join("cloud-cert.pem"))?, authority) {
            (Some(cloud), Some(authority)) => Ok(Self {
                cloud: cloud.to_string(),
                tls_authority: authority.to_string(),
            }),
            _ => Ok(CloudIdentity::open(data, config, now, random)?.trust()),
        }
    }
}

impl CloudIdentity {
    /// What users are given of it.
    #[must_use]
    pub fn trust(&self) -> Trust {
        Trust {
            cloud: self.cloud.certificate.clone(),
            tls_authority: self.tls_authority.clone(),
        }
    }

    /// Reads the identity below the data directory, and makes what is missing or near its end.
    ///
    /// # Errors
    /// When a file cannot be read or written, or is not what it should be.
    pub fn open(
        data: &Path,
        config: &Config,
        now: Timestamp,
        random: Random,
    ) -> Result<Self, IdentityError> {
        let folder = data.join("identity");
        files::make_folder(&folder)?;
        let made = Maker {
            folder,
            now,
            random,
        };
        let cloud = made.lasting(Purpose::Cloud, "cloud-pk.pem", "cloud-cert.pem")?;
        judge_rsa(&made.folder, &cloud)?;
        let (tls, tls_authority) = match (&config.tls.certificate, &config.tls.private_key) {
            (Some(certificate), Some(key)) => {
                let given = Pair {
                    key: given(key)?,
                    certificate: given(certificate)?.to_string(),
                };
                let authority = given.certificate.clone();
                (given, authority)
            }
            _ => made.tls(&server_names(config))?,
        };
        Ok(Self {
            cloud,
            tls,
            tls_authority,
        })
    }
}

/// The names and addresses that clients may know the server by, each once.
#[must_use]
pub fn server_names(config: &Config) -> Vec<String> {
    let mut names: Vec<String> = ["localhost", "127.0.0.1", "::1"].map(str::to_owned).into();
    if !config.listen.address.is_unspecified() {
        names.push(config.listen.address.to_string());
    }
    names.extend(config.listen.host.clone());
    for domain in &config.cloud.domains {
        names.push(domain.to_string());
        names.push(format!("*.{domain}"));
    }
    let mut seen = std::collections::BTreeSet::new();
    names.retain(|name| seen.insert(name.clone()));
    names
}

/// Makes and reads files of one folder.
struct Maker {
    folder: PathBuf,
    now: Timestamp,
    random: Random,
}

impl Maker {
    /// A key and a certificate that signs itself; read, or made as far as they are missing.
    fn lasting(
        &self,
        purpose: Purpose<'_>,
        key_name: &str,
        certificate_name: &str,
    ) -> Result<Pair, IdentityError> {
        let (key_path, path) = (
            self.folder.join(key_name),
            self.folder.join(certificate_name),
        );
        let certificate = files::read(&path)?;
        let key = match (files::read(&key_path)?, &certificate) {
            (Some(key), _) => key,
            (None, Some(_)) => {
                return Err(IdentityError::KeyMissing {
                    certificate: path,
                    key: key_path,
                });
            }
            (None, None) => {
                let key = new_key(purpose)?;
                files::write(&self.folder, key_name, &key)?;
                tracing::info!(file = %key_path.display(), "made a private key");
                key
            }
        };
        let public = public_key(&key, &key_path)?;
        if let Some(certificate) = certificate {
            let facts = Facts::of(&certificate, &path)?;
            if facts.public_key != public {
                return Err(IdentityError::Apart {
                    certificate: path,
                    key: key_path,
                });
            }
            // The cloud's is compared with by clients, so only the authority's is made again.
            if purpose != Purpose::TlsAuthority || facts.not_after > self.now.0 + RENEW_BEFORE {
                return Ok(Pair {
                    key,
                    certificate: certificate.to_string(),
                });
            }
        }
        let certificate = self_signed(purpose, &key, self.now, self.random)?;
        files::write(&self.folder, certificate_name, &certificate)?;
        Ok(Pair { key, certificate })
    }

    /// The server's key and certificate with its authority's, renewed where that is due.
    fn tls(&self, names: &[String]) -> Result<(Pair, String), IdentityError> {
        let authority = self.lasting(Purpose::TlsAuthority, "tls-ca-pk.pem", "tls-ca.pem")?;
        let (key_path, path) = (
            self.folder.join("tls-pk.pem"),
            self.folder.join("tls-cert.pem"),
        );
        if let (Some(key), Some(certificate)) = (files::read(&key_path)?, files::read(&path)?)
            && self.still_good(&certificate, &key, &authority, names)
        {
            let pair = Pair {
                key,
                certificate: certificate.to_string(),
            };
            return Ok((pair, authority.certificate));
        }
        // Nobody holds on to it, so whatever was there is replaced.
        let key = new_server_key()?;
        let certificate = server_certificate(names, &key, &authority.key, self.now, self.random)?;
        files::write(&self.folder, "tls-pk.pem", &key)?;
        files::write(&self.folder, "tls-cert.pem", &certificate)?;
        tracing::info!(file = %path.display(), ?names, "made a certificate for the TLS port");
        Ok((Pair { key, certificate }, authority.certificate))
    }

    /// Whether a server's certificate is for this key and these names, signed by the authority,
    /// and far from its end.
    fn still_good(&self, certificate: &str, key: &str, authority: &Pair, names: &[String]) -> bool {
        let nowhere = Path::new("");
        let (Ok(facts), Ok(signer), Ok(public)) = (
            Facts::of(certificate, nowhere),
            Facts::of(&authority.certificate, nowhere),
            public_key(key, nowhere),
        ) else {
            return false;
        };
        let (mut wanted, mut has) = (names.to_vec(), facts.names);
        wanted.sort();
        has.sort();
        facts.public_key == public
            && facts.not_before <= self.now.0
            && facts.not_after > self.now.0 + RENEW_BEFORE
            && facts.signer.is_some()
            && facts.signer == signer.key_id
            && wanted == has
    }
}

/// A file whose path the configuration gives.
fn given(path: &Path) -> Result<Zeroizing<String>, IdentityError> {
    let error = |source: std::io::Error| IdentityError::Read {
        path: path.to_owned(),
        why: source.to_string(),
    };
    // Another user's, root's perhaps: it is read as it is.
    let text = std::fs::read_to_string(path).map_err(error)?;
    Ok(Zeroizing::new(text))
}

/// The cloud's key must be one that our own readers take.
fn judge_rsa(folder: &Path, pair: &Pair) -> Result<(), IdentityError> {
    let (key_path, path) = (folder.join("cloud-pk.pem"), folder.join("cloud-cert.pem"));
    let key = PrivateKey::from_pem(&pair.key, &key_path, &|| None).map_err(|error| {
        IdentityError::Damaged {
            path: key_path.clone(),
            expected: "RSA private key",
            why: error.to_string(),
        }
    })?;
    let certificate = Certificate::from_pem(&pair.certificate, &path).map_err(|error| {
        IdentityError::Damaged {
            path: path.clone(),
            expected: "certificate",
            why: error.to_string(),
        }
    })?;
    if certificate.matches(&key) {
        Ok(())
    } else {
        Err(IdentityError::Apart {
            certificate: path,
            key: key_path,
        })
    }
}

/// The public half of a private key, as certificates have it.
fn public_key(pem: &str, path: &Path) -> Result<Vec<u8>, IdentityError> {
    let key = rcgen::KeyPair::from_pem(pem).map_err(|error| IdentityError::Damaged {
        path: path.to_owned(),
        expected: "private key",
        why: error.to_string(),
    })?;
    Ok(key.public_key_raw().to_vec())
}

/// What a certificate says of itself.
struct Facts {
    public_key: Vec<u8>,
    not_before: i64,
    not_after: i64,
    names: Vec<String>,
    key_id: Option<Vec<u8>>,
    signer: Option<Vec<u8>>,
}

impl Facts {
    fn of(pem: &str, path: &Path) -> Result<Self, IdentityError> {
        let damaged = |why: &str| IdentityError::Damaged {
            path: path.to_owned(),
            expected: "certificate",
            why: why.to_owned(),
        };
        let (_, block) = x509_parser::pem::parse_x509_pem(pem.as_bytes())
            .map_err(|_| damaged("it is no PEM"))?;
        let (_, found) = X509Certificate::from_der(&block.contents)
            .map_err(|_| damaged("its content is not X.509"))?;
        let mut facts = Self {
            public_key: found.public_key().subject_public_key.data.to_vec(),
            not_before: found.validity().not_before.timestamp(),
            not_after: found.validity().not_after.timestamp(),
            names: Vec::new(),
            key_id: None,
            signer: None,
        };
        for extension in found.extensions() {
            match extension.parsed_extension() {
                ParsedExtension::SubjectAlternativeName(names) => {
                    facts.names = names.general_names.iter().map(name_of).collect();
                }
                ParsedExtension::SubjectKeyIdentifier(id) => facts.key_id = Some(id.0.to_vec()),
                ParsedExtension::AuthorityKeyIdentifier(id) => {
                    facts.signer = id.key_identifier.as_ref().map(|id| id.0.to_vec());
                }
                _ => {}
            }
        }
        Ok(facts)
    }
}

/// A name of a certificate as [`server_names`] writes it.
fn name_of(name: &GeneralName<'_>) -> String {
    match name {
        GeneralName::DNSName(name) => (*name).to_owned(),
        GeneralName::IPAddress(bytes) => {
            match (<[u8; 4]>::try_from(*bytes), <[u8; 16]>::try_from(*bytes)) {
                (Ok(four), _) => std::net::Ipv4Addr::from(four).to_string(),
                (_, Ok(sixteen)) => std::net::Ipv6Addr::from(sixteen).to_string(),
                _ => format!("{name:?}"),
            }
        }
        other => format!("{other:?}"),
    }
}
