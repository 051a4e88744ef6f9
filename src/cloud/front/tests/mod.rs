//! The front over real sockets: a small service behind it, raw TCP before it.

mod clients;
mod http;
mod log;
mod ops;
mod slow;
mod stop;
mod tls;

use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::Frame;
use http_body_util::BodyExt as _;
use hyper::{Request, Response, StatusCode};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::{Notify, oneshot};
use tokio::time::timeout;

use super::*;
use crate::cloud::Surroundings;

/// No wait of a test is longer: it has failed then.
const PATIENCE: Duration = Duration::from_secs(20);

/// A time that is over soon, for limits that are to be met.
const SOON: Duration = Duration::from_millis(150);

/// Numbers in place of randomness.
fn count_up(bytes: &mut [u8]) {
    static NEXT: AtomicU64 = AtomicU64::new(0xA000_0000_0000_0001);
    let number = NEXT.fetch_add(1, Ordering::Relaxed).to_be_bytes();
    bytes.copy_from_slice(&number[..bytes.len()]);
}

const SURROUNDINGS: Surroundings = Surroundings {
    now_ms: || 1_700_000_000_000,
    random: count_up,
};

/// What the tests' service shares with its test.
#[derive(Default)]
struct Gate {
    /// A request to `/wait` has arrived.
    arrived: Notify,
    /// It may go on.
    go: Notify,
}

/// A front with the tests' service.
struct Front {
    address: SocketAddr,
    running: Running,
    stop: oneshot::Sender<()>,
    metrics: Arc<Metrics>,
    gate: Arc<Gate>,
}

impl Front {
    fn start(limits: &Limits) -> Self {
        Self::start_with(limits, None)
    }

    fn start_with(limits: &Limits, tls: Option<Tls>) -> Self {
        let gate = Arc::new(Gate::default());
        let metrics = Metrics::new("1.2.3", 0);
        let of_service = Arc::clone(&gate);
        let service = service_fn(
            move |request| respond(request, Arc::clone(&of_service)),
            refuse,
        );
        let health = Health::new().check("database", || async { Ok(()) });
        let operator = Operator::new(Arc::new(health), Arc::clone(&metrics), axum::Router::new());
        let service = Arc::new(Switch::new(service).when(Operator::owns, operator));
        let [socket] = <[Bound; 1]>::try_from(bind(&[loopback()]).expect("bind")).expect("one");
        let address = socket.address();
        let listeners = vec![Listener {
            socket,
            tls,
            service,
        }];
        let (stop, stopped) = oneshot::channel();
        let stopping = async { drop(stopped.await) };
        Self {
            address,
            running: serve(listeners, limits, &metrics, SURROUNDINGS, stopping),
            stop,
            metrics,
            gate,
        }
    }

    async fn connect(&self) -> Client {
        Client(TcpStream::connect(self.address).await.expect("connect"))
    }

    /// Sends text on a connection of its own and returns all that comes back until it closes.
    async fn exchange(&self, text: &str) -> String {
        let mut client = self.connect().await;
        client.send(text).await;
        client.rest().await
    }

    /// Asks for a path and returns the whole answer.
    async fn get(&self, path: &str) -> String {
        self.exchange(&format!(
            "GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
        ))
        .await
    }

    fn sample(&self, name: &str) -> String {
        let mut samples = super::metrics::tests::parse(&self.metrics.text());
        samples
            .remove(name)
            .unwrap_or_else(|| panic!("no {name} in {samples:?}"))
    }
}

fn loopback() -> SocketAddr {
    "127.0.0.1:0".parse().expect("an address")
}

/// A client that knows nothing of HTTP.
struct Client(TcpStream);

impl Client {
    async fn send(&mut self, text: &str) {
        let sent = timeout(PATIENCE, self.0.write_all(text.as_bytes())).await;
        sent.expect("in time").expect("send");
    }

