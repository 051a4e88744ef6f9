use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use http_body::Frame;
use md5::{Digest as _, Md5};

use super::*;
use crate::cloud::walrus::body::checksum::Algorithm;
use crate::cloud::walrus::body::expectation::Purpose;

/// A connection: pieces, and what comes after them.
struct Sent {
    pieces: VecDeque<Bytes>,
    then: Then,
}

enum Then {
    End,
    Break,
    Silence,
    /// A byte whenever it has waited so long.
    Drip(tokio::time::Interval),
}

impl Body for Sent {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: std::pin::Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if let Some(piece) = self.pieces.pop_front() {
            return Poll::Ready(Some(Ok(Frame::data(piece))));
        }
        match &mut self.then {
            Then::End => Poll::Ready(None),
            Then::Break => Poll::Ready(Some(Err(io::ErrorKind::ConnectionReset.into()))),
            Then::Silence => Poll::Pending,
            Then::Drip(ticks) => ticks
                .poll_tick(cx)
                .map(|_| Some(Ok(Frame::data(Bytes::from_static(b"."))))),
        }
    }
}

fn sent(data: &[u8], step: usize, then: Then) -> Sent {
    let pieces = data.chunks(step).map(Bytes::copy_from_slice).collect();
    Sent { pieces, then }
}

/// Short enough for a test, long enough for a machine that is busy.
const QUICK: Pace = Pace {
    stall: Duration::from_millis(80),
    grace: Duration::from_millis(80),
    rate: 1_000_000,
};

fn expectation(length: usize) -> Expectation {
    let length = ("content-length".to_owned(), length.to_string());
    Expectation::of(&[length], None, Purpose::OBJECT).unwrap()
}

fn any() -> Expectation {
    Expectation::of_any(Purpose::OBJECT)
}

fn data(length: usize) -> Vec<u8> {
    (0..251_u8).cycle().take(length).collect()
}

/// A sink that tells how it was written to, and that it was dropped.
#[derive(Default)]
struct Sink {
    data: Vec<u8>,
    writes: usize,
    full_at: Option<usize>,
    dropped: Arc<AtomicUsize>,
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writes += 1;
        self.data.extend_from_slice(bytes);
        if self.full_at.is_some_and(|full| self.data.len() > full) {
            return Err(io::ErrorKind::StorageFull.into());
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        self.dropped.fetch_add(1, Ordering::SeqCst);
    }
}

#[tokio::test]
async fn bodies_of_any_size_arrive_whole() {
    for (length, step) in [
        (0, 1),
        (1, 1),
        (5000, 7),
        (400_000, 1000),
        (3_000_000, 16_384),
        (3_000_000, 500_000),
    ] {
        let data = data(length);
        let mut expectation = expectation(length);
        expectation.want(Algorithm::Crc64Nvme);
        let body = sent(&data, step, Then::End);

        let received = receive(body, expectation, Pace::default(), Sink::default())
            .await
            .unwrap();

        let md5: [u8; 16] = Md5::digest(&data).into();
        let checksum = Checksum::of(Algorithm::Crc64Nvme, &data);
        assert_eq!((received.size, received.md5), (length as u64, md5));
        assert_eq!((received.checksum, received.sha256), (Some(checksum), None));
        assert!(received.sink.data == data, "{length} by {step}");
        assert!(
            received.sink.writes <= 1 + length / WRITE * 2,
            "{length} by {step}"
        );
    }
}

#[tokio::test]
async fn a_framed_body_arrives_without_its_framing() {
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let of = |trailer: &str| {
        let headers = [
            pair("content-encoding", "aws-chunked"),
            pair("x-amz-decoded-content-length", "9"),
            pair("x-amz-trailer", "x-amz-checksum-crc32c"),
        ];
        let body =
            format!("5\r\n12345\r\n4\r\n6789\r\n0\r\nx-amz-checksum-crc32c:{trailer}\r\n\r\n");
        let expectation = Expectation::of(&headers, None, Purpose::OBJECT).unwrap();
        (sent(body.as_bytes(), 3, Then::End), expectation)
    };

    let (body, expectation) = of("4waSgw==");
    let received = receive(body, expectation, Pace::default(), Sink::default()).await;
    let (body, expectation) = of("4waSgg==");
    let other = receive(body, expectation, Pace::default(), Sink::default()).await;

    let received = received.unwrap();
    assert_eq!(received.sink.data, b"123456789");
    assert_eq!(received.checksum.unwrap().to_string(), "4waSgw==");
    assert_eq!(other.map(|it| it.size).unwrap_err().code, Code::BadDigest);
}

