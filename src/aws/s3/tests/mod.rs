//! Tests of the operations, and the servers that they talk to.

mod hostile;
mod operations;

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use hyper_util::rt::{TokioExecutor, TokioIo};
use tempfile::TempDir;

use super::*;
use crate::aws::http::{HttpClient, HttpOptions};
use crate::aws::service::{Protocol, RetryPolicy};
use crate::aws::sign::SignatureVersion;
use crate::aws::{Ambient, Credentials, Endpoint};
use crate::units::Timestamp;

/// S3 at an URL, without waiting between attempts.
pub(super) fn s3_at(url: &str, signature: SignatureVersion) -> S3 {
    let interrupted: Arc<dyn Fn() -> bool + Send + Sync> = Arc::new(|| false);
    let options = HttpOptions {
        stall_timeout: Duration::from_secs(5),
        ..HttpOptions::default()
    };
    let credentials = Credentials {
        access_key_id: "AKID".to_owned(),
        secret_access_key: "secret".to_owned().into(),
        session_token: None,
        expires: None,
    };
    S3::new(Connection {
        http: HttpClient::new(options, Arc::clone(&interrupted)).unwrap(),
        protocol: Protocol::S3,
        endpoint: Endpoint::parse(url, "us-east-1").unwrap(),
        credentials: Some(Arc::new(credentials)),
        signature,
        retry: RetryPolicy {
            attempts: 3,
            base: Duration::ZERO,
            longest: Duration::ZERO,
        },
        ambient: Ambient {
            now: || {
                let now = std::time::SystemTime::now();
                let since = now.duration_since(std::time::UNIX_EPOCH).unwrap();
                Timestamp(i64::try_from(since.as_secs()).unwrap())
            },
            random: || 7,
            interrupted,
        },
    })
}

/// A whole S3 server in this process: somebody else's implementation.
pub(super) struct Server {
    pub(super) url: String,
    /// Where it keeps its objects.
    _directory: TempDir,
}

impl Server {
    pub(super) fn start() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let objects = s3s_fs::FileSystem::new(directory.path()).unwrap();
        let mut builder = s3s::service::S3ServiceBuilder::new(objects);
        builder.set_auth(s3s::auth::SimpleAuth::from_single("AKID", "secret"));
        let service = builder.build();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread();
            let runtime = { runtime }.enable_all().build().unwrap();
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).unwrap();
                loop {
                    let (stream, _) = listener.accept().await.unwrap();
                    let service = service.clone();
                    tokio::spawn(async move {
                        let server =
                            hyper_util::server::conn::auto::Builder::new(TokioExecutor::new());
                        let _ = server.serve_connection(TokioIo::new(stream), service).await;
                    });
                }
            });
        });
        Self {
            url,
            _directory: directory,
        }
    }

    pub(super) fn s3(&self) -> S3 {
        s3_at(&self.url, SignatureVersion::V4)
    }
}
