//! The protocol of a rule, and its ports or ICMP types.
//!
//! ```text
//! -P tcp -p 22        -P udp -p 60000-61000       -p http (of /etc/services)
//! -P icmp -t 8:0      -P icmp (all types)         -P all, -P 47 (no ports)
//! ```

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};

use crate::cli::dialect::Family;
use crate::cli::failure::Failure;
use crate::cli::session::Session;

/// Where services have their ports.
const SERVICES: &str = "/etc/services";

/// Most of that file that is read, in bytes. Debian's has 12 KiB, IANA's whole list a MiB.
const MAX_SERVICES: u64 = 4 << 20;

/// What of a packet a rule looks at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packets {
    /// `tcp`, `udp`, `icmp`, `icmpv6`, a number, or `-1` for all.
    pub protocol: String,
    /// First port, or ICMP type.
    pub from: Option<i64>,
    /// Last port, or ICMP code.
    pub to: Option<i64>,
}

/// What the options say. Without any of them, rules for groups are for all packets.
pub fn packets(session: &Session<'_>, has_groups: bool) -> Result<Packets, Failure> {
    let ports = session.text("port-range")?;
    let icmp = session.text("icmp-type-code")?;
    let protocol = match session.text("protocol")? {
        Some(text) => protocol(session, &text)?,
        None if ports.is_some() => "tcp".to_owned(),
        None if icmp.is_some() => "icmp".to_owned(),
        None if has_groups => "-1".to_owned(),
        None => return Err(Failure::usage("--port-range or --protocol is needed")),
    };
    let not_for = |option: &str| {
        let long = session.values.long(option);
        Failure::usage(format!("--{long} makes no sense with protocol {protocol}"))
    };
    let (from, to) = match &*protocol {
        "tcp" | "udp" | "6" | "17" => {
            if icmp.is_some() {
                return Err(not_for("icmp-type-code"));
            }
            let Some(text) = ports else {
                let long = session.values.long("port-range");
                return Err(Failure::usage(format!(
                    "--{long} is needed with protocol {protocol}"
                )));
            };
            let (from, to) = port_range(session, &text, &protocol)?;
            (Some(from), Some(to))
        }
        "icmp" | "icmpv6" | "1" | "58" => {
            if ports.is_some() {
                return Err(not_for("port-range"));
            }
            let (kind, code) = type_code(session, icmp.as_deref().unwrap_or("-1:-1"))?;
            (Some(kind), Some(code))
        }
        _ if ports.is_some() => return Err(not_for("port-range")),
        _ if icmp.is_some() => return Err(not_for("icmp-type-code")),
        _ => (None, None),
    };
    Ok(Packets { protocol, from, to })
}

fn protocol(session: &Session<'_>, text: &str) -> Result<String, Failure> {
    let lower = text.to_ascii_lowercase();
    match &*lower {
        "all" | "-1" => Ok("-1".to_owned()),
        "tcp" | "udp" | "icmp" | "icmpv6" => Ok(lower),
        number if number.parse::<u8>().is_ok() => Ok(lower),
        _ => {
            let why = format!(
                "\"{text}\" is no protocol: expected tcp, udp, icmp, icmpv6, all or a number up \
                 to 255"
            );
            Err(session.invalid("protocol", text, &why))
        }
    }
}

/// A port, a range, a service's name, or -1 for all: from 1 in euca2ools, from 0 elsewhere.
fn port_range(session: &Session<'_>, text: &str, protocol: &str) -> Result<(i64, i64), Failure> {
    let port = |text: &str| text.parse::<u16>().ok().map(i64::from);
    let range = match text.split_once('-') {
        _ if text == "-1" => {
            let first = i64::from(session.manner.family == Family::Euca);
            Some((first, 65535))
        }
        None => port(text)
            .or_else(|| service(text, protocol))
            .map(|port| (port, port)),
        Some((from, to)) => match (port(from), port(to)) {
            (Some(from), Some(to)) if from <= to => Some((from, to)),
            (None, _) => service(text, protocol).map(|port| (port, port)), // such as kerberos-adm
            _ => None,
        },
    };
    range.ok_or_else(|| {
        let why = format!(
            "\"{text}\" is no range of ports: expected PORT, FROM-TO, -1 for all, or the name of \
             a service in {SERVICES}"
        );
        session.invalid("port-range", text, &why)
    })
}

/// The port of a service by its name or another name that it has.
fn service(name: &str, protocol: &str) -> Option<i64> {
    let protocol = match protocol {
        "6" => "tcp",
        "17" => "udp",
        other => other,
    };
    let lines = BufReader::new(File::open(SERVICES).ok()?.take(MAX_SERVICES)).lines();
    lines
        .map_while(Result::ok)
        .find_map(|line| port_in(&line, name, protocol))
}

/// The port in a line `NAME PORT/PROTOCOL ALIASES # comment`.
fn port_in(line: &str, name: &str, protocol: &str) -> Option<i64> {
    let line = line.split('#').next()?;
    let mut words = line.split_ascii_whitespace();
    let first = words.next()?;
    let (port, of) = words.next()?.split_once('/')?;
    let named = first == name || words.any(|alias| alias == name);
    (named && of == protocol).then(|| port.parse::<u16>().ok().map(i64::from))?
}

/// `TYPE:CODE`; -1 stands for all.
fn type_code(session: &Session<'_>, text: &str) -> Result<(i64, i64), Failure> {
    let number = |text: &str| text.parse().ok().filter(|n| (-1..=255).contains(n));
    let pair = text.split_once(':');
    let pair = pair.and_then(|(kind, code)| Some((number(kind)?, number(code)?)));
    pair.ok_or_else(|| {
        let why = format!("\"{text}\" is no ICMP type and code: expected TYPE:CODE, -1 for all");
        session.invalid("icmp-type-code", text, &why)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_have_names_and_aliases() {
        let line = "http\t\t80/tcp\t\twww  # WorldWideWeb HTTP";

        assert_eq!(port_in(line, "http", "tcp"), Some(80));
        assert_eq!(port_in(line, "www", "tcp"), Some(80));
        assert_eq!(port_in(line, "http", "udp"), None);
        assert_eq!(port_in(line, "WorldWideWeb", "tcp"), None);
        assert_eq!(port_in("# http 80/tcp", "http", "tcp"), None);
    }
}
