//! The role of a container: ECS, EKS, and what imitates them.

use super::{MetadataError, body, document_credentials, send};
use crate::aws::Credentials;
use crate::aws::http::HttpClient;

/// The credentials that a container's agent hands out at a URL, to whoever has the token.
///
/// Whether the URL may be trusted is the caller's to judge: the token is sent there.
///
/// # Errors
/// When the agent does not answer, or refuses.
pub fn container_credentials(
    http: &HttpClient,
    url: &str,
    token: Option<&str>,
) -> Result<Credentials, MetadataError> {
    let accept = ("accept".to_owned(), "application/json".to_owned());
    let token = token.map(|token| ("authorization".to_owned(), token.to_owned()));
    let headers = std::iter::once(accept).chain(token).collect();
    let mut response = send(http, "GET", url, headers)?;
    let url = url.to_owned();
    match response.status {
        200 => document_credentials(&body(&mut response, url.clone())?, url),
        status => Err(MetadataError::Status { url, status }),
    }
}
