//! An EC2 that says what it is told to: answers of real services, from `fixtures/ec2`.
//!
//! ```text
//! fixtures/ec2/ACTION/CASE.xml     one answer; the action is that of the request's form
//! fixtures/ec2/golden/NAME/CASE    what the command NAME prints of it
//! ```

use std::collections::{BTreeMap, VecDeque};
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Duration;

use amikit::cli::dialect;

use super::s3_server::{KEYS, environment};
use super::sandbox::{Outcome, Sandbox};

/// Longest time that a test waits for something to come.
const PATIENCE: Duration = Duration::from_secs(30);

/// One request: its parameters.
pub type Request = BTreeMap<String, String>;

/// What is said to one request.
#[derive(Debug, Clone)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Headers besides length and type: `Retry-After: 1`.
    pub headers: Vec<String>,
    /// The body.
    pub body: String,
}

/// A running server. Its thread ends with the test program.
pub struct Ec2Server {
    address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    answers: Mutex<BTreeMap<String, VecDeque<Answer>>>,
    requests: Mutex<Vec<Request>>,
    /// Told of each request.
    came: Condvar,
    given: Mutex<Vec<Answer>>,
}

impl Answer {
    /// A good answer from `fixtures/ec2/ACTION/CASE.xml`.
    #[track_caller]
    pub fn fixture(action: &str, case: &str) -> Self {
        let path = format!("fixtures/ec2/{action}/{case}.xml");
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
        let body = fs::read_to_string(&path);
        Self {
            status: 200,
            headers: Vec::new(),
            body: body.unwrap_or_else(|error| panic!("{}: {error}", path.display())),
        }
    }

    /// A refusal as EC2 words it.
    pub fn refusal(status: u16, code: &str, message: &str) -> Self {
        let body = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Errors><Error><Code>{code}\
             </Code><Message>{message}</Message></Error></Errors><RequestID>4e1d0d1f</RequestID>\
             </Response>"
        );
        Self {
            status,
            headers: Vec::new(),
            body,
        }
    }
}

impl Ec2Server {
    /// A server with an answer for each of these actions: `("DescribeImages", "ebs")`. The last
    /// answer to an action is repeated.
    #[track_caller]
    pub fn answering(fixtures: &[(&str, &str)]) -> Self {
        let server = Self::start();
        for (action, case) in fixtures {
            server.answer(action, Answer::fixture(action, case));
        }
        server
    }

    /// A server that knows nothing yet.
    pub fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("listen on the loopback");
        let address = listener.local_addr().expect("an address");
        let shared = Arc::<Shared>::default();
        let serving = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = Arc::clone(&serving);
                // A client that goes away is no fault of the server's.
                thread::spawn(move || drop(serve(&stream, &shared)));
            }
        });
        Self { address, shared }
    }

    /// Adds an answer to an action, after those that are there.
    pub fn answer(&self, action: &str, answer: Answer) {
        let mut answers = self.shared.answers.lock().expect("no test panicked in it");
        answers
            .entry(action.to_owned())
            .or_default()
            .push_back(answer);
    }

    /// The requests so far, in order.
    pub fn requests(&self) -> Vec<Request> {
        self.shared
            .requests
            .lock()
            .expect("no test panicked in it")
            .clone()
    }

    /// The only request for an action.
    #[track_caller]
    pub fn request(&self, action: &str) -> Request {
        let all = self.requests();
        let mut found: Vec<_> = all.into_iter().filter(|r| r["Action"] == action).collect();
        assert_eq!(found.len(), 1, "requests for {action}");
        found.remove(0)
    }

    /// Waits until so many requests for an action have come.
    #[track_caller]
    pub fn wait_for(&self, action: &str, count: usize) {
        let requests = self.shared.requests.lock().expect("no test panicked in it");
        let few = |requests: &mut Vec<Request>| {
            requests
                .iter()
                .filter(|one| one["Action"] == action)
                .count()
                < count
        };
        let waited = self.shared.came.wait_timeout_while(requests, PATIENCE, few);
        let (requests, time) = waited.expect("no test panicked in it");
        assert!(!time.timed_out(), "{action}: {requests:?}");
    }

    /// How many of the answers that were given are such.
    pub fn answered(&self, is_such: impl Fn(&Answer) -> bool) -> usize {
        let given = self.shared.given.lock().expect("no test panicked in it");
        given.iter().filter(|answer| is_such(answer)).count()
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its URL, with the path that Eucalyptus' EC2 has.
    pub fn url(&self) -> String {
        format!("http://{}/services/compute", self.address)
    }

    /// The environment of a client of this server.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        let mut variables = environment(&self.url(), KEYS);
        variables.push(("EC2_URL", self.url()));
        variables
    }

    /// Runs a command as a client of this server.
    pub fn run(&self, sandbox: &Sandbox, arguments: &[&str]) -> Outcome {
        let variables = self.environment();
        let variables: Vec<_> = variables.iter().map(|(k, v)| (*k, v.as_str())).collect();
        sandbox.run_with(arguments, &variables)
    }
}

