//! Where a cloud's service is, and as whom it is asked: from options, environment and files.
//!
//! ```text
//!            credentials                        endpoint                region
//! options    -I and -S                          --url                   --region
//! env        AWS_*, EC2_* pairs                 S3_URL, AWS_ENDPOINT_*  EUCA_*, AWS_*REGION
//! file       AWS_CREDENTIAL_FILE
//! euca2ools  [user …] key-id, secret-key        [region …] s3-url       default-region
//! ~/.aws     keys or credential_process         endpoint_url            region
//! else       container role, instance role      Amazon's, of a region   us-east-1
//! ```
//!
//! The first source that has a value wins, and what is found says which it was. Key and secret
//! come from one source, never from two. docs/configuration.md is this for users.

mod aws_files;
mod credential_file;
mod credentials;
mod endpoint;
mod environment;
mod error;
mod origin;
mod process;
mod roles;
mod transport;

use crate::aws::Credentials;
use crate::aws::service::Protocol;
use crate::aws::sign::SignatureVersion;
use std::path::PathBuf;

use super::{Config, Env, Selection, Setting};

pub use credentials::{Asking, Found};
pub use endpoint::{Place, is_amazon_region};
pub use error::CloudError;
pub use origin::{Origin, Sourced};

/// What the command line says.
#[derive(Debug, Clone, Default)]
pub struct CloudFlags {
    /// The service's URL: `--url`.
    pub url: Option<String>,
    /// The option that it came by, where that is another: `--ec2-url`.
    pub url_option: Option<&'static str>,
    /// `-I`, `-S` and `--security-token`.
    pub keys: Option<Credentials>,
    /// `--region`.
    pub region: Option<String>,
    /// `--signature`.
    pub signature: Option<SignatureVersion>,
    /// `--insecure`.
    pub insecure: bool,
    /// `--ca-bundle`.
    pub ca_bundle: Option<PathBuf>,
    /// Whether Amazon's S3 is meant when nobody says where the service is.
    pub amazon_by_default: bool,
}

/// A service of a cloud.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServiceKind {
    /// Objects.
    S3,
    /// Images, instances, and what belongs to them.
    Ec2,
    /// The blocks of snapshots.
    Ebs,
    /// Certificates of a Eucalyptus cloud.
    Bootstrap,
}

impl ServiceKind {
    /// Its name, as `~/.aws/config` and people write it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::S3 => "S3",
            Self::Ec2 => "EC2",
            Self::Ebs => "EBS",
            Self::Bootstrap => "the bootstrap service",
        }
    }

    /// How its requests are built.
    #[must_use]
    pub const fn protocol(self) -> Protocol {
        match self {
            Self::S3 => Protocol::S3,
            Self::Ec2 => Protocol::Query { name: "ec2" },
            Self::Ebs => Protocol::Json { name: "ebs" },
            Self::Bootstrap => Protocol::Query { name: "bootstrap" },
        }
    }

    /// Variables with its URL, in order.
    const fn url_variables(self) -> &'static [&'static str] {
        match self {
            Self::S3 => &["S3_URL", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"],
            Self::Ec2 => &["EC2_URL", "AWS_ENDPOINT_URL_EC2", "AWS_ENDPOINT_URL"],
            Self::Ebs => &["AWS_ENDPOINT_URL_EBS", "AWS_ENDPOINT_URL"],
            Self::Bootstrap => &["EUCA_BOOTSTRAP_URL"],
        }
    }

    /// Its URL in euca2ools' files.
    const fn url_setting(self) -> Setting {
        match self {
            Self::S3 => Setting::S3Url,
            Self::Ec2 => Setting::Ec2Url,
            Self::Ebs => Setting::EbsUrl,
            Self::Bootstrap => Setting::BootstrapUrl,
        }
    }

    /// Its name in Amazon's hosts, and its block in a `services` section of `~/.aws/config`;
    /// none if Amazon does not have it.
    const fn aws_block(self) -> Option<&'static str> {
        match self {
            Self::S3 => Some("s3"),
            Self::Ec2 => Some("ec2"),
            Self::Ebs => Some("ebs"),
            Self::Bootstrap => None,
        }
    }

    /// Variables of the form `REGION@URL`, for calls to that region.
    const fn region_variable(self) -> Option<&'static str> {
        match self {
            Self::Ec2 => Some("AMITOOLS_EC2_REGION_ENDPOINT"),
            Self::S3 | Self::Ebs | Self::Bootstrap => None,
        }
    }

    /// Whether its requests are signed with version 4 by a setting; none for what knows no other.
    const fn sigv4_setting(self) -> Option<Setting> {
        match self {
            Self::S3 => Some(Setting::S3ForceSigV4),
            Self::Ec2 => Some(Setting::Ec2ForceSigV4),
            Self::Ebs | Self::Bootstrap => None,
        }
    }
}

/// All that options, environment and files say of a service. Each question is answered for
/// itself, so that one bad value does not hide the others.
#[derive(Clone)]
pub struct Cloud<'a> {
    env: Env<'a>,
    config: &'a Config,
    selection: &'a Selection,
    flags: CloudFlags,
    service: ServiceKind,
}

impl<'a> Cloud<'a> {
    /// What is known of a service.
    #[must_use]
    pub fn new(
        service: ServiceKind,
        flags: CloudFlags,
        env: Env<'a>,
        (config, selection): (&'a Config, &'a Selection),
    ) -> Self {
        Self {
            env,
            config,
            selection,
            flags,
            service,
        }
    }

    /// Which service this is about.
    #[must_use]
    pub fn service(&self) -> ServiceKind {
        self.service
    }

    /// What the command line says.
    #[must_use]
    pub fn flags(&self) -> &CloudFlags {
        &self.flags
    }

    /// A variable that is set and not empty.
    fn variable(&self, name: &str) -> Result<Option<String>, CloudError> {
        match (self.env)(name).filter(|value| !value.is_empty()) {
            None => Ok(None),
            Some(value) => value
                .into_string()
                .map(Some)
                .map_err(|_| CloudError::NotText {
                    name: name.to_owned(),
                }),
        }
    }

    /// The first of these variables that is set and not empty.
    fn first_variable(
        &self,
        names: &[&'static str],
    ) -> Result<Option<(&'static str, String)>, CloudError> {
        for name in names {
            if let Some(value) = self.variable(name)? {
                return Ok(Some((name, value)));
            }
        }
        Ok(None)
    }

    /// Whether a variable is set to `true`, as the AWS tools read switches.
    fn is_true(&self, name: &str) -> Result<bool, CloudError> {
        let value = self.variable(name)?;
        Ok(value.is_some_and(|value| value.eq_ignore_ascii_case("true")))
    }
}

impl std::fmt::Debug for Cloud<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cloud")
            .field("service", &self.service)
            .field("selection", &self.selection)
            .field("flags", &self.flags)
            .finish_non_exhaustive()
    }
}

/// Reads a switch of a file in the words of Python's `ConfigParser`.
fn switch(text: &str) -> Option<bool> {
    match text.trim().to_ascii_lowercase().as_str() {
        "1" | "yes" | "true" | "on" => Some(true),
        "0" | "no" | "false" | "off" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