    /// What comes until the connection ends, which it must.
    async fn rest(&mut self) -> String {
        let mut bytes = Vec::new();
        let read = timeout(PATIENCE, self.0.read_to_end(&mut bytes)).await;
        read.expect("the connection ends").expect("read to the end");
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// What comes up to and with this text.
    async fn until(&mut self, end: &str) -> String {
        let mut bytes = Vec::new();
        while !bytes.ends_with(end.as_bytes()) {
            let read = timeout(PATIENCE, self.0.read_u8()).await;
            let seen = || String::from_utf8_lossy(&bytes).into_owned();
            match read.unwrap_or_else(|_| panic!("in time, after {:?}", seen())) {
                Ok(byte) => bytes.push(byte),
                Err(error) => panic!("{error} after {:?}", seen()),
            }
        }
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Whether the connection has been ended, in whatever way.
    async fn is_ended(&mut self) -> bool {
        let mut rest = Vec::new();
        timeout(PATIENCE, self.0.read_to_end(&mut rest))
            .await
            .is_ok()
    }
}

/// The tests' service: what it does is in the path.
async fn respond(request: Request<Asked>, gate: Arc<Gate>) -> Response<Body> {
    let path = request.uri().path().to_owned();
    let mut response = match &*path {
        "/echo" => match request.into_body().collect().await {
            Ok(body) => Response::new(body_of(body.to_bytes())),
            Err(_) => status(StatusCode::BAD_REQUEST, "half a body\n"),
        },
        "/refuse" => status(StatusCode::FORBIDDEN, "refused\n"),
        "/204" => status(StatusCode::NO_CONTENT, "too much"),
        "/304" => status(StatusCode::NOT_MODIFIED, "too much"),
        "/fail" => status(StatusCode::INTERNAL_SERVER_ERROR, "failed\n"),
        "/panic" => panic!("a bug"),
        "/panic-later" => {
            tokio::task::yield_now().await;
            panic!("a bug")
        }
        "/panic-in-body" => Response::new(frames(|number| {
            assert!(number < 1, "a bug in a body");
            Bytes::from_static(b"begun\n")
        })),
        "/wait" => {
            gate.arrived.notify_one();
            gate.go.notified().await;
            Response::new(body_of("waited\n"))
        }
        "/endless" => Response::new(frames(|_| Bytes::from_static(&[b'x'; 16 << 10]))),
        _ => Response::new(body_of(seen(&request))),
    };
    response.extensions_mut().insert(Operation {
        service: "test",
        name: "Respond",
        account: Some("000000000001".to_owned()),
    });
    response
}

/// Everything that the service sees of a request's head.
fn seen(request: &Request<Asked>) -> String {
    let mut text = format!("{} {}\n", request.method(), request.uri());
    for (name, value) in request.headers() {
        let value = String::from_utf8_lossy(value.as_bytes());
        text.extend([name.as_str(), ": ", &*value, "\n"]);
    }
    let peer = request.extensions().get::<Peer>().expect("a peer");
    let id = request.extensions().get::<RequestId>().expect("an id");
    text + &format!(
        "from {} to {} tls {} id {id}\n",
        peer.address, peer.local, peer.is_tls
    )
}

fn status(status: StatusCode, text: &'static str) -> Response<Body> {
    let mut response = Response::new(body_of(text));
    *response.status_mut() = status;
    response
}

/// A body of frames that are made when they are asked for, by their number.
struct Frames<F>(F, usize);

impl<F: FnMut(usize) -> Bytes + Unpin> http_body::Body for Frames<F> {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let number = self.1;
        self.1 += 1;
        Poll::Ready(Some(Ok(Frame::data((self.0)(number)))))
    }
}

fn frames(next: impl FnMut(usize) -> Bytes + Send + Unpin + 'static) -> Body {
    Frames(next, 0).boxed_unsync()
}

fn refuse(refusal: &Refusal) -> Response<Body> {
    let text = format!(
        "<Code>{}</Code><Id>{}</Id>\n",
        refusal.why, refusal.request_id
    );
    let mut response = Response::new(body_of(text));
    *response.status_mut() = refusal.why.status();
    response
}
