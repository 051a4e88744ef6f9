//! The body of a request, and whether it was read to its end.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use hyper::body::Incoming;

/// The body of a request, as it comes from the client.
#[derive(Debug)]
pub struct Asked {
    incoming: Incoming,
    is_read: Arc<AtomicBool>,
}

/// Whether a body was read to its end.
#[derive(Debug)]
pub(super) struct End(Arc<AtomicBool>);

impl End {
    /// Nothing of it is still to come: the connection's next bytes are another request.
    pub(super) fn is_reached(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

impl Asked {
    /// A body, and what tells when its end was read.
    pub(super) fn new(incoming: Incoming) -> (Self, End) {
        let is_read = Arc::new(AtomicBool::new(incoming.is_end_stream()));
        let end = End(Arc::clone(&is_read));
        (Self { incoming, is_read }, end)
    }
}

impl HttpBody for Asked {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let asked = self.get_mut();
        let frame = Pin::new(&mut asked.incoming).poll_frame(cx);
        if matches!(frame, Poll::Ready(None)) || asked.incoming.is_end_stream() {
            asked.is_read.store(true, Ordering::Relaxed);
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.incoming.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.size_hint()
    }
}
