//! Clients that mean harm, or know no better: what they send, over real sockets.
//!
//! ```text
//! Siege::begin ─► requests, byte by byte as written ─► Siege::end
//!                                                       ├ it answers others as before, and stops in peace
//!                                                       ├ nothing outside of its data directory
//!                                                       ├ nothing left in objects/incoming
//!                                                       └ memory bounded, no panic in the log
//! ```

mod bodies;
mod documents;
mod framing;
mod heads;
mod lists;
mod names;
mod signatures;
mod slow;

use std::collections::BTreeSet;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use amikit::aws::Credentials;
use amikit::aws::sign::canonical::uri_encode;
use amikit::aws::sign::v4::{self, HeaderSignature};
use amikit::aws::sign::{Payload, SignableRequest, sha256};
use amikit::units::Timestamp;

use crate::support::sandbox::Sandbox;
use crate::support::small_cloud::{Address, SmallCloud};

/// Longest that an answer may take, on a machine that does much else.
const PATIENCE: Duration = Duration::from_mins(1);

/// The most memory that the process may have, in KiB, in a build that is not optimised.
const MOST_KIB: u64 = 120 << 10;

/// A cloud with bucket `b-1`, and what was there before anybody attacked it.
struct Siege {
    sandbox: Sandbox,
    cloud: SmallCloud,
    before: BTreeSet<PathBuf>,
}

/// What came back over a connection.
struct Said(Vec<u8>);

impl Siege {
    /// Starts a cloud with this configuration file.
    fn begin(name: &str, config: &str) -> Self {
        let sandbox = Sandbox::new(&format!("walrus-hostile-{name}"));
        let file = sandbox.path("cloud.toml");
        fs::write(&file, config).expect("write the configuration");
        let cloud = SmallCloud::of(&sandbox, crate::support::small_cloud::Kind::DEFAULT);
        let cloud = cloud
            .options(["--config".into(), file.into_os_string()])
            .start();
        let mut siege = Self {
            sandbox,
            cloud,
            before: BTreeSet::new(),
        };
        siege
            .talk(&siege.signed("PUT", "/b-1", &[], b""))
            .is(200, "");
        siege.before = siege.outside();
        siege
    }

    /// What is in the sandbox beside the data directory and the log.
    fn outside(&self) -> BTreeSet<PathBuf> {
        let own = [self.cloud.data().to_owned(), self.sandbox.path("cloud.log")];
        let listing = self.sandbox.listing().into_keys();
        let is_own = |path: &PathBuf| own.iter().any(|own| path.starts_with(own));
        listing.filter(|path| !is_own(path)).collect()
    }

