//! Whether a bucket keeps what is replaced and deleted.
//!
//! ```text
//! Off ──► Enabled ◄──► Suspended      never back to Off
//! ```
//!
//! While it is suspended, new objects have the version `null`, and replace that version alone.
//!
//! Source: Amazon S3 API reference, `PutBucketVersioning`.

use super::xml::{self, excerpt, malformed};
use super::{Code, S3Error, S3Result};

pub use crate::cloud::state::buckets::Versioning;

impl Versioning {
    /// Reads a `VersioningConfiguration`: enabled or suspended.
    ///
    /// # Errors
    /// `MalformedXML` when it is none, `IllegalVersioningConfigurationException` when it has no
    /// status, `NotImplemented` when deleting shall need a second factor.
    pub fn from_xml(body: &[u8]) -> S3Result<Self> {
        let document = xml::read(body, "VersioningConfiguration", &xml::SETTING)?;
        xml::only(&document, &["Status", "MfaDelete"])?;
        match xml::optional_text(&document, "MfaDelete")? {
            None | Some("Disabled") => {}
            Some("Enabled") => {
                return Err(S3Error::new(
                    Code::NotImplemented,
                    "MfaDelete is Enabled: deletion by a second factor is not supported",
                ));
            }
            Some(other) => return Err(neither("MfaDelete", other, "Enabled or Disabled")),
        }
        match xml::optional_text(&document, "Status")? {
            Some("Enabled") => Ok(Self::Enabled),
            Some("Suspended") => Ok(Self::Suspended),
            Some(other) => Err(neither("Status", other, "Enabled or Suspended")),
            None => Err(S3Error::new(
                Code::IllegalVersioningConfigurationException,
                "the configuration has no <Status>, expected Enabled or Suspended",
            )),
        }
    }

    /// The configuration as clients read it; without status while it is off.
    #[must_use]
    pub fn to_xml(self) -> Vec<u8> {
        xml::document("VersioningConfiguration", |writer| match self {
            Self::Off => {}
            Self::Enabled => writer.leaf("Status", "Enabled"),
            Self::Suspended => writer.leaf("Status", "Suspended"),
        })
    }
}

fn neither(name: &str, found: &str, expected: &str) -> S3Error {
    let found = excerpt(found);
    malformed(format!("{name} is \"{found}\", expected {expected}"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, proptest};

    use super::*;

    fn read(content: &str) -> S3Result<Versioning> {
        let body = format!("<VersioningConfiguration>{content}</VersioningConfiguration>");
        Versioning::from_xml(body.as_bytes())
    }

    #[test]
    fn documents_and_texts_are_read_back() {
        for state in [Versioning::Enabled, Versioning::Suspended] {
            assert_eq!(Versioning::from_xml(&state.to_xml()).unwrap(), state);
            assert_eq!(Versioning::from_text(state.as_str()), Some(state));
        }
        assert_eq!(Versioning::from_text("off"), Some(Versioning::Off));
        assert_eq!(Versioning::from_text("Enabled"), None);
    }

    #[test]
    fn off_is_an_empty_document() {
        assert_eq!(
            String::from_utf8(Versioning::Off.to_xml()).unwrap(),
            "<?xml version='1.0'?>\
             <VersioningConfiguration xmlns='http://s3.amazonaws.com/doc/2006-03-01/'/>"
        );
    }

    #[test]
    fn it_cannot_be_switched_off() {
        let codes = ["", "<Status>Disabled</Status>"].map(|body| read(body).unwrap_err().code);

        assert_eq!(
            codes,
            [
                Code::IllegalVersioningConfigurationException,
                Code::MalformedXML
            ]
        );
    }

    #[test]
    fn a_second_factor_is_not_implemented() {
        let status = "<Status>Enabled</Status>";
        let with = |word: &str| read(&format!("{status}<MfaDelete>{word}</MfaDelete>"));

        assert_eq!(with("Disabled").unwrap(), Versioning::Enabled);
        assert_eq!(with("Enabled").unwrap_err().code, Code::NotImplemented);
        assert_eq!(with("Perhaps").unwrap_err().code, Code::MalformedXML);
    }

    proptest! {
        #[test]
        fn no_input_panics(bytes in any::<Vec<u8>>(), content in "[<>/a-zA-Z&;]{0,40}") {
            let _ = Versioning::from_xml(&bytes);
            let _ = read(&content);
        }
    }
}
