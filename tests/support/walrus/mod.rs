//! Walrus without a network: requests are signed, handed to the service, and answered.
//!
//! ```text
//! on_every_backend(|api| …)      SQLite │ PostgreSQL  ×  directory │ S3
//! api.admin().put("/bucket/key").body(b"…").send() ─► Reply
//! ```
//!
//! Three accounts are there: `admin`, and `alice` and `bob` who are not.

mod call;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use amikit::aws::http::{HttpClient, HttpOptions};
use amikit::aws::s3::S3;
use amikit::aws::service::{Connection, Protocol, RetryPolicy};
use amikit::aws::sign::verify::LONGEST_SKEW;
use amikit::aws::sign::{SignatureVersion, sha256};
use amikit::aws::{Ambient, Credentials, Endpoint};
use amikit::cloud::Surroundings;
use amikit::cloud::objects::{BlobStore, DirectoryStore, S3Store};
use amikit::cloud::state::accounts::{self, AccessKey, Account};
use amikit::cloud::state::{State, StateError};
use amikit::cloud::walrus::body::Pace;
use amikit::cloud::walrus::names::BucketRule;
use amikit::cloud::walrus::{Settings, Walrus};
use amikit::units::Timestamp;
use tokio::runtime::Runtime;

pub use call::{Caller, Reply};

use super::postgres;
use super::s3_server::{KEYS, S3Server};
use super::sandbox::Sandbox;

/// The service, and three accounts that use it.
pub struct Api {
    pub walrus: Arc<Walrus>,
    pub state: State,
    pub store: Arc<dyn BlobStore>,
    pub runtime: Runtime,
    /// What the combination is called, for messages.
    pub name: &'static str,
    sandbox: Sandbox,
    _backing: Option<S3Server>,
}

/// A client of the S3 that blobs are kept in.
fn client(url: &str) -> S3 {
    let credentials = Credentials {
        access_key_id: KEYS.0.to_owned(),
        secret_access_key: KEYS.1.to_owned().into(),
        session_token: None,
        expires: None,
    };
    let http = HttpClient::new(HttpOptions::default(), Arc::new(|| false)).expect("a client");
    S3::new(Connection {
        http,
        protocol: Protocol::S3,
        endpoint: Endpoint::parse(url, "us-east-1").expect("an endpoint"),
        credentials: Some(Arc::new(credentials)),
        signature: SignatureVersion::V4,
        retry: RetryPolicy::default(),
        ambient: Ambient {
            now: || Timestamp(now_ms() / 1000),
            random: || 4,
            interrupted: Arc::new(|| false),
        },
    })
}

/// Runs a story over every combination of database and store.
pub fn on_every_backend(story: impl Fn(&Api)) {
    for is_postgres in [false, true] {
        for is_s3 in [false, true] {
            story(&Api::start(is_postgres, is_s3));
        }
    }
}

/// Runs a story over each database, with a directory: where the store does not matter.
pub fn on_every_database(story: impl Fn(&Api)) {
    for is_postgres in [false, true] {
        story(&Api::start(is_postgres, false));
    }
}

/// Seconds that the service's clock is ahead; tests of one process share it.
static LATER_S: AtomicU64 = AtomicU64::new(0);

/// The service's time.
pub fn now_ms() -> i64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let ms = now.expect("a clock after 1970").as_millis();
    let later = LATER_S.load(Ordering::Relaxed) * 1000;
    i64::try_from(ms).expect("a clock before the year 292 million") + later.cast_signed()
}

fn random(bytes: &mut [u8]) {
    rustix::rand::getrandom(bytes, rustix::rand::GetRandomFlags::empty()).expect("random bytes");
}

/// Clock and randomness of the tests.
pub fn surroundings() -> Surroundings {
    Surroundings { now_ms, random }
}

/// The secret of an account's access key in tests; made up.
pub fn secret(name: &str) -> String {
    format!("testsecret/of+{name}")
}

/// The id of an account's access key in tests.
pub fn key_id(name: &str) -> String {
    format!("AKITEST{}", name.to_uppercase())
}

