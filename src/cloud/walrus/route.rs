//! Which operation a request means.
//!
//! S3 tells its operations apart by method, by whether a bucket and a key are named, and by
//! parameters and headers. The operation that asks for most of them is the one.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use super::Walrus;
use super::answer::Answer;
use super::error::{Code, S3Error, S3Result};
use super::operations::OPERATIONS;
use super::request::{Request, Target};

/// What an operation is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// The service.
    Service,
    /// A bucket.
    Bucket,
    /// An object.
    Object,
}

/// What else a request has to have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// A parameter, whatever its value.
    Parameter(&'static str),
    /// A parameter with this value.
    Value(&'static str, &'static str),
    /// A header.
    Header(&'static str),
}

/// An answer in the making.
pub type Answering = Pin<Box<dyn Future<Output = S3Result<Answer>> + Send>>;

/// One operation of S3's. The table of all is [`OPERATIONS`].
#[derive(Debug)]
pub struct Operation {
    /// S3's name for it.
    pub name: &'static str,
    /// The method.
    pub method: &'static str,
    /// What it is about.
    pub subject: Subject,
    /// What tells it apart from others.
    pub marks: &'static [Mark],
    /// Does it.
    pub run: fn(Arc<Walrus>, Request) -> Answering,
}

/// Sub-resources of S3's that are not here: asking for one must not be taken for the plain
/// operation.
pub const ELSEWHERE: [&str; 21] = [
    "accelerate",
    "analytics",
    "encryption",
    "intelligent-tiering",
    "inventory",
    "legal-hold",
    "lifecycle",
    "logging",
    "metadataTable",
    "metrics",
    "notification",
    "object-lock",
    "ownershipControls",
    "policy",
    "publicAccessBlock",
    "replication",
    "requestPayment",
    "restore",
    "retention",
    "torrent",
    "website",
];

impl Operation {
    fn fits(&self, method: &str, target: &Target, headers: &hyper::HeaderMap) -> bool {
        let subject = match (&target.bucket, &target.key) {
            (None, _) => Subject::Service,
            (Some(_), None) => Subject::Bucket,
            (Some(_), Some(_)) => Subject::Object,
        };
        let has = |mark: &Mark| match mark {
            Mark::Parameter(name) => target.query.iter().any(|(found, _)| found == name),
            Mark::Value(name, value) => {
                let mut pairs = target.query.iter();
                pairs.any(|(found, is)| found == name && is == value)
            }
            Mark::Header(name) => headers.contains_key(*name),
        };
        self.subject == subject && self.method == method && self.marks.iter().all(has)
    }
}

/// Finds the operation.
///
/// # Errors
/// `NotImplemented` and `MethodNotAllowed` when there is none.
pub fn find(
    method: &str,
    target: &Target,
    headers: &hyper::HeaderMap,
) -> S3Result<&'static Operation> {
    let fitting = OPERATIONS
        .iter()
        .filter(|o| o.fits(method, target, headers));
    let best = fitting.max_by_key(|operation| operation.marks.len());
    let asked = ELSEWHERE
        .iter()
        .find(|name| target.query.iter().any(|(found, _)| found == *name));
    match (best, asked) {
        (Some(operation), None) => Ok(operation),
        (Some(operation), Some(_)) if !operation.marks.is_empty() => Ok(operation),
        (_, Some(name)) => Err(S3Error::new(
            Code::NotImplemented,
            format!("this service has no \"{name}\""),
        )),
        (None, None) => Err(S3Error::new(
            Code::MethodNotAllowed,
            format!("{method} is not allowed against this resource"),
        )),
    }
}
