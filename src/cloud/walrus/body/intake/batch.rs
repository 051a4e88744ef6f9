//! Pieces of a body that are handed over together.

use bytes::{Bytes, BytesMut};

/// How much is handed over at once, in bytes: hashing it takes half a millisecond, against which
/// the hand-over does not count, and two of them and what the connection has read stay below
/// 1 MiB.
const BATCH: usize = 384 * 1024;

/// Pieces shorter than this are put together, so that a sender of single bytes costs no more
/// memory than any other.
const SHORT: usize = 8 * 1024;

/// What came one after the other.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pieces: Vec<Bytes>,
    /// Short pieces after those.
    tail: BytesMut,
    len: usize,
    /// Whether the body ended with it.
    pub(super) is_last: bool,
}

impl Batch {
    pub(super) fn push(&mut self, piece: Bytes) {
        self.len += piece.len();
        if piece.len() < SHORT {
            self.tail.extend_from_slice(&piece);
        } else {
            self.close();
            self.pieces.push(piece);
        }
    }

    pub(super) const fn is_full(&self) -> bool {
        self.len >= BATCH
    }

    pub(super) fn into_pieces(mut self) -> Vec<Bytes> {
        self.close();
        self.pieces
    }

    fn close(&mut self) {
        if !self.tail.is_empty() {
            self.pieces.push(self.tail.split().freeze());
        }
    }
}
