//! One attempt of a call: what is wanted of it, how it ended, and what is done then.

use std::time::Duration;

use super::super::http::TransportError;
use super::Answer;
use super::refusal::Refusal;

/// What a call returns.
#[derive(Debug, Clone, Copy)]
pub(super) enum Wanted {
    /// The head; the body is left to the caller.
    Head,
    /// The body, which may be an error in spite of the status.
    Document { limit: usize },
    /// The body, whatever it is.
    Data { limit: usize },
}

/// How an attempt ended.
pub(super) enum Outcome {
    Good(Answer),
    Refused(Box<Refusal>),
    Lost(TransportError),
}

/// What is done after an attempt that failed.
pub(super) enum Next {
    /// Again at once, because something has been put right.
    AtOnce,
    /// Again after a while; the server may have said how long.
    Later(Option<Duration>),
    /// No more.
    GiveUp,
}

/// Whether a body waits for the server's opinion. A server that refuses early and closes resets
/// the connection under a body that is being sent, and its answer may be lost with that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Patience {
    /// Nothing has happened that would need it.
    Unneeded,
    /// A connection broke while a body was sent.
    Needed,
    /// The server does not know what is expected of it (417).
    Refused,
}
