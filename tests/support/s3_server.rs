//! An S3 server inside the test: `s3s` with a folder of the sandbox as its store.
//!
//! ```text
//! amikit ─► 127.0.0.1:PORT ─► s3s checks the signature (V4, V2) ─► s3s-fs ─► SANDBOX/s3/BUCKET/KEY
//!                                        │ counts operations, refuses what it was told to
//! ```
//!
//! What it holds is read from its folder, not asked of it. It has no ACL operations and no list
//! of pending multipart uploads; moto has both.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::future::Future;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use s3s::access::{S3Access, S3AccessContext};
use s3s::auth::SimpleAuth;
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s::{S3Error, S3ErrorCode, S3Result};
use s3s_fs::FileSystem;
use sha1::{Digest as _, Sha1};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

use super::sandbox::Sandbox;

/// Access key and secret of tests; both are made up.
pub const KEYS: (&str, &str) = ("AKIDTESTAMIKIT000001", "testsecret/of+amikit");

/// Longest time to wait for requests that are still being answered when the server stops.
const STOPPING: Duration = Duration::from_secs(2);

/// A running server. It stops when it is dropped.
pub struct S3Server {
    address: SocketAddr,
    root: PathBuf,
    keys: (String, String),
    gate: Arc<Gate>,
    runtime: Option<Runtime>,
}

/// Counts operations and refuses some. Nobody is let in unsigned.
#[derive(Default)]
struct Gate {
    counts: Mutex<BTreeMap<String, usize>>,
    refusals: Mutex<BTreeMap<String, String>>,
}

/// The gate of one server, shared with it.
struct Guard(Arc<Gate>);

impl S3Server {
    /// Starts a server for [`KEYS`] that stores below `s3` in the sandbox.
    pub fn start(sandbox: &Sandbox) -> Self {
        Self::with(sandbox, KEYS)
    }

    /// Starts a server for this access key and secret.
    pub fn with(sandbox: &Sandbox, keys: (&str, &str)) -> Self {
        let root = sandbox.folder("s3");
        let gate = Arc::new(Gate::default());
        let mut service = S3ServiceBuilder::new(FileSystem::new(&root).expect("open the store"));
        service.set_auth(SimpleAuth::from_single(keys.0, keys.1));
        service.set_access(Guard(Arc::clone(&gate)));
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .expect("start a runtime");
        let listener = runtime.block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)));
        let listener = listener.expect("listen on the loopback");
        let address = listener.local_addr().expect("a listener has an address");
        runtime.spawn(serve(listener, service.build()));
        Self {
            address,
            root,
            keys: (keys.0.to_owned(), keys.1.to_owned()),
            gate,
            runtime: Some(runtime),
        }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its URL, without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The environment of a client of this server.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        environment(&self.url(), (&self.keys.0, &self.keys.1))
    }

    /// Every object of a bucket with its SHA-1 in hex, as they are on the server's disk. A bucket
    /// that does not exist has none.
    pub fn objects(&self, bucket: &str) -> BTreeMap<String, String> {
        digests(&self.root.join(bucket))
    }

    /// The file that an object's bytes are in.
    pub fn object_file(&self, bucket: &str, key: &str) -> PathBuf {
        self.root.join(bucket).join(key)
    }

    /// How many calls of an operation (`PutObject`) had a good signature so far.
    pub fn count(&self, operation: &str) -> usize {
        let counts = self.gate.counts.lock().expect("the counts");
        counts.get(operation).copied().unwrap_or(0)
    }

    /// Refuses an operation no longer.
    pub fn allow(&self, operation: &str) {
        let mut refusals = self.gate.refusals.lock().expect("the refusals");
        refusals.remove(operation);
    }

    /// From now on refuses an operation with this S3 error code (`AccessDenied`).
    pub fn refuse(&self, operation: &str, code: &str) {
        let mut refusals = self.gate.refusals.lock().expect("the refusals");
        refusals.insert(operation.to_owned(), code.to_owned());
    }
}

impl Drop for S3Server {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_timeout(STOPPING);
        }
    }
}

impl S3Access for Guard {
    // What `async_trait` would write: s3s' trait is made with it.
    fn check<'a, 'b, 'c, 'all>(
        &'a self,
        context: &'b mut S3AccessContext<'c>,
    ) -> Pin<Box<dyn Future<Output = S3Result<()>> + Send + 'all>>
    where
        'a: 'all,
        'b: 'all,
        'c: 'all,
        Self: 'all,
    {
        let verdict = self.0.judge(context);
        Box::pin(async move { verdict })
    }
}

impl Gate {
    fn judge(&self, context: &S3AccessContext<'_>) -> S3Result<()> {
        if context.credentials().is_none() {
            let words = "there is no signature";
            return Err(S3Error::with_message(S3ErrorCode::AccessDenied, words));
        }
        let operation = context.s3_op().name();
        let mut counts = self.counts.lock().expect("the counts");
        *counts.entry(operation.to_owned()).or_default() += 1;
        let refusals = self.refusals.lock().expect("the refusals");
        let Some(code) = refusals.get(operation) else {
            return Ok(());
        };
        let code = S3ErrorCode::from_bytes(code.as_bytes()).expect("a code in UTF-8");
        Err(S3Error::with_message(code, "refused by the test"))
    }
}

/// The environment of a client that talks to an S3 at `url` and to nobody else.
pub fn environment(url: &str, keys: (&str, &str)) -> Vec<(&'static str, String)> {
    vec![
        ("AWS_ACCESS_KEY_ID", keys.0.to_owned()),
        ("AWS_SECRET_ACCESS_KEY", keys.1.to_owned()),
        ("S3_URL", url.to_owned()),
        ("AWS_ENDPOINT_URL_S3", url.to_owned()),
        ("AWS_REGION", "us-east-1".to_owned()),
        ("AWS_DEFAULT_REGION", "us-east-1".to_owned()),
        ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
        ("no_proxy", "*".to_owned()),
    ]
}

/// Every file below a folder with its SHA-1 in hex: what a bucket should hold after the folder
/// went up.
pub fn digests(folder: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    collect(folder, "", &mut found);
    found
}

fn collect(folder: &Path, prefix: &str, found: &mut BTreeMap<String, String>) {
    let Ok(entries) = fs::read_dir(folder) else {
        return; // a folder that does not exist has no files
    };
    for entry in entries {
        let path = entry.expect("list a folder").path();
        let name = path.file_name().expect("an entry has a name");
        let key = format!("{prefix}{}", name.to_string_lossy());
        if path.is_dir() {
            collect(&path, &format!("{key}/"), found);
        } else if let Some(digest) = sha1(&path) {
            found.insert(key, digest);
        }
    }
}

/// SHA-1 of a file in hex; none if it has just gone away.
fn sha1(path: &Path) -> Option<String> {
    let mut file = File::open(path).ok()?;
    let mut digest = Sha1::new();
    let mut block = vec![0; 1 << 16];
    loop {
        let count = io::Read::read(&mut file, &mut block).expect("read an object");
        if count == 0 {
            return Some(hex::encode(digest.finalize()));
        }
        digest.update(&block[..count]);
    }
}

/// Serves every connection until the runtime is dropped.
async fn serve(listener: TcpListener, service: S3Service) {
    while let Ok((socket, _)) = listener.accept().await {
        let service = service.clone();
        tokio::spawn(async move {
            let server = Builder::new(TokioExecutor::new());
            // A client that goes away in mid-request is what some tests are about.
            let _ = server.serve_connection(TokioIo::new(socket), service).await;
        });
    }
}
