//! Reads what a service says when it refuses.

use super::super::ServiceError;
use super::super::http::{HttpResponse, TransportError};
use super::Call;
use super::secrets::Secrets;
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
}

/// The resource of a call, `bucket/key`.
pub(super) fn resource(call: &Call<'_>) -> String {
    match (call.bucket, call.key) {
        (Some(bucket), Some(key)) => format!("{bucket}/{key}"),
        (Some(bucket), None) => bucket.to_owned(),
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
        Err(TransportError::Interrupted) => return Err(TransportError::Interrupted),
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
    let field = |name: &str| {
        let element = error.and_then(|error| error.all(name).next());
        let text = element.map(|element| clean(&element.text, 1000));
        text.filter(|text| !text.is_empty())
    };
    let header = |name: &str| response.header(name).map(|value| clean(value, 1000));
    let status = response.status;
    let request_id = header("x-amz-request-id").or_else(|| field("RequestId"));
    let time = response.header("date").and_then(Timestamp::parse);
    Refusal {
        endpoint: field("Endpoint"),
        location: response.header("location").map(str::to_owned),
        retry_after: response.header("retry-after").map(str::to_owned),
        time: field("ServerTime")
            .and_then(|time| Timestamp::parse(&time))
            .or(time),
        error: ServiceError {
            operation: call.operation,
            host: host.to_owned(),
            resource: resource(call),
            status,
            code: field("Code").unwrap_or_else(|| code_of(status).to_owned()),
            message: field("Message").unwrap_or_else(|| words_of(status, error.is_some(), body)),
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
    xml::parse(body.trim_ascii_start(), &limits).is_ok_and(|root| root.name == "Error")
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
