//! Why the settings of a cloud are of no use.

use std::io;
use std::path::PathBuf;

use super::origin::Origin;
use crate::aws::endpoint::EndpointError;
use crate::aws::{CredentialsError, http::HttpSetupError};
use crate::config::ConfigError;

/// Why there are no settings to reach a cloud with.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CloudError {
    /// A configuration file is of no use.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A variable is not text.
    #[error("environment variable {name} is not valid UTF-8")]
    NotText {
        /// The variable.
        name: String,
    },
    /// A source has half of a key pair.
    #[error("{origin} has {has}, but no {lacks}")]
    HalfPair {
        /// The source.
        origin: Origin,
        /// What is there.
        has: &'static str,
        /// What is missing.
        lacks: &'static str,
    },
    /// A file that the user named cannot be read.
    #[error("cannot read {path}, which {named_by} names")]
    Read {
        /// The file.
        path: PathBuf,
        /// Who named it.
        named_by: &'static str,
        /// Why.
        source: io::Error,
    },
    /// A value makes no sense.
    #[error("{origin} is {found:?}: expected {expected}")]
    Value {
        /// Where it stands.
        origin: Origin,
        /// The value; never a secret.
        found: String,
        /// What would be right.
        expected: &'static str,
    },
    /// A file of the AWS tools has a line that is nothing.
    #[error("{path}, line {line}: expected \"[section]\", \"option = value\" or a comment")]
    Syntax {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
    },
    /// There is no such profile.
    #[error("there is no profile \"{name}\" in {credentials} or {config}")]
    NoProfile {
        /// The profile.
        name: String,
        /// The file of credentials.
        credentials: PathBuf,
        /// The file of settings.
        config: PathBuf,
    },
    /// Credentials come from a service that is not asked.
    #[error("{origin} asks for {what}, which amikit does not do by itself")]
    Unsupported {
        /// Where it is asked for.
        origin: Origin,
        /// What: `role_arn`, `sso_session`.
        what: String,
    },
    /// A URL is none.
    #[error("{origin}")]
    Endpoint {
        /// Where it stands.
        origin: Origin,
        /// What is wrong with it.
        source: EndpointError,
    },
    /// Nobody says where the service is.
    #[error("it is not known where {service} is{}", region_words(.region.as_deref()))]
    NoEndpoint {
        /// The service.
        service: &'static str,
        /// The region that was chosen.
        region: Option<String>,
        /// The regions that the configuration knows.
        known: Vec<String>,
    },
    /// No source has credentials.
    #[error("there are no credentials (looked at {})", .looked.join(", "))]
    NoCredentials {
        /// The sources that were asked, in order.
        looked: Vec<String>,
    },
    /// A source that should have credentials failed.
    #[error(transparent)]
    Credentials(#[from] CredentialsError),
    /// The HTTP client cannot be set up.
    #[error(transparent)]
    Http(#[from] HttpSetupError),
}

fn region_words(region: Option<&str>) -> String {
    region.map_or_else(String::new, |region| format!(" in region {region}"))
}
