//! The parts that make an object of a multipart upload.
//!
//! ```text
//! CompleteMultipartUpload
//! └─ Part (1–10,000)   PartNumber, ETag, ChecksumCRC32 ?, ChecksumSHA256 ? …
//! ```
//!
//! Numbers rise and may leave gaps. Whether the parts are there is for the database to say.
//!
//! Source: Amazon S3 API reference, `CompleteMultipartUpload`.

use crate::xml::{Element, Limits};

use super::conditions::bare_etag;
use super::xml::{self, excerpt, invalid_argument, malformed};
use super::{Code, S3Error, S3Result};

/// Most parts, and the highest number of one.
pub const MAX_PARTS: u16 = 10_000;

/// The checksums that a part may have here, by the names of their elements.
pub const CHECKSUMS: [&str; 5] = [
    "ChecksumCRC32",
    "ChecksumCRC32C",
    "ChecksumCRC64NVME",
    "ChecksumSHA1",
    "ChecksumSHA256",
];

/// Ten thousand parts with number, `ETag` and a checksum, written over several lines, have 3 MiB.
const LIMITS: Limits = Limits {
    bytes: 4 * 1024 * 1024,
    elements: 8 * MAX_PARTS as usize + 16,
    plain: false,
};

/// A part as the client knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompletedPart {
    /// Its number, 1 to 10,000.
    pub number: u16,
    /// Its `ETag` without quotes.
    pub etag: String,
    /// Names of [`CHECKSUMS`] and values in Base64, as they came.
    pub checksums: Vec<(&'static str, String)>,
}

/// Reads a `CompleteMultipartUpload` document: at least one part, numbers rising.
///
/// # Errors
/// `MalformedXML` when it is none, `InvalidArgument` for a number outside 1 to 10,000,
/// `InvalidPartOrder` when a number is not above the one before it, `NotImplemented` for a
/// checksum of another kind.
pub fn read(body: &[u8]) -> S3Result<Vec<CompletedPart>> {
    let document = xml::read(body, "CompleteMultipartUpload", &LIMITS)?;
    xml::only(&document, &["Part"])?;
    let count = document.children.len();
    if !(1..=usize::from(MAX_PARTS)).contains(&count) {
        return Err(malformed(format!(
            "the list has {count} parts, expected 1 to {MAX_PARTS}"
        )));
    }
    let mut parts: Vec<CompletedPart> = Vec::with_capacity(count);
    for element in &document.children {
        let next = part(element)?;
        if let Some(last) = parts.last().filter(|last| last.number >= next.number) {
            return Err(S3Error::new(
                Code::InvalidPartOrder,
                format!(
                    "part {} follows part {}, expected numbers that rise",
                    next.number, last.number
                ),
            ));
        }
        parts.push(next);
    }
    Ok(parts)
}

fn part(element: &Element<'_>) -> S3Result<CompletedPart> {
    let mut checksums = Vec::new();
    for child in &element.children {
        let known = CHECKSUMS.into_iter().find(|name| *name == child.name);
        match (known, child.name) {
            (None, "PartNumber" | "ETag") => {}
            (None, name) if name.starts_with("Checksum") => {
                return Err(S3Error::new(
                    Code::NotImplemented,
                    format!(
                        "<{}> is not supported, expected one of {}",
                        excerpt(name),
                        CHECKSUMS.join(", ")
                    ),
                ));
            }
            (None, name) => {
                let name = excerpt(name);
                return Err(malformed(format!(
                    "a <Part> holds a <{name}>, expected PartNumber, ETag or a checksum"
                )));
            }
            (Some(name), _) => checksums.push((name, xml::text(element, name)?.to_owned())),
        }
    }
    let etag = bare_etag(xml::text(element, "ETag")?);
    if etag.is_empty() {
        return Err(malformed("the <ETag> of a <Part> is empty"));
    }
    Ok(CompletedPart {
        number: part_number(xml::text(element, "PartNumber")?)?,
        etag: etag.to_owned(),
        checksums,
    })
}

