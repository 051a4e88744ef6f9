//! A client of S3 that sends what it is told to and repeats nothing.
//!
//! ```text
//! wire.send(&Ask::put("/b/k").body(b"…"))   Ok(Reply)   the whole answer has come
//!                                           Err         nobody knows what became of it
//! ```
//!
//! Our own client tries again when a connection breaks, which is right for users and wrong for
//! those who note what was acknowledged and what was not.

use std::collections::BTreeMap;
use std::io::{self, BufRead as _, BufReader, Read, Write as _};
use std::net::TcpStream;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use amikit::aws::Credentials;
use amikit::aws::sign::canonical::uri_encode;
use amikit::aws::sign::{Payload, SignableRequest, SignatureVersion, sha256, sign_s3};
use amikit::units::Timestamp;

use super::walrus::Reply;

/// Longest time that an answer may stand still.
const PATIENCE: Duration = Duration::from_mins(1);

/// A request.
#[derive(Debug, Clone)]
pub struct Ask {
    method: &'static str,
    path: String,
    query: Vec<(String, String)>,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

/// One connection to a cloud, opened when it is needed and kept.
pub struct Wire {
    address: String,
    credentials: Credentials,
    connection: Option<BufReader<TcpStream>>,
    /// Whether the cloud said that it closes the connection.
    closes: bool,
}

/// An answer whose body is still on its way.
pub struct Incoming<'a> {
    pub status: u16,
    pub headers: BTreeMap<String, String>,
    length: u64,
    reader: &'a mut BufReader<TcpStream>,
}

