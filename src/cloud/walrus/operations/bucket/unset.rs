//! Questions about what no bucket has here: each gets the answer that S3 gives for a bucket on
//! which it was never set. Taking it away succeeds, as there; setting it is `NotImplemented`,
//! which the routes answer.
//!
//! Clients ask these without being told to: before a copy, or to show what a bucket is like.
//!
//! Source: Amazon S3 API reference, the operations named here.

use std::sync::Arc;

use hyper::StatusCode;

use crate::cloud::walrus::Walrus;
use crate::cloud::walrus::answer::Answer;
use crate::cloud::walrus::error::{Code, S3Error, S3Result};
use crate::cloud::walrus::request::Request;
use crate::cloud::walrus::route::{Mark, Operation, Subject};

/// What is answered.
#[derive(Debug, Clone, Copy)]
enum Unset {
    /// A refusal that says that there is none.
    Missing(Code, &'static str),
    /// A document of this name: empty, or with one element.
    Document(&'static str, Option<(&'static str, &'static str)>),
    /// Nothing was there to be taken away.
    Gone,
}

use Unset::{Document, Gone, Missing};

macro_rules! operations {
    ($($constant:ident $name:literal $method:literal $parameter:literal $answer:expr;)*) => {
        $(
            #[doc = concat!("`", $name, "`.")]
            pub const $constant: Operation = Operation {
                name: $name,
                method: $method,
                subject: Subject::Bucket,
                marks: &[Mark::Parameter($parameter)],
                run: |walrus, request| Box::pin(run(walrus, request, $answer)),
            };
        )*
    };
}

operations! {
    GET_ACCELERATE "GetBucketAccelerateConfiguration" "GET" "accelerate"
        Document("AccelerateConfiguration", None);
    GET_ENCRYPTION "GetBucketEncryption" "GET" "encryption"
        Missing(Code::ServerSideEncryptionConfigurationNotFoundError, "encryption configuration");
    GET_LIFECYCLE "GetBucketLifecycleConfiguration" "GET" "lifecycle"
        Missing(Code::NoSuchLifecycleConfiguration, "lifecycle configuration");
    GET_LOGGING "GetBucketLogging" "GET" "logging"
        Document("BucketLoggingStatus", None);
    GET_NOTIFICATION "GetBucketNotificationConfiguration" "GET" "notification"
        Document("NotificationConfiguration", None);
    GET_OBJECT_LOCK "GetObjectLockConfiguration" "GET" "object-lock"
        Missing(Code::ObjectLockConfigurationNotFoundError, "object lock configuration");
    GET_OWNERSHIP "GetBucketOwnershipControls" "GET" "ownershipControls"
        Missing(Code::OwnershipControlsNotFoundError, "ownership controls");
    GET_POLICY "GetBucketPolicy" "GET" "policy"
        Missing(Code::NoSuchBucketPolicy, "policy");
    GET_PUBLIC_ACCESS "GetPublicAccessBlock" "GET" "publicAccessBlock"
        Missing(Code::NoSuchPublicAccessBlockConfiguration, "public access block configuration");
    GET_REPLICATION "GetBucketReplication" "GET" "replication"
        Missing(Code::ReplicationConfigurationNotFoundError, "replication configuration");
    GET_REQUEST_PAYMENT "GetBucketRequestPayment" "GET" "requestPayment"
        Document("RequestPaymentConfiguration", Some(("Payer", "BucketOwner")));
    GET_WEBSITE "GetBucketWebsite" "GET" "website"
        Missing(Code::NoSuchWebsiteConfiguration, "website configuration");
    DELETE_ENCRYPTION "DeleteBucketEncryption" "DELETE" "encryption" Gone;
    DELETE_LIFECYCLE "DeleteBucketLifecycle" "DELETE" "lifecycle" Gone;
    DELETE_OWNERSHIP "DeleteBucketOwnershipControls" "DELETE" "ownershipControls" Gone;
    DELETE_POLICY "DeleteBucketPolicy" "DELETE" "policy" Gone;
    DELETE_PUBLIC_ACCESS "DeletePublicAccessBlock" "DELETE" "publicAccessBlock" Gone;
    DELETE_REPLICATION "DeleteBucketReplication" "DELETE" "replication" Gone;
    DELETE_WEBSITE "DeleteBucketWebsite" "DELETE" "website" Gone;
}

async fn run(walrus: Arc<Walrus>, request: Request, answer: Unset) -> S3Result<Answer> {
    let bucket = walrus.bucket_for(&request).await?;
    match answer {
        Missing(code, what) => {
            let message = format!("the bucket has no {what}");
            Err(S3Error::new(code, message).with("BucketName", bucket.name))
        }
        Document(name, content) => Ok(Answer::document(name, |writer| {
            if let Some((element, text)) = content {
                writer.leaf(element, text);
            }
        })),
        Gone => Ok(Answer::empty(StatusCode::NO_CONTENT)),
    }
}