/// Receives what cannot be received: the code of the refusal. The sink was dropped.
async fn refused(body: Sent, expectation: Expectation, pace: Pace) -> Code {
    let sink = Sink::default();
    let dropped = Arc::clone(&sink.dropped);

    let result = receive(body, expectation, pace, sink).await;

    let error = result.map(|received| received.size).unwrap_err();
    // What is removed on a thread of its own may take a moment.
    while dropped.load(Ordering::SeqCst) == 0 {
        tokio::task::yield_now().await;
    }
    error.code
}

#[tokio::test]
async fn who_goes_away_leaves_nothing() {
    for length in [0, 10, 1_000_000] {
        let data = data(length);
        let pace = Pace::default();

        let broken = sent(&data, 10_000, Then::Break);
        assert_eq!(refused(broken, any(), pace).await, Code::IncompleteBody);

        let short = sent(&data, 10_000, Then::End);
        assert_eq!(
            refused(short, expectation(length + 1), pace).await,
            Code::IncompleteBody
        );
    }
}

#[tokio::test]
async fn who_sends_more_than_was_said_is_refused_before_the_end() {
    let body = sent(&data(2_000_000), 10_000, Then::Silence);

    let code = refused(body, expectation(1_500_000), Pace::default()).await;

    assert_eq!(code, Code::IncompleteBody);
}

#[tokio::test]
async fn who_is_silent_is_cut() {
    for length in [0, 10, 1_000_000] {
        let pace = Pace { rate: 0, ..QUICK };
        let body = sent(&data(length), 10_000, Then::Silence);

        assert_eq!(refused(body, any(), pace).await, Code::RequestTimeout);
    }
}

#[tokio::test]
async fn who_drips_is_cut() {
    let drip = Then::Drip(tokio::time::interval(Duration::from_millis(2)));
    let body = sent(b"", 1, drip);

    assert_eq!(refused(body, any(), QUICK).await, Code::RequestTimeout);
}

#[tokio::test]
async fn a_sink_that_is_full_ends_the_upload_at_once() {
    let mut sink = Sink::default();
    sink.full_at = Some(100_000);
    let body = sent(&data(500_000), 10_000, Then::Silence);

    let result = receive(body, any(), Pace::default(), sink).await;

    let error = result.map(|received| received.size).unwrap_err();
    assert_eq!(error.code, Code::ServiceUnavailable);
}

#[tokio::test]
async fn the_sink_is_opened_and_finished_beside_the_work() {
    let here = std::thread::current().id();
    let body = sent(b"abc", 1, Then::End);

    let result = receive_with(
        body,
        expectation(3),
        Pace::default(),
        move || {
            assert_ne!(std::thread::current().id(), here);
            Ok(Sink::default())
        },
        |received| Ok((received.size, std::thread::current().id())),
    );

    let (size, there) = result.await.unwrap();
    assert_eq!(size, 3);
    assert_ne!(there, here);
}

#[tokio::test]
async fn documents_are_gathered_up_to_their_limit() {
    let purpose = Purpose::Document { most: 10 };
    let pace = Pace::default();
    let gathered =
        |data: &'static [u8]| gather(sent(data, 4, Then::End), Expectation::of_any(purpose), pace);

    assert_eq!(gathered(b"<a>123</a>").await.unwrap(), b"<a>123</a>");
    assert_eq!(gathered(b"").await.unwrap(), b"");
    let error = gathered(b"<a>1234</a>").await.unwrap_err();
    assert_eq!(error.code, Code::MaxMessageLengthExceeded);
}

#[tokio::test]
async fn documents_are_judged_like_objects() {
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let headers = [
        pair("content-length", "3"),
        pair("content-md5", "AAAAAAAAAAAAAAAAAAAAAA=="),
    ];
    let expectation = Expectation::of(&headers, None, Purpose::DOCUMENT).unwrap();

    let result = gather(sent(b"abc", 4, Then::End), expectation, Pace::default()).await;

    assert_eq!(result.unwrap_err().code, Code::BadDigest);
}
