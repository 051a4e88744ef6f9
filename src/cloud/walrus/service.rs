//! From an HTTP request to S3's answer.
//!
//! ```text
//! target ─► operation ─► signature ─► operation runs ─► answer
//!    └──────────┴────────────┴──────────────┴─ refusal ─► XML
//! ```

use std::sync::Arc;

use hyper::header::{HOST, HeaderName, HeaderValue, TRANSFER_ENCODING};
use hyper::{Response, StatusCode};

use super::answer::{Answer, AnswerBody};
use super::browsers::CrossOrigin;
use super::caller::Caller;
use super::error::{Code, S3Error, S3Result};
use super::request::{Body, Request, Target, all_headers};
use super::{Walrus, route, url_headers};
use crate::cloud::front::Operation;

/// Header with a request's number.
const REQUEST_ID: &str = "x-amz-request-id";

/// What headers begin with that ask for what is not kept.
const PROMISES: [&str; 3] = [
    "x-amz-copy-source-server-side-encryption",
    "x-amz-object-lock-",
    "x-amz-server-side-encryption",
];

impl Walrus {
    /// Answers a request. `at_root` is whether it came where the service has no path of its own.
    pub async fn serve(
        self: Arc<Self>,
        request: hyper::Request<Body>,
        id: String,
        at_root: bool,
    ) -> Response<AnswerBody> {
        let (parts, body) = request.into_parts();
        let is_head = parts.method == hyper::Method::HEAD;
        let host = parts.headers.get(HOST).and_then(|host| host.to_str().ok());
        let host = host.or_else(|| {
            parts
                .uri
                .authority()
                .map(hyper::http::uri::Authority::as_str)
        });
        let host = host.unwrap_or_default().to_owned();
        let domains = &self.settings.domains;
        let mut crossing = None;
        let mut told = Operation {
            service: "s3",
            name: "unknown",
            account: None,
        };
        let (answer, resource) = match Target::read(&parts.uri, &host, at_root, domains) {
            Err(error) => (Err(error), parts.uri.path().to_owned()),
            Ok(target) => {
                let resource = target.resource();
                let method = parts.method.as_str().to_owned();
                crossing = CrossOrigin::of(&method, &target, &parts.headers);
                let asked = (method, host, target, parts.headers, body);
                let answered = Arc::clone(&self).answer(asked, id.clone(), &mut told);
                (answered.await, resource)
            }
        };
        let answer = answer.unwrap_or_else(|error| refused(&error, &resource, &id));
        let mut response = answer.into_response();
        let bodiless = [StatusCode::NO_CONTENT, StatusCode::NOT_MODIFIED];
        let is_empty = is_head || bodiless.contains(&response.status());
        if is_empty {
            *response.body_mut() = Answer::empty(StatusCode::OK).body;
        }
        if let Ok(id) = HeaderValue::from_str(&id) {
            let headers = response.headers_mut();
            headers.insert(HeaderName::from_static(REQUEST_ID), id);
        }
        response.extensions_mut().insert(told);
        if let Some(crossing) = crossing {
            self.tell_origin(crossing, &mut response).await;
        }
        response
    }

    async fn answer(
        self: Arc<Self>,
        (method, host, target, headers, body): (String, String, Target, hyper::HeaderMap, Body),
        id: String,
        told: &mut Operation,
    ) -> S3Result<Answer> {
        let now_ms = (self.surroundings.now_ms)();
        if method == "OPTIONS" {
            told.name = "Preflight";
            return self.preflight(&target, &headers).await;
        }
        let operation = route::find(&method, &target, &headers)?;
        told.name = operation.name;
        check_promises(&headers)?;
        let mut headers = all_headers(&headers);
        url_headers::add(&mut headers, &target.query, "Signature"); // which signs them
        check_coding(&headers)?;
        let identified = self.identify(&method, &host, &target, &headers, now_ms);
        let (caller, verified) = identified.await?;
        if let Caller::Account(account) = &caller {
            told.account = Some(account.id.clone());
        }
        url_headers::add(&mut headers, &target.query, "X-Amz-Signature");
        let request = Request {
            method,
            target,
            headers,
            operation: operation.name,
            caller,
            verified,
            body,
            most_list: self.settings.list_bytes,
            pace: self.settings.pace,
            id,
            now_ms,
        };
        (operation.run)(self, request).await
    }
}

/// Refuses requests whose sender would believe that an object is encrypted or locked.
fn check_promises(headers: &hyper::HeaderMap) -> S3Result<()> {
    let is_promise = |name: &&HeaderName| {
        let name = name.as_str();
        PROMISES.iter().any(|start| name.starts_with(start))
    };
    match headers.keys().find(is_promise) {
        None => Ok(()),
        Some(name) => {
            let message = "objects are neither encrypted nor locked here: leave this header out";
            Err(S3Error::new(Code::NotImplemented, message).with("Header", name.as_str()))
        }
    }
}

/// Only `chunked` may be between: hyper looks at the end of the list alone, and what another
/// program on the way made of the rest would be stored.
fn check_coding(headers: &[(String, String)]) -> S3Result<()> {
    let mut headers = headers.iter();
    let coding = headers.find(|(name, _)| name == TRANSFER_ENCODING.as_str());
    match coding {
        Some((_, coding)) if !coding.trim().eq_ignore_ascii_case("chunked") => {
            let message = "the body's Transfer-Encoding is not known: expected chunked alone";
            let refusal = S3Error::new(Code::NotImplemented, message);
            Err(refusal
                .with("Header", "Transfer-Encoding")
                .with_header("connection", "close"))
        }
        _ => Ok(()),
    }
}

/// A refusal as an answer.
fn refused(error: &S3Error, resource: &str, id: &str) -> Answer {
    if error.code == Code::InternalError {
        tracing::error!(request = id, %error, "a request failed");
    }
    let document = error.to_xml(resource, id);
    let mut answer = Answer::xml(document);
    answer.status =
        StatusCode::from_u16(error.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in &error.headers {
        answer = answer.header_named(name, value);
    }
    answer
}

/// A refusal as a response, for requests that never reach an operation.
#[must_use]
pub fn refusal(error: &S3Error, resource: &str, id: &str) -> Response<AnswerBody> {
    refused(error, resource, id).into_response()
}
