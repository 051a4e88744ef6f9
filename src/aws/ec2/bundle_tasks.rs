//! Bundle tasks: the service bundles an instance's disk and uploads it to a bucket.
//!
//! ```text
//! pending ─► waiting-for-shutdown ─► bundling ─► storing ─► complete
//!    └───────────────┴──────────────────┴────────────┴────► cancelling ─► failed
//! ```
//!
//! The service posts the bundle with an upload policy that the bucket's owner signed.

use std::fmt;

use serde::Serialize;

use super::{Ec2Request, Fields, Filter, FromFields, Parameters, Unreadable};

/// `BundleInstance`.
#[derive(Clone)]
pub struct BundleInstance {
    /// The instance.
    pub instance_id: String,
    /// The bucket.
    pub bucket: String,
    /// How the bundle's names begin.
    pub prefix: String,
    /// Access key of the bucket's owner.
    pub access_key_id: String,
    /// The policy, base64.
    pub upload_policy: String,
    /// Its signature, base64.
    pub upload_policy_signature: String,
}

/// Without policy and signature: together they let anybody post.
impl fmt::Debug for BundleInstance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BundleInstance")
            .field("instance_id", &self.instance_id)
            .field("bucket", &self.bucket)
            .field("prefix", &self.prefix)
            .finish_non_exhaustive()
    }
}

/// `DescribeBundleTasks`.
#[derive(Debug, Clone, Default)]
pub struct DescribeBundleTasks {
    /// Their ids; all if empty.
    pub bundle_ids: Vec<String>,
    /// Conditions.
    pub filters: Vec<Filter>,
}

/// `CancelBundleTask`.
#[derive(Debug, Clone)]
pub struct CancelBundleTask {
    /// Its id.
    pub bundle_id: String,
}

/// A bundle task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BundleTask {
    /// Its id: `bun-…`.
    pub bundle_id: String,
    /// The instance.
    pub instance_id: Option<String>,
    /// The bucket.
    pub bucket: Option<String>,
    /// How the bundle's names begin.
    pub prefix: Option<String>,
    /// When it began.
    pub start_time: Option<String>,
    /// When it was last heard of.
    pub update_time: Option<String>,
    /// Where it is: `pending`, `bundling`, `complete`, `failed`.
    pub state: Option<String>,
    /// How far it is: `70%`.
    pub progress: Option<String>,
    /// Why it failed.
    pub error: Option<BundleTaskError>,
}

/// Why a bundle task failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BundleTaskError {
    /// A code: `Client.S3Error`.
    pub code: Option<String>,
    /// The same in words.
    pub message: Option<String>,
}

impl BundleTask {
    /// Where the manifest will be: `bucket/prefix.manifest.xml`.
    #[must_use]
    pub fn manifest(&self) -> Option<String> {
        let (bucket, prefix) = (self.bucket.as_ref()?, self.prefix.as_ref()?);
        Some(format!("{bucket}/{prefix}.manifest.xml"))
    }
}

/// The task that an answer is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OneBundleTask(
    /// The task.
    pub BundleTask,
);

impl Ec2Request for BundleInstance {
    const ACTION: &'static str = "BundleInstance";
    /// A second one would bundle twice.
    const REPEATABLE: bool = false;
    type Response = OneBundleTask;

    fn write(&self, parameters: &mut Parameters) {
        parameters.set("InstanceId", &self.instance_id);
        parameters.set("Storage.S3.Bucket", &self.bucket);
        parameters.set("Storage.S3.Prefix", &self.prefix);
        parameters.set("Storage.S3.AWSAccessKeyId", &self.access_key_id);
        parameters.set_secret("Storage.S3.UploadPolicy", &self.upload_policy);
        parameters.set_secret(
            "Storage.S3.UploadPolicySignature",
            &self.upload_policy_signature,
        );
    }
}

impl Ec2Request for DescribeBundleTasks {
    const ACTION: &'static str = "DescribeBundleTasks";
    const REPEATABLE: bool = true;
    type Response = Vec<BundleTask>;

    fn write(&self, parameters: &mut Parameters) {
        parameters.list("BundleId", &self.bundle_ids);
        parameters.filters(&self.filters);
    }
}

impl Ec2Request for CancelBundleTask {
    const ACTION: &'static str = "CancelBundleTask";
    const REPEATABLE: bool = true;
    type Response = OneBundleTask;

    fn write(&self, parameters: &mut Parameters) {
        parameters.set("BundleId", &self.bundle_id);
    }
}

impl FromFields for Vec<BundleTask> {
    fn from_fields(fields: Fields<'_>) -> Result<Self, Unreadable> {
        // Eucalyptus has bundleTasks in some versions.
        let sets = ["bundleInstanceTasksSet", "bundleTasks"];
        let found = sets.into_iter().find(|set| fields.part(set).is_some());
        found.map_or(Ok(Self::new()), |set| fields.list(set))
    }
}

impl FromFields for OneBundleTask {
    fn from_fields(fields: Fields<'_>) -> Result<Self, Unreadable> {
        let part = fields.part("bundleInstanceTask").ok_or(Unreadable {
            found: "no <bundleInstanceTask>".to_owned(),
            expected: "a bundle task",
        })?;
        BundleTask::from_fields(part).map(Self)
    }
}

impl FromFields for BundleTask {
    fn from_fields(fields: Fields<'_>) -> Result<Self, Unreadable> {
        let s3 = fields.part("storage").and_then(|part| part.part("S3"));
        Ok(Self {
            bundle_id: fields.required("bundleId")?,
            instance_id: fields.text("instanceId"),
            bucket: s3.and_then(|part| part.text("bucket")),
            prefix: s3.and_then(|part| part.text("prefix")),
            start_time: fields.text("startTime"),
            update_time: fields.text("updateTime"),
            state: fields.text("state"),
            progress: fields.text("progress"),
            error: fields.part("error").map(|part| BundleTaskError {
                code: part.text("code"),
                message: part.text("message"),
            }),
        })
    }
}
