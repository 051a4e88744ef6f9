//! Buckets: ask, create, delete.

use super::super::AwsError;
use super::super::http::Body;
use super::answer::{allowing, document, whole};
use super::{S3, call, pair};
use crate::xml::Writer;

/// Namespace of S3's documents.
pub(super) const NAMESPACE: &str = "http://s3.amazonaws.com/doc/2006-03-01/";

impl S3 {
    /// Whether there is such a bucket and it may be listed (`GET /bucket?max-keys=0`, as
    /// euca2ools asks: the answer to `HEAD` would have no words).
    ///
    /// # Errors
    /// When it is another's, or the service refuses to tell.
    pub fn bucket_exists(&self, bucket: &str) -> Result<bool, AwsError> {
        let mut call = call("ListObjects", "GET", Some(bucket));
        call.query.push(pair("max-keys", "0"));
        match whole(&self.service, &call) {
            Ok(_) => Ok(true),
            Err(error) if error.is_code("NoSuchBucket") => Ok(false),
            // Without words of its own, 404 can be about nothing but the bucket.
            Err(error) if error.is_code("NotFound") => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Region of a bucket, as the service names it: empty for the classic one.
    ///
    /// # Errors
    /// When the service refuses to tell.
    pub fn bucket_location(&self, bucket: &str) -> Result<String, AwsError> {
        let mut call = call("GetBucketLocation", "GET", Some(bucket));
        call.query.push(pair("location", ""));
        let answer = whole(&self.service, &call)?;
        let root = document(&self.service, &call, &answer.body, "LocationConstraint")?;
        // Old services write the element twice, one in the other.
        let inner = root.all("LocationConstraint").next();
        let text = &inner.unwrap_or(&root).text;
        Ok(text.trim().to_owned())
    }

    /// Creates a bucket. One's own existing bucket is no error.
    ///
    /// # Errors
    /// When the name is taken or refused.
    pub fn create_bucket(&self, bucket: &str, location: Option<&str>) -> Result<(), AwsError> {
        let mut call = call("CreateBucket", "PUT", Some(bucket));
        if let Some(location) = location.filter(|name| !matches!(*name, "" | "us-east-1" | "US")) {
            let mut writer = Writer::new();
            writer.element(
                "CreateBucketConfiguration",
                &[("xmlns", NAMESPACE)],
                |writer| {
                    writer.leaf("LocationConstraint", location);
                },
            );
            call.body = Body::Bytes(writer.finish().into());
        }
        match allowing(whole(&self.service, &call), &["BucketAlreadyOwnedByYou"]) {
            // Services tell less than they know: it may be ours, or open to us.
            Err(error) if error.is_code("BucketAlreadyExists") => {
                match self.bucket_exists(bucket) {
                    Ok(true) => Ok(()),
                    _ => Err(error),
                }
            }
            result => result.map(drop),
        }
    }

    /// Deletes an empty bucket. That there is none is no error.
    ///
    /// # Errors
    /// When it is not empty, or the service refuses.
    pub fn delete_bucket(&self, bucket: &str) -> Result<(), AwsError> {
        let call = call("DeleteBucket", "DELETE", Some(bucket));
        allowing(whole(&self.service, &call), &["NoSuchBucket"]).map(drop)
    }
}
