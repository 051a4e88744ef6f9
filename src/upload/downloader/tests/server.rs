//! An S3 server for one test, which does what it is told: breaks off, lies, refuses.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::aws::http::{HttpClient, HttpOptions};
use crate::aws::s3::S3;
use crate::aws::service::{Connection, Protocol, RetryPolicy};
use crate::aws::sign::SignatureVersion;
use crate::aws::{Ambient, Endpoint};
use crate::crypto::digest::Sha1Digest;
use crate::units::Timestamp;

/// Objects on a page of a list: few, so that lists have pages.
const PAGE: usize = 2;

/// What the server does wrong with the next request for an object.
#[derive(Debug, Clone)]
pub enum Fault {
    /// Closes the connection after so many bytes of the body.
    BreakAfter(usize),
    /// Answers with this status and code.
    Refuse(u16, &'static str),
    /// Sends these bytes instead, as if they were the object.
    Send(Vec<u8>),
}

/// A running server. It stops when it is dropped.
pub struct Server {
    shared: Arc<Shared>,
    address: String,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    objects: Mutex<BTreeMap<String, Vec<u8>>>,
    faults: Mutex<Vec<(String, Fault)>>,
    log: Mutex<Vec<String>>,
    stop: AtomicBool,
}

impl Server {
    /// Starts a server that has the bucket `images` with these objects.
    pub fn start(objects: BTreeMap<String, Vec<u8>>) -> Self {
        let shared = Arc::new(Shared {
            objects: Mutex::new(objects),
            ..Shared::default()
        });
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let thread = thread::spawn({
            let shared = Arc::clone(&shared);
            move || {
                for stream in listener.incoming() {
                    if shared.stop.load(Ordering::Relaxed) {
                        return;
                    }
                    let shared = Arc::clone(&shared);
                    // A client that goes away is part of the tests.
                    thread::spawn(move || shared.answer(stream.unwrap()).ok());
                }
            }
        });
        Self {
            shared,
            address,
            thread: Some(thread),
        }
    }

    /// A client that tries three times, without waiting for long.
    pub fn s3(&self) -> S3 {
        let interrupted: Arc<dyn Fn() -> bool + Send + Sync> = Arc::new(|| false);
        S3::new(Connection {
            http: HttpClient::new(HttpOptions::default(), Arc::clone(&interrupted)).unwrap(),
            protocol: Protocol::S3,
            endpoint: Endpoint::parse(&format!("http://{}", self.address), "us-east-1").unwrap(),
            credentials: None,
            signature: SignatureVersion::V4,
            retry: RetryPolicy {
                attempts: 3,
                base: Duration::from_millis(1),
                longest: Duration::from_millis(2),
            },
            ambient: Ambient {
                now: || Timestamp(1_795_242_111),
                random: || 4,
                interrupted,
            },
        })
    }

    /// Does this wrong with the next `GET` or `DELETE` of a key; several are done in order.
    pub fn next_time(&self, key: &str, fault: Fault) {
        let mut faults = self.shared.faults.lock().unwrap();
        faults.push((key.to_owned(), fault));
    }

    /// Puts an object in place.
    pub fn put(&self, key: &str, bytes: impl Into<Vec<u8>>) {
        let mut objects = self.shared.objects.lock().unwrap();
        objects.insert(key.to_owned(), bytes.into());
    }

    /// Takes an object away.
    pub fn remove(&self, key: &str) {
        self.shared.objects.lock().unwrap().remove(key);
    }

    /// The keys that there are.
    pub fn keys(&self) -> Vec<String> {
        self.shared
            .objects
            .lock()
            .unwrap()
            .keys()
            .cloned()
            .collect()
    }

    /// The requests since the last call: `GET key`, with ranges `GET key 5-9`.
    pub fn log(&self) -> Vec<String> {
        std::mem::take(&mut self.shared.log.lock().unwrap())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Relaxed);
        let _ = TcpStream::connect(&self.address); // wakes it
        self.thread.take().unwrap().join().unwrap();
    }
}

