//! `DATA/endpoints.json`: where the running cloud listens, for commands that run beside it.
//!
//! Written when the cloud starts, removed when it stops. What a crash leaves is as good a guess as
//! the configuration is; the next start renews it, and with it every credentials folder.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::cloud::identity::folder::Endpoints;
use crate::cloud::identity::{IdentityError, files};

/// The file's name.
const NAME: &str = "endpoints.json";

/// Tells where the cloud listens.
///
/// # Errors
/// When the file cannot be written.
pub(in crate::cloud) fn write(data: &Path, endpoints: &Endpoints) -> Result<(), IdentityError> {
    let value = json!({
        "cloud": endpoints.cloud,
        "s3": endpoints.s3,
        "tls": endpoints.tls,
    });
    files::write(data, NAME, &format!("{value}\n")).map(drop)
}

/// Where the cloud listens; none if it does not run, or the file cannot be understood.
///
/// # Errors
/// When there is a file that cannot be read.
pub(in crate::cloud) fn read(data: &Path) -> Result<Option<Endpoints>, IdentityError> {
    let Some(text) = files::read(&data.join(NAME))? else {
        return Ok(None);
    };
    let value: Value = serde_json::from_str(&text).unwrap_or_default();
    let url = |name: &str| value[name].as_str().map(str::to_owned);
    let endpoints = || {
        Some(Endpoints {
            cloud: url("cloud")?,
            s3: url("s3")?,
            tls: url("tls")?,
        })
    };
    Ok(endpoints())
}

/// The cloud does not listen there any more. Another that has started since is left alone.
pub(in crate::cloud) fn remove(data: &Path, endpoints: &Endpoints) {
    if matches!(read(data), Ok(Some(there)) if there == *endpoints)
        && let Err(error) = fs::remove_file(data.join(NAME))
    {
        tracing::warn!(%error, "cannot remove {NAME}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_until_its_cloud_stops() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path();
        let of = |port: u16| Endpoints {
            cloud: format!("http://h:{port}"),
            s3: "http://h:2".to_owned(),
            tls: "https://h:3".to_owned(),
        };
        assert_eq!(read(data).unwrap(), None);

        write(data, &of(1)).unwrap();
        assert_eq!(read(data).unwrap(), Some(of(1)));
        remove(data, &of(9));
        assert_eq!(read(data).unwrap(), Some(of(1)));
        remove(data, &of(1));
        assert_eq!(read(data).unwrap(), None);
        fs::write(data.join(NAME), "{").unwrap();
        assert_eq!(read(data).unwrap(), None);
    }
}
