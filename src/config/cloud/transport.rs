//! Whom to trust, and which proxies to use.

use std::path::{Path, PathBuf};

use super::{Cloud, CloudError, Origin, Sourced};
use crate::aws::http::ProxyOptions;
use crate::config::{Setting, files};

/// Largest file of certificates that is read. The system's own has a quarter of a MiB.
const MAX_BUNDLE_BYTES: u64 = 16 << 20;

const CA_VARIABLE: &str = "AWS_CA_BUNDLE";

impl Cloud<'_> {
    /// Whether the server's certificate is checked. It is, unless somebody writes that it is
    /// not; euca2ools do not check it unless told to. What a region's section says counts for
    /// the section's own URL.
    ///
    /// # Errors
    /// When the configuration is of no use.
    pub fn verifies_tls(&self) -> Result<Sourced<bool>, CloudError> {
        if self.flags.insecure {
            return Ok(Sourced::new(false, Origin::Flag("--insecure")));
        }
        if self.flags.url.is_some() || self.first_variable(self.service.url_variables())?.is_some()
        {
            return Ok(Sourced::new(true, Origin::Default));
        }
        let in_file = self.setting_switch(Setting::VerifySsl)?;
        Ok(in_file.unwrap_or(Sourced::new(true, Origin::Default)))
    }

    /// The file of certificates to trust besides the system's.
    ///
    /// # Errors
    /// When a source is of no use.
    pub fn ca_bundle(&self) -> Result<Option<Sourced<PathBuf>>, CloudError> {
        if let Some(path) = &self.flags.ca_bundle {
            return Ok(Some(Sourced::new(
                path.clone(),
                Origin::Flag("--ca-bundle"),
            )));
        }
        let in_env = (self.env)(CA_VARIABLE).filter(|value| !value.is_empty());
        let named = if let Some(path) = in_env {
            let origin = Origin::Variable(CA_VARIABLE.to_owned());
            Some(Sourced::new(PathBuf::from(path), origin))
        } else {
            let in_profile = self.profile()?.option("ca_bundle");
            in_profile.map(|found| found.map(PathBuf::from))
        };
        Ok(named.map(|path| path.map(|path| files::home_expanded(&path, self.env))))
    }

    /// The certificates of [`Cloud::ca_bundle`].
    ///
    /// # Errors
    /// When the file cannot be read, or is larger than 16 MiB.
    pub fn extra_certificates(&self) -> Result<Option<Vec<u8>>, CloudError> {
        let Some(bundle) = self.ca_bundle()? else {
            return Ok(None);
        };
        let named_by = match bundle.origin {
            Origin::Flag(name) => name,
            Origin::Variable(_) => CA_VARIABLE,
            _ => "ca_bundle of the profile",
        };
        read_named(&bundle.value, named_by, MAX_BUNDLE_BYTES).map(Some)
    }

    /// The proxies that the environment names.
    ///
    /// # Errors
    /// When a variable is not text.
    pub fn proxies(&self) -> Result<ProxyOptions, CloudError> {
        let first = |names: &[&'static str]| {
            let found = self.first_variable(names)?;
            Ok::<_, CloudError>(found.map(|(_, value)| value))
        };
        Ok(ProxyOptions {
            http: first(&["http_proxy", "HTTP_PROXY"])?,
            https: first(&["https_proxy", "HTTPS_PROXY"])?,
            none: first(&["no_proxy", "NO_PROXY"])?,
        })
    }
}

/// Reads a file that the user named, up to a bound.
pub(super) fn read_named(
    path: &Path,
    named_by: &'static str,
    limit: u64,
) -> Result<Vec<u8>, CloudError> {
    files::read_bytes(path, limit).map_err(|source| CloudError::Read {
        path: path.to_owned(),
        named_by,
        source,
    })
}
