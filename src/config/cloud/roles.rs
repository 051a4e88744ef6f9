//! Roles of containers and instances: credentials that the machine itself is given.

use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use zeroize::Zeroizing;

use super::transport::read_named;
use super::{Asking, Cloud, CloudError, Found, Origin};
use crate::aws::CredentialsError;
use crate::aws::credentials::Renewing;
use crate::aws::http::{HttpClient, HttpOptions, ProxyOptions};
use crate::aws::metadata::{
    INSTANCE_METADATA, INSTANCE_METADATA_IPV6, InstanceMetadata, MetadataError,
    container_credentials,
};
use crate::config::{MAX_FILE_BYTES, files};

/// Where the agent of ECS is.
const CONTAINER_AGENT: &str = "http://169.254.170.2";

/// Addresses of agents that may be asked without TLS, besides this machine's own: those of ECS
/// and EKS. Source: AWS SDKs reference guide, "Container credential provider".
const AGENT_ADDRESSES: [&str; 3] = ["169.254.170.2", "169.254.170.23", "fd00:ec2::23"];

/// Longest time that the agent or the metadata service may take: they are next door.
const NEXT_DOOR: Duration = Duration::from_secs(1);

const RELATIVE_URI: &str = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI";
const FULL_URI: &str = "AWS_CONTAINER_CREDENTIALS_FULL_URI";
const TOKEN: &str = "AWS_CONTAINER_AUTHORIZATION_TOKEN";
const TOKEN_FILE: &str = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE";
const WEB_IDENTITY: &str = "AWS_WEB_IDENTITY_TOKEN_FILE";

impl Cloud<'_> {
    /// The credentials of the container's or the instance's role.
    pub(super) fn role_credentials(&self, asking: &Asking) -> Result<Found, CloudError> {
        if self.first_variable(&[WEB_IDENTITY])?.is_some() {
            return Err(CloudError::Unsupported {
                origin: Origin::Variable(WEB_IDENTITY.to_owned()),
                what: "a role by web identity".to_owned(),
            });
        }
        match self.container_url()? {
            Some(url) => self.container_role(url, asking),
            None => self.instance_role(asking),
        }
    }

    /// The URL of the container's agent.
    fn container_url(&self) -> Result<Option<String>, CloudError> {
        if let Some(path) = self.variable(RELATIVE_URI)? {
            if !path.starts_with('/') {
                return Err(CloudError::Value {
                    origin: Origin::Variable(RELATIVE_URI.to_owned()),
                    found: path,
                    expected: "a path that begins with a slash",
                });
            }
            return Ok(Some(format!("{CONTAINER_AGENT}{path}")));
        }
        match self.variable(FULL_URI)? {
            Some(url) if may_be_asked(&url) => Ok(Some(url)),
            Some(url) => Err(CloudError::Value {
                origin: Origin::Variable(FULL_URI.to_owned()),
                found: url,
                expected: "https, or http to this machine or to an agent of ECS or EKS",
            }),
            None => Ok(None),
        }
    }

    fn container_role(&self, url: String, asking: &Asking) -> Result<Found, CloudError> {
        let http = next_door(asking)?;
        let token_file = (self.env)(TOKEN_FILE).filter(|value| !value.is_empty());
        let token_file = token_file.map(|path| files::home_expanded(Path::new(&path), self.env));
        let fixed = self.variable(TOKEN)?.map(Zeroizing::new);
        let origin = Origin::Container { url: url.clone() };
        let name = origin.to_string();
        let provider = Renewing::new(move |_| {
            let failed = |why| CredentialsError::Source {
                origin: name.clone(),
                why,
            };
            // The file is replaced from time to time.
            let token = match &token_file {
                Some(path) => Some(read_token(path).map_err(&failed)?),
                None => fixed.clone(),
            };
            if token
                .as_ref()
                .is_some_and(|token| token.chars().any(char::is_control))
            {
                return Err(failed("its token has a line break".to_owned()));
            }
            let token = token.as_ref().map(|token| token.as_str());
            container_credentials(&http, &url, token).map_err(|error| failed(chain(&error)))
        });
        Found::renewed(Arc::new(provider), origin, asking.now)
    }

    fn instance_role(&self, asking: &Asking) -> Result<Found, CloudError> {
        let none = |why: String| {
            let aws = "~/.aws";
            let others = [
                "options",
                "environment",
                "AWS_CREDENTIAL_FILE",
                "euca2ools.ini",
                aws,
            ];
            let looked = others.iter().map(|&text| text.to_owned());
            CloudError::NoCredentials {
                looked: looked.chain([why]).collect(),
            }
        };
        if self.is_true("AWS_EC2_METADATA_DISABLED")? {
            let why = "not at instance metadata: AWS_EC2_METADATA_DISABLED";
            return Err(none(why.to_owned()));
        }
        let named = self.variable("AWS_EC2_METADATA_SERVICE_ENDPOINT")?;
        let mode = self.variable("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE")?;
        let base = named.unwrap_or_else(|| {
            let is_ipv6 = mode.is_some_and(|mode| mode.eq_ignore_ascii_case("ipv6"));
            let base = if is_ipv6 {
                INSTANCE_METADATA_IPV6
            } else {
                INSTANCE_METADATA
            };
            base.to_owned()
        });
        let may_use_v1 = !self.is_true("AWS_EC2_METADATA_V1_DISABLED")?;
        let metadata = InstanceMetadata::new(next_door(asking)?, &base, may_use_v1);
        let role = match metadata.role() {
            Ok(Some(role)) => role,
            Ok(None) => return Err(none("instance metadata: no role".to_owned())),
            Err(MetadataError::Absent { .. }) => {
                return Err(none("instance metadata: not on an instance".to_owned()));
            }
            Err(error) => {
                return Err(none(format!("instance metadata: {}", chain(&error))));
            }
        };
        let origin = Origin::Instance { role: role.clone() };
        let name = origin.to_string();
        let provider = Renewing::new(move |_| {
            let found = metadata.role_credentials(&role);
            found.map_err(|error| CredentialsError::Source {
                origin: name.clone(),
                why: chain(&error),
            })
        });
        Found::renewed(Arc::new(provider), origin, asking.now)
    }
}

