//! Pieces that S3's documents share.
//!
//! ```text
//! request body ─► bounded ─► well-formed ─► right root ─► tree       otherwise MalformedXML
//! answer       ◄─ <Root xmlns='http://s3.amazonaws.com/doc/2006-03-01/'> … </Root>
//! ```
//!
//! A request may leave the namespace out and may use any prefix, as clients do.
//!
//! Source: Amazon S3 API reference.

use crate::aws::sign::canonical::uri_encode;
use crate::units::Timestamp;
use crate::xml::{Element, Limits, Writer, XmlError, parse};

use super::{Code, S3Error, S3Result};

/// The namespace of every document but errors.
pub const NAMESPACE: &str = "http://s3.amazonaws.com/doc/2006-03-01/";

/// Limits of documents that set something (ACL, CORS, tags, …): 64 KiB is what S3 takes for
/// CORS, its largest.
pub const SETTING: Limits = Limits {
    bytes: 64 * 1024,
    elements: 4096,
    plain: false,
};

/// Longest part of a request that a refusal repeats, in characters.
const EXCERPT: usize = 80;

/// Who owns a bucket, an object or an upload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// Canonical id of the account.
    pub id: String,
    /// Its name for people.
    pub display_name: String,
}

impl Owner {
    /// Writes the owner as an element: `Owner`, or `Initiator` of an upload.
    pub fn write(&self, writer: &mut Writer, element: &str) {
        writer.element(element, &[], |writer| {
            writer.leaf("ID", &self.id);
            writer.leaf("DisplayName", &self.display_name);
        });
    }
}

/// How names are written in lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum KeyEncoding {
    /// As they are. What XML cannot carry is lost.
    #[default]
    Plain,
    /// Percent-encoded, so that every key can be written.
    Url,
}

impl KeyEncoding {
    /// Reads the query parameter `encoding-type`.
    ///
    /// # Errors
    /// `InvalidArgument` for anything but `url`.
    pub fn from_parameter(value: Option<&str>) -> S3Result<Self> {
        match value {
            None | Some("") => Ok(Self::Plain),
            Some(word) if word.eq_ignore_ascii_case("url") => Ok(Self::Url),
            Some(other) => Err(invalid_argument(
                "encoding-type",
                other,
                "the encoding of names can only be url",
            )),
        }
    }

    /// A key, prefix, delimiter or marker as the list shows it. Slashes stay.
    #[must_use]
    pub fn write(self, name: &str) -> String {
        match self {
            Self::Plain => name.to_owned(),
            Self::Url => uri_encode(name.as_bytes(), true),
        }
    }
}

/// `2026-11-21T06:21:51.000Z` from milliseconds since 1970.
#[must_use]
pub fn timestamp(ms: i64) -> String {
    let mut text = Timestamp(ms.div_euclid(1000)).iso8601();
    text.truncate(text.len() - 1); // the Z
    format!("{text}.{:03}Z", ms.rem_euclid(1000))
}

/// A document of S3's namespace.
#[must_use]
pub fn document(root: &str, content: impl FnOnce(&mut Writer)) -> Vec<u8> {
    let mut writer = Writer::new();
    writer.element(root, &[("xmlns", NAMESPACE)], content);
    writer.finish()
}

/// Reads the document of a request.
///
/// # Errors
/// `MaxMessageLengthExceeded` when it is too large, otherwise `MalformedXML`.
pub fn read<'a>(body: &'a [u8], root: &str, limits: &Limits) -> S3Result<Element<'a>> {
    let element = parse(body, limits).map_err(|error| match error {
        XmlError::TooLarge { .. } => S3Error::new(
            Code::MaxMessageLengthExceeded,
            format!("the request's document is too large: {error}"),
        ),
        error => malformed(format!("the request's document cannot be read: {error}")),
    })?;
    if element.name == root {
        Ok(element)
    } else {
        Err(malformed(format!(
            "the request's document is a <{}>, expected <{root}>",
            excerpt(element.name)
        )))
    }
}

/// The one child of this name.
///
/// # Errors
/// `MalformedXML` when there is none, or more than one.
pub fn one<'e, 'a>(parent: &'e Element<'a>, name: &str) -> S3Result<&'e Element<'a>> {
    at_most_one(parent, name)?.ok_or_else(|| {
        let parent = excerpt(parent.name);
        malformed(format!("<{parent}> has no <{name}>"))
    })
}

/// The child of this name, if there is one.
///
/// # Errors
/// `MalformedXML` when there is more than one.
pub fn at_most_one<'e, 'a>(
    parent: &'e Element<'a>,
    name: &str,
) -> S3Result<Option<&'e Element<'a>>> {
    let mut found = parent.all(name);
    match (found.next(), found.next()) {
        (_, Some(_)) => {
            let parent = excerpt(parent.name);
            Err(malformed(format!(
                "<{parent}> has more than one <{name}>, expected one"
            )))
        }
        (first, None) => Ok(first),
    }
}

/// The text of the one child of this name.
///
/// # Errors
/// `MalformedXML` when there is none, more than one, or it holds elements.
pub fn text<'e>(parent: &'e Element<'_>, name: &str) -> S3Result<&'e str> {
    text_in(one(parent, name)?)
}

