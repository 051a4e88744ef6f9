//! Where a service sends its callers, and whether they may go there.
//!
//! A redirect is followed when the new host is the old one, lies below it, or shares with it
//! the domain above its first name; Amazon's S3 hosts may send to each other. Never from https
//! to http. An address has no domain: it can only send to itself. The path must be the one that was asked
//! for: the object's, behind a service path of the new host.

use super::super::endpoint::{Addressing, Endpoint, amazon_region};
use super::Call;
use super::refusal::Refusal;

/// Whether a refusal is about the place rather than about the request.
pub(super) fn is_misplaced(refusal: &Refusal) -> bool {
    let error = &refusal.error;
    let code = error.code.as_str();
    // The answer to HEAD has no code but the status' own.
    let about_region = matches!(code, "AuthorizationHeaderMalformed" | "BadRequest");
    matches!(error.status, 301 | 302 | 307 | 308)
        || error.status == 400 && about_region && error.region.is_some()
}

/// The endpoint that a refusal sends to, if it may be followed.
pub(super) fn followed(from: &Endpoint, call: &Call<'_>, refusal: &Refusal) -> Option<Endpoint> {
    let mut to = if let Some(location) = refusal.location.as_deref() {
        at_location(from, call, location)?
    } else if let Some(host) = refusal.endpoint.as_deref() {
        let url = format!("{}://{host}", from.scheme);
        let host = Endpoint::parse(&url, &from.region).ok()?;
        let path = from.path.clone();
        without_bucket(Endpoint { path, ..host }, from, call)
    } else {
        from.clone()
    };
    if let Some(region) = &refusal.error.region {
        to.region.clone_from(region);
        if to.host == from.host && from.is_amazon() {
            let amazon = Endpoint::amazon_s3(region);
            // What is said about a region must not lead anywhere else.
            if amazon_region(&amazon.host).as_deref() == Some(region) {
                to.host = amazon.host;
            }
        }
    } else if let Some(region) = amazon_region(&to.host) {
        to.region = region;
    }
    if to.is_amazon() {
        to.addressing = from.addressing; // knows which buckets can be in the host
    }
    let downgrade = from.scheme == "https" && to.scheme != "https";
    (to != *from && !downgrade && may_follow(&from.host, &to.host)).then_some(to)
}

/// Reads a `Location`: an URL whose path is the one that was asked for.
fn at_location(from: &Endpoint, call: &Call<'_>, location: &str) -> Option<Endpoint> {
    let plain = location.split(['?', '#']).next()?;
    let plain = if plain.starts_with('/') {
        format!("{}://{}{plain}", from.scheme, from.host)
    } else {
        plain.to_owned()
    };
    let whole = Endpoint::parse(&plain, &from.region).ok()?;
    let to = without_bucket(whole, from, call);
    let bare = Endpoint {
        path: String::new(),
        ..to.clone()
    };
    let asked = bare.target(call.bucket, call.key).path;
    let service = to.path.strip_suffix(asked.trim_end_matches('/'))?;
    let path = service.trim_end_matches('/').to_owned();
    Some(Endpoint { path, ..to })
}

/// Takes the bucket out of the host, where it stands there.
fn without_bucket(to: Endpoint, from: &Endpoint, call: &Call<'_>) -> Endpoint {
    let host = call
        .bucket
        .and_then(|bucket| to.host.strip_prefix(bucket)?.strip_prefix('.'));
    match host {
        Some(host) => Endpoint {
            host: host.to_owned(),
            addressing: Addressing::Virtual,
            ..to
        },
        None if from.addressing == Addressing::Virtual => Endpoint {
            addressing: Addressing::Path,
            ..to
        },
        None => Endpoint {
            addressing: from.addressing,
            ..to
        },
    }
}

/// Whether what is signed for one host may be sent to the other.
pub(super) fn may_follow(from: &str, to: &str) -> bool {
    let (from, to) = (name(from), name(to));
    if from == to {
        return true;
    }
    if amazon_region(from).is_some() || amazon_region(to).is_some() {
        return amazon_region(from).is_some() && amazon_region(to).is_some();
    }
    let below = |domain: &str| {
        to.strip_suffix(domain)
            .is_some_and(|rest| rest.ends_with('.'))
    };
    let is_address = from.starts_with('[') || from.ends_with(|c: char| c.is_ascii_digit());
    if is_address || !from.contains('.') {
        return false;
    }
    let above = from.split_once('.').map_or("", |(_, above)| above);
    below(from) || is_registrable(above) && (to == above || below(above))
}

fn name(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}

/// Whether a domain belongs to one owner: it has two names, or three where the second last is
/// as short as those of registries (`co.uk`, `com.cn`).
fn is_registrable(domain: &str) -> bool {
    let names: Vec<&str> = domain.split('.').collect();
    match names.as_slice() {
        [second, top] => !(top.len() == 2 && second.len() <= 3),
        more => more.len() > 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_stay_in_their_domain() {
        for (from, to, allowed) in [
            ("s3.amazonaws.com", "s3.eu-west-1.amazonaws.com", true),
            ("s3.amazonaws.com", "b.s3-eu-west-1.amazonaws.com", true),
            (
                "s3.amazonaws.com",
                "ec2-1-2-3-4.compute.amazonaws.com",
                false,
            ),
            ("s3.amazonaws.com", "s3.amazonaws.com.evil.example", false),
            ("s3.example.com", "s3.amazonaws.com", false),
            ("s3.example.com", "s3.example.com:9000", true),
            ("s3.example.com", "b.s3.example.com", true),
            ("s3.example.com", "s3-west.example.com", true),
            ("s3.example.com", "notexample.com", false),
            ("s3.example.com", "example.com.evil.org", false),
            ("s3.co.uk", "evil.co.uk", false),
            ("s3.cloud.co.uk", "s4.cloud.co.uk", true),
            ("example.com", "other.com", false),
            ("walrus", "evil.walrus", false),
            ("10.0.0.1:8773", "10.0.0.1:8774", true),
            ("10.0.0.1", "10.0.0.2", false),
            ("10.0.0.1", "2.10.0.0.1", false),
            ("[::1]:80", "[::2]:80", false),
            ("[::1]:80", "[::1]:81", true),
        ] {
            assert_eq!(may_follow(from, to), allowed, "{from} -> {to}");
        }
    }
}
