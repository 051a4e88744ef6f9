//! The cloud's settings as a command line gives them.
//!
//! ```text
//! --port 0, --data DIR …  >  AMIKIT_CLOUD_…  >  FILE  >  default
//!                                                │
//!                     --config FILE, else DATA/amikit-cloud.toml if it is there
//! ```

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::Arg;
use zeroize::Zeroizing;

use crate::cli::failure::Failure;
use crate::cli::session::Session;
use crate::cli::spec::{Source, option, path};
use crate::cloud::config::{self, Config, Secret};

/// What the cloud runs with.
#[derive(Debug)]
pub struct Settings {
    /// Every setting; the paths in it are absolute.
    pub config: Config,
    /// The data directory, which need not exist yet.
    pub data: PathBuf,
    /// The file that was read.
    pub file: Option<PathBuf>,
}

/// What stands in for the options.
pub const SOURCES: &[Source] = &[
    variable("config", &["AMIKIT_CLOUD_CONFIG"]),
    variable("data", &["AMIKIT_CLOUD_DATA"]),
    variable("database", &["AMIKIT_CLOUD_DATABASE"]),
    variable("objects", &["AMIKIT_CLOUD_OBJECTS"]),
];

const fn variable(option: &'static str, env: &'static [&'static str]) -> Source {
    Source {
        option,
        env,
        setting: None,
    }
}

/// The options that say which cloud is meant.
#[must_use]
pub fn place_args() -> Vec<Arg> {
    vec![
        path(
            "config",
            "FILE",
            "Configuration file (default: amikit-cloud.toml of the data directory)",
        ),
        path(
            "data",
            "DIR",
            "Data directory (default: /var/lib/amikit-cloud for root, else ~/.local/share/amikit-cloud)",
        ),
        option(
            "database",
            "URL",
            "Database: postgres://… (default: SQLite in the data directory)",
        ),
        option(
            "objects",
            "URL",
            "Where objects are: directory, or s3://BUCKET/PREFIX",
        ),
    ]
}

/// All options.
#[must_use]
pub fn args() -> Vec<Arg> {
    let mut args = place_args();
    args.extend([
        option(
            "bind",
            "ADDRESS",
            "Address to listen at (default: 127.0.0.1, this machine only)",
        ),
        option(
            "host",
            "NAME",
            "Name or address that clients reach this machine by",
        ),
        option(
            "port",
            "N",
            "Port of the services (default: 8773); 0 takes any free port for all three",
        ),
        option("s3-port", "N", "Port with S3 at its root (default: 9000)"),
        option(
            "tls-port",
            "N",
            "Port of the services through TLS (default: 8443)",
        ),
        option("log", "FORMAT", "Form of the log on stderr: text or json"),
    ]);
    args
}

/// The settings of a command line.
///
/// # Errors
/// When the file or an option makes no sense, or nothing says where the data is.
pub fn read(session: &Session<'_>) -> Result<Settings, Failure> {
    let data_given = session.path("data")?;
    let data_given = data_given.as_deref().map(absolute).transpose()?;
    let file = if let Some(file) = session.path("config")? {
        Some(absolute(&file)?)
    } else {
        let folder = data_given.clone().or_else(|| default_data(session));
        let usual = folder.map(|folder| config::file_of(&folder));
        usual.filter(|file| file.exists())
    };
    let mut config = match &file {
        Some(file) => Config::read(file)?,
        None => Config::default(),
    };
    let data = data_given
        .or_else(|| config.cloud.data.clone())
        .or_else(|| default_data(session))
        .ok_or_else(|| {
            Failure::usage("nothing says where the data is").hint("pass --data DIR, or set HOME")
        })?;
    config.cloud.data = Some(data.clone());
    apply_options(session, &mut config)?;
    config.check()?;
    Ok(Settings { config, data, file })
}

/// What options and variables say.
fn apply_options(session: &Session<'_>, config: &mut Config) -> Result<(), Failure> {
    if let Some(url) = session.secret("database")? {
        config.database.url = Some(Secret::new(url));
    }
    set(&mut config.objects.url, session.parsed("objects")?);
    let address = session.parsed::<Address>("bind")?;
    set(&mut config.listen.address, address.map(|address| address.0));
    if let Some(host) = session.text("host")? {
        config.listen.host = Some(host);
    }
    let port = |option: &str| {
        let port = session.parsed::<Port>(option)?;
        Ok::<_, Failure>(port.map(|port| port.0))
    };
    if let Some(port) = port("port")? {
        let listen = &mut config.listen;
        listen.cloud_port = port;
        if port == 0 {
            (listen.s3_port, listen.tls_port) = (0, 0);
        }
    }
    set(&mut config.listen.s3_port, port("s3-port")?);
    set(&mut config.listen.tls_port, port("tls-port")?);
    set(&mut config.log.format, session.parsed("log")?);
    let variable = |name: &str| -> Result<Option<Zeroizing<String>>, Failure> {
        let Some(value) = session.env(name) else {
            return Ok(None);
        };
        let text = value.into_string().map(Zeroizing::new);
        text.map(Some)
            .map_err(|_| Failure::usage(format!("environment variable {name} is not valid UTF-8")))
    };
    if let Some(url) = variable("AMIKIT_CLOUD_OBJECTS_ENDPOINT")? {
        config.objects.endpoint = Some(url.to_string());
    }
    if let Some(id) = variable("AMIKIT_CLOUD_OBJECTS_ACCESS_KEY_ID")? {
        config.objects.access_key_id = Some(id.to_string());
    }
    if let Some(secret) = variable("AMIKIT_CLOUD_OBJECTS_SECRET_ACCESS_KEY")? {
        config.objects.secret_access_key = Some(Secret::new(secret));
    }
    Ok(())
}

/// A port on the command line.
struct Port(u16);

impl FromStr for Port {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let port = text.parse().map(Self);
        port.map_err(|_| format!("{text:?} is not a port: expected 0 to 65535"))
    }
}

/// An address on the command line.
struct Address(IpAddr);

impl FromStr for Address {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let address = text.parse().map(Self);
        address.map_err(|_| {
            format!("{text:?} is not an address: expected one such as 127.0.0.1, 0.0.0.0 or ::")
        })
    }
}

fn set<T>(place: &mut T, given: Option<T>) {
    if let Some(value) = given {
        *place = value;
    }
}

/// Where a service's data is by custom; none without a home.
fn default_data(session: &Session<'_>) -> Option<PathBuf> {
    if rustix::process::geteuid().is_root() {
        return Some(PathBuf::from("/var/lib/amikit-cloud"));
    }
    let of = |name: &str| session.env(name).map(PathBuf::from);
    let shared = of("XDG_DATA_HOME").filter(|path| path.is_absolute());
    let shared = shared.or_else(|| Some(of("HOME")?.join(".local/share")))?;
    Some(shared.join("amikit-cloud"))
}

/// A path that stays right wherever the process goes.
fn absolute(path: &Path) -> Result<PathBuf, Failure> {
    let made = std::path::absolute(path);
    made.map_err(|error| Failure::io(format!("cannot use {}", path.display()), &error))
}
