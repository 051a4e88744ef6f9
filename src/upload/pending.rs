//! Multipart uploads that nobody completed: their chunks cost storage until they are given up.

use crate::aws::s3::{ObjectName, PendingUpload, S3};
use crate::progress::{Progress, Stage};
use crate::units::Timestamp;

use super::{BucketPath, UploadError};

/// Pending uploads of keys that begin with the path's prefix; of those, only the ones that began
/// before `before` if that is given. One whose beginning is not told is never old enough.
///
/// # Errors
/// When the service refuses to tell.
pub fn pending_uploads(
    s3: &S3,
    path: &BucketPath,
    before: Option<Timestamp>,
) -> Result<Vec<PendingUpload>, UploadError> {
    let mut uploads = s3.list_uploads(path.bucket(), path.prefix())?;
    if let Some(before) = before {
        uploads.retain(|upload| is_older(upload, before));
    }
    Ok(uploads)
}

fn is_older(upload: &PendingUpload, than: Timestamp) -> bool {
    Timestamp::parse(&upload.initiated).is_some_and(|began| began < than)
}

/// Gives pending uploads up. Returns how many.
///
/// # Errors
/// When the service refuses, or the caller asks to stop; those before are gone by then.
pub fn abort_uploads(
    s3: &S3,
    bucket: &str,
    uploads: &[PendingUpload],
    progress: &dyn Progress,
) -> Result<usize, UploadError> {
    progress.begin(Stage::Objects, Some(uploads.len() as u64));
    for (done, upload) in uploads.iter().enumerate() {
        if progress.interrupted() {
            return Err(UploadError::Stopped {
                done,
                total: uploads.len(),
            });
        }
        let key = upload.key.as_str();
        s3.abort_multipart(ObjectName { bucket, key }, &upload.upload_id)?;
        progress.advance(Stage::Objects, 1);
    }
    progress.finish(Stage::Objects);
    Ok(uploads.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_began_nobody_knows_when_is_never_old_enough() {
        let upload = |initiated: &str| PendingUpload {
            key: "key".to_owned(),
            upload_id: "id".to_owned(),
            initiated: initiated.to_owned(),
        };
        let noon = Timestamp::parse("2026-11-21T12:00:00Z").unwrap();

        assert!(is_older(&upload("2026-11-21T11:59:59.999Z"), noon));
        assert!(!is_older(&upload("2026-11-21T12:00:01.000Z"), noon));
        assert!(!is_older(&upload(""), noon));
    }
}
