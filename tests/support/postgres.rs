//! A PostgreSQL server for the tests: one for all of them, a database for each that asks.
//!
//! ```text
//! test ─► database() ─► CREATE DATABASE test_N ─┐
//! test ─► database() ─► CREATE DATABASE test_M ─┴─► scripts/postgres: data in a folder of its own
//!                                                   ends with its standard input, which we hold
//! ```
//!
//! The first that asks starts it. It goes when the test program does, however that ends. If
//! `AMIKIT_TEST_DATABASE` is set, its server is used instead.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _};

/// The URL of a new and empty database.
///
/// It stays until the server goes.
pub fn database() -> String {
    static MADE: AtomicUsize = AtomicUsize::new(0);
    let number = MADE.fetch_add(1, Ordering::Relaxed);
    let name = format!("test_{}_{number}", std::process::id());
    let server = server();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("start a runtime");
    runtime.block_on(async {
        let mut connection = PgConnection::connect(server)
            .await
            .expect("connect to PostgreSQL");
        // The name is ours: letters, digits and underscores.
        let create = AssertSqlSafe(format!("CREATE DATABASE {name}"));
        connection.execute(create).await.expect("create a database");
        connection.close().await.expect("close the connection");
    });
    let (server, _) = server.rsplit_once('/').expect("the URL has a database");
    format!("{server}/{name}")
}

/// The URL of the server's first database.
fn server() -> &'static str {
    /// The server of this program, and its URL.
    struct Server(
        #[expect(dead_code, reason = "holds its standard input")] Option<Child>,
        String,
    );
    static SERVER: OnceLock<Server> = OnceLock::new();
    let server = SERVER.get_or_init(|| {
        if let Ok(url) = std::env::var("AMIKIT_TEST_DATABASE") {
            return Server(None, url);
        }
        let (process, url) = start();
        Server(Some(process), url)
    });
    &server.1
}

fn start() -> (Child, String) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/postgres");
    let mut process = Command::new(script)
        .arg("--until-stdin-ends")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("start scripts/postgres");
    let output = process.stdout.as_mut().expect("its output is a pipe");
    let mut line = String::new();
    let read = BufReader::new(output).read_line(&mut line);
    read.expect("read the URL of PostgreSQL");
    let url = line.trim().to_owned();
    assert!(
        url.starts_with("postgres://"),
        "scripts/postgres did not start: run `make deps`"
    );
    (process, url)
}

#[test]
fn every_test_has_a_database_of_its_own() {
    let (one, other) = (database(), database());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("start a runtime");

    runtime.block_on(async {
        for url in [&one, &other] {
            let mut connection = PgConnection::connect(url).await.expect("connect");
            let create = connection.execute("CREATE TABLE images (id INT PRIMARY KEY)");
            create.await.expect("the table is not there yet");
        }
    });

    assert_ne!(one, other);
}
