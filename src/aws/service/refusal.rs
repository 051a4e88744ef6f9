//! Reads what a service says when it refuses.

use super::super::ServiceError;
use super::super::http::{HttpResponse, TransportError};
use super::secrets::Secrets;
use super::{Call, json};
use crate::units::Timestamp;
use crate::xml;

/// Longest error that is read; real ones have some hundred bytes.
const MAX_ERROR: usize = 64 * 1024;

/// How much is shown of an answer that is not the service's own.
const MAX_WORDS: usize = 200;

/// A refusal with everything that may help to do better.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) error: ServiceError,
    /// Where to ask instead: host name (`<Endpoint>`).
    pub(super) endpoint: Option<String>,
    /// Where to ask instead: URL.
    pub(super) location: Option<String>,
    /// `Retry-After` as sent.
    pub(super) retry_after: Option<String>,
    /// The service's time.
    pub(super) time: Option<Timestamp>,
    /// Whether the words are the service's own, not a proxy's page.
    pub(super) is_services: bool,
}

impl Refusal {
    /// Whether the call may have been done although the answer is no: the service failed, and
    /// not before it began. A proxy's word that nobody is there says nothing of that.
    pub(super) fn leaves_doubt(&self) -> bool {
        let error = &self.error;
        let was_not_begun = if self.is_services {
            error.was_not_begun()
        } else {
            error.is_throttled()
        };
        error.may_pass() && !was_not_begun
    }
}

/// The resource of a call, `bucket/key`.
pub(super) fn resource(call: &Call<'_>) -> String {
    match (call.bucket, call.key) {
        (Some(bucket), Some(key)) => format!("{bucket}/{key}"),
        (Some(bucket), None) => bucket.to_owned(),
        (None, Some(key)) => key.to_owned(),
        _ => "the service".to_owned(),
    }
}

/// Reads the refusal in a response, without what the request had of secrets. An answer that
/// breaks off is taken as far as it came, unless the call was hasty: then the body that was being
/// sent may have broken it.
///
/// # Errors
/// When the user stops it; when the answer to a hasty call breaks off.
pub(super) fn read(
    call: &Call<'_>,
    host: &str,
    response: &mut HttpResponse,
    hasty: bool,
    secrets: &Secrets,
) -> Result<Refusal, TransportError> {
    let body = match response.bytes(MAX_ERROR) {
        Ok(body) => body,
        Err(error @ TransportError::Interrupted { .. }) => return Err(error),
        Err(TransportError::Broken(why) | TransportError::Truncated(why)) if hasty => {
            return Err(TransportError::Broken(why));
        }
        Err(_) => Vec::new(),
    };
    let mut refusal = of(call, host, response, &secrets.hidden(&body));
    secrets.hide_in(&mut refusal);
    Ok(refusal)
}

/// The refusal that status, headers and body are.
pub(super) fn of(call: &Call<'_>, host: &str, response: &HttpResponse, body: &[u8]) -> Refusal {
    let limits = xml::Limits {
        bytes: MAX_ERROR,
        elements: 1000,
        plain: false,
    };
    let document = xml::parse(body.trim_ascii_start(), &limits).ok();
    // EC2's and old services' errors stand deeper: <Response><Errors><Error>.
    let error = document.as_ref().and_then(|root| find_error(root));
    let said = json::said(response, body);
    let field = |name: &str| {
        let element = error.and_then(|error| error.all(name).next());
        let text = match element {
            Some(element) => clean(&element.text, 1000),
            None => clean(said.field(name)?, 1000),
        };
        Some(text).filter(|text| !text.is_empty())
    };
    let query_id = || {
        let root = document.as_ref()?;
        let id = root.all("RequestID").next()?;
        Some(clean(&id.text, 100))
    };
    let header = |name: &str| response.header(name).map(|value| clean(value, 1000));
    let status = response.status;
    let request_id = response.request_id().map(|id| clean(id, 1000));
    let request_id = request_id.or_else(|| field("RequestId")).or_else(query_id);
    let time = response.header("date").and_then(Timestamp::parse);
    Refusal {
        endpoint: field("Endpoint"),
        location: response.header("location").map(str::to_owned),
        retry_after: response.header("retry-after").map(str::to_owned),
        time: field("ServerTime")
            .and_then(|time| Timestamp::parse(&time))
            .or(time),
        is_services: error.is_some() || said.is_some(),
        error: ServiceError {
            operation: call.operation,
            host: host.to_owned(),
            resource: resource(call),
            status,
            code: field("Code").unwrap_or_else(|| code_of(status).to_owned()),
            message: field("Message").unwrap_or_else(|| {
                let is_service = error.is_some() || said.is_some();
                match response.header("location").filter(|_| !is_service) {
                    Some(location) => elsewhere(status, location),
                    None => words_of(status, is_service, body),
                }
            }),
            request_id,
            region: header("x-amz-bucket-region").or_else(|| field("Region")),
            clock_offset: None,
        },
    }
}

