//! The cloud's configuration: a TOML file, whose every setting has a default.
//!
//! ```text
//! flag  >  environment  >  FILE  >  default          (the first two are the command line's)
//!
//! section! table ─┬─► Config, read by serde: unknown keys are errors
//!                 └─► Config::print: the commented file with the values in force
//! ```
//!
//! An error names file, line and key, what was found and what was expected. Secrets are neither
//! printed nor repeated in errors.

mod error;
mod sections;
mod table;
mod value;

use std::fs::File;
use std::io::{self, Read as _};
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use serde::Deserialize;

pub use error::ConfigError;
pub use sections::{Accounts, Database, General, Limits, Listen, Log, Objects, S3, Tls};
pub use value::{BucketNames, Domain, LogFormat, LogLevel, ObjectsUrl, Region, Secret, Span};

/// Name of the file in the data directory.
pub const FILE_NAME: &str = "amikit-cloud.toml";

/// Largest file that is read.
const MAX_FILE_BYTES: u64 = 1 << 20;

/// Every setting.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The cloud as a whole.
    pub cloud: General,
    /// Addresses and ports.
    pub listen: Listen,
    /// The certificate of the TLS port.
    pub tls: Tls,
    /// The database.
    pub database: Database,
    /// Where the bytes of objects are.
    pub objects: Objects,
    /// What one account may have.
    pub accounts: Accounts,
    /// How S3 behaves.
    pub s3: S3,
    /// What clients may take from the machine.
    pub limits: Limits,
    /// The log.
    pub log: Log,
}

/// What stands at the top of a printed file.
const HEAD: &str = "\
# Configuration of amikit-cloud.
#
# It is read from DATA/amikit-cloud.toml, or from the file given as --config FILE. Options of the
# command line and the environment win over it. Settings behind a # are not set.
# Sizes: a number with B, KiB, MiB, GiB or TiB. Times: a number with ms, s, m, h or d.
";

impl Config {
    /// Reads a file. Relative paths in it start at its folder.
    ///
    /// # Errors
    /// When it cannot be read, is larger than 1 MiB, is no TOML, has a key that does not exist
    /// or a value that is not one for its key.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = read_text(path).map_err(|source| ConfigError::Read {
            path: path.to_owned(),
            source,
        })?;
        let mut config = Self::parse(&text, path)?;
        if let Some(folder) = path.parent() {
            config.start_paths_at(folder);
        }
        Ok(config)
    }

    /// Reads a text; `origin` is the file that errors name. Paths stay as they are.
    ///
    /// # Errors
    /// As [`Config::read`].
    pub fn parse(text: &str, origin: &Path) -> Result<Self, ConfigError> {
        toml::from_str(text).map_err(|error| ConfigError::of(&error, text, origin))
    }

    /// The file with every setting, what it is and the value it has here. Secrets are left out.
    #[must_use]
    pub fn print(&self) -> String {
        let mut out = HEAD.to_owned();
        self.cloud.print(&mut out);
        self.listen.print(&mut out);
        self.tls.print(&mut out);
        self.database.print(&mut out);
        self.objects.print(&mut out);
        self.accounts.print(&mut out);
        self.s3.print(&mut out);
        self.limits.print(&mut out);
        self.log.print(&mut out);
        out
    }

    /// Checks what two settings say together, and what is of no use whatever the file says.
    ///
    /// # Errors
    /// When they contradict each other.
    pub fn check(&self) -> Result<(), ConfigError> {
        let unfit = |key, why: &str| {
            Err(ConfigError::Unfit {
                key,
                why: why.to_owned(),
            })
        };
        if self.tls.certificate.is_some() != self.tls.private_key.is_some() {
            return unfit(
                "tls.certificate and tls.private-key",
                "one is set without the other: expected both, or neither",
            );
        }
        let ports = [
            self.listen.cloud_port,
            self.listen.s3_port,
            self.listen.tls_port,
        ];
        let twice = |at: usize| ports[at] != 0 && ports[at + 1..].contains(&ports[at]);
        if (0..ports.len()).any(twice) {
            let why = format!("{ports:?} has a port twice: expected one each");
            return unfit("listen.cloud-port, s3-port and tls-port", &why);
        }
        if let Some(host) = &self.listen.host
            && !is_host(host)
        {
            let why = format!("{host:?} is neither a name nor an address");
            return unfit("listen.host", &why);
        }
        let keys = (&self.objects.access_key_id, &self.objects.secret_access_key);
        if keys.0.is_some() != keys.1.is_some() {
            return unfit(
                "objects.access-key-id and objects.secret-access-key",
                "one is set without the other: expected both",
            );
        }
        if matches!(self.objects.url, ObjectsUrl::S3 { .. }) && keys.0.is_none() {
            return unfit(
                "objects.access-key-id",
                "objects are kept in another S3, which needs keys",
            );
        }
        let needed = [
            ("database.connections", self.database.connections),
            ("limits.connections", self.limits.connections),
            ("limits.headers", self.limits.headers),
        ];
        match needed.iter().find(|(_, number)| *number == 0) {
            Some((key, _)) => unfit(key, "0 lets nothing through: expected 1 or more"),
            None => Ok(()),
        }
    }

    /// The name or address that clients are told.
    #[must_use]
    pub fn host(&self) -> String {
        match (&self.listen.host, self.listen.address) {
            (Some(host), _) => match host.parse::<IpAddr>() {
                Ok(IpAddr::V6(address)) => format!("[{address}]"),
                _ => host.clone(),
            },
            (None, address) if address.is_unspecified() => "127.0.0.1".to_owned(),
            (None, IpAddr::V6(address)) => format!("[{address}]"),
            (None, address) => address.to_string(),
        }
    }

    /// Lets relative paths start at a folder.
    fn start_paths_at(&mut self, folder: &Path) {
        let paths = [
            &mut self.cloud.data,
            &mut self.tls.certificate,
            &mut self.tls.private_key,
        ];
        for path in paths.into_iter().flatten() {
            *path = folder.join(&*path);
        }
    }
}

/// Whether a text can stand between `http://` and a port.
fn is_host(text: &str) -> bool {
    text.parse::<IpAddr>().is_ok() || text.parse::<Domain>().is_ok()
}

fn read_text(path: &Path) -> io::Result<String> {
    // Asked before opening: opening a fifo would wait for a writer.
    if !path.metadata()?.is_file() {
        return Err(io::Error::other("it is no regular file"));
    }
    let mut text = String::new();
    let read = File::open(path)?
        .take(MAX_FILE_BYTES + 1)
        .read_to_string(&mut text)?;
    if read as u64 > MAX_FILE_BYTES {
        return Err(io::Error::other(format!(
            "it has more than {MAX_FILE_BYTES} bytes"
        )));
    }
    Ok(text)
}

/// The configuration file of a data directory.
#[must_use]
pub fn file_of(data: &Path) -> PathBuf {
    data.join(FILE_NAME)
}

#[cfg(test)]
mod tests;
