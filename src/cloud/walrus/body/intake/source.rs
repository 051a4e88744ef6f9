//! Reads a connection, and gives up on senders that are too slow.

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame};
use tokio::time::{Interval, MissedTickBehavior, interval};

use super::batch::Batch;
use crate::cloud::walrus::error::{Code, S3Error, S3Result};

/// Any error of a body.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// How fast a body has to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// The longest that no byte may come.
    pub stall: Duration,
    /// How long the average rate does not count.
    pub grace: Duration,
    /// The lowest average rate after that, in bytes per second of waiting for the sender.
    pub rate: u64,
}

/// 20 seconds as S3 has it, and 1 KiB a second after half a minute.
impl Default for Pace {
    fn default() -> Self {
        Self {
            stall: Duration::from_secs(20),
            grace: Duration::from_secs(30),
            rate: 1024,
        }
    }
}

impl Pace {
    /// How finely waiting is counted.
    fn tick(&self) -> Duration {
        let fine = self.stall.min(self.grace) / 8;
        fine.clamp(Duration::from_millis(1), Duration::from_secs(1))
    }
}

/// The data of a body, frame by frame.
pub(in crate::cloud::walrus::body) struct Source<B> {
    body: B,
    pace: Pace,
    ticks: Interval,
    /// Ticks in all. Time is counted only while nothing is there to be read.
    waited: u32,
    /// Ticks since the last byte.
    idle: u32,
    received: u64,
}

impl<B> Source<B> {
    pub(in crate::cloud::walrus::body) fn new(body: B, pace: Pace) -> Self {
        let mut ticks = interval(pace.tick());
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self {
            body,
            pace,
            ticks,
            waited: 0,
            idle: 0,
            received: 0,
        }
    }

    /// The connection, to be read by somebody else.
    pub(in crate::cloud::walrus::body) fn into_body(self) -> B {
        self.body
    }

    /// One tick more was spent waiting. The first comes at once, and the last byte may have come
    /// just after one: it takes one more than the limit has.
    fn tick(&mut self) -> S3Result<()> {
        self.waited = self.waited.saturating_add(1);
        self.idle = self.idle.saturating_add(1);
        let (tick, pace) = (self.pace.tick(), self.pace);
        if tick * self.idle.saturating_sub(1) >= pace.stall {
            let stall = pace.stall;
            return Err(self.too_slow(&format!("no byte came for {stall:?}")));
        }
        let measured = (tick * self.waited.saturating_sub(1)).saturating_sub(pace.grace);
        let least = u128::from(pace.rate) * measured.as_millis() / 1000;
        if u128::from(self.received) < least {
            let rate = pace.rate;
            return Err(self.too_slow(&format!("less than {rate} bytes a second came")));
        }
        Ok(())
    }

    fn too_slow(&self, why: &str) -> S3Error {
        let received = self.received;
        let message = format!("{why}, {received} bytes of the body in all");
        S3Error::new(Code::RequestTimeout, message).with_header("connection", "close")
    }
}

impl<B> Source<B>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: Into<BoxError>,
{
    /// The next bytes; none at the end.
    pub(in crate::cloud::walrus::body) async fn next(&mut self) -> S3Result<Option<Bytes>> {
        loop {
            let frame = tokio::select! {
                biased;
                frame = frame(&mut self.body) => frame,
                _ = self.ticks.tick() => {
                    self.tick()?;
                    continue;
                }
            };
            let frame = match frame {
                None => return Ok(None),
                Some(frame) => frame.map_err(|error| broken(error.into(), self.received))?,
            };
            // HTTP's own trailers say nothing that S3 knows.
            let Ok(data) = frame.into_data() else {
                continue;
            };
            if !data.is_empty() {
                self.idle = 0;
                self.received += data.len() as u64;
                return Ok(Some(data));
            }
        }
    }

    /// The next bytes that are worth handing over.
    pub(super) async fn batch(&mut self) -> S3Result<Batch> {
        let mut batch = Batch::default();
        while !batch.is_full() {
            let Some(piece) = self.next().await? else {
                batch.is_last = true;
                break;
            };
            batch.push(piece);
        }
        Ok(batch)
    }
}

async fn frame<B: Body + Unpin>(body: &mut B) -> Option<Result<Frame<B::Data>, B::Error>> {
    poll_fn(|cx| Pin::new(&mut *body).poll_frame(cx)).await
}

/// A body that breaks off; a refusal that a body makes itself stays what it is.
fn broken(error: BoxError, received: u64) -> S3Error {
    match error.downcast::<S3Error>() {
        Ok(refusal) => *refusal,
        Err(_) => S3Error::new(
            Code::IncompleteBody,
            format!("the connection broke off after {received} bytes of the body"),
        ),
    }
}

impl<B> fmt::Debug for Source<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Source")
            .field("pace", &self.pace)
            .field("received", &self.received)
            .finish_non_exhaustive()
    }
}
