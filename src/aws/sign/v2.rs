//! Signature version 2: S3's first signature, that of the query APIs, and that of form uploads.
//!
//! ```text
//! S3      method ⏎ Content-MD5 ⏎ Content-Type ⏎ Date ⏎ x-amz-… headers, resource    HMAC-SHA1
//! query   method ⏎ host ⏎ path ⏎ sorted parameters                                   HMAC-SHA256
//! form    the policy, base64                                                          HMAC-SHA1
//! ```
//!
//! Source: docs/formats/signatures.md, section 3.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use base64ct::{Base64, Encoding as _};

use super::mac::{hmac_sha1, hmac_sha256};
use super::{SignableRequest, SignedHeaders, canonical};
use crate::aws::Credentials;
use crate::units::Timestamp;

/// Query parameters that are part of the resource: sub-resources, and what overrides headers of
/// the response.
const SUB_RESOURCES: [&str; 30] = [
    "accelerate",
    "acl",
    "cors",
    "defaultObjectAcl",
    "delete",
    "encryption",
    "lifecycle",
    "location",
    "logging",
    "notification",
    "partNumber",
    "policy",
    "publicAccessBlock",
    "replication",
    "requestPayment",
    "response-cache-control",
    "response-content-disposition",
    "response-content-encoding",
    "response-content-language",
    "response-content-type",
    "response-expires",
    "restore",
    "tagging",
    "torrent",
    "uploadId",
    "uploads",
    "versionId",
    "versioning",
    "versions",
    "website",
];

/// The path that S3's version 2 signs: without the service's own, the bucket of the host first.
#[must_use]
pub fn resource_path(path: &str, service_path: &str, virtual_bucket: Option<&str>) -> String {
    let path = without_service_path(path, service_path).unwrap_or(path);
    let path = if path.is_empty() { "/" } else { path };
    match virtual_bucket {
        Some(bucket) => format!("/{bucket}{path}"),
        None => path.to_owned(),
    }
}

/// What follows a service's own path; none if the path is not below it.
pub(super) fn without_service_path<'a>(path: &'a str, service_path: &str) -> Option<&'a str> {
    if service_path.is_empty() {
        return None;
    }
    let rest = path.strip_prefix(service_path)?;
    (rest.is_empty() || rest.starts_with('/')).then_some(rest)
}

/// The time that S3's version 2 signs.
#[derive(Debug, Clone, Copy)]
pub enum When<'a> {
    /// The `Date` header; it does not count beside an `x-amz-date` header.
    Made(&'a str),
    /// The moment that a signed URL ends. It always counts: else the signature of a request
    /// that has an `x-amz-date` header could be put into a URL that never ends.
    Until(Timestamp),
}

/// The text that S3's version 2 signs. `resource` is as from [`resource_path`].
#[must_use]
pub fn string_to_sign(
    method: &str,
    resource: &str,
    query: &[(String, String)],
    headers: &[(String, String)],
    when: When<'_>,
) -> String {
    let header = |wanted: &str| {
        let mut found = headers
            .iter()
            .filter(|(name, _)| name.eq_ignore_ascii_case(wanted));
        found.next().map_or("", |(_, value)| value.trim())
    };
    let amz = amz_headers(headers);
    let date = match when {
        When::Made(_) if amz.contains_key("x-amz-date") => String::new(),
        When::Made(date) => date.to_owned(),
        When::Until(end) => end.0.to_string(),
    };
    let (md5, content_type) = (header("content-md5"), header("content-type"));
    let mut text = format!("{method}\n{md5}\n{content_type}\n{date}\n");
    for (name, value) in amz {
        let _ = writeln!(text, "{name}:{value}"); // a String takes everything
    }
    text + resource + &sub_resources(query)
}

/// `x-amz-…` headers: sorted, trimmed, folded lines made one, repeats joined by commas.
fn amz_headers(headers: &[(String, String)]) -> BTreeMap<String, String> {
    let mut amz: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in headers {
        let name = name.to_ascii_lowercase();
        if !name.starts_with("x-amz-") {
            continue;
        }
        let lines: Vec<_> = value.trim().lines().map(str::trim).collect();
        let value = lines.join(" ");
        amz.entry(name)
            .and_modify(|before| {
                before.push(',');
                before.push_str(&value);
            })
            .or_insert(value);
    }
    amz
}

fn sub_resources(query: &[(String, String)]) -> String {
    let mut chosen: Vec<_> = query
        .iter()
        .filter(|(name, _)| SUB_RESOURCES.contains(&name.as_str()))
        .collect();
    chosen.sort();
    let mut text = String::new();
    for (index, (name, value)) in chosen.into_iter().enumerate() {
        text.push(if index == 0 { '?' } else { '&' });
        text.push_str(name);
        if !value.is_empty() {
            text.push('=');
            text.push_str(value);
        }
    }
    text
}

