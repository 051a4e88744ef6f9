//! Cross-origin requests: which pages of other sites a browser lets read a bucket.
//!
//! ```text
//! OPTIONS ─► preflight: origin, method and headers of one rule? ─► its headers │ AccessForbidden
//! GET, …  ─► actual: origin and method of one rule?             ─► its headers │ none
//! ```
//!
//! The first rule that fits answers. Nothing here decides who may do something: that is the
//! ACL; a request of another origin is carried out all the same, and the browser hides the answer.
//!
//! Source: Amazon S3 user guide, "Using cross-origin resource sharing"; Fetch standard, section 3.2.

mod document;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use super::xml::excerpt;
use super::{Code, S3Error, S3Result};

/// Most rules of a bucket.
pub const MAX_RULES: usize = 100;

/// Longest id of a rule, in characters.
const MAX_ID: usize = 255;

/// What answers depend on, for caches.
const VARY: &str = "Origin, Access-Control-Request-Headers, Access-Control-Request-Method";

/// A method that a rule can allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    /// `GET`
    Get,
    /// `PUT`
    Put,
    /// `POST`
    Post,
    /// `DELETE`
    Delete,
    /// `HEAD`
    Head,
}

impl Method {
    const ALL: [Self; 5] = [Self::Get, Self::Put, Self::Post, Self::Delete, Self::Head];

    /// Its name in HTTP.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Put => "PUT",
            Self::Post => "POST",
            Self::Delete => "DELETE",
            Self::Head => "HEAD",
        }
    }

    /// The method of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.as_str() == name)
    }
}

/// What some origins may.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// Its name, for its author.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Origins such as `https://*.example.com`; at most one `*` in each.
    pub origins: Vec<String>,
    /// Methods.
    pub methods: Vec<Method>,
    /// Request headers such as `x-amz-*`; at most one `*` in each. Any case.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<String>,
    /// Headers of answers that the page may read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub expose: Vec<String>,
    /// How long the browser may keep the answer to a preflight, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_age_s: Option<u32>,
}

/// The configuration of a bucket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cors {
    /// The rules, in order; at least one.
    pub rules: Vec<Rule>,
}

/// Headers of an answer.
pub type Headers = Vec<(&'static str, String)>;

/// What a browser asks before a request.
#[derive(Debug, Clone, Copy, Default)]
pub struct Preflight<'a> {
    /// `Origin`.
    pub origin: Option<&'a str>,
    /// `Access-Control-Request-Method`.
    pub method: Option<&'a str>,
    /// `Access-Control-Request-Headers`, repeats joined by commas.
    pub headers: Option<&'a str>,
}

/// The answer to a preflight, of a bucket with this configuration. `resource` is `BUCKET` or
/// `OBJECT`.
///
/// # Errors
/// `BadRequest` without origin or with a method that is none of [`Method`]'s, `AccessForbidden`
/// when the bucket has no configuration or none of its rules fits.
pub fn preflight(
    cors: Option<&Cors>,
    asked: &Preflight<'_>,
    resource: &'static str,
) -> S3Result<Headers> {
    let bad = |message: String| S3Error::new(Code::BadRequest, message);
    let origin = asked.origin.ok_or_else(|| {
        bad("the preflight has no Origin header: it is needed to find a rule".to_owned())
    })?;
    let method = Method::from_name(asked.method.unwrap_or_default()).ok_or_else(|| {
        let found = excerpt(asked.method.unwrap_or("null"));
        bad(format!("Invalid Access-Control-Request-Method: {found}"))
    })?;
    let forbidden = |why: &str| {
        S3Error::new(Code::AccessForbidden, format!("CORSResponse: {why}"))
            .with("Method", method.as_str())
            .with("ResourceType", resource)
            .with_header("Vary", VARY)
    };
    let cors = cors.ok_or_else(|| forbidden("CORS is not enabled for this bucket."))?;
    let headers: Vec<String> = asked
        .headers
        .unwrap_or_default()
        .split(',')
        .map(|name| name.trim().to_ascii_lowercase())
        .filter(|name| !name.is_empty())
        .collect();
    let mut found = cors.rules.iter().filter_map(|rule| {
        let pattern = rule.origin_pattern(origin, method)?;
        let allowed = headers.iter().all(|name| rule.allows_header(name));
        allowed.then_some((rule, pattern))
    });
    let (rule, pattern) = found.next().ok_or_else(|| {
        forbidden(
            "This CORS request is not allowed: no rule of the bucket has its origin, \
             its method and all of its headers.",
        )
    })?;
    Ok(rule.answer(origin, pattern, &headers))
}

impl Cors {
    /// Headers to add to the answer of a request that is carried out; with `Vary` alone when it
    /// comes from no other origin or no rule fits.
    #[must_use]
    pub fn actual(&self, origin: Option<&str>, method: &str) -> Headers {
        let fits = |origin: &str| {
            let method = Method::from_name(method)?;
            self.rules.iter().find_map(|rule| {
                let pattern = rule.origin_pattern(origin, method)?;
                Some(rule.answer(origin, pattern, &[]))
            })
        };
        let vary_only = || vec![("Vary", VARY.to_owned())];
        origin.and_then(fits).unwrap_or_else(vary_only)
    }

    /// The configuration as the database keeps it.
    ///
    /// # Panics
    /// Never: texts are always JSON.
    #[must_use]
    pub fn to_text(&self) -> String {
        serde_json::to_string(self).expect("lists of texts are always JSON")
    }

    /// Reads what [`to_text`](Self::to_text) wrote.
    ///
    /// # Errors
    /// When it is something else.
    pub fn from_text(text: &str) -> serde_json::Result<Self> {
        serde_json::from_str(text)
    }
}

impl Rule {
    /// The allowed origin that fits, when the method does too.
    fn origin_pattern(&self, origin: &str, method: Method) -> Option<&str> {
        if !self.methods.contains(&method) {
            return None;
        }
        let mut patterns = self.origins.iter().map(String::as_str);
        patterns.find(|pattern| fits(pattern, origin))
    }

    /// Whether a request may have this header, name in lower case.
    fn allows_header(&self, name: &str) -> bool {
        let mut patterns = self.headers.iter();
        patterns.any(|pattern| fits(&pattern.to_ascii_lowercase(), name))
    }

    /// The headers of an answer by this rule.
    fn answer(&self, origin: &str, pattern: &str, headers: &[String]) -> Headers {
        let mut answer = Headers::new();
        if pattern == "*" {
            answer.push(("Access-Control-Allow-Origin", "*".to_owned()));
        } else {
            answer.push(("Access-Control-Allow-Origin", origin.to_owned()));
            answer.push(("Access-Control-Allow-Credentials", "true".to_owned()));
        }
        let methods: Vec<_> = self.methods.iter().map(|method| method.as_str()).collect();
        answer.push(("Access-Control-Allow-Methods", methods.join(", ")));
        if !headers.is_empty() {
            answer.push(("Access-Control-Allow-Headers", headers.join(", ")));
        }
        if !self.expose.is_empty() {
            answer.push(("Access-Control-Expose-Headers", self.expose.join(", ")));
        }
        if let Some(seconds) = self.max_age_s {
            answer.push(("Access-Control-Max-Age", seconds.to_string()));
        }
        answer.push(("Vary", VARY.to_owned()));
        answer
    }
}

/// Whether a text fits a pattern, in which one `*` stands for any text, an empty one too.
fn fits(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((before, after)) => text
            .strip_prefix(before)
            .is_some_and(|rest| rest.ends_with(after)),
    }
}
