//! Deleting many objects by one request.
//!
//! ```text
//! Delete                                         DeleteResult
//! ├─ Quiet ?                                     ├─ Deleted *   Key, VersionId, DeleteMarker …
//! └─ Object (1–1000)  Key, VersionId ?, ETag ?   └─ Error *     Key, VersionId, Code, Message
//! ```
//!
//! Keys are not judged here: one that cannot exist fails alone, and the others are deleted.
//!
//! Source: Amazon S3 API reference, `DeleteObjects`.

use crate::xml::{Element, Limits, Writer};

use super::xml::{self, excerpt, malformed};
use super::{Code, S3Error, S3Result};

/// Most objects of a request.
pub const MAX_OBJECTS: usize = 1000;

/// A thousand keys of 1024 bytes with their escapes are 2 MiB at most in practice.
const LIMITS: Limits = Limits {
    bytes: 2 * 1024 * 1024,
    elements: 4 * MAX_OBJECTS + 16,
    plain: false,
};

/// An object to delete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// Its key, not judged yet.
    pub key: String,
    /// The version; none for the newest.
    pub version_id: Option<String>,
    /// The `ETag` that it must have, as it came: see
    /// [`WriteConditions`](super::conditions::WriteConditions).
    pub etag: Option<String>,
}

/// What to delete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeleteList {
    /// Whether the answer shall list failures only.
    pub quiet: bool,
    /// The objects, 1 to 1000, in order.
    pub objects: Vec<Named>,
}

impl DeleteList {
    /// Reads a `Delete` document.
    ///
    /// # Errors
    /// `MalformedXML` when it is none or has no object or more than 1000; `NotImplemented` for
    /// the conditions of directory buckets.
    pub fn from_xml(body: &[u8]) -> S3Result<Self> {
        let document = xml::read(body, "Delete", &LIMITS)?;
        xml::only(&document, &["Quiet", "Object"])?;
        let quiet = match xml::optional_text(&document, "Quiet")? {
            None | Some("false" | "0") => false,
            Some("true" | "1") => true,
            Some(other) => {
                let other = excerpt(other);
                return Err(malformed(format!(
                    "Quiet is \"{other}\", expected true or false"
                )));
            }
        };
        let count = document.all("Object").count();
        if !(1..=MAX_OBJECTS).contains(&count) {
            return Err(malformed(format!(
                "the list has {count} objects, expected 1 to {MAX_OBJECTS}"
            )));
        }
        let objects = document.all("Object").map(named);
        Ok(Self {
            quiet,
            objects: objects.collect::<S3Result<_>>()?,
        })
    }
}

fn named(object: &Element<'_>) -> S3Result<Named> {
    for name in ["LastModifiedTime", "Size"] {
        if object.all(name).next().is_some() {
            return Err(S3Error::new(
                Code::NotImplemented,
                format!(
                    "<{name}> of an <Object> is for directory buckets, which are not supported"
                ),
            ));
        }
    }
    xml::only(object, &["Key", "VersionId", "ETag"])?;
    let optional = |name| -> S3Result<Option<String>> {
        Ok(xml::optional_text(object, name)?.map(str::to_owned))
    };
    let version_id = optional("VersionId")?;
    Ok(Named {
        key: xml::text(object, "Key")?.to_owned(),
        version_id: version_id.filter(|id| !id.is_empty()),
        etag: optional("ETag")?,
    })
}

/// What became of one object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is gone, or was never there.
    Deleted {
        /// Its key.
        key: String,
        /// The version that was asked for.
        version_id: Option<String>,
        /// The id of the delete marker that was made or deleted.
        marker: Option<String>,
    },
    /// It is still there.
    Failed {
        /// Its key.
        key: String,
        /// The version that was asked for.
        version_id: Option<String>,
        /// Why.
        error: S3Error,
    },
}

/// The answer. When `quiet`, it lists failures only.
#[must_use]
pub fn answer(outcomes: &[Outcome], quiet: bool) -> Vec<u8> {
    xml::document("DeleteResult", |writer| {
        for outcome in outcomes {
            write(writer, outcome, quiet);
        }
    })
}