/// Base64 of the HMAC-SHA1 of a text: S3's version 2, and the signature of a form's policy over
/// the policy's base64.
#[must_use]
pub fn sign_text(secret: &str, text: &str) -> String {
    Base64::encode_string(&hmac_sha1(secret.as_bytes(), text.as_bytes()))
}

/// Signs a request to S3 in its headers.
#[must_use]
pub fn sign(
    credentials: &Credentials,
    now: Timestamp,
    request: &SignableRequest<'_>,
) -> SignedHeaders {
    let date = now.http_date();
    let mut added = vec![("date".to_owned(), date.clone())];
    if let Some(token) = &credentials.session_token {
        added.push(("x-amz-security-token".to_owned(), token.to_string()));
    }
    let ours = |name: &str| added.iter().any(|(own, _)| own.eq_ignore_ascii_case(name));
    let given = request.headers.iter().filter(|(name, _)| !ours(name));
    let headers: Vec<_> = given.chain(&added).cloned().collect();
    let text = string_to_sign(
        request.method,
        &resource_path(request.path, request.service_path, request.virtual_bucket),
        request.query,
        &headers,
        When::Made(&date),
    );
    let signature = sign_text(&credentials.secret_access_key, &text);
    let authorization = format!("AWS {}:{signature}", credentials.access_key_id);
    added.push(("authorization".to_owned(), authorization));
    added
}

/// Signs a URL of S3 that is good until `expires`: the query parameters to add. The token of
/// temporary credentials is one of them.
#[must_use]
pub fn presign(
    credentials: &Credentials,
    expires: Timestamp,
    request: &SignableRequest<'_>,
) -> Vec<(String, String)> {
    let mut headers = request.headers.to_vec();
    let mut added = vec![
        (
            "AWSAccessKeyId".to_owned(),
            credentials.access_key_id.clone(),
        ),
        ("Expires".to_owned(), expires.0.to_string()),
    ];
    if let Some(token) = &credentials.session_token {
        headers.push((TOKEN.to_owned(), token.to_string()));
        added.push((TOKEN.to_owned(), token.to_string()));
    }
    let text = string_to_sign(
        request.method,
        &resource_path(request.path, request.service_path, request.virtual_bucket),
        request.query,
        &headers,
        When::Until(expires),
    );
    let signature = sign_text(&credentials.secret_access_key, &text);
    added.push(("Signature".to_owned(), signature));
    added
}

/// The header of temporary credentials' token; in a URL of version 2 a parameter of this name
/// counts as the header.
pub(super) const TOKEN: &str = "x-amz-security-token";

/// How a query API's parameters are signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum QueryMethod {
    /// `HmacSHA256`.
    #[default]
    Sha256,
    /// `HmacSHA1`.
    Sha1,
}

impl QueryMethod {
    /// The value of `SignatureMethod`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sha256 => "HmacSHA256",
            Self::Sha1 => "HmacSHA1",
        }
    }
}

/// Signs a call of a query API (EC2): `parameters` are those of the call, of URL or form; what
/// is returned is to be sent in addition.
#[must_use]
pub fn sign_query(
    credentials: &Credentials,
    now: Timestamp,
    method: &str,
    host: &str,
    path: &str,
    parameters: &[(String, String)],
) -> Vec<(String, String)> {
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let mut added = vec![
        pair("AWSAccessKeyId", &credentials.access_key_id),
        pair("SignatureMethod", QueryMethod::Sha256.name()),
        pair("SignatureVersion", "2"),
        pair("Timestamp", &now.iso8601()),
    ];
    if let Some(token) = &credentials.session_token {
        added.push(pair("SecurityToken", token));
    }
    let all = parameters.iter().chain(&added);
    let secret = &credentials.secret_access_key;
    let signature = query_signature(secret, QueryMethod::Sha256, method, host, path, all);
    added.push(("Signature".to_owned(), signature));
    added
}

/// The signature of a query API's parameters, all but `Signature` itself.
#[must_use]
pub fn query_signature<'a>(
    secret: &str,
    how: QueryMethod,
    method: &str,
    host: &str,
    path: &str,
    parameters: impl IntoIterator<Item = &'a (String, String)>,
) -> String {
    let path = if path.is_empty() { "/" } else { path };
    let host = host.to_ascii_lowercase();
    let query = canonical::query(parameters);
    let text = format!("{method}\n{host}\n{path}\n{query}");
    match how {
        QueryMethod::Sha256 => {
            Base64::encode_string(&hmac_sha256(secret.as_bytes(), text.as_bytes()))
        }
        QueryMethod::Sha1 => sign_text(secret, &text),
    }
}
