//! A body on its way out: how far it went, and whether it may go.
//!
//! ```text
//!            waits ─── an answer ───► never sent
//! patient ─►   └────── 1 s ─┐
//! others ───────────────────┴► pieces ─► library ─► system ─► network
//!                                        512 KiB     4 MiB
//! ```
//!
//! Bytes count as moved when the library takes them; what it and the system still hold then can
//! only be guessed, by the pace of those before.

use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Frame, SizeHint};

use super::{Body, Pieces};

/// What the HTTP library takes before it writes: two pieces.
const LIBRARY_BUFFER: u64 = 512 * 1024;

/// What the system may still hold when the last byte has been handed to it: the upper limit of
/// its send buffer (`net.ipv4.tcp_wmem`).
const SEND_BUFFER: u64 = 4 * 1024 * 1024;

/// What is known of a body on its way.
pub(super) struct Sending {
    len: u64,
    /// Bytes that were handed over.
    moved: AtomicU64,
    state: Mutex<State>,
}

struct State {
    gate: Gate,
    failure: Option<Arc<io::Error>>,
    /// Bytes that had moved when they were counted last, and when that was.
    counted: (u64, Duration),
}

/// Whether the body may go.
enum Gate {
    Open,
    /// Not before so long. When the head has gone, the connection asks for the body and waits to
    /// be woken, since a tick.
    Closed {
        patience: Duration,
        waiting: Option<(Waker, Option<Duration>)>,
    },
    /// Nobody wants it any more.
    Abandoned,
}

impl Sending {
    /// A body of `len` bytes, held back for a time if there is patience.
    pub(super) fn new(len: u64, patience: Option<Duration>) -> Self {
        let gate = patience.map_or(Gate::Open, |patience| Gate::Closed {
            patience,
            waiting: None,
        });
        Self {
            len,
            moved: AtomicU64::new(0),
            state: Mutex::new(State {
                gate,
                failure: None,
                counted: (0, Duration::ZERO),
            }),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Why the body could not be read.
    pub(super) fn failure(&self) -> Option<Arc<io::Error>> {
        self.state().failure.clone()
    }

    /// Whether the request may have left whole. That one with a body waits for a connection shows:
    /// nothing of the body was asked for.
    pub(super) fn may_have_left(&self) -> bool {
        self.len == 0 || self.moved.load(Ordering::Relaxed) > 0
    }

    /// Bytes so far, and how much longer than usual silence is fine. Called at every tick.
    pub(super) fn progress(&self, spent: Duration) -> (u64, Duration) {
        let moved = self.moved.load(Ordering::Relaxed);
        let mut state = self.state();
        state.open(spent);
        if state.counted.0 != moved {
            state.counted = (moved, spent);
        }
        (moved, grace(moved, self.len, state.counted.1))
    }

    /// Stops sending: the answer is there, and has been read as far as anybody wants.
    pub(super) fn abandon(&self) {
        let gate = std::mem::replace(&mut self.state().gate, Gate::Abandoned);
        if let Gate::Closed {
            waiting: Some((waker, _)),
            ..
        } = gate
        {
            waker.wake(); // so that the connection ends
        }
    }
}

impl State {
    /// Lets the body go when it has waited long enough.
    fn open(&mut self, spent: Duration) {
        let Gate::Closed {
            patience,
            waiting: Some((waker, since)),
        } = &mut self.gate
        else {
            return;
        };
        let since = *since.get_or_insert(spent);
        if spent.saturating_sub(since) >= *patience {
            waker.wake_by_ref();
            self.gate = Gate::Open;
        }
    }
}

/// How long what is held by the library and, after the last byte, by the system may need to
/// leave, when `moved` bytes took so long: at most twice that.
fn grace(moved: u64, len: u64, took: Duration) -> Duration {
    let buffers = if moved < len {
        LIBRARY_BUFFER
    } else {
        SEND_BUFFER
    };
    let held = moved.min(buffers);
    // So much has left at least; of little that has left no pace can be told.
    let left = (moved - held).max(moved / 2).max(1);
    let grace = took.as_millis() * u128::from(held) / u128::from(left);
    Duration::from_millis(u64::try_from(grace).unwrap_or(u64::MAX))
}

/// A body on its way. Reading a file blocks the lane, which is the caller's thread: nobody else
/// waits.
pub(super) struct Outgoing {
    pieces: Pieces,
    left: u64,
    sending: Arc<Sending>,
}

impl Outgoing {
    /// The body, from its start.
    pub(super) fn new(body: &Body, sending: &Arc<Sending>) -> Self {
        Self {
            pieces: body.pieces(),
            left: body.len(),
            sending: Arc::clone(sending),
        }
    }
}

impl http_body::Body for Outgoing {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        match &mut self.sending.state().gate {
            Gate::Open => {}
            Gate::Closed { waiting, .. } => {
                let since = waiting.take().and_then(|(_, since)| since);
                *waiting = Some((context.waker().clone(), since));
                return Poll::Pending;
            }
            Gate::Abandoned => {
                let why = io::Error::other("the answer came before the body was sent");
                return Poll::Ready(Some(Err(why)));
            }
        }
        Poll::Ready(match self.pieces.next() {
            None => None,
            Some(Ok(piece)) => {
                let len = piece.len() as u64;
                self.left = self.left.saturating_sub(len);
                self.sending.moved.fetch_add(len, Ordering::Relaxed);
                Some(Ok(Frame::data(piece)))
            }
            Some(Err(error)) => {
                let (kind, error) = (error.kind(), Arc::new(error));
                self.sending.state().failure = Some(error);
                Some(Err(kind.into()))
            }
        })
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: u64 = 1 << 20;
    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn what_the_system_still_holds_is_given_the_pace_of_what_left() {
        // 10 MiB at 0.1 MiB a second: when 4 MiB are in the buffer, 6 have left in 60 seconds.
        assert_eq!(grace(10 * MIB, 10 * MIB, 60 * SECOND), 40 * SECOND);
        // Before the last byte only the library's buffer counts: 5 s for half a MiB.
        assert!(grace(6 * MIB, 10 * MIB, 60 * SECOND) < 6 * SECOND);
    }

    #[test]
    fn silence_is_never_given_more_than_twice_the_time_of_sending() {
        for len in [0, 1, MIB, 4 * MIB, 4 * MIB + 1, 5 * MIB, 9 * MIB, u64::MAX] {
            for moved in [0, 1, len / 2, len] {
                assert!(grace(moved, len, SECOND) <= 3 * SECOND, "{moved} of {len}");
            }
        }
        assert_eq!(grace(0, MIB, 60 * SECOND), Duration::ZERO);
        assert_eq!(grace(10 * MIB, 10 * MIB, Duration::ZERO), Duration::ZERO);
    }

    #[test]
    fn time_that_stands_still_gives_no_grace() {
        let sending = Sending::new(10 * MIB, None);
        sending.moved.store(MIB, Ordering::Relaxed);

        let (_, first) = sending.progress(10 * SECOND);
        let (_, later) = sending.progress(100 * SECOND);

        assert_eq!(first, later);
        assert_eq!(first, 10 * SECOND);
    }
}