    fn host(&self) -> String {
        let url = self.cloud.url(Address::Root);
        url.trim_start_matches("http://").to_owned()
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.host()).expect("connect");
        stream
            .set_read_timeout(Some(PATIENCE))
            .expect("set a time-out");
        stream
            .set_write_timeout(Some(PATIENCE))
            .expect("set a time-out");
        stream
    }

    /// Sends bytes and reads until the other side closes.
    fn talk(&self, bytes: &[u8]) -> Said {
        let mut stream = self.connect();
        let _ = stream.write_all(bytes); // it may have heard enough
        listen(&mut stream)
    }

    /// As [`Self::talk`], and ends the sending side.
    fn talk_and_end(&self, bytes: &[u8]) -> Said {
        let mut stream = self.connect();
        let _ = stream.write_all(bytes);
        let _ = stream.shutdown(Shutdown::Write);
        listen(&mut stream)
    }

    fn now() -> Timestamp {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let now = now.expect("a clock after 1970").as_secs();
        Timestamp(i64::try_from(now).expect("a clock of this age"))
    }

    fn credentials(&self) -> Credentials {
        let (id, secret) = self.cloud.keys();
        Credentials {
            access_key_id: id.to_owned(),
            secret_access_key: secret.to_owned().into(),
            session_token: None,
            expires: None,
        }
    }

    /// Signs with the administrator's key. `target` is as it is sent; parameters of its query are
    /// plain text.
    fn sign(
        &self,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        payload: &Payload,
    ) -> HeaderSignature {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let pairs = query.split('&').filter(|pair| !pair.is_empty());
        let pairs = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
        let query: Vec<_> = pairs.map(owned).collect();
        let headers: Vec<_> = headers.iter().copied().map(owned).collect();
        let request = SignableRequest {
            method,
            host: &self.host(),
            path,
            service_path: "",
            virtual_bucket: None,
            query: &query,
            headers: &headers,
        };
        v4::sign(
            "s3",
            &self.credentials(),
            "us-east-1",
            Self::now(),
            &request,
            payload,
        )
    }

    /// The head of a signed request, without the empty line and without a length.
    fn head(
        &self,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        payload: &Payload,
    ) -> String {
        let signed = self.sign(method, target, headers, payload);
        self.head_of(method, target, headers, &signed)
    }

    /// The head of a request with the signature that is given.
    fn head_of(
        &self,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        signed: &HeaderSignature,
    ) -> String {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let query: Vec<String> = query
            .split('&')
            .filter(|pair| !pair.is_empty())
            .map(|pair| {
                let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                let encode = |text: &str| uri_encode(text.as_bytes(), false);
                format!("{}={}", encode(name), encode(value))
            })
            .collect();
        let mark = if query.is_empty() { "" } else { "?" };
        let mut text = format!("{method} {path}{mark}{} HTTP/1.1\r\n", query.join("&"));
        text.push_str("host: ");
        text.push_str(&self.host());
        text.push_str("\r\n");
        let sent = headers.iter().copied().map(owned);
        let known: Vec<_> = sent.chain(signed.headers.iter().cloned()).collect();
        for (at, (name, value)) in known.iter().enumerate() {
            let is_first = !known[..at]
                .iter()
                .any(|(found, _)| found.eq_ignore_ascii_case(name));
            if is_first && !name.eq_ignore_ascii_case("host") {
                for word in [name.as_str(), ": ", value.as_str(), "\r\n"] {
                    text.push_str(word);
                }
            }
        }
        text
    }

    /// A request that is right, and the last of its connection.
    fn signed(&self, method: &str, target: &str, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
        let head = self.head(method, target, headers, &Payload::Sha256(sha256(body)));
        let length = body.len();
        let head = format!("{head}connection: close\r\ncontent-length: {length}\r\n\r\n");
        [head.as_bytes(), body].concat()
    }

    /// It does what it should, for others.
    fn lives(&self) {
        self.talk(&self.signed("PUT", "/b-1/alive", &[], b"alive"))
            .is(200, "");
        let got = self.talk(&self.signed("GET", "/b-1/alive", &[], b""));
        got.is(200, "");
        assert!(got.text().ends_with("alive"), "{}", got.text());
    }

    /// There is no object of this key, percent-encoded.
    fn has_not(&self, key: &str) {
        let head = self.talk(&self.signed("GET", &format!("/b-1/{key}"), &[], b""));
        head.is(404, "NoSuchKey");
    }

    fn resident_kib(&self) -> u64 {
        let file = format!("/proc/{}/status", self.cloud.pid());
        let status = fs::read_to_string(file).expect("read its status");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let number = line.and_then(|line| line.split_whitespace().next());
        number
            .and_then(|text| text.parse().ok())
            .expect("a size in KiB")
    }

    fn incoming(&self) -> usize {
        let folder = self.cloud.data().join("objects/incoming");
        fs::read_dir(folder).expect("list incoming").count()
    }

    /// What every attack must leave behind: nothing.
    #[track_caller]
    fn end(mut self) {
        self.lives();
        let until = Instant::now() + PATIENCE;
        while self.incoming() > 0 && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(20)); // files are removed on other threads
        }
        assert_eq!(self.incoming(), 0, "files in objects/incoming");
        assert_eq!(self.outside(), self.before);
        let kib = self.resident_kib();
        assert!(kib < MOST_KIB, "it has {kib} KiB");
        self.cloud.stop();
        let log = self.cloud.log();
        for word in ["panicked", "ERROR", "InternalError"] {
            assert!(!log.contains(word), "{word} in the log:\n{log}");
        }
    }
}

fn owned((name, value): (&str, &str)) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

/// Reads until the other side closes; what it sent before it broke off counts.
fn listen(stream: &mut TcpStream) -> Said {
    let mut said = Vec::new();
    let mut block = [0; 16 << 10];
    loop {
        match stream.read(&mut block) {
            Ok(0) => return Said(said),
            Ok(count) => said.extend_from_slice(&block[..count]),
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
                panic!("it neither answers nor closes: {}", Said(said).text())
            }
            Err(_) => return Said(said),
        }
    }
}

impl Said {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0).into_owned()
    }

    /// The statuses of all answers, in order.
    fn statuses(&self) -> Vec<u16> {
        let text = self.text();
        let lines = text.split("HTTP/1.1 ").skip(1);
        lines
            .filter_map(|line| line.get(..3)?.parse().ok())
            .collect()
    }

    /// The code of the first refusal; empty if there is none.
    fn code(&self) -> String {
        let text = self.text();
        let after = text.split_once("<Code>").map_or("", |(_, after)| after);
        after
            .split_once("</Code>")
            .map_or("", |(code, _)| code)
            .to_owned()
    }

    /// One answer of this status, and this code if it is a refusal.
    #[track_caller]
    fn is(&self, status: u16, code: &str) {
        let found = (self.statuses(), self.code());
        assert_eq!(found, (vec![status], code.to_owned()), "{}", self.text());
    }
}
