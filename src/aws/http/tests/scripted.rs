//! A server for tests that does what a script says, connection by connection.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

/// One thing that the server does.
pub(crate) enum Step {
    /// Reads a request whole.
    Read,
    /// Reads a request's head only.
    ReadHead,
    /// Reads the body of the request whose head was read.
    ReadBody,
    /// Sends these bytes.
    Send(Vec<u8>),
    /// Reads until the client hangs up.
    Drain,
    /// Reads nothing, and keeps the connection as long as the server lives.
    Wait,
}

/// A request as it arrived.
#[derive(Debug, Clone, Default)]
pub(crate) struct Seen {
    /// The request line.
    pub(crate) line: String,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Seen {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// The server. Connections beyond the script are not accepted.
pub(crate) struct Scripted {
    pub(crate) url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
    /// Connections that the server has closed.
    closed: Arc<AtomicUsize>,
}

impl Scripted {
    /// Runs a script: a list of steps for each connection, which is then closed.
    pub(crate) fn new(script: impl IntoIterator<Item = Vec<Step>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::default();
        let closed = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&closed);
        let (script, record) = (script.into_iter().collect::<Vec<_>>(), Arc::clone(&seen));
        thread::spawn(move || {
            for steps in script {
                let (stream, _) = listener.accept().unwrap();
                serve(&stream, steps, &record);
                drop(stream);
                count.fetch_add(1, Ordering::Release);
            }
        });
        Self { url, seen, closed }
    }

    /// A server that answers each request, on connections of their own.
    pub(crate) fn answering<A: Into<Vec<u8>>>(answers: impl IntoIterator<Item = A>) -> Self {
        let steps = |answer: A| vec![Step::Read, Step::Send(answer.into())];
        Self::new(answers.into_iter().map(steps))
    }

    /// Waits until the server has closed so many connections.
    pub(crate) fn wait_until_closed(&self, connections: usize) {
        while self.closed.load(Ordering::Acquire) < connections {
            thread::yield_now();
        }
    }

    /// The requests so far.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

/// A response with this status, headers (`a: b` lines) and body; the connection ends after it.
pub(crate) fn answer(status: u16, headers: &[&str], body: &str) -> String {
    let mut text = format!("HTTP/1.1 {status} Status\r\nconnection: close\r\n");
    for header in headers {
        text.push_str(header);
        text.push_str("\r\n");
    }
    text + &format!("content-length: {}\r\n\r\n{body}", body.len())
}

/// Failures of the connection are the client's to notice.
fn serve(stream: &TcpStream, steps: Vec<Step>, record: &Mutex<Vec<Seen>>) {
    let mut reader = BufReader::new(stream);
    for step in steps {
        match step {
            Step::Read | Step::ReadHead => {
                let Some(mut seen) = head(&mut reader) else {
                    return;
                };
                let length = seen
                    .header("content-length")
                    .map_or(0, |text| text.parse().unwrap());
                if matches!(step, Step::Read) {
                    let _ = reader.by_ref().take(length).read_to_end(&mut seen.body);
                }
                record.lock().unwrap().push(seen);
            }
            Step::ReadBody => {
                let mut record = record.lock().unwrap();
                let seen = record.last_mut().unwrap();
                let length = seen.header("content-length").unwrap().parse().unwrap();
                let _ = reader.by_ref().take(length).read_to_end(&mut seen.body);
            }
            Step::Send(bytes) => {
                let _ = (&*stream).write_all(&bytes);
            }
            Step::Drain => {
                let _ = reader.read_to_end(&mut Vec::new());
            }
            Step::Wait => std::mem::forget(stream.try_clone()),
        }
    }
}

fn head(reader: &mut BufReader<&TcpStream>) -> Option<Seen> {
    let mut seen = Seen::default();
    let mut line = String::new();
    while reader.read_line(&mut line).ok()? > 0 {
        let text = line.trim_end();
        if seen.line.is_empty() {
            text.clone_into(&mut seen.line);
        } else if let Some((name, value)) = text.split_once(": ") {
            seen.headers.push((name.to_lowercase(), value.to_owned()));
        } else {
            return Some(seen);
        }
        line.clear();
    }
    None
}
