//! Takes a body in: from the connection through decoder and digests into a sink.
//!
//! ```text
//! async:     frames ─► batch 1 ┐  frames ─► batch 2 ┐  frames ─► batch 3 ┐
//! blocking:                    └► decode, hash, write └► …               └► judge, done
//! ```
//!
//! Hashing and writing are done on tokio's blocking threads, a batch of about 384 KiB at a time,
//! while the next batch comes in: at most two are in memory. A thread is held only while there is
//! work for it, so slow senders do not use threads up. A body that fits into one batch, as most do,
//! costs one hand-over.
//!
//! Whoever sends too slowly is cut ([`Pace`]). Only time spent waiting for the sender counts, not
//! what our own disk takes.

mod batch;
mod source;
#[cfg(test)]
mod tests;
mod work;

use std::io::{BufWriter, Write};
use std::pin::pin;

use bytes::Bytes;
use http_body::Body;
use tokio::task::{JoinHandle, spawn_blocking};

use super::checksum::Checksum;
use super::expectation::Expectation;
use crate::cloud::walrus::error::{Code, S3Error, S3Result};
use batch::Batch;
pub(super) use source::Source;
pub use source::{BoxError, Pace};
use work::Work;

/// Largest write that is gathered from small pieces; larger pieces, as connections that are fast
/// give them, are written as they come: a copy costs more than a call to the kernel.
const WRITE: usize = 32 * 1024;

/// A body that was what its request said.
#[derive(Debug)]
pub struct Received<W> {
    /// Bytes of data.
    pub size: u64,
    /// Their MD5: the `ETag`.
    pub md5: [u8; 16],
    /// Their SHA-256, if the request signed it.
    pub sha256: Option<[u8; 32]>,
    /// The checksum, if one was sent or wanted.
    pub checksum: Option<Checksum>,
    /// Where the data is. Everything was written to it; to make it last is the caller's.
    pub sink: W,
}

/// Takes a body into a sink.
///
/// # Errors
/// When the body is not what was expected, comes too slowly, breaks off, or cannot be written. The
/// sink then was dropped.
pub async fn receive<B, W>(
    body: B,
    expectation: Expectation,
    pace: Pace,
    sink: W,
) -> S3Result<Received<W>>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: Into<BoxError>,
    W: Write + Send + 'static,
{
    receive_with(body, expectation, pace, || Ok(sink), Ok).await
}

/// Takes a body into a sink that `open` makes when the first bytes are there, and lets `done`
/// finish it. Both run on the thread that hashes and writes: a small object is opened, written and
/// made durable in one hand-over.
///
/// When the future is dropped during `done`, its result is dropped too.
///
/// # Errors
/// Those of [`receive`], `open` and `done`.
pub async fn receive_with<B, W, T>(
    body: B,
    expectation: Expectation,
    pace: Pace,
    open: impl FnOnce() -> S3Result<W> + Send + 'static,
    done: impl FnOnce(Received<W>) -> S3Result<T> + Send + 'static,
) -> S3Result<T>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: Into<BoxError>,
    W: Write + Send + 'static,
    T: Send + 'static,
{
    let mut source = Source::new(body, pace);
    let begin = move || {
        let space = expectation.length().map_or(WRITE, |length| {
            usize::try_from(length).map_or(WRITE, |length| length.min(WRITE))
        });
        Work::new(expectation, true, BufWriter::with_capacity(space, open()?))
    };
    let end = move |work: Work<BufWriter<W>>| done(unbuffered(work.finish()?)?);

    let first = source.batch().await?;
    if first.is_last {
        return joined(spawn_blocking(move || end(begin()?.take_all(first)?))).await;
    }
    let mut task = spawn_blocking(move || begin()?.take_all(first));
    loop {
        let (work, batch) = both(&mut task, &mut source).await;
        let batch = match (work, batch) {
            (Ok(work), Ok(batch)) => (work, batch),
            (Err(error), _) => return Err(error),
            (Ok(work), Err(error)) => {
                spawn_blocking(move || drop(work)); // removing a file may take its time
                return Err(error);
            }
        };
        let (work, batch) = batch;
        if batch.is_last {
            return joined(spawn_blocking(move || end(work.take_all(batch)?))).await;
        }
        task = spawn_blocking(move || work.take_all(batch));
    }
}

/// Takes a document into memory.
///
/// # Errors
/// When the body is not what was expected, comes too slowly or breaks off.
pub async fn gather<B>(body: B, expectation: Expectation, pace: Pace) -> S3Result<Vec<u8>>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: Into<BoxError>,
{
    let mut source = Source::new(body, pace);
    let needs_md5 = expectation.has_md5();
    let mut work = Work::new(expectation, needs_md5, Vec::new())?;
    while let Some(piece) = source.next().await? {
        work.take(piece)?;
    }
    Ok(work.finish()?.1)
}

/// Waits for the batch that is worked on and for the next one; the first failure ends it.
async fn both<W, B>(
    task: &mut JoinHandle<S3Result<Work<W>>>,
    source: &mut Source<B>,
) -> (S3Result<Work<W>>, S3Result<Batch>)
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: Into<BoxError>,
{
    let mut batch = pin!(source.batch());
    tokio::select! {
        batch = &mut batch => (joined(task).await, batch),
        work = joined(&mut *task) => match work {
            Ok(work) => (Ok(work), batch.await),
            Err(error) => (Err(error.clone()), Err(error)),
        },
    }
}

/// The result of a blocking thread.
async fn joined<T>(
    task: impl Future<Output = Result<S3Result<T>, tokio::task::JoinError>>,
) -> S3Result<T> {
    task.await.unwrap_or_else(|error| {
        tracing::error!(%error, "a thread that took a body in has failed");
        Err(S3Error::new(
            Code::InternalError,
            "the body cannot be taken in",
        ))
    })
}

fn unbuffered<W: Write>(
    (found, sink): (super::expectation::Found, BufWriter<W>),
) -> S3Result<Received<W>> {
    let sink = sink
        .into_inner()
        .map_err(|error| work::unwritten(error.error()))?;
    let md5 = found.md5.expect("the work was begun with an MD5");
    Ok(Received {
        size: found.size,
        md5,
        sha256: found.sha256,
        checksum: found.checksum,
        sink,
    })
}