impl Shared {
    fn answer(&self, mut stream: TcpStream) -> std::io::Result<()> {
        let mut range = None;
        let mut request = String::new();
        for line in BufReader::new(stream.try_clone()?).lines() {
            let line = line?;
            if request.is_empty() {
                request.clone_from(&line);
            }
            if let Some(value) = line.to_lowercase().strip_prefix("range: bytes=") {
                let (first, last) = value.split_once('-').unwrap();
                range = Some((
                    first.parse::<usize>().unwrap(),
                    last.parse::<usize>().unwrap(),
                ));
            }
            if line.is_empty() {
                break;
            }
        }
        let mut words = request.split(' ');
        let method = words.next().unwrap_or_default().to_owned();
        let target = words.next().unwrap_or_default();
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let key = path.trim_start_matches("/images").trim_start_matches('/');
        let shown = range.map_or_else(String::new, |(first, last)| format!(" {first}-{last}"));
        self.log
            .lock()
            .unwrap()
            .push(format!("{method} {key}{shown}"));
        let fault = if method == "HEAD" {
            None
        } else {
            self.fault(key)
        };
        if let Some(Fault::Refuse(status, code)) = fault {
            return refuse(&mut stream, status, code);
        }
        match (method.as_str(), key) {
            ("GET", "") => stream.write_all(&head(200, &self.list(query), "")),
            ("DELETE", "") if !self.objects.lock().unwrap().is_empty() => {
                refuse(&mut stream, 409, "BucketNotEmpty")
            }
            ("DELETE", key) => {
                self.objects.lock().unwrap().remove(key);
                stream.write_all(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n")
            }
            (_, key) => {
                let found = self.objects.lock().unwrap().get(key).cloned();
                match found {
                    Some(object) => send(&mut stream, &method, object, range, fault.as_ref()),
                    None => refuse(&mut stream, 404, "NoSuchKey"),
                }
            }
        }
    }

    fn fault(&self, key: &str) -> Option<Fault> {
        let mut faults = self.faults.lock().unwrap();
        let at = faults.iter().position(|(of, _)| of == key)?;
        Some(faults.remove(at).1)
    }

    fn list(&self, query: &str) -> Vec<u8> {
        let value = |name: &str| {
            let found = query.split('&').find_map(|pair| pair.strip_prefix(name));
            found.unwrap_or_default().replace("%2F", "/")
        };
        let (prefix, marker) = (value("prefix="), value("marker="));
        let objects = self.objects.lock().unwrap();
        let keys: Vec<&String> = objects
            .keys()
            .filter(|key| key.starts_with(&prefix) && **key > marker)
            .collect();
        let entry = |key: &&String| {
            [
                "<Contents><Key>",
                key,
                "</Key><Size>1</Size><ETag>x</ETag></Contents>",
            ]
            .concat()
        };
        let contents: String = keys.iter().take(PAGE).map(entry).collect();
        let more = keys.len() > PAGE;
        format!("<ListBucketResult><IsTruncated>{more}</IsTruncated>{contents}</ListBucketResult>")
            .into_bytes()
    }
}

fn send(
    stream: &mut TcpStream,
    method: &str,
    mut object: Vec<u8>,
    range: Option<(usize, usize)>,
    fault: Option<&Fault>,
) -> std::io::Result<()> {
    if let Some(Fault::Send(other)) = fault {
        object.clone_from(other);
    }
    let etag = format!("etag: \"{}\"\r\n", Sha1Digest::of(&object));
    let size = object.len();
    let (status, body, headers) = match range {
        Some((first, _)) if first >= size => return refuse(stream, 416, "InvalidRange"),
        Some((first, last)) => {
            let last = last.min(size - 1);
            let shown = format!("{etag}content-range: bytes {first}-{last}/{size}\r\n");
            (206, object[first..=last].to_vec(), shown)
        }
        None => (200, object, etag),
    };
    let mut bytes = head(status, &body, &headers);
    let head_len = bytes.len() - body.len();
    if method == "HEAD" {
        bytes.truncate(head_len);
    }
    if let Some(Fault::BreakAfter(count)) = fault {
        bytes.truncate(head_len + *count);
    }
    stream.write_all(&bytes)
}

/// A whole answer.
fn head(status: u16, body: &[u8], headers: &str) -> Vec<u8> {
    let mut bytes = format!(
        "HTTP/1.1 {status} X\r\ncontent-length: {}\r\n{headers}connection: close\r\n\r\n",
        body.len()
    )
    .into_bytes();
    bytes.extend_from_slice(body);
    bytes
}

fn refuse(stream: &mut TcpStream, status: u16, code: &str) -> std::io::Result<()> {
    let body = format!("<Error><Code>{code}</Code><Message>no</Message></Error>");
    stream.write_all(&head(status, body.as_bytes(), ""))
}
