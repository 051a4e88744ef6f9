//! The cloud that the settings describe, and the surroundings it gets from this process.

use std::sync::Arc;

use tokio::runtime::{Builder, Runtime};

use super::settings::Settings;
use crate::aws::http::{HttpClient, HttpOptions};
use crate::aws::s3::S3;
use crate::aws::service::{Connection, Protocol, RetryPolicy};
use crate::aws::sign::SignatureVersion;
use crate::aws::{Ambient, Credentials, Endpoint};
use crate::cli::failure::{Exit, Failure};
use crate::cli::host;
use crate::cloud::config::{Config, ObjectsUrl};
use crate::cloud::{Cloud, Surroundings};
use crate::units::Timestamp;

/// The cloud of these settings; nothing of it is opened yet.
///
/// # Errors
/// When the S3 that objects are to be kept in cannot be connected to as configured.
pub fn describe(settings: Settings) -> Result<Arc<Cloud>, Failure> {
    let outer = match &settings.config.objects.url {
        ObjectsUrl::Directory => None,
        ObjectsUrl::S3 { .. } => Some(outer(&settings.config)?),
    };
    Ok(Arc::new(Cloud {
        config: settings.config,
        data: settings.data,
        surroundings: surroundings(),
        outer,
    }))
}

/// Clock and randomness of this machine.
fn surroundings() -> Surroundings {
    Surroundings {
        now_ms: host::now_ms,
        random: host::fill_random,
    }
}

/// The S3 that objects are kept in. It is not asked anything yet.
fn outer(config: &Config) -> Result<S3, Failure> {
    let objects = &config.objects;
    let region = objects.region.as_str();
    let endpoint = match &objects.endpoint {
        Some(url) => Endpoint::parse(url, region)
            .map_err(|error| Failure::from_error(Exit::Credentials, &error))
            .map_err(|failure| {
                failure.hint(
                    "endpoint of [objects] in the configuration, or AMIKIT_CLOUD_OBJECTS_ENDPOINT",
                )
            })?,
        None => Endpoint::amazon_s3(region),
    };
    let (Some(id), Some(secret)) = (&objects.access_key_id, &objects.secret_access_key) else {
        return Err(Failure::new(
            Exit::Credentials,
            "there is no access key for the S3 that objects are kept in",
        ));
    };
    let credentials = Credentials {
        access_key_id: id.clone(),
        secret_access_key: secret.expose().to_owned().into(),
        session_token: None,
        expires: None,
    };
    let ambient = Ambient {
        now: || Timestamp(host::now()),
        random: host::random_number,
        interrupted: Arc::new(|| false),
    };
    let http = HttpClient::new(HttpOptions::default(), Arc::new(|| false))?;
    Ok(S3::new(Connection {
        http,
        protocol: Protocol::S3,
        endpoint,
        credentials: Some(Arc::new(credentials)),
        signature: SignatureVersion::V4,
        retry: RetryPolicy::default(),
        ambient,
    }))
}

/// What the cloud runs on: a thread for each processor, and more for what blocks.
///
/// # Errors
/// When the system gives no threads.
pub fn runtime() -> Result<Runtime, Failure> {
    Builder::new_multi_thread()
        .enable_all()
        .thread_name("amikit-cloud")
        .build()
        .map_err(|error| Failure::io("cannot start threads", &error))
}