/// The text of the child of this name, if there is one.
///
/// # Errors
/// `MalformedXML` when there is more than one, or it holds elements.
pub fn optional_text<'e>(parent: &'e Element<'_>, name: &str) -> S3Result<Option<&'e str>> {
    at_most_one(parent, name)?.map(text_in).transpose()
}

/// The text of an element.
///
/// # Errors
/// `MalformedXML` when it holds elements.
pub fn text_in<'e>(element: &'e Element<'_>) -> S3Result<&'e str> {
    match element.children.first() {
        None => Ok(&element.text),
        Some(child) => Err(malformed(format!(
            "<{}> holds a <{}>, expected text",
            excerpt(element.name),
            excerpt(child.name)
        ))),
    }
}

/// Refuses children of other names.
///
/// # Errors
/// `MalformedXML` that names the first one.
pub fn only(parent: &Element<'_>, names: &[&str]) -> S3Result<()> {
    let mut children = parent.children.iter();
    match children.find(|child| !names.contains(&child.name)) {
        None => Ok(()),
        Some(child) => Err(malformed(format!(
            "<{}> holds a <{}>, expected {}",
            excerpt(parent.name),
            excerpt(child.name),
            names.join(", ")
        ))),
    }
}

/// `MalformedXML`.
#[must_use]
pub fn malformed(message: impl Into<String>) -> S3Error {
    S3Error::new(Code::MalformedXML, message)
}

/// `InvalidArgument`, with the argument's name and value beside the message.
#[must_use]
pub fn invalid_argument(name: &str, value: &str, message: impl Into<String>) -> S3Error {
    S3Error::new(Code::InvalidArgument, message)
        .with("ArgumentName", name)
        .with("ArgumentValue", excerpt(value))
}

/// What a refusal repeats of a request: its first characters, control characters escaped.
#[must_use]
pub fn excerpt(text: &str) -> String {
    let shown = |c: char| {
        let escape = c.is_control();
        let escaped = escape.then(|| c.escape_default());
        escaped.into_iter().flatten().chain((!escape).then_some(c))
    };
    let mut short: String = text.chars().take(EXCERPT).flat_map(shown).collect();
    if text.chars().nth(EXCERPT).is_some() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_milliseconds_before_1970_too() {
        assert_eq!(timestamp(1_795_242_111_000), "2026-11-21T06:21:51.000Z");
        assert_eq!(timestamp(1_795_242_111_042), "2026-11-21T06:21:51.042Z");
        assert_eq!(timestamp(-1), "1969-12-31T23:59:59.999Z");
    }

    #[test]
    fn any_number_is_some_time() {
        for ms in [i64::MIN, i64::MAX] {
            assert!(timestamp(ms).ends_with('Z'), "{ms}");
        }
    }

    #[test]
    fn encoded_keys_keep_their_slashes() {
        let url = KeyEncoding::from_parameter(Some("url")).unwrap();

        assert_eq!(url.write("a b/ü+\u{1}"), "a%20b/%C3%BC%2B%01");
        assert_eq!(KeyEncoding::Plain.write("a b"), "a b");
        assert_eq!(
            KeyEncoding::from_parameter(None).unwrap(),
            KeyEncoding::Plain
        );
    }

    #[test]
    fn another_encoding_is_refused() {
        let error = KeyEncoding::from_parameter(Some("base64")).unwrap_err();

        assert_eq!(error.code, Code::InvalidArgument);
        assert!(
            error
                .details
                .contains(&("ArgumentValue", "base64".to_owned()))
        );
    }

    #[test]
    fn a_document_has_the_namespace_and_its_owner() {
        let owner = Owner {
            id: "75aa57f0".to_owned(),
            display_name: "a&b".to_owned(),
        };

        let written = document("R", |writer| owner.write(writer, "Owner"));

        assert_eq!(
            String::from_utf8(written).unwrap(),
            "<?xml version='1.0'?><R xmlns='http://s3.amazonaws.com/doc/2006-03-01/'>\
             <Owner><ID>75aa57f0</ID><DisplayName>a&amp;b</DisplayName></Owner></R>"
        );
    }

    #[test]
    fn another_root_and_too_large_a_document_are_refused() {
        let large = vec![b' '; SETTING.bytes + 1];

        assert_eq!(
            read(b"<a/>", "b", &SETTING).unwrap_err().message,
            "the request's document is a <a>, expected <b>"
        );
        assert_eq!(
            read(&large, "b", &SETTING).unwrap_err().code,
            Code::MaxMessageLengthExceeded
        );
        assert_eq!(
            read(b"", "b", &SETTING).unwrap_err().code,
            Code::MalformedXML
        );
    }

    #[test]
    fn a_child_stands_once_and_holds_text() {
        let twice = read(b"<r><a/><a/></r>", "r", &SETTING).unwrap();
        let nested = read(b"<r><a><b/></a></r>", "r", &SETTING).unwrap();

        assert!(text(&twice, "a").is_err());
        assert!(text(&nested, "a").is_err());
        assert!(text(&nested, "c").is_err());
        assert_eq!(optional_text(&nested, "c").unwrap(), None);
        assert!(only(&nested, &["c"]).is_err());
        assert!(only(&nested, &["a"]).is_ok());
    }

    #[test]
    fn excerpts_are_short_and_printable() {
        assert_eq!(excerpt("a\nb"), "a\\nb");
        assert_eq!(excerpt(&"é".repeat(81)), format!("{}…", "é".repeat(80)));
    }
}
