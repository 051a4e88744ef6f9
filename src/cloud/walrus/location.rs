//! The region in which a bucket says it is.
//!
//! This cloud has no regions: it keeps what the bucket's maker said, since clients sign for it.
//!
//! Source: Amazon S3 API reference, `CreateBucket` and `GetBucketLocation`.

use super::xml::{self, excerpt};
use super::{Code, S3Error, S3Result};

/// The region that `GetBucketLocation` writes as nothing.
pub const DEFAULT_REGION: &str = "us-east-1";

/// Longest name of a region, in bytes.
const MAX_REGION: usize = 64;

/// Reads the body of `CreateBucket`: the region asked for, none when nothing is said about it.
///
/// # Errors
/// `MalformedXML` when it is no `CreateBucketConfiguration`, `InvalidLocationConstraint` when it
/// names what cannot be a region, `NotImplemented` when it asks for a directory bucket or tags.
pub fn read(body: &[u8]) -> S3Result<Option<String>> {
    if body.is_empty() {
        return Ok(None);
    }
    let document = xml::read(body, "CreateBucketConfiguration", &xml::SETTING)?;
    let newer = ["Bucket", "Location", "Tags"];
    let mut children = document.children.iter();
    if let Some(child) = children.find(|child| newer.contains(&child.name)) {
        return Err(S3Error::new(
            Code::NotImplemented,
            format!(
                "<{}> is not supported in a CreateBucketConfiguration, expected LocationConstraint",
                child.name
            ),
        ));
    }
    xml::only(&document, &["LocationConstraint"])?;
    let region = xml::optional_text(&document, "LocationConstraint")?.unwrap_or_default();
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    if region.len() <= MAX_REGION && region.bytes().all(fits) {
        return Ok((!region.is_empty()).then(|| region.to_owned()));
    }
    Err(S3Error::new(
        Code::InvalidLocationConstraint,
        format!(
            "the location constraint is no region, \
             expected at most {MAX_REGION} letters, digits, - _ and ."
        ),
    )
    .with("LocationConstraint", excerpt(region)))
}

/// The answer of `GetBucketLocation`.
#[must_use]
pub fn write(region: Option<&str>) -> Vec<u8> {
    let named = region.filter(|region| *region != DEFAULT_REGION);
    xml::document("LocationConstraint", |writer| {
        writer.text(named.unwrap_or_default());
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, proptest};

    use super::*;

    fn asking(region: &str) -> S3Result<Option<String>> {
        let body = format!(
            "<CreateBucketConfiguration xmlns='{}'><LocationConstraint>{region}\
             </LocationConstraint></CreateBucketConfiguration>",
            xml::NAMESPACE
        );
        read(body.as_bytes())
    }

    #[test]
    fn any_plausible_region_is_taken() {
        for region in ["EU", "us-east-1", "eucalyptus", "de_1.x", &"a".repeat(64)] {
            assert_eq!(asking(region).unwrap().as_deref(), Some(region));
        }
        assert_eq!(asking("").unwrap(), None);
        assert_eq!(read(b"").unwrap(), None);
        assert_eq!(read(b"<CreateBucketConfiguration/>").unwrap(), None);
    }

    #[test]
    fn what_is_no_region_is_refused() {
        for region in ["a b", "é", "../x", &"a".repeat(65)] {
            let error = asking(region).unwrap_err();
            assert_eq!(error.code, Code::InvalidLocationConstraint, "{region}");
        }
    }

    #[test]
    fn directory_buckets_are_not_implemented_and_other_documents_malformed() {
        let read = |content: &str| {
            let root = "CreateBucketConfiguration";
            let body = format!("<{root}>{content}</{root}>");
            super::read(body.as_bytes()).unwrap_err().code
        };

        assert_eq!(
            read("<Bucket><Type>Directory</Type></Bucket>"),
            Code::NotImplemented
        );
        assert_eq!(read("<X/>"), Code::MalformedXML);
    }

    #[test]
    fn the_default_region_is_written_as_nothing() {
        let empty = "<?xml version='1.0'?>\
                     <LocationConstraint xmlns='http://s3.amazonaws.com/doc/2006-03-01/'/>";

        assert_eq!(String::from_utf8(write(None)).unwrap(), empty);
        assert_eq!(String::from_utf8(write(Some("us-east-1"))).unwrap(), empty);
        assert!(
            String::from_utf8(write(Some("EU")))
                .unwrap()
                .ends_with("'>EU</LocationConstraint>")
        );
    }

    proptest! {
        #[test]
        fn no_input_panics(bytes in any::<Vec<u8>>(), region in any::<String>()) {
            let _ = read(&bytes);
            let _ = asking(&region);
        }
    }
}
