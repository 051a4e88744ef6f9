//! What instances and containers are told about themselves: the role's credentials above all.
//!
//! ```text
//! PUT /latest/api/token ─┬─► token ───────────────► GET with it            version 2
//!                        ├─► 403, 404, 405 ───────► GET without            version 1
//!                        ├─► the answer is lost ──► GET without ─► 401: the hop limit is too low
//!                        └─► nobody there ────────► no instance
//! ```
//!
//! Source: EC2 user guide, "Use the Instance Metadata Service to access instance metadata".

mod container;

use std::fmt;
use std::sync::{Mutex, PoisonError};

use super::Credentials;
use super::http::{Body, HttpClient, HttpRequest, HttpResponse, TransportError};

pub use container::container_credentials;

/// Where every instance finds its metadata.
pub const INSTANCE_METADATA: &str = "http://169.254.169.254";

/// The same, over IPv6.
pub const INSTANCE_METADATA_IPV6: &str = "http://[fd00:ec2::254]";

/// Seconds that a token of version 2 is good for: six hours, the longest allowed.
const TOKEN_SECONDS: &str = "21600";

/// Largest answer that is read. Real ones have a few KiB.
const MAX_ANSWER_BYTES: usize = 64 << 10;

const ROLES: &str = "/latest/meta-data/iam/security-credentials/";

/// Why there is no answer.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum MetadataError {
    /// Nobody is there.
    #[error("there is no metadata service at {url}")]
    Absent {
        /// What was asked.
        url: String,
        /// Why.
        source: TransportError,
    },
    /// It did not answer, or not to the end.
    #[error("{url} gave no answer")]
    Transport {
        /// What was asked.
        url: String,
        /// Why.
        source: TransportError,
    },
    /// It wants a token, but the answer with the token does not come through.
    #[error(
        "{url} wants a token, and the answer with the token is lost on its way: the instance's \
         hop limit (HttpPutResponseHopLimit) is too low for a container; 2 is enough"
    )]
    TokenLost {
        /// What was asked.
        url: String,
    },
    /// It said no.
    #[error("{url} answered with status {status}")]
    Status {
        /// What was asked.
        url: String,
        /// The HTTP status.
        status: u16,
    },
    /// What it says makes no sense.
    #[error("the answer of {url} is of no use: {why}")]
    Document {
        /// What was asked.
        url: String,
        /// What is wrong.
        why: String,
    },
}

/// The metadata service of an instance.
pub struct InstanceMetadata {
    http: HttpClient,
    base: String,
    may_use_v1: bool,
    access: Mutex<Option<Access>>,
}

/// How the service lets itself be asked.
#[derive(Clone)]
enum Access {
    /// Version 2, with this token.
    Token(String),
    /// Version 1; whether because the answer to version 2 was lost.
    Plain { lost: bool },
}

impl InstanceMetadata {
    /// The service at a base URL without a path, such as [`INSTANCE_METADATA`]. The client
    /// should give up after a second, and use no proxy. `may_use_v1` tells whether it may be
    /// asked without a token.
    #[must_use]
    pub fn new(http: HttpClient, base: &str, may_use_v1: bool) -> Self {
        Self {
            http,
            base: base.trim_end_matches('/').to_owned(),
            may_use_v1,
            access: Mutex::new(None),
        }
    }

    /// The text at a path; none if there is nothing.
    ///
    /// # Errors
    /// When there is no service, or it refuses.
    pub fn get(&self, path: &str) -> Result<Option<String>, MetadataError> {
        let Some(bytes) = self.fetch(path)? else {
            return Ok(None);
        };
        let text = String::from_utf8(bytes);
        text.map(Some).map_err(|_| MetadataError::Document {
            url: self.url(path),
            why: "it is not valid UTF-8".to_owned(),
        })
    }

    /// The instance's role, if it has one.
    ///
    /// # Errors
    /// As [`InstanceMetadata::get`].
    pub fn role(&self) -> Result<Option<String>, MetadataError> {
        let Some(list) = self.get(ROLES)? else {
            return Ok(None);
        };
        let Some(role) = list.lines().map(str::trim).find(|line| !line.is_empty()) else {
            return Ok(None);
        };
        // The letters of IAM's role names: what is none must not become part of a URL.
        let plain = |c: char| c.is_ascii_alphanumeric() || "+=,.@_-".contains(c);
        if role.len() > 128 || !role.chars().all(plain) {
            return Err(MetadataError::Document {
                url: self.url(ROLES),
                why: "it is no name of a role".to_owned(),
            });
        }
        Ok(Some(role.to_owned()))
    }

