//! A request as S3 means it: which bucket, which key, which parameters.
//!
//! ```text
//! GET /services/Walrus/images/a%20b?versionId=3      service path, bucket, key
//! GET /a%20b?versionId=3      Host: images.s3.localhost     virtual host
//! ```

use http_body_util::{BodyExt as _, Empty};
use hyper::HeaderMap;
use hyper::header::HeaderName;

use super::body::{Expectation, Pace, Purpose, gather};
use super::caller::Caller;
use super::error::{Code, S3Error, S3Result};
use super::names;
use crate::aws::sign::verify::Verified;
use crate::units::Timestamp;

/// Paths that the service answers below, besides the root of its own port; in capitals or not,
/// because s3cmd sends the path of its `host_base` in small letters.
pub const SERVICE_PATHS: [&str; 2] = ["/services/Walrus", "/services/objectstorage"];

/// Largest number of query parameters. Real requests have a dozen.
const MAX_PARAMETERS: usize = 64;

/// What the request line and `Host` say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The service's own part of the path, or empty.
    pub service_path: String,
    /// The path as it was sent.
    pub path: String,
    /// The bucket; none for the service itself.
    pub bucket: Option<String>,
    /// The key, decoded; none for a bucket.
    pub key: Option<String>,
    /// Whether the bucket came from the host.
    pub is_virtual: bool,
    /// Parameters, decoded, in the order they came.
    pub query: Vec<(String, String)>,
}

impl Target {
    /// Reads a request line's target and the `Host` header.
    ///
    /// # Errors
    /// When it cannot be decoded.
    pub fn read(uri: &hyper::Uri, host: &str, at_root: bool, domains: &[String]) -> S3Result<Self> {
        let path = uri.path();
        let service_path = if at_root { "" } else { service_path_of(path) };
        let rest = path.strip_prefix(service_path).unwrap_or(path);
        let rest = rest.strip_prefix('/').unwrap_or(rest);
        let virtual_bucket = bucket_of_host(host, domains).filter(|_| service_path.is_empty());
        if !at_root && service_path.is_empty() && virtual_bucket.is_none() {
            not_of_another_service(rest)?;
        }
        let (bucket, key) = match virtual_bucket {
            Some(bucket) => (Some(bucket.to_owned()), key_of(rest)?),
            None => match rest.split_once('/') {
                Some((bucket, key)) => (Some(decode(bucket)?), key_of(key)?),
                None => (Some(decode(rest)?), String::new()),
            },
        };
        Ok(Self {
            service_path: service_path.to_owned(),
            path: path.to_owned(),
            bucket: bucket
                .filter(|bucket| !bucket.is_empty())
                .map(named)
                .transpose()?,
            key: if key.is_empty() {
                None
            } else {
                Some(names::key(key.into_bytes())?)
            },
            is_virtual: virtual_bucket.is_some(),
            query: parameters(uri.query().unwrap_or_default())?,
        })
    }

    /// What errors name as `Resource`.
    #[must_use]
    pub fn resource(&self) -> String {
        let parts = [&self.bucket, &self.key].into_iter().flatten();
        let joined: Vec<&str> = parts.map(String::as_str).collect();
        format!("/{}", joined.join("/"))
    }
}

/// A request whose sender is known, to be answered by an operation.
pub struct Request {
    /// The method, in capitals.
    pub method: String,
    /// What it is about.
    pub target: Target,
    /// The headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// S3's name of the operation it means.
    pub operation: &'static str,
    /// Who sent it.
    pub caller: Caller,
    /// What was signed about the body; none if nothing was.
    pub verified: Option<Verified>,
    /// The body, not yet read.
    pub body: Body,
    /// The most bytes of a list in the body.
    pub most_list: u64,
    /// How slowly the body may come.
    pub pace: Pace,
    /// The number it has in logs and answers.
    pub id: String,
    /// When it came.
    pub now_ms: i64,
}

/// A request's body as it comes from the network.
pub type Body = http_body_util::combinators::BoxBody<bytes::Bytes, super::answer::BodyError>;

impl Request {
    /// The bucket; operations on buckets and objects have one.
    ///
    /// # Errors
    /// When there is none, which the routes exclude.
    pub fn bucket(&self) -> S3Result<&str> {
        let missing = || S3Error::new(Code::InvalidRequest, "the request names no bucket");
        self.target.bucket.as_deref().ok_or_else(missing)
    }

    /// The key; operations on objects have one.
    ///
    /// # Errors
    /// When there is none, which the routes exclude.
    pub fn key(&self) -> S3Result<&str> {
        let missing = || S3Error::new(Code::InvalidRequest, "the request names no key");
        self.target.key.as_deref().ok_or_else(missing)
    }

