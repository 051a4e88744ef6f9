//! The old tools' way to write a block device mapping, `DEVICE=MAPPED`, with today's additions.
//!
//! ```text
//! MAPPED = none                                       no such device
//!        | ephemeralN                                 the Nth ephemeral disk
//!        | [SNAPSHOT]:[GIB]:[DELETE]:[TYPE]:[IOPS]:[MIBPS][:encrypted[=KEY]]
//!
//! /dev/sda1=snap-1a2b3c4d:20:true:gp3:4000:250:encrypted=alias/images
//!           │             │  │    │   │    │   └ encrypted, with that key or the account's own
//!           │             │  │    │   │    └ MiB a second
//!           │             │  │    │   └ input and output operations a second
//!           │             │  │    └ volume type: standard, gp2, gp3, io1, io2, st1, sc1
//!           │             │  └ whether the volume ends with the instance: true or false
//!           │             └ GiB; the snapshot's size if left out
//!           └ snap-… or vol-…; an empty volume if left out
//! ```
//!
//! Every part may be left out, but not all of them; colons at the end may go. `encrypted` may
//! follow any part and is the last, so a key may have colons. The parts up to IOPS are
//! euca2ools' and ec2-api-tools'; `encrypted` is ec2-api-tools'; throughput and key are ours.

#[cfg(test)]
mod tests;

use crate::aws::ec2::{BlockDeviceMapping, EbsBlockDevice};

/// Why a text is no block device mapping.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("block device mapping \"{text}\": {part} is \"{found}\", expected {expected}")]
pub struct MappingError {
    /// The whole text.
    pub text: String,
    /// The part that is wrong.
    pub part: &'static str,
    /// What stands there.
    pub found: String,
    /// What should.
    pub expected: &'static str,
}

/// The last part, which may have a key.
const ENCRYPTED: &str = "encrypted";

/// Reads mappings, each device of which is named once.
///
/// # Errors
/// When one of them is none, or a device has two.
pub fn parse_mappings(texts: &[String]) -> Result<Vec<BlockDeviceMapping>, MappingError> {
    let mut mappings: Vec<BlockDeviceMapping> = Vec::new();
    for text in texts {
        let mapping = parse_mapping(text)?;
        let device = &mapping.device_name;
        if mappings.iter().any(|other| other.device_name == *device) {
            let expected = "a device that no other mapping has";
            return Err(error(text, "the device", device, expected));
        }
        mappings.push(mapping);
    }
    Ok(mappings)
}

/// Reads one mapping.
///
/// # Errors
/// When it is none; the error names the part and what was expected there.
pub fn parse_mapping(text: &str) -> Result<BlockDeviceMapping, MappingError> {
    let wrong = |part, found: &str, expected| error(text, part, found, expected);
    let Some((device, mapped)) = text.split_once('=') else {
        return Err(wrong("the whole", text, "DEVICE=MAPPED"));
    };
    if device.is_empty() {
        return Err(wrong("the device", device, "a name such as /dev/sdb"));
    }
    let mut mapping = BlockDeviceMapping {
        device_name: device.to_owned(),
        ..BlockDeviceMapping::default()
    };
    if mapped.eq_ignore_ascii_case("none") {
        mapping.no_device = true;
    } else if let Some(number) = mapped.strip_prefix("ephemeral") {
        if number.is_empty() || number.len() > 2 || !number.bytes().all(|b| b.is_ascii_digit()) {
            let expected = "a number of one or two digits";
            return Err(wrong("the ephemeral disk", number, expected));
        }
        mapping.virtual_name = Some(mapped.to_owned());
    } else if ["snap-", "vol-", ":"].iter().any(|p| mapped.starts_with(p)) {
        mapping.ebs = Some(volume(text, mapped)?);
    } else {
        let expected = "none, ephemeralN, or [SNAPSHOT]:[GIB]:[true|false]:[TYPE[:IOPS]]";
        return Err(wrong("what it is mapped to", mapped, expected));
    }
    Ok(mapping)
}

/// Writes a mapping as [`parse_mapping`] reads it.
#[must_use]
pub fn format_mapping(mapping: &BlockDeviceMapping) -> String {
    let mapped = match mapping {
        BlockDeviceMapping {
            no_device: true, ..
        } => "none".to_owned(),
        BlockDeviceMapping {
            virtual_name: Some(name),
            ..
        } => name.clone(),
        BlockDeviceMapping { ebs, .. } => ebs.as_ref().map(format_volume).unwrap_or_default(),
    };
    format!("{}={mapped}", mapping.device_name)
}

