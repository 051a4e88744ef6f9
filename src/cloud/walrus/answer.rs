//! What an operation answers.

use bytes::Bytes;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Empty, Full};
use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::{HeaderMap, Response, StatusCode};

use super::xml;
use crate::xml::Writer;

/// Why a body broke off.
pub type BodyError = Box<dyn std::error::Error + Send + Sync>;

/// The body of an answer.
pub type AnswerBody = UnsyncBoxBody<Bytes, BodyError>;

/// An answer on its way.
#[derive(Debug)]
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: AnswerBody,
}

impl Answer {
    /// An answer without body.
    #[must_use]
    pub fn empty(status: StatusCode) -> Self {
        let body = Empty::new().map_err(|never| match never {});
        Self {
            status,
            headers: HeaderMap::new(),
            body: body.boxed_unsync(),
        }
    }

    /// A document.
    #[must_use]
    pub fn xml(document: Vec<u8>) -> Self {
        let mut answer = Self::empty(StatusCode::OK).header("content-type", "application/xml");
        answer.body = Full::new(Bytes::from(document))
            .map_err(|never| match never {})
            .boxed_unsync();
        answer
    }

    /// A document of this name in S3's namespace.
    #[must_use]
    pub fn document(name: &str, content: impl FnOnce(&mut Writer)) -> Self {
        Self::xml(xml::document(name, content))
    }

    /// Sets a header, its name in any case. A value that no header can carry is left out.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl AsRef<str>) -> Self {
        let name = HeaderName::from_bytes(name.as_bytes());
        let value = HeaderValue::from_bytes(value.as_ref().as_bytes());
        if let (Ok(name), Ok(value)) = (name, value) {
            self.headers.insert(name, value);
        }
        self
    }

    /// Sets a header whose name was not known beforehand. What no header can carry is left out.
    #[must_use]
    pub fn header_named(mut self, name: &str, value: &str) -> Self {
        let name = HeaderName::from_bytes(name.as_bytes());
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_bytes(value.as_bytes())) {
            self.headers.insert(name, value);
        }
        self
    }

    /// Sets a header if there is a value.
    #[must_use]
    pub fn maybe(self, name: &'static str, value: Option<impl AsRef<str>>) -> Self {
        match value {
            Some(value) => self.header(name, value),
            None => self,
        }
    }

    /// As HTTP has it.
    #[must_use]
    pub fn into_response(self) -> Response<AnswerBody> {
        let mut response = Response::new(self.body);
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers;
        response
    }

    /// Whether it is a document.
    #[must_use]
    pub fn is_xml(&self) -> bool {
        let kind = self.headers.get(CONTENT_TYPE);
        kind.is_some_and(|kind| kind == "application/xml")
    }
}