/// Compares what a command printed with `fixtures/ec2/golden/NAME/CASE`; `make bless` renews it.
/// A tool's other names, `ec2dim`, print what its first one, `ec2-describe-images`, prints.
#[track_caller]
pub fn assert_golden(name: &str, case: &str, outcome: &Outcome) {
    let name = dialect::find(name).map_or(name, |(_, command)| command.name);
    outcome.succeeded();
    let text = String::from_utf8(outcome.stdout.clone()).expect("text");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/ec2/golden");
    let path = folder.join(name).join(case);
    if std::env::var_os("AMIKIT_BLESS").is_some() {
        fs::create_dir_all(folder.join(name)).expect("make the folder");
        fs::write(&path, &text).expect("write the golden output");
    }
    let golden = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(text, golden, "{name} {case}; make bless renews it");
}

fn serve(stream: &TcpStream, shared: &Shared) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let mut length = 0;
        loop {
            let mut header = String::new();
            reader.read_line(&mut header)?;
            let header = header.trim().to_ascii_lowercase();
            if header.is_empty() {
                break;
            }
            if let Some(value) = header.strip_prefix("content-length:") {
                length = value.trim().parse().unwrap_or(0);
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        let request = parameters(&String::from_utf8_lossy(&body));
        let action = request.get("Action").cloned().unwrap_or_default();
        let answer = next(shared, &action);
        shared
            .requests
            .lock()
            .expect("no test panicked in it")
            .push(request);
        shared.came.notify_all();
        let mut given = shared.given.lock().expect("no test panicked in it");
        given.push(answer.clone());
        drop(given);
        let mut head = format!(
            "HTTP/1.1 {} Said\r\ncontent-type: text/xml;charset=UTF-8\r\ncontent-length: {}\r\n",
            answer.status,
            answer.body.len()
        );
        for header in &answer.headers {
            head.push_str(header);
            head.push_str("\r\n");
        }
        let mut stream = stream;
        stream.write_all(format!("{head}\r\n{}", answer.body).as_bytes())?;
    }
}

fn next(shared: &Shared, action: &str) -> Answer {
    let mut answers = shared.answers.lock().expect("no test panicked in it");
    let unknown = || Answer::refusal(400, "InvalidAction", &format!("{action} is not valid"));
    let Some(queue) = answers.get_mut(action) else {
        return unknown();
    };
    if queue.len() > 1 {
        return queue.pop_front().unwrap_or_else(unknown);
    }
    queue.front().cloned().unwrap_or_else(unknown)
}

fn parameters(form: &str) -> Request {
    let pairs = form.split('&').filter_map(|pair| pair.split_once('='));
    pairs
        .map(|(name, value)| (decoded(name), decoded(value)))
        .collect()
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits: String = rest.by_ref().take(2).map(char::from).collect();
            bytes.push(u8::from_str_radix(&digits, 16).expect("two hex digits"));
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).expect("UTF-8")
}