/// What an account signs with in tests.
pub fn credentials(name: &str) -> Credentials {
    Credentials {
        access_key_id: key_id(name),
        secret_access_key: secret(name).into(),
        session_token: None,
        expires: None,
    }
}

impl Api {
    /// A service of its own over one of the databases and one of the stores.
    pub fn start(is_postgres: bool, is_s3: bool) -> Self {
        let sandbox = Sandbox::new("walrus-api");
        let url = if is_postgres {
            postgres::database()
        } else {
            State::url_below(&sandbox.folder("data"))
        };
        let name = match (is_postgres, is_s3) {
            (false, false) => "SQLite, directory",
            (false, true) => "SQLite, S3",
            (true, false) => "PostgreSQL, directory",
            (true, true) => "PostgreSQL, S3",
        };
        if !is_s3 {
            let store = DirectoryStore::open(&sandbox.folder("objects")).expect("open the store");
            return Self::over(name, (sandbox, None), &url, Arc::new(store));
        }
        let server = S3Server::start(&sandbox);
        let s3 = client(&server.url());
        s3.create_bucket("blobs", None).expect("make a bucket");
        let store = S3Store::open(s3, "blobs", "cloud", "test").expect("open the store");
        Self::over(name, (sandbox, Some(server)), &url, Arc::new(store))
    }

    fn over(
        name: &'static str,
        (sandbox, backing): (Sandbox, Option<S3Server>),
        url: &str,
        store: Arc<dyn BlobStore>,
    ) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .expect("start a runtime");
        let state = runtime
            .block_on(State::open(url, 4))
            .expect("open the database");
        for (number, name) in ["admin", "alice", "bob"].into_iter().enumerate() {
            runtime.block_on(add_account(&state, number + 1, name));
        }
        let settings = Settings {
            domains: vec!["s3.localhost".to_owned(), "localhost".to_owned()],
            region: "us-east-1".to_owned(),
            names: BucketRule::Dns,
            buckets: 100,
            bucket_bytes: 0,
            object_bytes: 5 << 30,
            list_bytes: 4 << 20,
            skew_s: LONGEST_SKEW,
            pace: Pace::default(),
            upload_ms: 7 * 24 * 3_600_000,
            grace_ms: 0,
        };
        let surroundings = Surroundings { now_ms, random };
        let walrus = Walrus::new(state.clone(), Arc::clone(&store), settings, surroundings);
        Self {
            walrus: Arc::new(walrus),
            state,
            store,
            runtime,
            name,
            sandbox,
            _backing: backing,
        }
    }

    /// The folder that everything is in.
    pub fn sandbox(&self) -> &Sandbox {
        &self.sandbox
    }

    /// A caller: `admin`, `alice`, `bob`; nobody with `None`.
    pub fn as_(&self, signer: Option<&'static str>) -> Caller<'_> {
        Caller { api: self, signer }
    }

    /// The administrator.
    pub fn admin(&self) -> Caller<'_> {
        self.as_(Some("admin"))
    }

    /// A user.
    pub fn alice(&self) -> Caller<'_> {
        self.as_(Some("alice"))
    }

    /// Another user.
    pub fn bob(&self) -> Caller<'_> {
        self.as_(Some("bob"))
    }

    /// Somebody who does not sign.
    pub fn nobody(&self) -> Caller<'_> {
        self.as_(None)
    }

    /// What S3 shows as the owner's id.
    pub fn canonical_id(name: &str) -> String {
        hex::encode(sha256(name.as_bytes()))
    }
}

async fn add_account(state: &State, number: usize, name: &'static str) {
    let account = Account {
        id: format!("{number:012}"),
        name: name.to_owned(),
        canonical_id: Api::canonical_id(name),
        email: Some(format!("{name}@example.org")),
        is_admin: name == "admin",
        created_ms: now_ms(),
    };
    let key = AccessKey {
        id: key_id(name),
        account_id: account.id.clone(),
        secret: secret(name),
        is_active: true,
        created_ms: account.created_ms,
    };
    let added = state.write::<_, StateError>(move |db| {
        Box::pin(async move {
            accounts::insert(db, &account).await?;
            accounts::insert_key(db, &key).await
        })
    });
    added.await.expect("add an account");
}
