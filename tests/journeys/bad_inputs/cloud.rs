//! Small clouds that cannot start: each tells why, and what to do.

use std::any::Any;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs::{self, Permissions};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;
use std::time::Instant;

use amikit::units::Bytes;

use super::{LONGEST, plain};
use crate::support::postgres;
use crate::support::s3_server::S3Server;
use crate::support::sandbox::{Outcome, Sandbox};
use crate::support::small_cloud::SmallCloud;
use crate::support::small_disk::SmallDisk;

/// What must never be told.
const SECRET: &str = "wrong-and-secret";

/// A start that fails.
struct Row {
    wrong: &'static str,
    exit: i32,
    prepare: fn(&Sandbox) -> Trial,
}

/// How it is started.
#[derive(Default)]
struct Trial {
    arguments: Vec<OsString>,
    environment: Vec<(&'static str, String)>,
    /// What differs from run to run, and what the page has in its place.
    varying: Vec<(String, &'static str)>,
    /// What has to be there meanwhile.
    held: Option<Box<dyn Any>>,
}

impl Trial {
    /// `amikit cloud` with these words.
    fn words(words: &[&str]) -> Self {
        let words = ["cloud"].iter().chain(words);
        Self {
            arguments: words.map(Into::into).collect(),
            ..Self::default()
        }
    }

    /// `amikit cloud up` with this data directory, on free ports.
    fn with_data(data: impl Into<OsString>) -> Self {
        let mut trial = Self::words(&["up", "--port", "0", "--data"]);
        trial.arguments.push(data.into());
        trial
    }

    /// The same with these options, and data in the sandbox.
    fn up(sandbox: &Sandbox, options: &[&str]) -> Self {
        let mut trial = Self::with_data(sandbox.path("data"));
        trial.arguments.extend(options.iter().map(Into::into));
        trial
    }

    /// The same, with this configuration.
    fn configured(sandbox: &Sandbox, text: &str) -> Self {
        let folder = sandbox.folder("data");
        fs::write(folder.join("amikit-cloud.toml"), text).expect("write a configuration");
        Self::up(sandbox, &[])
    }

    /// The same, with objects in an S3 at this URL.
    fn objects(sandbox: &Sandbox, url: &str) -> Self {
        let mut trial = Self::up(sandbox, &["--objects", "s3://store/blobs"]);
        trial.environment = vec![
            ("AMIKIT_CLOUD_OBJECTS_ENDPOINT", url.to_owned()),
            ("AMIKIT_CLOUD_OBJECTS_ACCESS_KEY_ID", "AKIWRONG".to_owned()),
            ("AMIKIT_CLOUD_OBJECTS_SECRET_ACCESS_KEY", SECRET.to_owned()),
        ];
        trial
    }

    /// The same, with a database of the tests' server after this change of its URL.
    fn postgres(sandbox: &Sandbox, change: fn(user: &str, password: &str) -> String) -> Self {
        let url = postgres::database();
        let (user, rest) = url
            .trim_start_matches("postgres://")
            .split_once(':')
            .expect("a user");
        let (password, place) = rest.split_once('@').expect("a password");
        let (host, name) = place.split_once('/').expect("a database");
        let changed = format!("postgres://{}@{host}/none", change(user, password));
        let mut trial = Self::up(sandbox, &["--database", &changed]);
        trial.varying = vec![(host.to_owned(), "HOST"), (name.to_owned(), "NAME")];
        trial
    }
}

const ROWS: &[Row] = &[
    Row {
        wrong: "no command",
        exit: 2,
        prepare: |_| Trial::words(&[]),
    },
    Row {
        wrong: "an unknown command",
        exit: 2,
        prepare: |_| Trial::words(&["start"]),
    },
    Row {
        wrong: "a port that is a word",
        exit: 2,
        prepare: |sandbox| Trial::up(sandbox, &["--s3-port", "abc"]),
    },
    Row {
        wrong: "a port beyond all ports",
        exit: 2,
        prepare: |sandbox| Trial::up(sandbox, &["--s3-port", "70000"]),
    },
    Row {
        wrong: "an address that is none",
        exit: 2,
        prepare: |sandbox| Trial::up(sandbox, &["--bind", "here"]),
    },
    Row {
        wrong: "an address of another machine",
        exit: 1,
        prepare: |sandbox| Trial::up(sandbox, &["--bind", "192.0.2.7"]),
    },
    Row {
        wrong: "a port that is taken",
        exit: 1,
        prepare: |sandbox| {
            let taken = TcpListener::bind("127.0.0.1:0").expect("listen");
            let port = taken.local_addr().expect("an address").port().to_string();
            let mut trial = Trial::up(sandbox, &["--s3-port", &port]);
            trial.varying = vec![(format!(":{port}"), ":9000")];
            trial.held = Some(Box::new(taken));
            trial
        },
    },
    Row {
        wrong: "one port for two services",
        exit: 6,
        prepare: |sandbox| Trial::up(sandbox, &["--s3-port", "9000", "--tls-port", "9000"]),
    },
    Row {
        wrong: "a form of the log that there is not",
        exit: 2,
        prepare: |sandbox| Trial::up(sandbox, &["--log", "xml"]),
    },
    Row {
        wrong: "a file as data directory",
        exit: 1,
        prepare: |sandbox| {
            fs::write(sandbox.path("data"), "").expect("write a file");
            Trial::up(sandbox, &[])
        },
    },
    Row {
        wrong: "a data directory that cannot be made",
        exit: 1,
        prepare: |_| Trial::with_data("/proc/amikit"),
    },
    Row {
        wrong: "data that another cloud uses",
        exit: 1,
        prepare: |sandbox| {
            let cloud = SmallCloud::start(sandbox);
            let mut trial = Trial::with_data(cloud.data());
            trial.held = Some(Box::new(cloud));
            trial
        },
    },
    Row {
        wrong: "objects that others can write",
        exit: 1,
        prepare: |sandbox| {
            let folder = sandbox.folder("data/objects");
            fs::set_permissions(folder, Permissions::from_mode(0o777)).expect("set a mode");
            Trial::up(sandbox, &[])
        },
    },
    Row {
        wrong: "a database of another kind",
        exit: 2,
        prepare: |sandbox| Trial::up(sandbox, &["--database", "mysql://root@localhost/cloud"]),
    },
    Row {
        wrong: "a database without a name of its kind",
        exit: 2,
        prepare: |sandbox| {
            let url = format!("//cloud:{SECRET}@localhost/cloud");
            Trial::up(sandbox, &["--database", &url])
        },
    },
    Row {
        wrong: "PostgreSQL that does not run",
        exit: 1,
        prepare: |sandbox| {
            let url = format!("postgres://cloud:{SECRET}@127.0.0.1:1/cloud");
            Trial::up(sandbox, &["--database", &url])
        },
    },
    Row {
        wrong: "PostgreSQL at a port beyond all ports",
        exit: 2,
        prepare: |sandbox| {
            let url = format!("postgres://cloud:{SECRET}@127.0.0.1:99999/cloud");
            Trial::up(sandbox, &["--database", &url])
        },
    },
    Row {
        wrong: "a wrong password for PostgreSQL",
        exit: 6,
        prepare: |sandbox| Trial::postgres(sandbox, |user, _| format!("{user}:{SECRET}")),
    },
    Row {
        wrong: "a database that PostgreSQL does not have",
        exit: 6,
        prepare: |sandbox| Trial::postgres(sandbox, |user, password| format!("{user}:{password}")),
    },
    Row {
        wrong: "a database file that is none",
        exit: 4,
        prepare: |sandbox| {
            fs::write(sandbox.folder("data").join("cloud.db"), [7; 9000]).expect("write a file");
            Trial::up(sandbox, &[])
        },
    },
    Row {
        wrong: "objects nowhere",
        exit: 2,
        prepare: |sandbox| Trial::up(sandbox, &["--objects", "ftp://store"]),
    },
    Row {
        wrong: "objects in an S3 without keys for it",
        exit: 6,
        prepare: |sandbox| Trial::up(sandbox, &["--objects", "s3://store/blobs"]),
    },
    Row {
        wrong: "objects in an S3 whose URL is none",
        exit: 6,
        prepare: |sandbox| Trial::objects(sandbox, "store.example.org"),
    },
    Row {
        wrong: "objects in an S3 that does not run",
        exit: 1,
        prepare: |sandbox| Trial::objects(sandbox, "http://127.0.0.1:1"),
    },
    Row {
        wrong: "objects in an S3 that does not know the keys",
        exit: 3,
        prepare: |sandbox| {
            let server = S3Server::start(sandbox);
            sandbox.folder("s3/store");
            let mut trial = Trial::objects(sandbox, &server.url());
            trial.varying = vec![(server.address().to_string(), "HOST")];
            trial.held = Some(Box::new(server));
            trial
        },
    },
    Row {
        wrong: "a configuration that is not there",
        exit: 6,
        prepare: |sandbox| Trial::up(sandbox, &["--config", "none.toml"]),
    },
    Row {
        wrong: "a configuration with a slip in a key",
        exit: 6,
        prepare: |sandbox| Trial::configured(sandbox, "[listen]\ncloud-prt = 8773\n"),
    },
    Row {
        wrong: "a configuration with a slip in a section",
        exit: 6,
        prepare: |sandbox| Trial::configured(sandbox, "[limit]\nheaders = 100\n"),
    },
    Row {
        wrong: "a configuration that is no TOML",
        exit: 6,
        prepare: |sandbox| Trial::configured(sandbox, "[listen\n"),
    },
    Row {
        wrong: "a configuration with a size that is none",
        exit: 6,
        prepare: |sandbox| Trial::configured(sandbox, "[limits]\nput-bytes = \"lots\"\n"),
    },
    Row {
        wrong: "a certificate without its key",
        exit: 6,
        prepare: |sandbox| Trial::configured(sandbox, "[tls]\ncertificate = \"tls.pem\"\n"),
    },
    Row {
        wrong: "a certificate that is not there",
        exit: 6,
        prepare: |sandbox| {
            let files = "certificate = \"tls.pem\"\nprivate-key = \"tls-pk.pem\"";
            Trial::configured(sandbox, &format!("[tls]\n{files}\n"))
        },
    },
];

/// Runs every row; returns the lines of the table.
pub fn lines() -> String {
    let mut lines = String::new();
    for row in ROWS {
        let sandbox = Sandbox::new("bad-cloud");
        let trial = (row.prepare)(&sandbox);
        let (outcome, message, hint) = failed(&sandbox, &trial, row.wrong);
        assert_eq!(
            outcome.status,
            Some(row.exit),
            "{}: {}",
            row.wrong,
            outcome.stderr
        );
        let _ = writeln!(
            lines,
            "| {} | {message}<br>{hint} | {} |",
            row.wrong, row.exit
        );
    }
    lines
}

/// Starts a cloud in vain; returns what it said in a form that is the same every time.
fn failed(sandbox: &Sandbox, trial: &Trial, wrong: &str) -> (Outcome, String, String) {
    let began = Instant::now();
    let mut command: Command = sandbox.command(env!("CARGO_BIN_EXE_amikit"));
    command.args(&trial.arguments);
    command.envs(trial.environment.iter().map(|(name, value)| (name, value)));

    let outcome = Outcome::of(command.output().expect("run amikit"));

    assert!(began.elapsed() < LONGEST, "{wrong}: too slow");
    assert!(outcome.stdout.is_empty(), "{wrong}: it tells of endpoints");
    assert!(
        !outcome.stderr.contains(SECRET),
        "{wrong}: {}",
        outcome.stderr
    );
    let line = |start| {
        let found = outcome
            .stderr
            .lines()
            .filter_map(|line| line.strip_prefix(start));
        let found: Vec<&str> = found.collect();
        assert_eq!(found.len(), 1, "{wrong}: {}", outcome.stderr);
        let replace =
            |text: String, (varying, shown): &(String, &str)| text.replace(varying, shown);
        let found = trial.varying.iter().fold(found[0].to_owned(), replace);
        plain(&found, sandbox)
    };
    let (message, hint) = (line("amikit: error: "), line("hint: "));
    // Where in its source PostgreSQL said it, which each version has elsewhere.
    let message = message
        .split(" at line ")
        .next()
        .unwrap_or_default()
        .to_owned();
    (outcome, message, hint)
}

#[test]
fn a_disk_that_is_full_or_read_only_is_told_and_stops_the_start() {
    let sandbox = Sandbox::new("bad-cloud-disk");
    for (state, options) in [("full", "remount,size=64k"), ("read-only", "remount,ro")] {
        let Some(disk) = SmallDisk::mount(Bytes::mib(1), sandbox.folder("disk")) else {
            return; // only root mounts
        };
        let mut remount = Command::new("mount");
        let remounted = remount.args(["-o", options]).arg(disk.path()).status();
        assert!(remounted.expect("run mount").success());
        let trial = Trial::with_data(disk.path());

        let (outcome, _, hint) = failed(&sandbox, &trial, state);

        assert_eq!(outcome.status, Some(1), "{}", outcome.stderr);
        assert!(hint.contains("disk"), "{hint}");
    }
}
