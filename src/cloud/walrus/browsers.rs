//! Browsers: what they ask before a request to another site, and what they are told with its
//! answer.
//!
//! ```text
//! OPTIONS, never signed ─► rules of the bucket ─► allowed headers │ AccessForbidden
//! Origin in a request   ─► answer, good or bad ─► + headers of the first rule that fits
//! ```
//!
//! Source: Amazon S3 user guide, "Using cross-origin resource sharing".

use hyper::header::{HeaderMap, HeaderName, HeaderValue};
use hyper::{Response, StatusCode};

use super::Walrus;
use super::access::no_such_bucket;
use super::answer::{Answer, AnswerBody};
use super::buckets::damaged;
use super::cors::{self, Cors, Preflight};
use super::error::S3Result;
use super::request::Target;
use crate::cloud::state::buckets;

/// What has to be known of a request to answer a page of another site.
#[derive(Debug)]
pub(super) struct CrossOrigin {
    bucket: String,
    origin: String,
    method: String,
}

impl CrossOrigin {
    /// That of a request; none when it comes from no page, is about no bucket, or is a preflight,
    /// which has its headers already.
    pub(super) fn of(method: &str, target: &Target, headers: &HeaderMap) -> Option<Self> {
        let origin = headers.get("origin")?.to_str().ok()?;
        let bucket = target.bucket.clone()?;
        (method != "OPTIONS").then(|| Self {
            bucket,
            origin: origin.to_owned(),
            method: method.to_owned(),
        })
    }
}

impl Walrus {
    /// Answers a preflight.
    ///
    /// # Errors
    /// `NoSuchBucket`, `BadRequest` when it is none, `AccessForbidden` when no rule fits.
    pub(super) async fn preflight(&self, target: &Target, headers: &HeaderMap) -> S3Result<Answer> {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let all = headers.get_all("access-control-request-headers").iter();
        let all: Vec<&str> = all.filter_map(|value| value.to_str().ok()).collect();
        let wanted = all.join(",");
        let asked = Preflight {
            origin: text("origin"),
            method: text("access-control-request-method"),
            headers: Some(&wanted),
        };
        let rules = match &target.bucket {
            Some(bucket) => self.cors_of(bucket).await?,
            None => None,
        };
        let resource = match &target.key {
            Some(_) => "OBJECT",
            None => "BUCKET",
        };
        let allowed = cors::preflight(rules.as_ref(), &asked, resource)?;
        let answer = Answer::empty(StatusCode::OK);
        let add =
            |answer: Answer, (name, value): &(&'static str, String)| answer.header(name, value);
        Ok(allowed.iter().fold(answer, add))
    }

    /// Adds what the page of another site may see of an answer.
    pub(super) async fn tell_origin(
        &self,
        crossing: CrossOrigin,
        response: &mut Response<AnswerBody>,
    ) {
        // The answer stands; what failed here is in the log, and the browser hides the answer.
        let Ok(Some(rules)) = self.cors_of(&crossing.bucket).await else {
            return;
        };
        for (name, value) in rules.actual(Some(&crossing.origin), &crossing.method) {
            let name = HeaderName::from_bytes(name.as_bytes());
            if let (Ok(name), Ok(value)) = (name, HeaderValue::from_str(&value)) {
                response.headers_mut().insert(name, value);
            }
        }
    }

    async fn cors_of(&self, bucket: &str) -> S3Result<Option<Cors>> {
        let mut db = self.state.reader().await?;
        let found = buckets::get(&mut db, bucket).await?;
        let found = found.ok_or_else(|| no_such_bucket(bucket))?;
        let read = |text: String| Cors::from_text(&text).map_err(|_| damaged("cors", bucket));
        found.cors.map(read).transpose()
    }
}
