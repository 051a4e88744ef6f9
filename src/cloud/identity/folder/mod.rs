//! A user's credentials folder: what our commands and other people's clients need to work at once.
//!
//! ```text
//! DATA/credentials/USER/     0700, files 0600
//!   eucarc                   for a shell:  . eucarc        (Eucalyptus' and Amazon's variables)
//!   euca2ools.ini            euca2ools and amikit
//!   aws-config               awscli, boto3
//!   aws-credentials
//!   s3cfg  rclone.conf       s3cmd, rclone
//!   s3cfg-tls                s3cmd, through TLS
//!   boto.cfg                 boto 2
//!   USER-pk.pem              signs bundles; only here, the cloud does not keep it
//!   USER-cert.pem
//!   cloud-cert.pem           what bundles are sealed for
//!   tls-ca.pem               what the TLS port is trusted by
//!   README
//! ```
//!
//! Written at every start: what is as it should be is left alone, endpoints follow the ports, and
//! keys stay unless the caller brings others. Each file appears whole.

mod settings;
mod shell;

use std::fs;
use std::path::{Path, PathBuf};

use super::certificate::{self, Pair};
use super::error::IdentityError;
use super::files;
use super::names::{Random, wrong_user_name};
use crate::cloud::config::Config;
use crate::crypto::rsa::PrivateKey;
use crate::crypto::x509::Certificate;
use crate::units::Timestamp;

pub use shell::quoted as shell_quoted;

/// Where the cloud is, as clients are told: URLs without a `/` at the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoints {
    /// Services, health and metrics.
    pub cloud: String,
    /// S3 at the root.
    pub s3: String,
    /// The services through TLS.
    pub tls: String,
}

impl Endpoints {
    /// The endpoints of a configuration, with the ports that were really taken, in the order
    /// cloud, S3, TLS.
    #[must_use]
    pub fn new(config: &Config, ports: [u16; 3]) -> Self {
        let host = config.host();
        let [cloud, s3, tls] = ports;
        Self {
            cloud: format!("http://{host}:{cloud}"),
            s3: format!("http://{host}:{s3}"),
            tls: format!("https://{host}:{tls}"),
        }
    }

    /// S3 under the path that Eucalyptus' Walrus has.
    #[must_use]
    pub fn walrus(&self) -> String {
        format!("{}/services/Walrus", self.cloud)
    }

    /// The same through TLS.
    #[must_use]
    pub fn walrus_tls(&self) -> String {
        format!("{}/services/Walrus", self.tls)
    }

    /// EC2 under the path that Eucalyptus has. Settings name it also while nothing answers there,
    /// so that no command goes to Amazon with this cloud's keys.
    #[must_use]
    pub fn ec2(&self) -> String {
        format!("{}/services/Eucalyptus", self.cloud)
    }
}

/// What a folder tells its user.
#[derive(Clone, Copy)]
pub struct Credentials<'a> {
    /// The user's name.
    pub user: &'a str,
    /// The account's number.
    pub account: &'a str,
    /// The access key's id.
    pub access_key_id: &'a str,
    /// Its secret.
    pub secret_key: &'a str,
    /// The user's key and certificate.
    pub pair: &'a Pair,
    /// The cloud's certificate, PEM.
    pub cloud_certificate: &'a str,
    /// What the TLS port is trusted by, PEM.
    pub tls_authority: &'a str,
    /// Where the cloud is.
    pub endpoints: &'a Endpoints,
    /// The region's name.
    pub region: &'a str,
}

impl std::fmt::Debug for Credentials<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials")
            .field("user", &self.user)
            .field("access_key_id", &self.access_key_id)
            .finish_non_exhaustive()
    }
}

/// The folder of a user.
///
/// # Errors
/// When the name cannot be a user's.
pub fn path_of(data: &Path, user: &str) -> Result<PathBuf, IdentityError> {
    match wrong_user_name(user) {
        None => Ok(data.join("credentials").join(user)),
        Some(why) => Err(IdentityError::UserName {
            name: user.to_owned(),
            why,
        }),
    }
}

/// Whether a folder has a user's private key.
#[must_use]
pub fn has_pair(folder: &Path, user: &str) -> bool {
    folder.join(format!("{user}-pk.pem")).exists()
}

