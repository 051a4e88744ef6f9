//! Finds the signature of a request and reads its form.

use super::{Claim, Moment, Proof, SignatureError};
use crate::aws::sign::authorization::{Authorization, access_key_id, base64_signature};
use crate::aws::sign::v2::{QueryMethod, TOKEN};
use crate::aws::sign::v4::{ALGORITHM, LONGEST_EXPIRY};
use crate::aws::sign::{SignableRequest, V4Authorization};
use crate::units::Timestamp;

pub(super) fn claim(request: &SignableRequest<'_>) -> Result<Option<Claim>, SignatureError> {
    let mut headers = request
        .headers
        .iter()
        .filter(|(name, _)| name.eq_ignore_ascii_case("authorization"));
    let header = headers.next();
    let in_url = ["X-Amz-Signature", "Signature"]
        .into_iter()
        .filter(|name| request.query.iter().any(|(found, _)| found == name))
        .collect::<Vec<_>>();
    if headers.next().is_some() || usize::from(header.is_some()) + in_url.len() > 1 {
        return Err(SignatureError::Twice);
    }
    match (header, in_url.first()) {
        (Some((_, text)), _) => from_header(text, request).map(Some),
        (None, Some(&"X-Amz-Signature")) => from_v4_url(request).map(Some),
        (None, Some(_)) => from_v2_url(request).map(Some),
        (None, None) => Ok(None),
    }
}

fn from_header(text: &str, request: &SignableRequest<'_>) -> Result<Claim, SignatureError> {
    let (access_key_id, proof) = match Authorization::parse(text).map_err(SignatureError::Header)? {
        Authorization::V4(claim) => (claim.access_key_id.clone(), Proof::V4Header(claim)),
        Authorization::V2 {
            access_key_id,
            signature,
        } => (access_key_id, Proof::V2Header { signature }),
    };
    let mut tokens = request
        .headers
        .iter()
        .filter(|(name, _)| name.eq_ignore_ascii_case(TOKEN));
    Ok(Claim {
        access_key_id,
        session_token: tokens.next().map(|(_, value)| value.trim().to_owned()),
        proof,
    })
}

fn from_v4_url(request: &SignableRequest<'_>) -> Result<Claim, SignatureError> {
    let parameter = |name| one(request.query, name);
    required(
        (parameter("X-Amz-Algorithm")? == Some(ALGORITHM)).then_some(()),
        "X-Amz-Algorithm",
        "AWS4-HMAC-SHA256",
    )?;
    let authorization = V4Authorization::of(
        parameter("X-Amz-Credential")?.unwrap_or_default(),
        parameter("X-Amz-SignedHeaders")?.unwrap_or_default(),
        parameter("X-Amz-Signature")?.unwrap_or_default(),
    )
    .map_err(SignatureError::Query)?;
    let from = required(
        parameter("X-Amz-Date")?.and_then(Timestamp::parse),
        "X-Amz-Date",
        "a time as 20130524T000000Z",
    )?;
    let seconds = required(
        parameter("X-Amz-Expires")?
            .and_then(|text| text.parse::<u64>().ok())
            .filter(|seconds| (1..=LONGEST_EXPIRY).contains(seconds))
            .and_then(|seconds| i64::try_from(seconds).ok()),
        "X-Amz-Expires",
        "1 to 604800 seconds",
    )?;
    Ok(Claim {
        access_key_id: authorization.access_key_id.clone(),
        session_token: parameter("X-Amz-Security-Token")?.map(str::to_owned),
        proof: Proof::V4Url {
            authorization,
            from,
            seconds,
        },
    })
}

fn from_v2_url(request: &SignableRequest<'_>) -> Result<Claim, SignatureError> {
    let parameter = |name| one(request.query, name);
    let id = parameter("AWSAccessKeyId")?.unwrap_or_default();
    let id = access_key_id(id).map_err(SignatureError::Query)?;
    let signature = parameter("Signature")?.unwrap_or_default();
    let signature = base64_signature(signature).map_err(SignatureError::Query)?;
    let Some(version) = parameter("SignatureVersion")? else {
        let expires = required(
            parameter("Expires")?.and_then(|text| text.parse().ok()),
            "Expires",
            "seconds since 1970",
        )?;
        return Ok(Claim {
            access_key_id: id,
            session_token: parameter(TOKEN)?.map(str::to_owned),
            proof: Proof::V2Url { signature, expires },
        });
    };
    required((version == "2").then_some(()), "SignatureVersion", "2")?;
    let method = match parameter("SignatureMethod")? {
        Some("HmacSHA256") => Some(QueryMethod::Sha256),
        Some("HmacSHA1") => Some(QueryMethod::Sha1),
        _ => None,
    };
    let moment = match (parameter("Timestamp")?, parameter("Expires")?) {
        (Some(text), None) => query_time(text).map(Moment::At),
        (None, Some(text)) => query_time(text).map(Moment::Until),
        _ => None,
    };
    Ok(Claim {
        access_key_id: id,
        session_token: parameter("SecurityToken")?.map(str::to_owned),
        proof: Proof::V2Query {
            signature,
            method: required(method, "SignatureMethod", "HmacSHA256 or HmacSHA1")?,
            moment: required(moment, "Timestamp or Expires", "one time as ISO 8601")?,
        },
    })
}

/// A query API's time; old clients leave the zone out and mean UTC.
fn query_time(text: &str) -> Option<Timestamp> {
    Timestamp::parse(text).or_else(|| Timestamp::parse(&format!("{text}Z")))
}

fn required<T>(
    value: Option<T>,
    name: &'static str,
    expected: &'static str,
) -> Result<T, SignatureError> {
    value.ok_or(SignatureError::Parameter { name, expected })
}

/// A parameter that may be there once.
fn one<'a>(
    query: &'a [(String, String)],
    name: &'static str,
) -> Result<Option<&'a str>, SignatureError> {
    let mut found = query.iter().filter(|(found, _)| found == name);
    let value = found.next().map(|(_, value)| value.as_str());
    match found.next() {
        None => Ok(value),
        Some(_) => required(None, name, "it once"),
    }
}