/// The number of a part, as documents and the query parameter `partNumber` have it.
///
/// # Errors
/// `InvalidArgument` unless it is 1 to 10,000.
pub fn part_number(text: &str) -> S3Result<u16> {
    let digits = text.trim();
    let is_number = digits.bytes().all(|byte| byte.is_ascii_digit()); // parse takes a + too
    let number = digits.parse().ok().filter(|_| is_number);
    number
        .filter(|number| (1..=MAX_PARTS).contains(number))
        .ok_or_else(|| {
            let why = format!("the number of a part is from 1 to {MAX_PARTS}");
            invalid_argument("partNumber", text, why)
        })
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use proptest::prelude::{any, proptest};

    use super::*;

    fn read(content: &str) -> S3Result<Vec<CompletedPart>> {
        let root = "CompleteMultipartUpload";
        super::read(format!("<{root}>{content}</{root}>").as_bytes())
    }

    fn refusal(content: &str) -> Code {
        read(content).unwrap_err().code
    }

    fn parts(numbers: impl IntoIterator<Item = u32>) -> String {
        let mut text = String::new();
        for number in numbers {
            write!(
                text,
                "<Part>\n<PartNumber>{number}</PartNumber><ETag>e</ETag></Part>"
            )
            .unwrap();
        }
        text
    }

    #[test]
    fn an_etag_is_read_in_every_quoting() {
        for etag in [
            "e1",
            "\"e1\"",
            "&quot;e1&quot;",
            "&#34;e1&#34;",
            " \"e1\"\n",
        ] {
            let part = format!("<Part><ETag>{etag}</ETag><PartNumber>7</PartNumber></Part>");
            let want = CompletedPart {
                number: 7,
                etag: "e1".to_owned(),
                checksums: Vec::new(),
            };
            assert_eq!(read(&part).unwrap(), [want], "{etag}");
        }
    }

    #[test]
    fn checksums_come_with_their_names() {
        let part = "<Part><ETag>e</ETag><PartNumber>1</PartNumber>\
                    <ChecksumSHA256>c2hh</ChecksumSHA256><ChecksumCRC32>Y3Jj</ChecksumCRC32></Part>";

        let read = read(part).unwrap();

        assert_eq!(
            read[0].checksums,
            [
                ("ChecksumSHA256", "c2hh".to_owned()),
                ("ChecksumCRC32", "Y3Jj".to_owned())
            ]
        );
        assert_eq!(
            refusal("<Part><ETag>e</ETag><PartNumber>1</PartNumber><ChecksumXXHASH64/></Part>"),
            Code::NotImplemented
        );
    }

    #[test]
    fn numbers_rise_and_may_leave_gaps() {
        let numbers: Vec<_> = read(&parts([1, 3, 10_000])).unwrap();

        assert_eq!(numbers.len(), 3);
        assert_eq!(refusal(&parts([2, 1])), Code::InvalidPartOrder);
        assert_eq!(refusal(&parts([2, 2])), Code::InvalidPartOrder);
        assert_eq!(refusal(&parts([0])), Code::InvalidArgument);
        assert_eq!(refusal(&parts([10_001])), Code::InvalidArgument);
    }

    #[test]
    fn a_list_has_one_to_ten_thousand_parts() {
        assert_eq!(read(&parts(1..=10_000)).unwrap().len(), 10_000);
        assert_eq!(refusal(&parts(1..=10_001)), Code::MalformedXML);
        assert_eq!(refusal(&parts(1..=40_000)), Code::MalformedXML);
        assert_eq!(refusal(""), Code::MalformedXML);
    }

    #[test]
    fn another_shape_is_malformed() {
        for content in [
            "<Part/>",
            "<Part><PartNumber>1</PartNumber></Part>",
            "<Part><ETag>e</ETag></Part>",
            "<Part><ETag/><PartNumber>1</PartNumber></Part>",
            "<Part><ETag>e</ETag><PartNumber>1</PartNumber><X/></Part>",
            "<Part><ETag>e</ETag><ETag>e</ETag><PartNumber>1</PartNumber></Part>",
            "<Other/>",
        ] {
            assert_eq!(refusal(content), Code::MalformedXML, "{content}");
        }
    }

    #[test]
    fn a_number_is_plain_digits() {
        for text in ["", "+1", "-1", "1.0", "0", "10001", "99999999999", "１"] {
            assert!(part_number(text).is_err(), "{text}");
        }
        assert_eq!(part_number("10000").unwrap(), 10_000);
    }

    proptest! {
        #[test]
        fn no_input_panics(bytes in any::<Vec<u8>>(), content in "[<>/a-zA-Z&;]{0,40}") {
            let _ = super::read(&bytes);
            let _ = read(&content);
            let _ = part_number(&content);
        }
    }
}