/// A client for services on this machine or right beside it: no proxy, no patience.
fn next_door(asking: &Asking) -> Result<HttpClient, CloudError> {
    let options = HttpOptions {
        connect_timeout: NEXT_DOOR,
        stall_timeout: NEXT_DOOR,
        total_timeout: Some(NEXT_DOOR * 2),
        proxy: ProxyOptions::default(),
        extra_certificates: None,
        insecure: false,
    };
    Ok(HttpClient::new(options, Arc::clone(&asking.interrupted))?)
}

/// Whether a token may be sent to this URL.
fn may_be_asked(url: &str) -> bool {
    if url.starts_with("https://") {
        return true;
    }
    let Some(rest) = url.strip_prefix("http://") else {
        return false;
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = match authority.strip_prefix('[') {
        Some(inside) => inside.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    };
    if authority.contains('@') {
        return false;
    }
    let address: Option<IpAddr> = host.parse().ok();
    let is_agent = |address: IpAddr| {
        let mut agents = AGENT_ADDRESSES.iter();
        agents.any(|agent| agent.parse() == Ok(address))
    };
    host == "localhost" || address.is_some_and(|it| it.is_loopback() || is_agent(it))
}

fn read_token(path: &Path) -> Result<Zeroizing<String>, String> {
    let bytes = read_named(path, TOKEN_FILE, MAX_FILE_BYTES).map_err(|error| chain(&error))?;
    let text = Zeroizing::new(String::from_utf8_lossy(&bytes).into_owned());
    Ok(Zeroizing::new(
        text.trim_end_matches(['\r', '\n']).to_owned(),
    ))
}

/// An error and its causes on one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text = format!("{text}: {cause}");
        next = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_go_to_this_machine_to_agents_or_through_tls() {
        for url in [
            "https://example.org/creds",
            "http://localhost:8080/creds",
            "http://127.0.0.5/creds",
            "http://[::1]:9000",
            "http://169.254.170.23/v1/credentials",
            "http://[fd00:ec2::23]/v1/credentials",
        ] {
            assert!(may_be_asked(url), "{url}");
        }
        for url in [
            "http://example.org/creds",
            "http://localhost.example.org/",
            "http://localhost@example.org/",
            "http://169.254.169.254/",
            "ftp://localhost/",
            "localhost",
        ] {
            assert!(!may_be_asked(url), "{url}");
        }
    }
}
