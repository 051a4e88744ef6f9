//! Builds the headers and the body of one attempt, as the service's protocol wants them.

use super::super::endpoint::Target;
use super::super::http::Body;
use super::super::sign::canonical::uri_encode;
use super::super::sign::{Payload, SignableRequest, SignatureVersion, sign_s3, v2, v4};
use super::super::{Credentials, Endpoint};
use super::secrets::Secrets;
use super::{Call, Connection, Protocol};
use crate::units::Timestamp;

/// The type of a query API's body.
const FORM: &str = "application/x-www-form-urlencoded; charset=utf-8";

/// What is to be signed.
pub(super) struct Unsigned<'a> {
    pub(super) call: &'a Call<'a>,
    pub(super) target: &'a Target,
    pub(super) endpoint: &'a Endpoint,
    pub(super) payload: &'a Payload,
}

/// Headers, body, and what of them must not be told.
type Built = (Vec<(String, String)>, Body, Secrets);

impl Unsigned<'_> {
    /// Signs it.
    pub(super) fn sign(
        &self,
        connection: &Connection,
        credentials: &Credentials,
        now: Timestamp,
    ) -> Built {
        let name = match connection.protocol {
            Protocol::Query { .. } if connection.signature == SignatureVersion::V2 => {
                return self.sign_form(credentials, now);
            }
            Protocol::Query { name } | Protocol::Json { name } => Some(name),
            Protocol::S3 => None,
        };
        let headers = self.headers();
        let signable = SignableRequest {
            method: self.call.method,
            host: &self.target.host,
            path: &self.target.path,
            service_path: &self.endpoint.path,
            virtual_bucket: self.call.bucket.filter(|_| self.target.virtual_bucket),
            query: &self.call.query,
            headers: &headers,
        };
        let region = &self.endpoint.region;
        let (signature, payload) = (connection.signature, self.payload);
        let added = match name {
            None => sign_s3(signature, credentials, region, now, &signable, payload),
            Some(name) => v4::sign(name, credentials, region, now, &signable, payload).headers,
        };
        self.built(headers.into_iter().chain(added).collect())
    }

    /// Signs a query API's form with version 2: signature and token are parameters.
    fn sign_form(&self, credentials: &Credentials, now: Timestamp) -> Built {
        let (target, form) = (self.target, &self.call.form);
        let (method, host) = (self.call.method, &target.host);
        let added = v2::sign_query(credentials, now, method, host, &target.path, form);
        let secret = |name: &str| matches!(name, "Signature" | "SecurityToken");
        let secrets = added.iter().filter(|(name, _)| secret(name));
        let secrets: Secrets = secrets.map(|(_, value)| value).collect();
        let secrets = secrets.and(&self.call.secrets);
        let all: Vec<_> = form.iter().chain(&added).cloned().collect();
        (self.headers(), Body::Bytes(encode(&all).into()), secrets)
    }

    /// Leaves it unsigned.
    pub(super) fn leave(&self) -> Built {
        self.built(self.headers())
    }

    fn built(&self, headers: Vec<(String, String)>) -> Built {
        let secrets = Secrets::of(&headers, &self.call.secrets);
        let body = if self.call.form.is_empty() {
            self.call.body.clone()
        } else {
            Body::Bytes(encode(&self.call.form).into())
        };
        (headers, body, secrets)
    }

    fn headers(&self) -> Vec<(String, String)> {
        let mut headers = self.call.headers.clone();
        if !self.call.form.is_empty() {
            headers.push(("content-type".to_owned(), FORM.to_owned()));
        }
        headers
    }
}

/// A form on the wire.
pub(super) fn encode(form: &[(String, String)]) -> String {
    let encoded = |text: &str| uri_encode(text.as_bytes(), false);
    let pairs = form.iter();
    let pairs: Vec<_> = pairs
        .map(|(name, value)| format!("{}={}", encoded(name), encoded(value)))
        .collect();
    pairs.join("&")
}