    /// A query parameter, decoded.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&str> {
        let mut found = self.target.query.iter().filter(|(found, _)| found == name);
        found.next().map(|(_, value)| value.as_str())
    }

    /// A header's text; none if it is not there. The values of repeated ones are joined.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        let (_, value) = headers.find(|(found, _)| found == name)?;
        Some(value)
    }

    /// Its body as a document that sets something.
    ///
    /// # Errors
    /// When the body is not what the headers say, or too long.
    pub async fn setting(&mut self) -> S3Result<Vec<u8>> {
        let verified = self.verified.as_ref();
        let expectation = Expectation::of(&self.headers, verified, Purpose::SETTING)?;
        gather(self.take_body(), expectation, self.pace).await
    }

    /// Its body as a list, which may be long and has to come with a digest.
    ///
    /// # Errors
    /// When the body is not what the headers say, or too long, or there is no digest.
    pub async fn list(&mut self) -> S3Result<Vec<u8>> {
        let (verified, most) = (self.verified.as_ref(), self.most_list);
        let expectation = Expectation::of(&self.headers, verified, Purpose::Document { most })?;
        if !expectation.has_md5() && !expectation.sends_checksum() {
            return Err(S3Error::new(
                Code::InvalidRequest,
                "Missing required header for this request: Content-MD5 or x-amz-checksum-*",
            ));
        }
        gather(self.take_body(), expectation, self.pace).await
    }

    /// The body; an empty one stays.
    pub(super) fn take_body(&mut self) -> Body {
        let empty = Empty::new().map_err(|never| match never {});
        std::mem::replace(&mut self.body, empty.boxed())
    }

    /// When it came.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        Timestamp(self.now_ms.div_euclid(1000))
    }
}

/// Every header: names in lower case, values as text, those of repeated ones joined by commas.
/// Bytes that are not UTF-8 are read as Latin-1.
#[must_use]
pub fn all_headers(headers: &HeaderMap) -> Vec<(String, String)> {
    let pair = |name: &HeaderName| {
        let values = headers.get_all(name).iter();
        let values: Vec<String> = values.map(|value| text(value.as_bytes())).collect();
        (name.as_str().to_owned(), values.join(","))
    };
    headers.keys().map(pair).collect()
}

fn text(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|&byte| char::from(byte)).collect(),
    }
}

/// The service's own part of a path, as it was sent.
fn service_path_of(path: &str) -> &str {
    let mut begun = SERVICE_PATHS.into_iter().filter_map(|prefix| {
        let (start, rest) = path.split_at_checked(prefix.len())?;
        let is_below = rest.is_empty() || rest.starts_with('/');
        (is_below && start.eq_ignore_ascii_case(prefix)).then_some(start)
    });
    begun.next().unwrap_or_default()
}

/// Paths below `/services` are services', also of those that are not here: none is a bucket.
fn not_of_another_service(rest: &str) -> S3Result<()> {
    if rest == "services" || rest.starts_with("services/") {
        let [walrus, other] = SERVICE_PATHS;
        let message = format!("this cloud has no such service: S3 is at {walrus} and {other}");
        return Err(S3Error::new(Code::NotImplemented, message));
    }
    Ok(())
}

fn bucket_of_host<'a>(host: &'a str, domains: &[String]) -> Option<&'a str> {
    let name = host.rsplit_once(':').map_or(host, |(name, port)| {
        let is_port = port.bytes().all(|byte| byte.is_ascii_digit());
        if is_port { name } else { host }
    });
    // The longest domain: `s3.localhost` before `localhost`.
    if domains
        .iter()
        .any(|domain| domain.eq_ignore_ascii_case(name))
    {
        return None;
    }
    let below = |domain: &String| {
        let at = name.len().checked_sub(domain.len())?;
        let (bucket, tail) = (name.get(..at)?, name.get(at..)?);
        let bucket = bucket.strip_suffix('.')?;
        (tail.eq_ignore_ascii_case(domain) && !bucket.is_empty()).then_some(bucket)
    };
    let mut found: Vec<&str> = domains.iter().filter_map(below).collect();
    found.sort_by_key(|bucket| bucket.len());
    found.first().copied()
}

/// A key of the path; empty if there is none.
fn key_of(text: &str) -> S3Result<String> {
    if text.is_empty() {
        return Ok(String::new());
    }
    names::key(percent_decode(text, false).ok_or_else(broken)?)
}

/// A bucket's name as far as it can be looked up: `PostgreSQL` keeps no NUL.
fn named(bucket: String) -> S3Result<String> {
    if bucket.contains('\0') {
        let message = "the name of the bucket has a NUL character";
        return Err(S3Error::new(Code::InvalidBucketName, message));
    }
    Ok(bucket)
}

fn decode(text: &str) -> S3Result<String> {
    let bytes = percent_decode(text, false).ok_or_else(broken)?;
    String::from_utf8(bytes).map_err(|_| broken())
}

fn broken() -> S3Error {
    let message = "the path cannot be decoded: expected UTF-8, with %XX for other bytes";
    S3Error::new(Code::InvalidURI, message)
}

fn parameters(query: &str) -> S3Result<Vec<(String, String)>> {
    let wrong = |what: &str| S3Error::new(Code::InvalidURI, format!("the query {what}"));
    let mut pairs = Vec::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        if pairs.len() == MAX_PARAMETERS {
            return Err(wrong("has more than 64 parameters"));
        }
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let decoded = |text| String::from_utf8(percent_decode(text, true)?).ok();
        let pair = decoded(name).zip(decoded(value));
        let (name, value) = pair.ok_or_else(|| wrong("cannot be decoded"))?;
        if value.contains('\0') {
            return Err(wrong("has a NUL character, which cannot be in any name"));
        }
        pairs.push((name, value));
    }
    Ok(pairs)
}

/// Replaces `%XX`, and in queries `+` by a space; none if an escape is broken.
pub(super) fn percent_decode(text: &str, is_query: bool) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let digit = |byte: u8| char::from(byte).to_digit(16);
                let (high, low) = (digit(rest.next()?)?, digit(rest.next()?)?);
                u8::try_from(high * 16 + low).ok()?
            }
            b'+' if is_query => b' ',
            byte => byte,
        });
    }
    Some(bytes)
}
