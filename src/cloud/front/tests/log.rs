//! What the log says, and what a panic costs.

use std::fmt::{self, Write as _};
use std::sync::{Mutex, OnceLock};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::DefaultGuard;
use tracing::{Dispatch, Event, Level, Metadata, Subscriber};

use super::*;

/// Keeps the events of this crate as text.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<(Level, String)>>>);

struct Fields(String);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let _ = write!(self.0, "{field}={value:?} ");
    }
}

impl Subscriber for Kept {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("amikit")
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut fields = Fields(String::new());
        event.record(&mut fields);
        let event = (*event.metadata().level(), fields.0);
        self.0.lock().expect("not poisoned").push(event);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

impl Kept {
    /// Keeps the events of this thread. A second subscriber lives for ever: with one alone, an
    /// event that another test's thread meets first would be taken for one that nobody wants.
    fn begin() -> (Self, DefaultGuard) {
        static SECOND: OnceLock<Dispatch> = OnceLock::new();
        SECOND.get_or_init(|| Dispatch::new(Self::default()));
        let kept = Self::default();
        let guard = tracing::subscriber::set_default(kept.clone());
        (kept, guard)
    }

    /// The events of requests that are over.
    fn requests(&self) -> Vec<(Level, String)> {
        let events = self.0.lock().expect("not poisoned");
        let requests = events
            .iter()
            .filter(|(_, text)| text.contains("message=request "));
        requests.cloned().collect()
    }
}

#[tokio::test]
async fn each_request_leaves_one_event_without_its_query() {
    let (kept, _guard) = Kept::begin();
    let front = Front::start(&Limits::default());

    let answer = front.get("/refuse?X-Amz-Signature=5ec2e7").await;

    let [(level, text)] = <[_; 1]>::try_from(kept.requests()).expect("one event");
    assert_eq!(level, Level::DEBUG);
    let (_, id) = answer.split_once("x-amz-request-id: ").expect("an id");
    let id = &id[..16];
    for field in [
        format!("request_id={id} "),
        "client=127.0.0.1:".to_owned(),
        "method=GET path=\"/refuse\" status=403 bytes=8 is_whole=true ms=".to_owned(),
        "service=\"test\" operation=\"Respond\" account=\"000000000001\" ".to_owned(),
    ] {
        assert!(text.contains(&field), "no {field} in {text}");
    }
    let all = kept.0.lock().expect("not poisoned");
    assert!(
        !all.iter().any(|(_, text)| text.contains("5ec2e7")),
        "{all:?}"
    );
}

#[tokio::test]
async fn failures_are_warned_of() {
    let (kept, _guard) = Kept::begin();
    let front = Front::start(&Limits::default());

    front.get("/fail").await;

    let [(level, text)] = <[_; 1]>::try_from(kept.requests()).expect("one event");
    assert_eq!(level, Level::WARN);
    assert!(text.contains("status=500 "), "{text}");
}

#[tokio::test]
async fn a_client_that_leaves_is_logged_as_499() {
    let (kept, _guard) = Kept::begin();
    let limits = Limits {
        stop_time: Duration::ZERO,
        ..Limits::default()
    };
    let front = Front::start(&limits);
    let mut client = front.connect().await;
    client.send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n").await;
    front.gate.arrived.notified().await;

    front.stop.send(()).expect("running");
    assert_eq!(front.running.stopped().await, Stopped { cut: 1 });

    let [(level, text)] = <[_; 1]>::try_from(kept.requests()).expect("one event");
    assert_eq!(level, Level::DEBUG);
    assert!(
        text.contains("status=499 bytes=0 is_whole=false "),
        "{text}"
    );
}

#[tokio::test]
async fn a_panic_is_answered_500_and_ends_the_connection_only() {
    let (kept, _guard) = Kept::begin();
    let front = Front::start(&Limits::default());

    for path in ["/panic", "/panic-later"] {
        let mut client = front.connect().await;
        client
            .send(&format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n"))
            .await;
        let answer = client.rest().await;
        assert!(answer.starts_with("HTTP/1.1 500 "), "{answer}");
        assert!(answer.contains("\r\nconnection: close\r\n"), "{answer}");
        assert!(answer.contains("<Code>an internal error"), "{answer}");
        assert!(!answer.contains("a bug"), "{answer}");
    }

    let errors = kept.0.lock().expect("not poisoned").clone();
    let errors = errors.iter().filter(|(level, _)| *level == Level::ERROR);
    assert_eq!(errors.filter(|(_, text)| text.contains("a bug")).count(), 2);
    assert_eq!(front.sample("amikit_http_panics_total"), "2");
    assert!(front.get("/echo").await.starts_with("HTTP/1.1 200 "));
}

#[tokio::test]
async fn a_panic_in_a_body_breaks_the_answer_off() {
    let front = Front::start(&Limits::default());

    let answer = front.get("/panic-in-body").await;

    let looks_whole = answer.contains("content-length") || answer.ends_with("0\r\n\r\n");
    assert!(!looks_whole, "{answer}");
    assert_eq!(front.sample("amikit_http_panics_total"), "1");
    assert!(front.get("/echo").await.starts_with("HTTP/1.1 200 "));
}
