//! A connection's bytes, and how long it has owed them.
//!
//! ```text
//!        first byte          head is whole          answer is out
//! Idle ─────────────► Head ─────────────────► Busy ─────────────► Idle …
//!  idle_time           header_time             stall_time, while the
//!                                              client owes bytes
//!                     any ── answer ends the connection ──► Lingering: linger_time
//! ```
//!
//! [`Watched`] is the stream below HTTP; [`Watch`] is what its driver asks for the time at which the
//! connection is to be cut.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Instant;

use super::clock;
use super::limits::Limits;
use super::metrics::{Ended, Metrics};

/// What a client still sends after the last answer is read in pieces of this size.
const DISCARDED: usize = 8 << 10;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Idle,
    Head,
    Busy,
    Lingering,
}

struct State {
    phase: Phase,
    /// When the phase began.
    since: Instant,
    /// Since when the client owes bytes, or does not take them.
    read_blocked: Option<Instant>,
    write_blocked: Option<Instant>,
    /// Whether closing waits until the client has seen the last answer.
    lingers: bool,
}

/// What a connection waits for, and since when.
pub(super) struct Watch {
    state: Mutex<State>,
    limits: Limits,
}

impl Watch {
    pub(super) fn new(limits: Limits) -> Arc<Self> {
        let state = State {
            phase: Phase::Idle,
            since: clock::now(),
            read_blocked: None,
            write_blocked: None,
            lingers: false,
        };
        Arc::new(Self {
            state: Mutex::new(state),
            limits,
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn enter(&self, phase: Phase) {
        let mut state = self.state();
        state.phase = phase;
        state.since = clock::now();
    }

    /// A head is whole.
    pub(super) fn request_begins(&self) {
        self.enter(Phase::Busy);
    }

    /// An answer is out.
    pub(super) fn request_ends(&self) {
        self.enter(Phase::Idle);
    }

    /// The front stops: an idle connection is not waited for.
    pub(super) fn stop(&self) {
        let mut state = self.state();
        if state.phase == Phase::Idle {
            state.lingers = false;
        }
    }

    /// When the connection is to be cut, as it looks now. A client that owes nothing is looked at
    /// again after the stall time.
    pub(super) fn deadline(&self) -> Instant {
        let state = self.state();
        match state.phase {
            Phase::Idle => state.since + self.limits.idle_time,
            Phase::Head => state.since + self.limits.header_time,
            Phase::Lingering => state.since + self.limits.linger_time,
            Phase::Busy => {
                let blocked = [state.read_blocked, state.write_blocked];
                let since = blocked.into_iter().flatten().min();
                since.unwrap_or_else(clock::now) + self.limits.stall_time
            }
        }
    }

    /// What an overdue connection is counted as.
    pub(super) fn why_overdue(&self) -> Ended {
        match self.state().phase {
            Phase::Idle => Ended::Idle,
            Phase::Head | Phase::Busy | Phase::Lingering => Ended::Slow,
        }
    }

    fn read(&self, result: &Poll<io::Result<usize>>) {
        let mut state = self.state();
        match result {
            Poll::Pending => {
                state.read_blocked.get_or_insert_with(clock::now);
            }
            Poll::Ready(Ok(count)) if *count > 0 => {
                state.read_blocked = None;
                if state.phase == Phase::Idle {
                    state.phase = Phase::Head;
                    state.since = clock::now();
                    state.lingers = true;
                }
            }
            Poll::Ready(_) => state.read_blocked = None,
        }
    }

    fn write<T>(&self, result: &Poll<io::Result<T>>) {
        let mut state = self.state();
        if result.is_pending() {
            state.write_blocked.get_or_insert_with(clock::now);
        } else {
            state.write_blocked = None;
            // A client that takes bytes is alive: it may be waiting for an answer to half a body.
            if let Some(blocked) = &mut state.read_blocked {
                *blocked = clock::now();
            }
        }
    }

    /// Whether what the client still sends is to be read after the last answer.
    fn lingers(&self) -> bool {
        let mut state = self.state();
        if state.lingers && state.phase != Phase::Lingering {
            state.phase = Phase::Lingering;
            state.since = clock::now();
        }
        state.lingers
    }
}

/// A stream whose reads and writes are counted and timed.
pub(super) struct Watched<S> {
    stream: S,
    watch: Arc<Watch>,
    metrics: Arc<Metrics>,
    is_shut: bool,
}

impl<S> Watched<S> {
    pub(super) fn new(stream: S, watch: Arc<Watch>, metrics: Arc<Metrics>) -> Self {
        Self {
            stream,
            watch,
            metrics,
            is_shut: false,
        }
    }

    fn wrote(&self, result: &Poll<io::Result<usize>>) {
        self.watch.write(result);
        if let Poll::Ready(Ok(count)) = result {
            self.metrics.sent(*count);
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let result = Pin::new(&mut self.stream).poll_read(cx, buffer);
        let count = buffer.filled().len() - before;
        self.metrics.received(count);
        let result = result.map_ok(|()| count);
        self.watch.read(&result);
        result.map_ok(|_| ())
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.wrote(&result);
        result
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.stream).poll_write_vectored(cx, pieces);
        self.wrote(&result);
        result
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let result = Pin::new(&mut self.stream).poll_flush(cx);
        if result.is_pending() {
            self.watch.write(&result); // TLS holds back what the client does not take
        }
        result
    }

    /// Ends the sending side, and reads on until the client has done the same: a socket closed with
    /// bytes unread is reset, and the client would lose the answer.
    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !self.is_shut {
            ready!(Pin::new(&mut self.stream).poll_shutdown(cx))?;
            self.is_shut = true;
        }
        if !self.watch.lingers() {
            return Poll::Ready(Ok(()));
        }
        let mut space = [0; DISCARDED];
        loop {
            let mut buffer = ReadBuf::new(&mut space);
            let read = ready!(Pin::new(&mut self.stream).poll_read(cx, &mut buffer));
            if read.is_err() || buffer.filled().is_empty() {
                return Poll::Ready(Ok(())); // the answer is out, which is all that matters
            }
        }
    }
}
