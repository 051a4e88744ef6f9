//! Tags of buckets and objects.
//!
//! ```text
//! x-amz-tagging: project=web&stage=test   ┐
//! <Tagging><TagSet><Tag>Key, Value …      ┴─► judged ─► Tags ─► XML, or JSON in the database
//! ```
//!
//! Source: Amazon S3 user guide, "Categorizing your objects using tags".

use serde::{Deserialize, Serialize};

use crate::aws::sign::canonical::uri_decode;

use super::xml::{self, excerpt, invalid_argument};
use super::{Code, S3Error, S3Result};

/// Longest key, in characters.
const MAX_KEY: usize = 128;

/// Longest value, in characters.
const MAX_VALUE: usize = 256;

/// What carries the tags.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tagged {
    /// A bucket: up to 50 tags.
    Bucket,
    /// An object, or a version of one: up to 10 tags.
    Object,
}

impl Tagged {
    const fn most(self) -> usize {
        match self {
            Self::Bucket => 50,
            Self::Object => 10,
        }
    }
}

/// A set of tags, no key twice.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Tags {
    /// Keys and values, in the order they were given.
    pub pairs: Vec<(String, String)>,
}

impl Tags {
    /// Reads the header `x-amz-tagging`: a query, in which `+` is a space and a key may stand
    /// without `=`.
    ///
    /// # Errors
    /// `InvalidArgument` when it is not UTF-8 or a key stands twice; otherwise those of
    /// [`from_xml`](Self::from_xml).
    pub fn from_header(value: &str, tagged: Tagged) -> S3Result<Self> {
        let wrong = |why| invalid_argument("x-amz-tagging", value, why);
        let mut tags = Self::default();
        for part in value.split('&').filter(|part| !part.is_empty()) {
            let (key, value) = part.split_once('=').unwrap_or((part, ""));
            let (key, value) = decoded(key)
                .zip(decoded(value))
                .ok_or_else(|| wrong("the tags are not UTF-8 in percent-encoding"))?;
            if tags.get(&key).is_some() {
                return Err(wrong("a key of the tags stands twice"));
            }
            tags.add(key, value, tagged)?;
        }
        Ok(tags)
    }

    /// Reads a `Tagging` document.
    ///
    /// # Errors
    /// `MalformedXML` when it is none; `BadRequest` for too many tags; `InvalidTag` for a key or
    /// value that S3 does not take, and for a key that stands twice.
    pub fn from_xml(body: &[u8], tagged: Tagged) -> S3Result<Self> {
        let document = xml::read(body, "Tagging", &xml::SETTING)?;
        xml::only(&document, &["TagSet"])?;
        let set = xml::one(&document, "TagSet")?;
        xml::only(set, &["Tag"])?;
        let mut tags = Self::default();
        for tag in &set.children {
            xml::only(tag, &["Key", "Value"])?;
            let (key, value) = (xml::text(tag, "Key")?, xml::text(tag, "Value")?);
            if tags.get(key).is_some() {
                return Err(invalid(key, "the key stands twice"));
            }
            tags.add(key.to_owned(), value.to_owned(), tagged)?;
        }
        Ok(tags)
    }

    fn add(&mut self, key: String, value: String, tagged: Tagged) -> S3Result<()> {
        if self.pairs.len() == tagged.most() {
            let most = tagged.most();
            return Err(S3Error::new(
                Code::BadRequest,
                format!("there are too many tags, expected at most {most}"),
            ));
        }
        let too_long = |text: &str, most: usize| text.chars().nth(most).is_some();
        if key.is_empty() || too_long(&key, MAX_KEY) {
            let why = format!("expected a key of 1 to {MAX_KEY} characters");
            return Err(invalid(&key, why));
        }
        if too_long(&value, MAX_VALUE) {
            let why = format!("expected a value of at most {MAX_VALUE} characters");
            return Err(invalid(&key, why));
        }
        if key
            .get(..4)
            .is_some_and(|it| it.eq_ignore_ascii_case("aws:"))
        {
            return Err(invalid(&key, "keys that begin with aws: are the system's"));
        }
        if !key.chars().chain(value.chars()).all(is_allowed) {
            let why = "expected letters, digits, spaces and _ . : / = + - @";
            return Err(invalid(&key, why));
        }
        self.pairs.push((key, value));
        Ok(())
    }

    /// The value of a key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&str> {
        let found = self.pairs.iter().find(|(known, _)| known == key);
        found.map(|(_, value)| value.as_str())
    }

    /// How many there are, as `x-amz-tagging-count` says.
    #[must_use]
    pub fn len(&self) -> usize {
        self.pairs.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    /// The tags as clients read them.
    #[must_use]
    pub fn to_xml(&self) -> Vec<u8> {
        xml::document("Tagging", |writer| {
            writer.element("TagSet", &[], |writer| {
                for (key, value) in &self.pairs {
                    writer.element("Tag", &[], |writer| {
                        writer.leaf("Key", key);
                        writer.leaf("Value", value);
                    });
                }
            });
        })
    }

    /// The tags as the database keeps them: `[["project","web"]]`.
    ///
    /// # Panics
    /// Never: texts are always JSON.
    #[must_use]
    pub fn to_text(&self) -> String {
        serde_json::to_string(self).expect("pairs of texts are always JSON")
    }

    /// Reads what [`to_text`](Self::to_text) wrote.
    ///
    /// # Errors
    /// When it is something else.
    pub fn from_text(text: &str) -> serde_json::Result<Self> {
        serde_json::from_str(text)
    }
}

fn decoded(text: &str) -> Option<String> {
    String::from_utf8(uri_decode(&text.replace('+', " "))).ok()
}

