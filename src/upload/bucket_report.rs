//! What a service tells of a bucket: where it is, whose, and who may do what.

use crate::aws::AwsError;
use crate::aws::s3::S3;
use crate::aws::service::Call;
use crate::xml::{self, Element, Limits};

use super::UploadError;
use super::bucket::{BucketLocation, BucketState, check_bucket};

/// Largest description of an ACL that is read, in bytes: S3 allows 100 grants.
const LARGEST: usize = 256 << 10;

/// Most elements of it.
const ELEMENTS: usize = 4096;

/// What is known of a bucket. What the service does not tell is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BucketReport {
    /// The service it is at.
    pub url: String,
    /// Where it is: `us-east-1` for the classic place.
    pub location: Option<String>,
    /// Name of its owner, or id.
    pub owner: Option<String>,
    /// `WHO: PERMISSION` for each grant of its ACL.
    pub grants: Option<Vec<String>>,
}

/// What the service tells of a bucket; none if there is no such bucket.
///
/// # Errors
/// When the bucket is another's, or the service cannot be reached.
pub fn describe_bucket(s3: &S3, bucket: &str) -> Result<Option<BucketReport>, UploadError> {
    if check_bucket(s3, bucket, &BucketLocation::Anywhere)? == BucketState::Missing {
        return Ok(None);
    }
    let location = told(s3.bucket_location(bucket))?;
    let acl = told(acl(s3, bucket))?;
    let (owner, grants) = acl.flatten().unzip();
    Ok(Some(BucketReport {
        url: s3.service().connection().endpoint.url(),
        location: location.map(|location| match location.as_str() {
            "" => "us-east-1".to_owned(),
            _ => location,
        }),
        owner,
        grants,
    }))
}

/// What is told, or none if the service refuses to: many servers know no locations or ACLs, and
/// not every user may ask for them.
fn told<T>(answer: Result<T, AwsError>) -> Result<Option<T>, UploadError> {
    match answer {
        Ok(value) => Ok(Some(value)),
        Err(AwsError::Service(_) | AwsError::Answer { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Owner and grants, if the answer can be read.
fn acl(s3: &S3, bucket: &str) -> Result<Option<(String, Vec<String>)>, AwsError> {
    let mut response = s3.service().call(&Call {
        bucket: Some(bucket),
        query: vec![("acl".to_owned(), String::new())],
        ..Call::new("GetBucketAcl", "GET")
    })?;
    let bytes = response
        .bytes(LARGEST)
        .map_err(|source| AwsError::Transport {
            operation: "GetBucketAcl",
            host: s3.service().connection().endpoint.host.clone(),
            attempts: 1,
            source,
        })?;
    Ok(read_acl(&bytes))
}

fn read_acl(bytes: &[u8]) -> Option<(String, Vec<String>)> {
    let limits = Limits {
        bytes: LARGEST,
        elements: ELEMENTS,
        plain: false,
    };
    let root = xml::parse(bytes, &limits).ok()?;
    let owner = who(root.all("Owner").next()?)?;
    let list = root.all("AccessControlList").next()?;
    let grant = |grant: &Element<'_>| {
        let permission = &grant.all("Permission").next()?.text;
        Some(format!(
            "{}: {permission}",
            who(grant.all("Grantee").next()?)?
        ))
    };
    let grants = list.all("Grant").filter_map(grant).collect();
    Some((owner, grants))
}

/// The name of an owner or grantee; a group's is the end of its URI.
fn who(element: &Element<'_>) -> Option<String> {
    let names = ["DisplayName", "ID", "URI", "EmailAddress"];
    let mut texts = names
        .iter()
        .filter_map(|name| element.all(name).next())
        .map(|element| element.text.trim());
    let text = texts.find(|text| !text.is_empty())?;
    Some(text.rsplit('/').next().unwrap_or(text).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn owner_and_grants_are_read() {
        let text = br#"<?xml version="1.0" encoding="UTF-8"?>
            <AccessControlPolicy xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
              <Owner><ID>75aa</ID><DisplayName>alice</DisplayName></Owner>
              <AccessControlList>
                <Grant><Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
                  xsi:type="CanonicalUser"><ID>75aa</ID></Grantee>
                  <Permission>FULL_CONTROL</Permission></Grant>
                <Grant><Grantee><URI>http://acs.amazonaws.com/groups/global/AllUsers</URI></Grantee>
                  <Permission>READ</Permission></Grant>
              </AccessControlList>
            </AccessControlPolicy>"#;

        let (owner, grants) = read_acl(text).unwrap();

        assert_eq!(owner, "alice");
        assert_eq!(grants, ["75aa: FULL_CONTROL", "AllUsers: READ"]);
    }

    #[test]
    fn anything_else_is_unknown() {
        assert_eq!(read_acl(b"not xml"), None);
        assert_eq!(read_acl(b"<Owner/>"), None);
    }
}
