//! Checks signatures of version 2.

use super::{
    Expected, Moment, SignatureError, Verified, not_expired, not_skewed, signed_paths, time_of,
};
use crate::aws::sign::SignableRequest;
use crate::aws::sign::mac::same;
use crate::aws::sign::v2::{self, QueryMethod, TOKEN, When};
use crate::units::Timestamp;

/// Nothing is said of the body in version 2.
const GOOD: Verified = Verified {
    payload: None,
    chunks: None,
};

pub(super) fn header(
    signature: &str,
    secret: &str,
    request: &SignableRequest<'_>,
    expected: &Expected<'_>,
) -> Result<Verified, SignatureError> {
    not_skewed(time_of(request)?, expected)?;
    let mut dates = request
        .headers
        .iter()
        .filter(|(name, _)| name.eq_ignore_ascii_case("date"));
    let date = dates.next().map_or("", |(_, value)| value.trim());
    check_s3(
        signature,
        secret,
        request,
        request.headers.to_vec(),
        When::Made(date),
    )
}

pub(super) fn url(
    signature: &str,
    expires: i64,
    secret: &str,
    request: &SignableRequest<'_>,
    now: Timestamp,
) -> Result<Verified, SignatureError> {
    not_expired(Timestamp(expires), now)?;
    let token = request.query.iter().filter(|(name, _)| name == TOKEN);
    let headers = request.headers.iter().chain(token).cloned().collect();
    check_s3(
        signature,
        secret,
        request,
        headers,
        When::Until(Timestamp(expires)),
    )
}

/// With the service's path and without it; of what has no body also without its `Content-Type`, which
/// clients add after signing (as Eucalyptus does).
fn check_s3(
    signature: &str,
    secret: &str,
    request: &SignableRequest<'_>,
    mut headers: Vec<(String, String)>,
    when: When<'_>,
) -> Result<Verified, SignatureError> {
    let matches = |headers: &[(String, String)]| {
        signed_paths(request)
            .flat_map(|path| resources(path, request.virtual_bucket))
            .any(|resource| {
                let (method, query) = (request.method, request.query);
                let text = v2::string_to_sign(method, &resource, query, headers, when);
                same(&v2::sign_text(secret, &text), signature)
            })
    };
    if matches(&headers) {
        return Ok(GOOD);
    }
    if matches!(request.method, "GET" | "HEAD") {
        headers.retain(|(name, _)| !name.eq_ignore_ascii_case("content-type"));
        if matches(&headers) {
            return Ok(GOOD);
        }
    }
    Err(SignatureError::Mismatch)
}

/// What a path may be signed as. A bucket's gets a slash, which botocore signs and does not send.
fn resources(path: &str, virtual_bucket: Option<&str>) -> impl Iterator<Item = String> + use<> {
    let resource = v2::resource_path(path, "", virtual_bucket);
    let is_bucket = resource.len() > 1 && resource.rfind('/') == Some(0);
    let slashed = is_bucket.then(|| format!("{resource}/"));
    std::iter::once(resource).chain(slashed)
}

pub(super) fn query(
    signature: &str,
    (method, moment): (QueryMethod, Moment),
    secret: &str,
    request: &SignableRequest<'_>,
    expected: &Expected<'_>,
) -> Result<Verified, SignatureError> {
    match moment {
        Moment::At(time) => not_skewed(time, expected)?,
        Moment::Until(time) => not_expired(time, expected.now)?,
    }
    let matches = |path: &str| {
        let signed = request.query.iter().filter(|(name, _)| name != "Signature");
        let (verb, host) = (request.method, request.host);
        let ours = v2::query_signature(secret, method, verb, host, path, signed);
        same(&ours, signature)
    };
    if signed_paths(request).any(matches) {
        Ok(GOOD)
    } else {
        Err(SignatureError::Mismatch)
    }
}