impl Ask {
    /// A call of `/bucket/key?parameter=value`, whose path is sent as it is.
    pub fn new(method: &'static str, target: &str) -> Self {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let pairs = query.split('&').filter(|pair| !pair.is_empty());
        let pairs = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
        Self {
            method,
            path: path.to_owned(),
            query: pairs.map(|(k, v)| (k.to_owned(), v.to_owned())).collect(),
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    pub fn get(target: &str) -> Self {
        Self::new("GET", target)
    }

    pub fn put(target: &str) -> Self {
        Self::new("PUT", target)
    }

    pub fn post(target: &str) -> Self {
        Self::new("POST", target)
    }

    pub fn delete(target: &str) -> Self {
        Self::new("DELETE", target)
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }
}

impl Wire {
    /// A client of a cloud whose S3 is at the root of this URL, with these keys.
    pub fn new(url: &str, (id, secret): (&str, &str)) -> Self {
        Self {
            address: url.trim_start_matches("http://").to_owned(),
            credentials: Credentials {
                access_key_id: id.to_owned(),
                secret_access_key: secret.to_owned().into(),
                session_token: None,
                expires: None,
            },
            connection: None,
            closes: false,
        }
    }

    /// Sends a request and waits for the whole answer.
    ///
    /// # Errors
    /// When the connection breaks: what became of the request is not known then.
    pub fn send(&mut self, ask: &Ask) -> io::Result<Reply> {
        let mut incoming = self.begin(ask)?;
        let mut body = Vec::new();
        incoming.read_to_end(&mut body)?;
        let (status, headers) = (incoming.status, incoming.headers);
        Ok(Reply {
            status,
            headers,
            body,
        })
    }

    /// Sends a request, or so many bytes of its body, and hangs up.
    pub fn abandon(&mut self, ask: &Ask, most: usize) {
        self.connection = None;
        if let Ok(mut stream) = TcpStream::connect(&self.address) {
            let body = &ask.body[..most.min(ask.body.len())];
            // Where the cloud hangs up first, the request is abandoned too.
            let _ = stream.write_all(&self.message(ask));
            let _ = stream.write_all(body);
        }
    }

    /// Sends a request and waits for the head of the answer.
    ///
    /// # Errors
    /// When the connection breaks.
    pub fn begin(&mut self, ask: &Ask) -> io::Result<Incoming<'_>> {
        // A small body goes with the head: the cloud closes the connection when it refuses what
        // has not all come.
        let (small, large) = match ask.body.len() {
            ..=16_384 => (&ask.body[..], &[][..]),
            _ => (&[][..], &ask.body[..]),
        };
        let message = [&self.message(ask), small].concat();
        // Taken, so that a connection that broke is not used again.
        let closes = std::mem::take(&mut self.closes);
        let mut connection = if let Some(connection) = self.connection.take().filter(|_| !closes) {
            connection
        } else {
            let stream = TcpStream::connect(&self.address)?;
            stream.set_nodelay(true)?;
            stream.set_read_timeout(Some(PATIENCE))?;
            stream.set_write_timeout(Some(PATIENCE))?;
            BufReader::with_capacity(1 << 16, stream)
        };
        // A refusal may come, and the connection end, before all is sent.
        let sent = connection
            .get_mut()
            .write_all(&message)
            .and_then(|()| connection.get_mut().write_all(large));
        let (status, headers) = match (head(&mut connection), sent) {
            (Ok(head), _) => head,
            (Err(_), Err(error)) | (Err(error), Ok(())) => return Err(error),
        };
        let bodiless = ask.method == "HEAD" || status == 204 || status == 304;
        let length = match headers.get("content-length") {
            _ if bodiless => 0,
            Some(text) => text.parse().map_err(io::Error::other)?,
            None => return Err(io::Error::other("the answer has no length")),
        };
        self.closes = headers
            .get("connection")
            .is_some_and(|word| word == "close");
        let reader = self.connection.insert(connection);
        Ok(Incoming {
            status,
            headers,
            length,
            reader,
        })
    }

    /// Request line and headers, signed.
    fn message(&self, ask: &Ask) -> Vec<u8> {
        let mut headers = ask.headers.clone();
        headers.push(("content-length".to_owned(), ask.body.len().to_string()));
        let signable = SignableRequest {
            method: ask.method,
            host: &self.address,
            path: &ask.path,
            service_path: "",
            virtual_bucket: None,
            query: &ask.query,
            headers: &headers,
        };
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let now = now.expect("a clock after 1970").as_secs();
        let signed = sign_s3(
            SignatureVersion::V4,
            &self.credentials,
            "us-east-1",
            Timestamp(now.cast_signed()),
            &signable,
            &Payload::Sha256(sha256(&ask.body)),
        );
        for (name, value) in signed {
            headers.retain(|(there, _)| !there.eq_ignore_ascii_case(&name));
            headers.push((name, value));
        }
        headers.retain(|(name, _)| !name.eq_ignore_ascii_case("host"));
        let encoded = |text: &str| uri_encode(text.as_bytes(), false);
        let query = ask.query.iter();
        let query = query.map(|(name, value)| format!("{}={}", encoded(name), encoded(value)));
        let query: Vec<String> = query.collect();
        let mark = if query.is_empty() { "" } else { "?" };
        let mut text = format!(
            "{} {}{mark}{} HTTP/1.1\r\nhost: {}\r\n",
            ask.method,
            ask.path,
            query.join("&"),
            self.address
        );
        for (name, value) in headers {
            text.extend([name.as_str(), ": ", value.as_str(), "\r\n"]);
        }
        text.push_str("\r\n");
        text.into_bytes()
    }
}

impl Read for Incoming<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.length).map_or(buffer.len(), |left| left.min(buffer.len()));
        if most == 0 {
            return Ok(0); // the reader would wait for the next answer
        }
        let count = self.reader.read(&mut buffer[..most])?;
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.length -= count as u64;
        Ok(count)
    }
}

/// Status and headers of an answer.
fn head(connection: &mut BufReader<TcpStream>) -> io::Result<(u16, BTreeMap<String, String>)> {
    let mut line = String::new();
    let mut next = |line: &mut String| {
        line.clear();
        match connection.read_line(line)? {
            0 => Err(io::Error::from(io::ErrorKind::UnexpectedEof)),
            _ if !line.ends_with('\n') => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    };
    next(&mut line)?;
    let status = line
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok());
    let status = status.ok_or_else(|| io::Error::other(format!("no status: {line:?}")))?;
    let mut headers = BTreeMap::new();
    loop {
        next(&mut line)?;
        let text = line.trim_end();
        if text.is_empty() {
            return Ok((status, headers));
        }
        let (name, value) = text.split_once(':').unwrap_or((text, ""));
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
}