fn is_allowed(c: char) -> bool {
    let is_space = c.is_whitespace() && !c.is_control();
    c.is_alphanumeric() || is_space || "_.:/=+-@".contains(c)
}

fn invalid(key: &str, why: impl Into<String>) -> S3Error {
    S3Error::new(Code::InvalidTag, why).with("TagKey", excerpt(key))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop_assert_eq, proptest};

    use super::*;

    const OBJECT: Tagged = Tagged::Object;

    fn document(tags: &[(&str, &str)]) -> Vec<u8> {
        let owned = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
        let pairs = tags.iter().map(owned).collect();
        Tags { pairs }.to_xml()
    }

    fn refusal(tags: &[(&str, &str)]) -> Code {
        Tags::from_xml(&document(tags), OBJECT).unwrap_err().code
    }

    #[test]
    fn a_header_is_a_query() {
        let tags = Tags::from_header("project=w%C3%A9b+1&stage=&a%2Bb=c=d&flag", OBJECT).unwrap();

        assert_eq!(tags.len(), 4);
        assert_eq!(tags.get("project"), Some("wéb 1"));
        assert_eq!(tags.get("a+b"), Some("c=d"));
        assert_eq!(tags.get("flag"), Some(""));
        assert!(Tags::from_header("", OBJECT).unwrap().is_empty());
    }

    #[test]
    fn a_header_with_a_key_twice_or_bytes_that_are_no_text_is_refused() {
        for value in ["a=1&a=2", "a=%FF"] {
            let error = Tags::from_header(value, OBJECT).unwrap_err();
            assert_eq!(error.code, Code::InvalidArgument, "{value}");
        }
        let error = Tags::from_header("a=50%", OBJECT).unwrap_err();
        assert_eq!(error.code, Code::InvalidTag);
    }

    #[test]
    fn a_document_is_written_and_read_back() {
        let written = document(&[("project", "web & co"), ("b", "")]);
        assert_eq!(
            Tags::from_xml(&written, OBJECT).unwrap_err().code,
            Code::InvalidTag
        );

        let written = document(&[("project", "web"), ("b", "")]);
        let tags = Tags::from_xml(&written, OBJECT).unwrap();

        assert_eq!(
            String::from_utf8(tags.to_xml()).unwrap(),
            "<?xml version='1.0'?><Tagging xmlns='http://s3.amazonaws.com/doc/2006-03-01/'>\
             <TagSet><Tag><Key>project</Key><Value>web</Value></Tag>\
             <Tag><Key>b</Key><Value/></Tag></TagSet></Tagging>"
        );
    }

    #[test]
    fn limits_are_kept_to_the_character() {
        let (key, value) = ("é".repeat(128), "é".repeat(256));

        assert!(Tags::from_xml(&document(&[(&key, &value)]), OBJECT).is_ok());
        assert_eq!(refusal(&[(&"k".repeat(129), "")]), Code::InvalidTag);
        assert_eq!(refusal(&[("k", &"v".repeat(257))]), Code::InvalidTag);
        assert_eq!(refusal(&[("", "v")]), Code::InvalidTag);
    }

    #[test]
    fn objects_have_ten_tags_and_buckets_fifty() {
        let keys: Vec<String> = (0..51).map(|number| format!("k{number}")).collect();
        let tags: Vec<_> = keys.iter().map(|key| (key.as_str(), "v")).collect();
        let read = |count, tagged| Tags::from_xml(&document(&tags[..count]), tagged);

        assert!(read(10, OBJECT).is_ok());
        assert_eq!(read(11, OBJECT).unwrap_err().code, Code::BadRequest);
        assert!(read(50, Tagged::Bucket).is_ok());
        assert_eq!(read(51, Tagged::Bucket).unwrap_err().code, Code::BadRequest);
    }

    #[test]
    fn reserved_keys_odd_characters_and_repeats_are_refused() {
        for key in ["aws:x", "AWS:x", "a\u{7f}", "a\u{85}", "a*", "😀"] {
            assert_eq!(refusal(&[(key, "v")]), Code::InvalidTag, "{key}");
        }
        assert_eq!(refusal(&[("a", "1"), ("a", "2")]), Code::InvalidTag);
    }

    #[test]
    fn a_document_of_another_shape_is_malformed() {
        for body in [
            "",
            "<Tagging/>",
            "<Tagging><TagSet><Tag><Key>a</Key></Tag></TagSet></Tagging>",
            "<Tagging><TagSet><Other/></TagSet></Tagging>",
            "<Tagging><TagSet><Tag><Key>a</Key><Key>b</Key><Value/></Tag></TagSet></Tagging>",
        ] {
            let error = Tags::from_xml(body.as_bytes(), OBJECT).unwrap_err();
            assert_eq!(error.code, Code::MalformedXML, "{body}");
        }
    }

    proptest! {
        #[test]
        fn no_input_panics(text in any::<String>(), bytes in any::<Vec<u8>>()) {
            let _ = Tags::from_header(&text, OBJECT);
            let _ = Tags::from_xml(&bytes, OBJECT);
        }

        #[test]
        fn what_is_taken_survives_database_and_document(
            pairs in proptest::collection::btree_map("[a-z_.:/=+@ é-]{1,9}", "[A-Z0-9 ]{0,9}", 0..9)
        ) {
            let tags = Tags { pairs: pairs.into_iter().collect() };

            prop_assert_eq!(&Tags::from_text(&tags.to_text()).unwrap(), &tags);
            prop_assert_eq!(Tags::from_xml(&tags.to_xml(), Tagged::Bucket).unwrap(), tags);
        }
    }
}
