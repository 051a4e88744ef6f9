//! What can be wrong with an XML document.

/// Why a document is refused. Offsets are in bytes from the start of the file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum XmlError {
    /// The document is too large.
    #[error("the document has {found} bytes, expected at most {limit}")]
    TooLarge {
        /// Its size.
        found: usize,
        /// Largest size that is read.
        limit: usize,
    },
    /// The bytes are not UTF-8.
    #[error("byte {offset} is not UTF-8")]
    NotUtf8 {
        /// The first wrong byte.
        offset: usize,
    },
    /// The document declares another encoding or version of XML.
    #[error("the document declares {found:?}, expected XML 1.0 in UTF-8 or ASCII")]
    Declaration {
        /// What it declares.
        found: String,
    },
    /// The text is not well-formed.
    #[error("not well-formed at byte {offset}: {why}")]
    Syntax {
        /// Where.
        offset: usize,
        /// What does not fit.
        why: String,
    },
    /// Something that XML has and no document of ours needs.
    #[error("{what} at byte {offset}: none is accepted")]
    Forbidden {
        /// Where.
        offset: usize,
        /// "a document type", "a comment", …
        what: &'static str,
    },
    /// An entity that is not one of the five of XML.
    #[error(
        "unknown entity {name:?} at byte {offset}: expected amp, lt, gt, quot, apos or a number"
    )]
    Entity {
        /// Where.
        offset: usize,
        /// Its name.
        name: String,
    },
    /// Elements are nested too deeply.
    #[error("elements at byte {offset} are nested deeper than {limit}")]
    TooDeep {
        /// Where.
        offset: usize,
        /// Deepest nesting that is read.
        limit: usize,
    },
    /// There are too many elements.
    #[error("the document has more than {limit} elements")]
    TooMany {
        /// Most elements that are read.
        limit: usize,
    },
}
