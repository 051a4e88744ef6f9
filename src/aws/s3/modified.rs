//! When an object was written.

use super::answer::{unexpected, whole};
use super::{ObjectName, S3};
use crate::aws::AwsError;
use crate::units::Timestamp;

impl S3 {
    /// When an object was last written, by the service's clock; of one that came in parts perhaps
    /// when that began. None if there is no such object.
    ///
    /// # Errors
    /// When the service refuses to tell, or tells no date.
    pub fn last_modified(&self, object: ObjectName<'_>) -> Result<Option<Timestamp>, AwsError> {
        let call = object.call("HeadObject", "HEAD");
        let answer = match whole(&self.service, &call) {
            Err(error) if error.is_status(404) => return Ok(None),
            other => other?,
        };
        let date = answer.head.header("last-modified");
        if let Some(date) = date.and_then(Timestamp::parse) {
            return Ok(Some(date));
        }
        let found = format!("Last-Modified {date:?}");
        Err(unexpected(&self.service, &call, found, "a date"))
    }
}