    /// The credentials of the instance's role.
    ///
    /// # Errors
    /// As [`InstanceMetadata::get`]; also when there is no such role.
    pub fn role_credentials(&self, role: &str) -> Result<Credentials, MetadataError> {
        let path = format!("{ROLES}{role}");
        let url = self.url(&path);
        match self.fetch(&path)? {
            Some(document) => document_credentials(&document, url),
            None => Err(MetadataError::Status { url, status: 404 }),
        }
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// Asks; once more with another token if the first is no longer good.
    fn fetch(&self, path: &str) -> Result<Option<Vec<u8>>, MetadataError> {
        let mut last_try = false;
        loop {
            let access = self.access()?;
            let url = self.url(path);
            let headers = match &access {
                Access::Token(token) => {
                    vec![("x-aws-ec2-metadata-token".to_owned(), token.clone())]
                }
                Access::Plain { .. } => Vec::new(),
            };
            let mut response = send(&self.http, "GET", &url, headers)?;
            match (response.status, access) {
                (200, _) => return body(&mut response, url).map(Some),
                (404, _) => return Ok(None),
                (401, Access::Plain { lost: true }) => {
                    return Err(MetadataError::TokenLost { url });
                }
                (401, Access::Token(_)) if !last_try => {
                    self.remember(None);
                    last_try = true;
                }
                (status, _) => return Err(MetadataError::Status { url, status }),
            }
        }
    }

    fn access(&self) -> Result<Access, MetadataError> {
        let known = self
            .access
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        if let Some(access) = known {
            return Ok(access);
        }
        let access = self.ask_access()?;
        self.remember(Some(access.clone()));
        Ok(access)
    }

    fn remember(&self, access: Option<Access>) {
        *self.access.lock().unwrap_or_else(PoisonError::into_inner) = access;
    }

    fn ask_access(&self) -> Result<Access, MetadataError> {
        let url = self.url("/latest/api/token");
        let ttl = "x-aws-ec2-metadata-token-ttl-seconds".to_owned();
        let headers = vec![(ttl, TOKEN_SECONDS.to_owned())];
        let plain = |lost, error| {
            if self.may_use_v1 {
                Ok(Access::Plain { lost })
            } else {
                Err(error)
            }
        };
        let mut response = match send(&self.http, "PUT", &url, headers) {
            // The connection was made, and then came nothing: the hop limit stops answers to
            // PUT, and to nothing else.
            Err(error @ MetadataError::Transport { .. }) => return plain(true, error),
            result => result?,
        };
        let status = response.status;
        match status {
            200 => {
                let token = String::from_utf8(body(&mut response, url.clone())?);
                let token = token.unwrap_or_default().trim().to_owned();
                let is_visible = |byte: u8| byte.is_ascii_graphic();
                if token.is_empty() || !token.bytes().all(is_visible) {
                    let why = "it is no token".to_owned();
                    return Err(MetadataError::Document { url, why });
                }
                Ok(Access::Token(token))
            }
            403 | 404 | 405 | 501 => plain(false, MetadataError::Status { url, status }),
            _ => Err(MetadataError::Status { url, status }),
        }
    }
}

impl fmt::Debug for InstanceMetadata {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InstanceMetadata")
            .field("base", &self.base)
            .finish_non_exhaustive()
    }
}

fn send(
    http: &HttpClient,
    method: &'static str,
    url: &str,
    headers: Vec<(String, String)>,
) -> Result<HttpResponse, MetadataError> {
    let request = HttpRequest {
        method,
        url: url.to_owned(),
        headers,
        body: Body::Empty,
        patient: false,
        fresh: false,
    };
    http.send(&request).map_err(|source| {
        let url = url.to_owned();
        match source {
            TransportError::Connect(_) | TransportError::Dns(_) | TransportError::Tls(_) => {
                MetadataError::Absent { url, source }
            }
            source => MetadataError::Transport { url, source },
        }
    })
}

fn body(response: &mut HttpResponse, url: String) -> Result<Vec<u8>, MetadataError> {
    response
        .bytes(MAX_ANSWER_BYTES)
        .map_err(|source| MetadataError::Transport { url, source })
}

fn document_credentials(document: &[u8], url: String) -> Result<Credentials, MetadataError> {
    Credentials::from_json(document).map_err(|why| MetadataError::Document { url, why })
}

#[cfg(test)]
pub(crate) mod tests;