fn error(text: &str, part: &'static str, found: &str, expected: &'static str) -> MappingError {
    MappingError {
        text: text.to_owned(),
        part,
        found: found.to_owned(),
        expected,
    }
}

fn volume(text: &str, mapped: &str) -> Result<EbsBlockDevice, MappingError> {
    let wrong = |part, found: &str, expected| error(text, part, found, expected);
    let (parts, encryption) = split_encryption(mapped);
    let mut parts = parts.split(':');
    let mut next = || parts.next().filter(|part| !part.is_empty());
    let mut ebs = EbsBlockDevice {
        snapshot_id: next().map(str::to_owned),
        volume_size: number(text, "the size", next(), "a number of GiB, at least 1")?,
        delete_on_termination: match next() {
            None => None,
            Some(word) if word.eq_ignore_ascii_case("true") => Some(true),
            Some(word) if word.eq_ignore_ascii_case("false") => Some(false),
            Some(word) => {
                let part = "whether it is deleted with the instance";
                return Err(wrong(part, word, "true or false"));
            }
        },
        volume_type: next().map(str::to_owned),
        iops: number(text, "IOPS", next(), "a number, at least 1")?,
        throughput: number(
            text,
            "the throughput",
            next(),
            "a number of MiB, at least 1",
        )?,
        ..EbsBlockDevice::default()
    };
    if let Some(rest) = next() {
        return Err(wrong("the last part", rest, "encrypted, or no such part"));
    }
    if ebs.volume_type.as_deref() == Some(ENCRYPTED) {
        let expected = "nothing after encrypted but =KEY";
        return Err(wrong("the last part", mapped, expected));
    }
    if ebs.volume_type.as_deref() == Some("standard") {
        let extra = ebs.iops.or(ebs.throughput);
        if let Some(extra) = extra {
            let part = "what follows the type";
            let expected = "nothing: standard volumes have no IOPS or throughput to choose";
            return Err(wrong(part, &extra.to_string(), expected));
        }
    }
    if let Some(key) = encryption {
        ebs.encrypted = Some(true);
        let key = key.strip_prefix('=');
        ebs.kms_key_id = key.map(str::to_owned);
        if key == Some("") {
            let expected = "the key's id, alias or ARN";
            return Err(wrong("the key", "", expected));
        }
    }
    if ebs == EbsBlockDevice::default() {
        let expected = "at least one part; DEVICE=none is no device";
        return Err(wrong("what it is mapped to", mapped, expected));
    }
    Ok(ebs)
}

/// Takes the encryption off the end: the other parts, and what follows the word, `=KEY` or
/// nothing.
fn split_encryption(mapped: &str) -> (&str, Option<&str>) {
    for (index, _) in mapped.match_indices(':') {
        let (before, rest) = mapped.split_at(index);
        let Some(rest) = rest
            .strip_prefix(':')
            .and_then(|r| r.strip_prefix(ENCRYPTED))
        else {
            continue;
        };
        if rest.trim_end_matches(':').is_empty() {
            return (before, Some(""));
        }
        if rest.starts_with('=') {
            return (before, Some(rest));
        }
    }
    (mapped, None)
}

fn number(
    text: &str,
    part: &'static str,
    found: Option<&str>,
    expected: &'static str,
) -> Result<Option<u32>, MappingError> {
    let Some(found) = found else {
        return Ok(None);
    };
    // A sign, which the parser would take, is none of ours.
    let digits = found.bytes().all(|byte| byte.is_ascii_digit());
    match found.parse::<u32>() {
        Ok(number) if digits && number > 0 => Ok(Some(number)),
        _ => Err(error(text, part, found, expected)),
    }
}

fn format_volume(ebs: &EbsBlockDevice) -> String {
    let number = |number: Option<u32>| number.map(|number| number.to_string());
    let parts = [
        ebs.snapshot_id.clone(),
        number(ebs.volume_size),
        ebs.delete_on_termination.map(|ends| ends.to_string()),
        ebs.volume_type.clone(),
        number(ebs.iops),
        number(ebs.throughput),
    ];
    let parts = parts.map(Option::unwrap_or_default).join(":");
    let parts = parts.trim_end_matches(':');
    let encryption = match (&ebs.kms_key_id, ebs.encrypted) {
        (Some(key), _) => format!(":{ENCRYPTED}={key}"),
        (None, Some(true)) => format!(":{ENCRYPTED}"),
        (None, _) => String::new(),
    };
    format!("{parts}{encryption}")
}
