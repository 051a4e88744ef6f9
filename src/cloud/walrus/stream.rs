//! Bytes of an object on their way to the client.
//!
//! ```text
//! pieces ─► open, one after the other ─► 256 KiB at a time, on a blocking thread ─► frames
//!   └─ pinned until the last byte is gone
//! ```

use std::io::Read as _;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::task::{JoinHandle, spawn_blocking};

use super::answer::BodyError;
use super::range::Span;
use crate::cloud::objects::{BlobId, BlobReader, BlobStore, Pin as Pinned, StoreError};
use crate::cloud::state::versions::Piece;

/// Bytes that are read at a time. Larger ones save little and cost memory for each client.
const CHUNK: usize = 256 << 10;

/// What is still to be read: a blob, an offset, a length.
type Extents = std::vec::IntoIter<(BlobId, u64, u64)>;

/// An object's body.
pub(super) struct ObjectBody {
    left: u64,
    state: State,
    /// Held until the end, so that the sweeper leaves the blobs alone.
    _pins: Vec<Pinned>,
}

enum State {
    /// These bytes are next.
    Ready(Box<Source>, Bytes),
    /// Nothing is being read.
    Idle(Box<Source>),
    /// A thread reads.
    Reading(JoinHandle<Result<(Box<Source>, Bytes), BodyError>>),
    /// It is over.
    Done,
}

/// Where the bytes come from; goes to the thread that reads and comes back.
struct Source {
    store: Arc<dyn BlobStore>,
    reader: Option<BlobReader>,
    extents: Extents,
}

impl ObjectBody {
    /// Opens the first blob and reads what goes first: of a small object, all. Blocks.
    ///
    /// # Errors
    /// When it cannot be opened or read: [`is_gone`] if the version was replaced meanwhile.
    pub(super) fn open(
        store: Arc<dyn BlobStore>,
        extents: Vec<(BlobId, u64, u64)>,
        pins: Vec<Pinned>,
    ) -> Result<Self, BodyError> {
        let left = extents.iter().map(|(_, _, length)| length).sum();
        let mut extents = extents.into_iter();
        let reader = match extents.next() {
            Some((id, offset, length)) => Some(store.open(&id, offset, length)?),
            None => None,
        };
        let source = Box::new(Source {
            store,
            reader,
            extents,
        });
        let (source, bytes) = source.read(left)?;
        Ok(Self {
            left,
            state: State::Ready(source, bytes),
            _pins: pins,
        })
    }
}

/// The parts of blobs that a span of an object is in; none if an id is not one.
pub(super) fn extents(pieces: &[Piece], span: Span) -> Option<Vec<(BlobId, u64, u64)>> {
    let (mut at, end) = (0, span.offset + span.length);
    let mut found = Vec::new();
    for piece in pieces {
        let (first, last) = (span.offset.max(at), end.min(at + piece.size));
        if first < last {
            found.push((piece.blob.parse().ok()?, first - at, last - first));
        }
        at += piece.size;
    }
    Some(found)
}

impl Source {
    /// The next bytes; empty at the end.
    fn read(mut self: Box<Self>, most: u64) -> Result<(Box<Self>, Bytes), BodyError> {
        let size = usize::try_from(most).map_or(CHUNK, |most| most.min(CHUNK));
        let mut buffer = Vec::with_capacity(size);
        while buffer.len() < size {
            let Some(reader) = &mut self.reader else {
                break;
            };
            let wanted = (size - buffer.len()) as u64;
            let read = reader.by_ref().take(wanted).read_to_end(&mut buffer)?;
            if read == 0 {
                self.reader = match self.extents.next() {
                    Some((id, offset, length)) => Some(self.store.open(&id, offset, length)?),
                    None => None,
                };
            }
        }
        Ok((self, Bytes::from(buffer)))
    }
}

impl Body for ObjectBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        loop {
            match std::mem::replace(&mut self.state, State::Done) {
                State::Done => return Poll::Ready(None),
                State::Idle(_) | State::Ready(..) if self.left == 0 => return Poll::Ready(None),
                State::Idle(source) => {
                    let most = self.left;
                    self.state = State::Reading(spawn_blocking(move || source.read(most)));
                }
                State::Reading(mut task) => {
                    let Poll::Ready(read) = Pin::new(&mut task).poll(context) else {
                        self.state = State::Reading(task);
                        return Poll::Pending;
                    };
                    match read {
                        Ok(Ok((source, bytes))) => self.state = State::Ready(source, bytes),
                        Ok(Err(error)) => return Poll::Ready(Some(Err(told(error)))),
                        Err(error) => return Poll::Ready(Some(Err(told(error.into())))),
                    }
                }
                State::Ready(source, bytes) => {
                    if bytes.is_empty() {
                        let early = std::io::ErrorKind::UnexpectedEof;
                        return Poll::Ready(Some(Err(told(std::io::Error::from(early).into()))));
                    }
                    self.left = self.left.saturating_sub(bytes.len() as u64);
                    self.state = State::Idle(source);
                    return Poll::Ready(Some(Ok(Frame::data(bytes))));
                }
            }
        }
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

/// Whether a blob was not there any more.
pub(super) fn is_gone(error: &BodyError) -> bool {
    matches!(error.downcast_ref(), Some(StoreError::NotFound { .. }))
}

/// The client only sees that the connection ends; the operator learns why.
fn told(error: BodyError) -> BodyError {
    tracing::error!(causes = %crate::cloud::causes(error.as_ref()), "reading an object failed");
    error
}
