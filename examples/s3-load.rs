//! Loads an S3 server: many connections, one request after the other on each, nothing else.
//!
//! ```text
//! S3_URL=… AWS_ACCESS_KEY_ID=… AWS_SECRET_ACCESS_KEY=… \
//!     cargo run --release --example s3-load -- OPERATION BUCKET COUNT BYTES CONNECTIONS
//! ```
//!
//! OPERATION is `bucket` (creates it), `put`, `get` or `delete`. Objects are named by number and
//! all have the same bytes; what `get` reads is compared in length. Requests are signed with
//! version 4, their bodies too. Prints the seconds from the first request to the last answer.

use std::error::Error;
use std::fmt::Write as _;
use std::io::{BufReader, Read, Write as _};
use std::net::TcpStream;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use amikit::aws::Credentials;
use amikit::aws::sign::{Payload, SignableRequest, SignatureVersion, sign_s3};
use amikit::units::Timestamp;
use sha2::{Digest as _, Sha256};

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// What is to be done, the same for every connection.
struct Load {
    host: String,
    credentials: Credentials,
    method: &'static str,
    bucket: String,
    objects: bool,
    count: usize,
    body: Vec<u8>,
    payload: Payload,
    /// Length of each answer's body, if it is known.
    answer: Option<usize>,
}

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [operation, bucket, count, bytes, connections] = arguments.as_slice() else {
        return Err("usage: s3-load bucket|put|get|delete BUCKET COUNT BYTES CONNECTIONS".into());
    };
    let bytes: usize = bytes.parse()?;
    let (method, sends, answer) = match operation.as_str() {
        "bucket" => ("PUT", 0, None),
        "put" => ("PUT", bytes, None),
        "get" => ("GET", 0, Some(bytes)),
        "delete" => ("DELETE", 0, None),
        other => return Err(format!("no operation {other}").into()),
    };
    let body = noise(sends);
    let payload = Payload::Sha256(Sha256::digest(&body).into());
    let url = std::env::var("S3_URL")?;
    let load = Load {
        host: url
            .trim_start_matches("http://")
            .trim_end_matches('/')
            .to_owned(),
        credentials: Credentials {
            access_key_id: std::env::var("AWS_ACCESS_KEY_ID")?,
            secret_access_key: std::env::var("AWS_SECRET_ACCESS_KEY")?.into(),
            session_token: None,
            expires: None,
        },
        method,
        bucket: bucket.clone(),
        objects: operation != "bucket",
        count: count.parse()?,
        body,
        payload,
        answer,
    };
    let connections: usize = connections.parse()?;

    let next = AtomicUsize::new(0);
    let began = Instant::now();
    let outcomes: Vec<Result<()>> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..connections.min(load.count))
            .map(|_| scope.spawn(|| load.run(&next)))
            .collect();
        let joined = threads.into_iter().map(|thread| {
            let outcome = thread.join();
            outcome.unwrap_or_else(|_| Err("a connection's thread panicked".into()))
        });
        joined.collect()
    });
    let seconds = began.elapsed().as_secs_f64();
    outcomes.into_iter().collect::<Result<()>>()?;
    writeln!(std::io::stdout(), "{seconds:.6}")?;
    Ok(())
}

impl Load {
    /// Takes numbers and does their requests until there are none left, over one connection.
    fn run(&self, next: &AtomicUsize) -> Result<()> {
        let stream = TcpStream::connect(&self.host)?;
        stream.set_nodelay(true)?;
        let mut writer = stream.try_clone()?;
        let mut reader = BufReader::with_capacity(1 << 18, stream);
        let mut rest = vec![0; 1 << 18];
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= self.count {
                return Ok(());
            }
            let mut message = self.head(number)?.into_bytes();
            if self.body.len() <= 1 << 16 {
                message.extend_from_slice(&self.body); // one packet, one call
                writer.write_all(&message)?;
            } else {
                writer.write_all(&message)?;
                writer.write_all(&self.body)?;
            }
            let length = answer(&mut reader, &mut rest)?;
            if self.answer.is_some_and(|wanted| wanted != length) {
                return Err(format!("object {number} has {length} bytes").into());
            }
        }
    }

    /// The signed head of the request for an object.
    fn head(&self, number: usize) -> Result<String> {
        let path = if self.objects {
            format!("/{}/load/{number:06}", self.bucket)
        } else {
            format!("/{}", self.bucket)
        };
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
        let request = SignableRequest {
            method: self.method,
            host: &self.host,
            path: &path,
            service_path: "",
            virtual_bucket: None,
            query: &[],
            headers: &[],
        };
        let signed = sign_s3(
            SignatureVersion::V4,
            &self.credentials,
            "us-east-1",
            Timestamp(i64::try_from(now)?),
            &request,
            &self.payload,
        );
        let mut head = format!("{} {path} HTTP/1.1\r\nhost: {}\r\n", self.method, self.host);
        for (name, value) in &signed {
            let _ = write!(head, "{name}: {value}\r\n"); // a String takes everything
        }
        let _ = write!(head, "content-length: {}\r\n\r\n", self.body.len());
        Ok(head)
    }
}

/// Reads an answer to its end; the length of its body. `rest` is room to read into.
fn answer(reader: &mut BufReader<TcpStream>, rest: &mut [u8]) -> Result<usize> {
    let status = line(reader)?;
    let (mut length, mut chunked) = (0, false);
    loop {
        let line = line(reader)?.to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse()?;
        }
        chunked |= line.starts_with("transfer-encoding:") && line.ends_with("chunked");
    }
    if chunked {
        length = 0;
        loop {
            let chunk = usize::from_str_radix(line(reader)?.trim(), 16)?;
            drain(reader, chunk, rest)?;
            line(reader)?;
            length += chunk;
            if chunk == 0 {
                break;
            }
        }
    } else if !status.contains(" 204 ") {
        drain(reader, length, rest)?;
    }
    if !status.contains(" 20") {
        let shown = String::from_utf8_lossy(&rest[..length.min(rest.len()).min(300)]);
        return Err(format!("{status}: {shown}").into());
    }
    Ok(length)
}

/// A line without its end.
fn line(reader: &mut impl std::io::BufRead) -> Result<String> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Err("the server closed the connection".into());
    }
    Ok(line.trim_end().to_owned())
}

/// Reads `length` bytes over each other.
fn drain(reader: &mut impl Read, mut length: usize, rest: &mut [u8]) -> Result<()> {
    while length > 0 {
        let some = length.min(rest.len());
        reader.read_exact(&mut rest[..some])?;
        length -= some;
    }
    Ok(())
}

/// Bytes that do not compress, the same every time (xorshift).
fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut bytes = Vec::with_capacity(length + 8);
    while bytes.len() < length {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes.truncate(length);
    bytes
}
