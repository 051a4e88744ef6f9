//! What to do when S3 says no.

use super::{DOCTOR, with_clock};
use crate::aws::ServiceError;

/// Whether an operation is S3's.
pub(super) fn is_operation(name: &str) -> bool {
    let words = ["Object", "Bucket", "Upload", "ListParts"];
    words.iter().any(|word| name.contains(word))
}

/// What helps against S3's no.
pub(super) fn hint(error: &ServiceError) -> Option<String> {
    let hint = match (error.code.as_str(), error.status) {
        ("AccessControlListNotSupported", _) => {
            "the bucket takes no ACLs (its owner is enforced): pass --acl none, and let the cloud \
             read the bucket by its policy"
                .to_owned()
        }
        ("NoSuchBucket", _) => {
            "check the bucket's name, the region and whose keys are used; upload-bundle makes a \
             bucket that is missing"
                .to_owned()
        }
        ("NoSuchKey" | "MethodNotAllowed", _) | (_, 404 | 405) if is_about_bucket(error) => {
            PATH_HINT.to_owned()
        }
        ("NoSuchKey", _) => "check the bucket and the name, as amikit check-bucket and the \
                             manifest tell them"
            .to_owned(),
        ("NoSuchUpload", _) => {
            "it was completed or aborted in the meantime: run the command again".to_owned()
        }
        ("BucketAlreadyExists", _) => {
            "the name is somebody else's: choose another bucket".to_owned()
        }
        ("BucketAlreadyOwnedByYou", _) => "the bucket is yours already: use it".to_owned(),
        ("BucketNotEmpty", _) => "delete what is in the bucket first".to_owned(),
        ("InvalidBucketName", _) => "bucket names have 3 to 63 lower-case letters, digits, dots \
                                     and hyphens"
            .to_owned(),
        ("TooManyBuckets" | "QuotaExceeded", _) => {
            "delete what is no longer needed, or ask the service's operators for more".to_owned()
        }
        (
            "PermanentRedirect"
            | "TemporaryRedirect"
            | "AuthorizationHeaderMalformed"
            | "InvalidRegion",
            _,
        ) => region_hint(error),
        ("IllegalLocationConstraintException" | "InvalidLocationConstraint", _) => {
            "a new bucket is made in the region that requests are signed for: pass one and the \
             same to --region and --location"
                .to_owned()
        }
        ("InvalidRequest", _) if error.message.contains("AWS4-HMAC-SHA256") => {
            "the service takes signatures of version 4 only: leave out --signature v2".to_owned()
        }
        ("NotImplemented", _) | (_, 501) => format!(
            "the service does not have {}; an old Walrus may need --signature v2",
            error.operation
        ),
        ("SlowDown" | "Throttling" | "RequestLimitExceeded" | "TooManyRequests", _) | (_, 429) => {
            "wait a little, or ask for less at once: --jobs".to_owned()
        }
        (_, 301 | 307 | 308) => region_hint(error),
        ("AccessDenied" | "AllAccessDisabled" | "Forbidden" | "UnauthorizedAccess", _)
        | (_, 401 | 403) => with_clock(error, denied(error)),
        _ => return None,
    };
    Some(hint)
}

/// What answers with "not here" where S3 has no such answer is often something else than S3.
const PATH_HINT: &str = "is that the whole URL of the S3 service? Some need a path, such as \
                         --url http://HOST:8773/services/objectstorage, and none takes a bucket's";

/// Whether a call is about a bucket, so that no key can be missing.
fn is_about_bucket(error: &ServiceError) -> bool {
    !error.resource.contains('/')
}

fn region_hint(error: &ServiceError) -> String {
    match &error.region {
        Some(region) => format!("the right region is {region}: pass --region {region}"),
        None => "the bucket is in another region: pass that with --region, or its URL with --url"
            .to_owned(),
    }
}

/// Which permission is missing, as the policies of AWS and Eucalyptus name them.
fn denied(error: &ServiceError) -> String {
    let needed = match error.operation {
        "PutObject" | "PostObject" => "s3:PutObject and, for the ACL, s3:PutObjectAcl",
        "CreateMultipartUpload" | "UploadPart" | "CompleteMultipartUpload" => "s3:PutObject",
        "PutObjectAcl" => "s3:PutObjectAcl",
        "GetObject" | "HeadObject" => {
            "s3:GetObject and, since a missing object is denied without it, s3:ListBucket"
        }
        "CopyObject" => "s3:GetObject on the source and s3:PutObject, s3:PutObjectAcl on the copy",
        "DeleteObject" => "s3:DeleteObject",
        "ListObjects" | "ListBucket" | "GetBucket" | "HeadBucket" => "s3:ListBucket",
        "GetBucketLocation" => "s3:GetBucketLocation",
        "CreateBucket" => "s3:CreateBucket",
        "DeleteBucket" => "s3:DeleteBucket",
        "ListBuckets" => "s3:ListAllMyBuckets",
        "ListParts" => "s3:ListMultipartUploadParts",
        "ListMultipartUploads" => "s3:ListBucketMultipartUploads",
        "AbortMultipartUpload" => "s3:AbortMultipartUpload",
        _ => return format!("use keys that may do it, or somebody else's bucket; {DOCTOR}"),
    };
    format!(
        "the keys need {needed} on {}; or is the bucket somebody else's?",
        error.resource
    )
}