/// Whether a body that came with a good status is an error all the same.
pub(super) fn is_error(body: &[u8]) -> bool {
    let limits = xml::Limits {
        bytes: MAX_ERROR,
        elements: 1000,
        plain: false,
    };
    xml::parse(body.trim_ascii_start(), &limits).is_ok_and(|root| match root.name {
        "Error" | "ErrorResponse" => true,
        // EC2's; no action has this name.
        "Response" => root.all("Errors").next().is_some(),
        _ => false,
    })
}

fn find_error<'a, 'b>(root: &'a xml::Element<'b>) -> Option<&'a xml::Element<'b>> {
    if root.name == "Error" {
        return Some(root);
    }
    root.children.iter().find_map(find_error) // the reader bounds the depth
}

/// S3's code for a status that came without one.
fn code_of(status: u16) -> &'static str {
    match status {
        301 => "PermanentRedirect",
        302 | 307 | 308 => "TemporaryRedirect",
        304 => "NotModified",
        400 => "BadRequest",
        401 => "Unauthorized",
        403 => "AccessDenied",
        404 => "NotFound",
        405 => "MethodNotAllowed",
        407 => "ProxyAuthenticationRequired",
        408 => "RequestTimeout",
        409 => "Conflict",
        411 => "MissingContentLength",
        412 => "PreconditionFailed",
        413 => "EntityTooLarge",
        416 => "InvalidRange",
        429 => "TooManyRequests",
        500 => "InternalError",
        501 => "NotImplemented",
        502 => "BadGateway",
        503 => "ServiceUnavailable",
        504 => "GatewayTimeout",
        _ => "UnexpectedStatus",
    }
}

/// What is said of a redirect: where to, without what may be a signature.
fn elsewhere(status: u16, location: &str) -> String {
    let place = location.split(['?', '#']).next().unwrap_or_default();
    format!(
        "HTTP status {status} that sends to {}",
        clean(place, MAX_WORDS)
    )
}

/// Something to show when the service has no message: the first words of a page that is not
/// the service's, a proxy's for example.
fn words_of(status: u16, is_service: bool, body: &[u8]) -> String {
    let text = String::from_utf8_lossy(&body[..body.len().min(8 * 1024)]);
    let words = if is_service {
        String::new()
    } else {
        clean(&without_tags(&text), MAX_WORDS)
    };
    if words.is_empty() {
        return format!("HTTP status {status} without an explanation");
    }
    words
}

fn without_tags(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut in_tag = false;
    for c in text.chars() {
        match c {
            '<' => in_tag = true,
            '>' if in_tag => {
                in_tag = false;
                out.push(' ');
            }
            c if !in_tag => out.push(c),
            _ => {}
        }
    }
    out
}

/// One line without control characters, cut short.
fn clean(text: &str, limit: usize) -> String {
    let words: Vec<&str> = text
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .collect();
    words.join(" ").chars().take(limit).collect()
}
