//! The file of a form, as a body.
//!
//! ```text
//! data data data CR LF--BOUNDARY  whatever else     only the data comes out
//! ```
//!
//! Frames pass through uncopied. Where one ends like the delimiter begins, that end waits for the
//! next frame.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use http_body::{Body, Frame};
use memchr::memmem::Finder;

use super::malformed;
use super::multipart::Boundary;
use crate::cloud::walrus::body::intake::BoxError;

/// The most that is read after the file, in bytes: enough for the button of a form, so that the
/// connection can be used again.
const LONGEST_REST: usize = 20 * 1024;

/// The data of a form's file, up to the next boundary.
pub struct FormFile<B> {
    body: B,
    delimiter: Finder<'static>,
    /// What came and may belong to the delimiter.
    held: Bytes,
    /// Bytes after the file, once it ended.
    rest: Option<usize>,
}

impl<B> FormFile<B> {
    /// The file whose data begins with these bytes.
    pub(super) fn new(body: B, boundary: &Boundary, begun: Bytes) -> Self {
        Self {
            body,
            delimiter: Finder::new(boundary.bytes()).into_owned(),
            held: begun,
            rest: None,
        }
    }

    /// The data that is certain in what was held and came.
    fn split(&mut self, mut bytes: Bytes) -> Bytes {
        if let Some(at) = self.delimiter.find(&bytes) {
            let after = bytes.len() - at - self.delimiter.needle().len();
            bytes.truncate(at);
            self.rest = Some(after);
            return bytes;
        }
        let needle = self.delimiter.needle();
        let longest = bytes.len().min(needle.len() - 1);
        let held = (1..=longest)
            .rev()
            .find(|&len| bytes.ends_with(&needle[..len]));
        self.held = bytes.split_off(bytes.len() - held.unwrap_or(0));
        bytes
    }
}

impl<B> Body for FormFile<B>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: Into<BoxError>,
{
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let this = self.get_mut();
        // What came with the form's fields is longer than what is held otherwise.
        if this.rest.is_none() && this.held.len() >= this.delimiter.needle().len() {
            let held = std::mem::take(&mut this.held);
            let data = this.split(held);
            if !data.is_empty() {
                return Poll::Ready(Some(Ok(Frame::data(data))));
            }
        }
        loop {
            let frame = ready!(Pin::new(&mut this.body).poll_frame(cx));
            let came = match frame {
                None if this.rest.is_some() => return Poll::Ready(None),
                None => {
                    let error = malformed("the form ends before the boundary after its file");
                    return Poll::Ready(Some(Err(error.into())));
                }
                Some(Err(error)) => return Poll::Ready(Some(Err(error.into()))),
                Some(Ok(frame)) => frame.into_data().unwrap_or_default(),
            };
            if let Some(rest) = &mut this.rest {
                *rest += came.len();
                if *rest > LONGEST_REST {
                    let error = malformed("more than 20 KiB follow the file of the form");
                    return Poll::Ready(Some(Err(error.into())));
                }
                continue;
            }
            let bytes = if this.held.is_empty() {
                came
            } else {
                let mut joined = BytesMut::from(std::mem::take(&mut this.held));
                joined.extend_from_slice(&came);
                joined.freeze()
            };
            let data = this.split(bytes);
            if !data.is_empty() {
                return Poll::Ready(Some(Ok(Frame::data(data))));
            }
        }
    }
}

impl<B> fmt::Debug for FormFile<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FormFile")
            .field("rest", &self.rest)
            .finish_non_exhaustive()
    }
}
