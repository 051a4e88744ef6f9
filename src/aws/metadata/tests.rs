//! Against a small server that answers as the test says.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use super::*;
use crate::aws::http::HttpOptions;

/// A request: method, path and headers.
pub(crate) struct Asked {
    pub method: String,
    pub path: String,
    pub headers: HashMap<String, String>,
    pub body: Vec<u8>,
}

impl Asked {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }
}

/// Status, headers and body; or nothing, and no end either.
pub(crate) type Reply = Option<(u16, Vec<(&'static str, String)>, String)>;

/// Serves for as long as the test program runs; `answer` gives status, headers and body, or
/// nothing at all. Returns the URL.
pub(crate) fn serve(answer: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let answer = Arc::new(answer);
    thread::spawn(move || {
        for stream in listener.incoming() {
            let answer = Arc::clone(&answer);
            thread::spawn(move || talk(stream.unwrap(), answer.as_ref()));
        }
    });
    url
}

fn talk(mut stream: TcpStream, answer: &(dyn Fn(&Asked) -> Reply + Sync)) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let Some(asked) = read_request(&mut reader) else {
        return;
    };
    let Some((status, headers, body)) = answer(&asked) else {
        // The answer is lost on its way: wait until the client gives up.
        let _ = reader.read_line(&mut String::new());
        return;
    };
    let mut text = format!(
        "HTTP/1.1 {status} Word\r\nconnection: close\r\ncontent-length: {}\r\n",
        body.len()
    );
    for (name, value) in headers {
        text = format!("{text}{name}: {value}\r\n");
    }
    let body = if asked.method == "HEAD" { "" } else { &body };
    let _ = stream.write_all(format!("{text}\r\n{body}").as_bytes());
}

fn read_request(reader: &mut BufReader<TcpStream>) -> Option<Asked> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
        if line.trim().is_empty() {
            break;
        }
        lines.push(line.trim().to_owned());
    }
    let mut words = lines.first()?.split(' ').map(str::to_owned);
    let (method, path) = (words.next()?, words.next()?);
    let headers: HashMap<String, String> = lines[1..]
        .iter()
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()))
        .collect();
    let length = headers
        .get("content-length")
        .and_then(|text| text.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    std::io::Read::read_exact(reader, &mut body).ok()?;
    Some(Asked {
        method,
        path,
        headers,
        body,
    })
}

const KEYS: &str = r#"{"Code":"Success","AccessKeyId":"ASIA","SecretAccessKey":"s","Token":"t",
    "Expiration":"2100-01-01T00:00:00Z"}"#;

fn client() -> HttpClient {
    let options = HttpOptions {
        connect_timeout: Duration::from_millis(500),
        stall_timeout: Duration::from_millis(300),
        total_timeout: Some(Duration::from_secs(1)),
        ..HttpOptions::default()
    };
    HttpClient::new(options, Arc::new(|| false)).unwrap()
}

fn metadata(url: &str, may_use_v1: bool) -> InstanceMetadata {
    InstanceMetadata::new(client(), url, may_use_v1)
}

#[expect(clippy::unnecessary_wraps, reason = "what `serve` takes")]
fn reply(status: u16, body: &str) -> Reply {
    Some((status, Vec::new(), body.to_owned()))
}

fn role_of(asked: &Asked) -> Reply {
    match asked.path.as_str() {
        ROLES => reply(200, "builder\n"),
        path if path == format!("{ROLES}builder") => reply(200, KEYS),
        _ => reply(404, ""),
    }
}

#[test]
fn a_token_is_asked_for_and_renewed_when_it_is_no_longer_good() {
    let good = Arc::new(Mutex::new(1));
    let served = Arc::clone(&good);
    let url = serve(move |asked| {
        let good = *served.lock().unwrap();
        match asked.method.as_str() {
            "PUT" => {
                let ttl = asked.header("x-aws-ec2-metadata-token-ttl-seconds");
                assert_eq!((asked.path.as_str(), ttl), ("/latest/api/token", "21600"));
                reply(200, &format!("token{good}"))
            }
            _ if asked.header("x-aws-ec2-metadata-token") == format!("token{good}") => {
                role_of(asked)
            }
            _ => reply(401, ""),
        }
    });
    let metadata = metadata(&url, true);

    let role = metadata.role().unwrap().unwrap();
    *good.lock().unwrap() = 2;
    let credentials = metadata.role_credentials(&role).unwrap();

    assert_eq!(role, "builder");
    assert_eq!(credentials.access_key_id, "ASIA");
    assert_eq!(metadata.get("/latest/meta-data/nothing").unwrap(), None);
}

#[test]
fn an_old_service_is_asked_without_a_token_unless_that_is_forbidden() {
    let url = serve(|asked| match asked.method.as_str() {
        "PUT" => reply(404, ""),
        _ => role_of(asked),
    });

    let role = metadata(&url, true).role().unwrap();
    let refused = metadata(&url, false).role();

    assert_eq!(role.as_deref(), Some("builder"));
    assert!(matches!(
        refused,
        Err(MetadataError::Status { status: 404, .. })
    ));
}

#[test]
fn a_lost_token_leads_to_version_1_or_to_the_hop_limit() {
    let lost = |version1: u16| {
        serve(move |asked| match (asked.method.as_str(), version1) {
            ("PUT", _) => None,
            (_, 200) => role_of(asked),
            (_, status) => reply(status, ""),
        })
    };

    let role = metadata(&lost(200), true).role().unwrap();
    let error = metadata(&lost(401), true).role().unwrap_err();

    assert_eq!(role.as_deref(), Some("builder"));
    assert!(error.to_string().contains("hop limit"), "{error}");
}

#[test]
fn nobody_there_is_told_apart_from_nonsense() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let closed = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let odd = serve(|asked| match asked.path.as_str() {
        "/latest/api/token" => reply(200, "t"),
        ROLES => reply(200, "../../secret"),
        _ => reply(200, "{}"),
    });

    let absent = metadata(&closed, true).role();
    let name = metadata(&odd, true).role();
    let keys = metadata(&odd, true).role_credentials("r");

    assert!(
        matches!(absent, Err(MetadataError::Absent { .. })),
        "{absent:?}"
    );
    assert!(
        matches!(name, Err(MetadataError::Document { .. })),
        "{name:?}"
    );
    assert!(matches!(keys, Err(MetadataError::Document { .. })));
}

#[test]
fn a_containers_agent_gets_its_token() {
    let url = serve(|asked| match asked.header("authorization") {
        "Bearer x" => reply(200, KEYS),
        _ => reply(403, "{}"),
    });

    let good = container_credentials(&client(), &url, Some("Bearer x"));
    let bad = container_credentials(&client(), &url, None);

    assert_eq!(good.unwrap().access_key_id, "ASIA");
    assert!(matches!(
        bad,
        Err(MetadataError::Status { status: 403, .. })
    ));
}