fn write(writer: &mut Writer, outcome: &Outcome, quiet: bool) {
    let head = |writer: &mut Writer, key: &str, version_id: &Option<String>| {
        writer.leaf("Key", key);
        if let Some(id) = version_id {
            writer.leaf("VersionId", id);
        }
    };
    match outcome {
        Outcome::Deleted { .. } if quiet => {}
        Outcome::Deleted {
            key,
            version_id,
            marker,
        } => writer.element("Deleted", &[], |writer| {
            head(writer, key, version_id);
            if let Some(id) = marker {
                writer.leaf("DeleteMarker", "true");
                writer.leaf("DeleteMarkerVersionId", id);
            }
        }),
        Outcome::Failed {
            key,
            version_id,
            error,
        } => writer.element("Error", &[], |writer| {
            head(writer, key, version_id);
            writer.leaf("Code", error.code.as_str());
            writer.leaf("Message", &error.message);
        }),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, proptest};

    use super::*;

    fn read(content: &str) -> S3Result<DeleteList> {
        DeleteList::from_xml(format!("<Delete>{content}</Delete>").as_bytes())
    }

    #[test]
    fn keys_keep_every_character_and_are_not_judged() {
        let list = read(
            "<Quiet>true</Quiet><Object><Key> a&#10;../b </Key></Object>\
             <Object><Key/><VersionId>v1</VersionId><ETag>\"e\"</ETag></Object>",
        )
        .unwrap();

        let named = |key: &str, version_id: Option<&str>, etag: Option<&str>| Named {
            key: key.to_owned(),
            version_id: version_id.map(str::to_owned),
            etag: etag.map(str::to_owned),
        };
        let objects = vec![
            named(" a\n../b ", None, None),
            named("", Some("v1"), Some("\"e\"")),
        ];
        assert_eq!(
            list,
            DeleteList {
                quiet: true,
                objects
            }
        );
    }

    #[test]
    fn a_list_has_one_to_a_thousand_objects() {
        let object = "<Object><Key>k</Key><VersionId>v</VersionId><ETag>e</ETag></Object>";

        assert_eq!(read(&object.repeat(1000)).unwrap().objects.len(), 1000);
        for count in [0, 1001, 5000] {
            let error = read(&object.repeat(count)).unwrap_err();
            assert_eq!(error.code, Code::MalformedXML, "{count}");
        }
    }

    #[test]
    fn another_shape_is_malformed() {
        for content in [
            "<Object/>",
            "<Object><Key>a</Key><Key>b</Key></Object>",
            "<Object><Key>a</Key></Object><Quiet>perhaps</Quiet>",
            "<Object><Key>a</Key></Object><Other/>",
        ] {
            assert_eq!(read(content).unwrap_err().code, Code::MalformedXML);
        }
        let size = read("<Object><Key>a</Key><Size>1</Size></Object>").unwrap_err();
        assert_eq!(size.code, Code::NotImplemented);
    }

    #[test]
    fn a_quiet_answer_lists_failures_only() {
        let outcomes = [
            Outcome::Deleted {
                key: "a&b".to_owned(),
                version_id: None,
                marker: Some("m1".to_owned()),
            },
            Outcome::Failed {
                key: "c".to_owned(),
                version_id: Some("v1".to_owned()),
                error: S3Error::access_denied(),
            },
        ];
        let head = "<?xml version='1.0'?>\
                    <DeleteResult xmlns='http://s3.amazonaws.com/doc/2006-03-01/'>";
        let deleted = "<Deleted><Key>a&amp;b</Key><DeleteMarker>true</DeleteMarker>\
                       <DeleteMarkerVersionId>m1</DeleteMarkerVersionId></Deleted>";
        let failed = "<Error><Key>c</Key><VersionId>v1</VersionId><Code>AccessDenied</Code>\
                      <Message>Access denied</Message></Error>";

        assert_eq!(
            String::from_utf8(answer(&outcomes, true)).unwrap(),
            format!("{head}{failed}</DeleteResult>")
        );
        assert_eq!(
            String::from_utf8(answer(&outcomes, false)).unwrap(),
            format!("{head}{deleted}{failed}</DeleteResult>")
        );
    }

    proptest! {
        #[test]
        fn no_input_panics(bytes in any::<Vec<u8>>(), content in "[<>/a-zA-Z&;]{0,40}") {
            let _ = DeleteList::from_xml(&bytes);
            let _ = read(&content);
        }
    }
}
