//! Parts that leave while the bundle is being made.
//!
//! ```text
//! part writer ──room?──► gate ◄──── left ─────┐
//!      └── closed ─────► queue ─► senders × n ┴─► sink
//! ```
//!
//! The gate lets only so many parts exist at once: when the sink is slower than the bundler,
//! the bundler waits. The first failure on either side stops the other.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use super::parts::{self, ClosedPart, Outlet};
use super::{BundleError, OutgoingPart, PartNames, PartSink, StreamingError};

/// Counts the parts that exist, and keeps the first failure of a sender.
pub(super) struct Gate<E> {
    most: usize,
    state: Mutex<State<E>>,
    changed: Condvar,
}

struct State<E> {
    present: usize,
    stopped: bool,
    failure: Option<StreamingError<E>>,
}

impl<E> Gate<E> {
    pub(super) fn new(most: usize) -> Self {
        Self {
            most,
            state: Mutex::new(State {
                present: 0,
                stopped: false,
                failure: None,
            }),
            changed: Condvar::new(),
        }
    }

    /// No part is to be written or sent any more.
    pub(super) fn stop(&self) {
        self.lock().stopped = true;
        self.changed.notify_all();
    }

    /// The first failure of a sender.
    pub(super) fn into_failure(self) -> Option<StreamingError<E>> {
        let state = self.state.into_inner();
        state.unwrap_or_else(PoisonError::into_inner).failure
    }

    fn fail(&self, failure: StreamingError<E>) {
        self.lock().failure.get_or_insert(failure);
        self.stop();
    }

    fn is_stopped(&self) -> bool {
        self.lock().stopped
    }

    /// Waits for room for one more part.
    fn enter(&self) -> io::Result<()> {
        let mut state = self.lock();
        while !state.stopped && state.present >= self.most {
            let waited = self.changed.wait(state);
            state = waited.unwrap_or_else(PoisonError::into_inner);
        }
        if state.stopped {
            return Err(io::Error::other(SendersStopped));
        }
        state.present += 1;
        Ok(())
    }

    fn leave(&self) {
        self.lock().present -= 1;
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State<E>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the bundler is told; the senders' failure is with the gate.
#[derive(Debug, thiserror::Error)]
#[error("the parts do not leave any more")]
struct SendersStopped;

/// Hands closed parts to the senders.
pub(super) struct Leaving<'a, E> {
    pub gate: &'a Gate<E>,
    pub queue: Sender<(usize, ClosedPart)>,
}

impl<E> Outlet for Leaving<'_, E> {
    fn make_room(&mut self) -> io::Result<()> {
        self.gate.enter()
    }

    fn go_on(&mut self) -> io::Result<()> {
        if self.gate.is_stopped() {
            return Err(io::Error::other(SendersStopped));
        }
        Ok(())
    }

    fn take(&mut self, index: usize, _: File, part: ClosedPart) -> io::Result<()> {
        let queued = self.queue.send((index, part));
        queued.map_err(|_| io::Error::other(SendersStopped))
    }

    fn finish(self) -> io::Result<()> {
        Ok(())
    }
}

/// Stops everything when its thread panics: the bundler would wait for room for ever.
struct Alarm<'a, E>(&'a Gate<E>);

impl<E> Drop for Alarm<'_, E> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.stop();
        }
    }
}

/// One sender, and what it needs to know of the bundle.
pub(super) struct Courier<'a, S: PartSink> {
    pub folder: &'a Path,
    pub prefix: &'a str,
    pub sink: &'a S,
    pub gate: &'a Gate<S::Error>,
    /// Whether parts stay when they have been sent.
    pub preserve: bool,
}

impl<S: PartSink> Courier<'_, S> {
    /// Sends parts until there are no more, or something fails.
    pub(super) fn run(&self, queue: &Mutex<Receiver<(usize, ClosedPart)>>) {
        let _alarm = Alarm(self.gate);
        loop {
            let next = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
            let Ok((index, part)) = next else { break };
            if self.gate.is_stopped() {
                break;
            }
            if let Err(failure) = self.send(index, part) {
                self.gate.fail(failure);
                break;
            }
            self.gate.leave();
        }
    }

    fn send(&self, index: usize, part: ClosedPart) -> Result<(), StreamingError<S::Error>> {
        let path = parts::hidden_path(self.folder, index);
        let name = parts::part_name(self.prefix, index, 0, PartNames::TwoDigits);
        let outgoing = OutgoingPart {
            index,
            name: &name,
            path: &path,
            size: part.size,
            digest: part.digest,
        };
        self.sink.part(&outgoing).map_err(StreamingError::Sink)?;
        let settled = if self.preserve {
            File::open(&path).and_then(|file| file.sync_data())
        } else {
            std::fs::remove_file(&path)
        };
        settled.map_err(|source| BundleError::Write { path, source }.into())
    }
}
