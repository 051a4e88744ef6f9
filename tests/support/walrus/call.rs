//! A request as a test words it, and the answer.

use std::collections::BTreeMap;
use std::sync::Arc;

use amikit::aws::sign::{Payload, SignableRequest, SignatureVersion, sha256, sign_s3};
use amikit::units::Timestamp;
use amikit::xml::{self, Limits};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};

use super::{Api, credentials, now_ms};

/// A request in the making.
pub struct Call<'a> {
    api: &'a Api,
    signer: Option<&'static str>,
    method: String,
    path: String,
    query: Vec<(String, String)>,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    host: String,
    at_root: bool,
    version: SignatureVersion,
}

/// What came back.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: BTreeMap<String, String>,
    pub body: Vec<u8>,
}

/// Who calls.
#[derive(Clone, Copy)]
pub struct Caller<'a> {
    pub(super) api: &'a Api,
    pub(super) signer: Option<&'static str>,
}

impl<'a> Caller<'a> {
    /// A call: `/bucket/key?parameter=value`; the path is sent as it is, parameters are given
    /// decoded.
    pub fn call(self, method: &str, target: &str) -> Call<'a> {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let pairs = query.split('&').filter(|pair| !pair.is_empty());
        let pairs = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
        Call {
            api: self.api,
            signer: self.signer,
            method: method.to_owned(),
            path: path.to_owned(),
            query: pairs.map(|(k, v)| (k.to_owned(), v.to_owned())).collect(),
            headers: Vec::new(),
            body: Vec::new(),
            host: "127.0.0.1:9000".to_owned(),
            at_root: true,
            version: SignatureVersion::V4,
        }
    }

    pub fn get(self, target: &str) -> Call<'a> {
        self.call("GET", target)
    }

    pub fn put(self, target: &str) -> Call<'a> {
        self.call("PUT", target)
    }

    pub fn post(self, target: &str) -> Call<'a> {
        self.call("POST", target)
    }

    pub fn head(self, target: &str) -> Call<'a> {
        self.call("HEAD", target)
    }

    pub fn delete(self, target: &str) -> Call<'a> {
        self.call("DELETE", target)
    }
}

impl Call<'_> {
    pub fn query(mut self, name: &str, value: &str) -> Self {
        self.query.push((name.to_owned(), value.to_owned()));
        self
    }

    /// A header, which is signed.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    pub fn host(mut self, host: &str) -> Self {
        host.clone_into(&mut self.host);
        self
    }

    /// Below a service path instead of the root.
    pub fn below(mut self, service_path: &str) -> Self {
        self.path = format!("{service_path}{}", self.path);
        self.at_root = false;
        self
    }

    pub fn v2(mut self) -> Self {
        self.version = SignatureVersion::V2;
        self
    }

    /// Sends it and expects this status.
    pub fn expect(self, status: u16) -> Reply {
        let what = format!("{}: {} {}", self.api.name, self.method, self.path);
        let reply = self.send();
        assert_eq!(reply.status, status, "{what}: {}", reply.text());
        reply
    }

    /// Sends it and expects this refusal.
    pub fn refused(self, code: &str) -> Reply {
        let what = format!("{}: {} {}", self.api.name, self.method, self.path);
        let reply = self.send();
        assert_eq!(reply.code(), code, "{what}: {}", reply.text());
        reply
    }

    pub fn send(self) -> Reply {
        let digest = sha256(&self.body);
        let mut headers = self.headers;
        if !headers.iter().any(|(name, _)| name == "content-length") {
            headers.push(("content-length".to_owned(), self.body.len().to_string()));
        }
        if let Some(name) = self.signer {
            let credentials = credentials(name);
            let signable = SignableRequest {
                method: &self.method,
                host: &self.host,
                path: &self.path,
                service_path: "",
                virtual_bucket: None,
                query: &self.query,
                headers: &headers,
            };
            let now = Timestamp(now_ms() / 1000);
            let payload = Payload::Sha256(digest);
            let signed = sign_s3(
                self.version,
                &credentials,
                "us-east-1",
                now,
                &signable,
                &payload,
            );
            for (name, value) in signed {
                headers.retain(|(there, _)| !there.eq_ignore_ascii_case(&name));
                headers.push((name, value));
            }
        }
        let pairs = self.query.iter().map(|(name, value)| {
            let encode =
                |text: &str| amikit::aws::sign::canonical::uri_encode(text.as_bytes(), false);
            format!("{}={}", encode(name), encode(value))
        });
        let query: Vec<String> = pairs.collect();
        let uri = if query.is_empty() {
            self.path.clone()
        } else {
            format!("{}?{}", self.path, query.join("&"))
        };
        let mut request = hyper::Request::builder()
            .method(self.method.as_str())
            .uri(uri);
        request = request.header("host", &self.host);
        for (name, value) in &headers {
            if !name.eq_ignore_ascii_case("host") {
                request = request.header(name, value);
            }
        }
        let body = Full::new(Bytes::from(self.body)).map_err(|never| match never {});
        let request = request.body(body.boxed()).expect("a request in its form");
        let api = self.api;
        let at_root = self.at_root;
        api.runtime.block_on(async {
            let walrus = Arc::clone(&api.walrus);
            let response = walrus
                .serve(request, "0123456789ABCDEF".to_owned(), at_root)
                .await;
            let (parts, body) = response.into_parts();
            let headers = parts.headers.iter().map(|(name, value)| {
                let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
                (name.as_str().to_owned(), value)
            });
            let headers = headers.collect();
            let body = body
                .collect()
                .await
                .expect("a whole body")
                .to_bytes()
                .to_vec();
            Reply {
                status: parts.status.as_u16(),
                headers,
                body,
            }
        })
    }
}

impl Reply {
    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The code of a refusal; the status if there is no document.
    pub fn code(&self) -> String {
        self.texts("Code")
            .first()
            .cloned()
            .unwrap_or_else(|| self.status.to_string())
    }

    /// A header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    /// The texts of every element of this name, in order.
    pub fn texts(&self, name: &str) -> Vec<String> {
        let limits = Limits {
            bytes: 1 << 24,
            elements: 1_000_000,
            plain: false,
        };
        let Ok(root) = xml::parse(&self.body, &limits) else {
            return Vec::new();
        };
        let mut found = Vec::new();
        collect(&root, name, &mut found);
        found
    }
}

fn collect(element: &xml::Element<'_>, name: &str, found: &mut Vec<String>) {
    if element.name == name {
        found.push(element.text.clone());
    }
    for child in &element.children {
        collect(child, name, found);
    }
}
