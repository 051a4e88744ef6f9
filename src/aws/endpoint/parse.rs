//! Reads an endpoint's URL.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::{Addressing, Endpoint};

/// Reads a URL, or tells what is wrong with it.
pub(super) fn endpoint(url: &str, region: &str) -> Result<Endpoint, &'static str> {
    let url = url.trim();
    let (scheme, rest) = url
        .split_once("://")
        .ok_or("expected http://… or https://…")?;
    let scheme = scheme.to_ascii_lowercase();
    if scheme != "http" && scheme != "https" {
        return Err("expected http or https");
    }
    if rest.contains(['?', '#']) {
        return Err("it has a query or a fragment");
    }
    let (authority, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
    if authority.contains('@') {
        return Err("it has a user name");
    }
    Ok(Endpoint {
        host: host(&scheme, authority)?,
        path: service_path(path)?,
        scheme,
        region: region.to_owned(),
        addressing: Addressing::Auto,
    })
}

/// The text without what may be a password, for an error.
pub(super) fn without_secrets(url: &str) -> String {
    let start = url.find("://").map_or(0, |at| at + 3);
    let end = url[start..]
        .find(['/', '?', '#'])
        .map_or(url.len(), |at| start + at);
    let host = url[start..end]
        .rfind('@')
        .map_or(start, |at| start + at + 1);
    let rest = url[host..].split(['?', '#']).next().unwrap_or_default();
    let shown: String = format!("{}{rest}", &url[..start])
        .chars()
        .take(200)
        .collect();
    shown
}

/// Host and port in the form in which the HTTP library sends them: that form is signed.
fn host(scheme: &str, authority: &str) -> Result<String, &'static str> {
    let (name, port) = if let Some(rest) = authority.strip_prefix('[') {
        let (address, port) = rest.split_once(']').ok_or("the address has no ]")?;
        let address: Ipv6Addr = address.parse().map_err(|_| "not an IPv6 address")?;
        let port = if port.is_empty() {
            Some("")
        } else {
            port.strip_prefix(':')
        };
        (format!("[{address}]"), port)
    } else {
        let (name, port) = authority.split_once(':').unwrap_or((authority, ""));
        (name.to_ascii_lowercase(), Some(port))
    };
    let port = port.ok_or("expected :PORT after the address")?;
    if !name.starts_with('[') {
        check_name(&name)?;
    }
    if port.is_empty() {
        return Ok(name);
    }
    let digits = port.bytes().all(|byte| byte.is_ascii_digit());
    let number: u16 = port
        .parse()
        .map_err(|_| "the port is not a number up to 65535")?;
    if !digits || number == 0 {
        return Err("the port is not a number up to 65535");
    }
    let own = if scheme == "https" { 443 } else { 80 };
    Ok(if number == own {
        name
    } else {
        format!("{name}:{number}")
    })
}

fn check_name(name: &str) -> Result<(), &'static str> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    if name.is_empty() || name.len() > 253 {
        return Err("it has no host");
    }
    if !name.bytes().all(allowed) || name.split('.').any(str::is_empty) {
        return Err("the host has characters that no host name has");
    }
    let last = name.rsplit('.').next().unwrap_or_default();
    if last.starts_with(|c: char| c.is_ascii_digit()) && name.parse::<Ipv4Addr>().is_err() {
        return Err("not an IPv4 address");
    }
    Ok(())
}

/// The path without the slash at its end. What the HTTP library would rewrite is refused.
fn service_path(path: &str) -> Result<String, &'static str> {
    let path = path.trim_end_matches('/');
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"/-._~%!$&'()*+,;=:@".contains(&byte);
    if !path.bytes().all(allowed) {
        return Err("the path has characters that must be percent-encoded");
    }
    if path.split('/').any(is_dots) {
        return Err("the path has . or .. in it");
    }
    Ok(path.to_owned())
}

fn is_dots(segment: &str) -> bool {
    let plain = segment.to_ascii_lowercase().replace("%2e", ".");
    plain == "." || plain == ".."
}
