//! Reads answers: documents, `ETag`s, sizes.

use super::super::AwsError;
use super::super::service::{Answer, Call, Service};
use crate::xml::{self, Element};

/// Longest document that is read. A thousand keys of the greatest length take 3 MiB if every
/// byte of them is encoded.
pub(super) const MAX_DOCUMENT: usize = 8 * 1024 * 1024;

/// Most elements of a document: a page has at most a thousand entries of about ten.
const MAX_ELEMENTS: usize = 50_000;

/// Reads a document, whose root has this name. Where that ends in `Result`, `Response` is as
/// good: moto, as the SOAP interface once did, names the root of `ListParts` so.
pub(super) fn document<'a>(
    service: &Service,
    call: &Call<'_>,
    body: &'a [u8],
    root: &'static str,
) -> Result<Element<'a>, AwsError> {
    let limits = xml::Limits {
        bytes: MAX_DOCUMENT,
        elements: MAX_ELEMENTS,
        plain: false,
    };
    // Some services send white space while they work.
    let found = match xml::parse(body.trim_ascii_start(), &limits) {
        Ok(document) if is_named(document.name, root) => return Ok(document),
        Ok(document) => format!("<{}>", document.name),
        Err(error) => error.to_string(),
    };
    Err(unexpected(service, call, found, root))
}

fn is_named(found: &str, root: &str) -> bool {
    found == root
        || root
            .strip_suffix("Result")
            .is_some_and(|operation| found.strip_prefix(operation) == Some("Response"))
}

/// An answer that makes no sense.
pub(super) fn unexpected(
    service: &Service,
    call: &Call<'_>,
    found: impl Into<String>,
    expected: &'static str,
) -> AwsError {
    let found: String = found.into();
    AwsError::Answer {
        operation: call.operation,
        host: service.endpoint_of(call.bucket).host,
        found: found
            .chars()
            .filter(|c| !c.is_control())
            .take(200)
            .collect(),
        expected,
        may_be_done: !call.repeatable,
    }
}

/// Text of the first child of this name.
pub(super) fn text<'a>(element: &'a Element<'_>, name: &str) -> Option<&'a str> {
    let child = element.all(name).next()?;
    Some(child.text.trim())
}

/// Text of the first child of this name, white space kept: keys may begin with it.
pub(super) fn raw<'a>(element: &'a Element<'_>, name: &str) -> Option<&'a str> {
    Some(element.all(name).next()?.text.as_str())
}

/// Whether a child of this name says `true`.
pub(super) fn is_true(element: &Element<'_>, name: &str) -> bool {
    text(element, name).is_some_and(|text| text.eq_ignore_ascii_case("true"))
}

/// The `ETag` of a response; empty if it has none.
pub(super) fn etag(answer: &super::HttpResponse) -> String {
    unquoted(answer.header("etag").unwrap_or_default())
}

/// An `ETag` without its quotes.
pub(super) fn unquoted(text: &str) -> String {
    let text = text.trim();
    let text = text.strip_prefix("W/").unwrap_or(text);
    text.trim_matches('"').to_owned()
}

/// Makes a call whose answer is a document, or nothing of interest.
pub(super) fn whole(service: &Service, call: &Call<'_>) -> Result<Answer, AwsError> {
    service.call_whole(call, MAX_DOCUMENT)
}

/// Takes an error with one of these codes for success.
pub(super) fn allowing(
    result: Result<Answer, AwsError>,
    codes: &[&str],
) -> Result<Option<Answer>, AwsError> {
    match result {
        Ok(answer) => Ok(Some(answer)),
        Err(error) if codes.iter().any(|code| error.is_code(code)) => Ok(None),
        Err(error) => Err(error),
    }
}
