//! Any request.

use proptest::prelude::*;
use zeroize::Zeroizing;

use super::request;
use crate::aws::Credentials;
use crate::aws::sign::{Payload, SignableRequest, canonical, sha256};
use crate::units::Timestamp;

pub(super) const HOST: &str = "s3.example.net:8773";

#[derive(Debug, Clone)]
pub(super) struct Any {
    pub(super) method: &'static str,
    pub(super) path: String,
    pub(super) query: Vec<(String, String)>,
    pub(super) headers: Vec<(String, String)>,
    pub(super) credentials: Credentials,
    pub(super) now: Timestamp,
    pub(super) payload: Payload,
}

impl Any {
    pub(super) fn request(&self) -> SignableRequest<'_> {
        request(self.method, HOST, &self.path, &self.query, &self.headers)
    }
}

/// A request that a client might send; keys and values are any text.
pub(super) fn any_request() -> impl Strategy<Value = Any> {
    let text = "[ -~äß漢😀]{0,12}";
    let key = proptest::collection::vec("[ -.0-~é漢]{1,9}", 0..4);
    let query = proptest::collection::vec(("[a-zA-Z0-9 ._~ü-]{1,9}", text), 0..5);
    let headers = proptest::collection::btree_map("x-amz-meta-[a-z]{1,6}", "[!-~ ]{0,20}", 0..4);
    (
        prop::sample::select(vec!["GET", "PUT", "POST", "DELETE", "HEAD"]),
        key,
        query,
        headers,
        ("[A-Z0-9]{16,20}", "[a-zA-Z0-9/+]{20,40}"),
        proptest::option::of("[a-zA-Z0-9/+=]{1,60}"),
        0_i64..4_000_000_000,
        proptest::option::of(any::<Vec<u8>>()),
    )
        .prop_map(
            |(method, names, query, headers, keys, token, now, body)| Any {
                method,
                path: canonical::uri_encode(
                    format!("/bucket/{}", names.join("/")).as_bytes(),
                    true,
                ),
                query,
                headers: headers.into_iter().collect(),
                credentials: Credentials {
                    access_key_id: keys.0,
                    secret_access_key: Zeroizing::new(keys.1),
                    session_token: token.map(Zeroizing::new),
                    expires: None,
                },
                now: Timestamp(now),
                payload: body.map_or(Payload::Unsigned, |body| Payload::Sha256(sha256(&body))),
            },
        )
}