/// The key and certificate in a user's folder, made as far as they are missing, and whether the
/// certificate is new: the caller then notes it. The files appear with [`write()`].
///
/// # Errors
/// When a file cannot be read, the key alone is missing, or they do not belong together.
pub fn pair(
    folder: &Path,
    user: &str,
    account: &str,
    now: Timestamp,
    random: Random,
) -> Result<(Pair, bool), IdentityError> {
    let key_path = folder.join(format!("{user}-pk.pem"));
    let path = folder.join(format!("{user}-cert.pem"));
    let (key, found) = match (files::read(&key_path)?, files::read(&path)?) {
        (Some(key), Some(found)) => (key, found),
        (None, Some(_)) => {
            return Err(IdentityError::KeyMissing {
                certificate: path,
                key: key_path,
            });
        }
        (Some(key), None) => {
            let pair = certificate::of_user_s_key(user, account, key, now, random)?;
            return Ok((pair, true));
        }
        (None, None) => {
            return Ok((certificate::user(user, account, now, random)?, true));
        }
    };
    let damaged = |path: &Path, expected, why: String| IdentityError::Damaged {
        path: path.to_owned(),
        expected,
        why,
    };
    let private = PrivateKey::from_pem(&key, &key_path, &|| None)
        .map_err(|error| damaged(&key_path, "RSA private key", error.to_string()))?;
    let public = Certificate::from_pem(&found, &path)
        .map_err(|error| damaged(&path, "certificate", error.to_string()))?;
    if !public.matches(&private) {
        return Err(IdentityError::Apart {
            certificate: path,
            key: key_path,
        });
    }
    let certificate = found.to_string();
    Ok((Pair { key, certificate }, false))
}

/// Writes a folder for a user. Returns its path, absolute, and the files that were written because
/// they were missing or told something else.
///
/// # Errors
/// When the name or the path cannot be written into settings, or a file cannot be written.
pub fn write(
    folder: &Path,
    credentials: &Credentials<'_>,
) -> Result<(PathBuf, Vec<String>), IdentityError> {
    files::make_folder(folder)?;
    let absolute = fs::canonicalize(folder).map_err(|source| IdentityError::Folder {
        path: folder.to_owned(),
        source,
    })?;
    let place = writable(&absolute)?;
    let user = credentials.user;
    let texts = [
        // Keys first: settings must not name what is not there.
        (format!("{user}-pk.pem"), credentials.pair.key.to_string()),
        (
            format!("{user}-cert.pem"),
            credentials.pair.certificate.clone(),
        ),
        (
            "cloud-cert.pem".to_owned(),
            credentials.cloud_certificate.to_owned(),
        ),
        (
            "tls-ca.pem".to_owned(),
            credentials.tls_authority.to_owned(),
        ),
        (
            "euca2ools.ini".to_owned(),
            settings::euca2ools(credentials, place),
        ),
        (
            "aws-config".to_owned(),
            settings::aws_config(credentials, place),
        ),
        (
            "aws-credentials".to_owned(),
            settings::aws_credentials(credentials),
        ),
        ("s3cfg".to_owned(), settings::s3cmd(credentials)),
        (
            "s3cfg-tls".to_owned(),
            settings::s3cmd_tls(credentials, place),
        ),
        ("rclone.conf".to_owned(), settings::rclone(credentials)),
        ("boto.cfg".to_owned(), settings::boto(credentials)),
        ("README".to_owned(), settings::readme(credentials, place)),
        ("eucarc".to_owned(), shell::eucarc(credentials, place)),
    ];
    let texts = texts.map(|(name, text)| (name, zeroize::Zeroizing::new(text)));
    let mut written = Vec::new();
    for (name, text) in texts {
        if files::write(folder, &name, &text)? {
            written.push(name);
        }
    }
    Ok((absolute, written))
}

/// The folder as settings files can name it: none of them has quotes for everything.
fn writable(folder: &Path) -> Result<&str, IdentityError> {
    let error = |what| IdentityError::Path {
        path: folder.to_owned(),
        what,
    };
    let text = folder
        .to_str()
        .ok_or_else(|| error("bytes that are not UTF-8"))?;
    if text.chars().any(char::is_control) {
        return Err(error("control characters"));
    }
    if text.contains(" ;") || text.contains(" #") {
        return Err(error("' ;' or ' #', which begin a remark"));
    }
    Ok(text)
}

#[cfg(test)]
mod tests;
