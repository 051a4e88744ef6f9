//! Takes the framing of `aws-chunked` off a body, and checks its signatures.
//!
//! ```text
//!      ┌──────────────────────────────────────┐
//!      ▼                                      │
//!    Line ──► Data ──► DataEnd ───────────────┘
//!      │ length 0            (CR LF)
//!      ├──► End      (CR LF)            ──► Done      chunks signed, no trailer
//!      └──► Trailer  (lines, then none) ──► Done      trailer, signed or not
//! ```
//!
//! Feed it what comes, in pieces of any size; it returns slices of them, nothing is copied but the
//! lines. What it holds is one line and the trailers: lengths only count down. The data of a
//! signed chunk is handed out before its signature is seen, so it is good only when
//! [`Decoder::finish`] says so.
//!
//! Source: docs/formats/signatures.md, section 4.

mod line;
#[cfg(test)]
mod tests;

use std::fmt;

use bytes::Bytes;
use sha2::{Digest as _, Sha256};

use crate::aws::sign::{ChunkSigner, Streaming};
use crate::cloud::walrus::error::{Code, S3Error, S3Result};
use line::{Line, chunk, trailer};

/// The trailer that signs the others.
const TRAILER_SIGNATURE: &str = "x-amz-trailer-signature";

/// Reads one body.
pub struct Decoder {
    kind: Streaming,
    /// Of kinds whose chunks are signed.
    signing: Option<Signing>,
    state: State,
    line: Line,
    /// What `x-amz-decoded-content-length` says.
    length: u64,
    /// Bytes of data that chunks were begun for.
    begun: u64,
    /// Bytes of the body that were read, framing included: where an error is.
    at: u64,
    /// Names in `x-amz-trailer`, lower case.
    announced: Vec<String>,
    trailers: Vec<(String, String)>,
}

struct Signing {
    signer: ChunkSigner,
    /// Of the chunk's data so far.
    digest: Sha256,
    /// What the chunk's line said.
    signature: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Line,
    Data { left: u64 },
    DataEnd,
    End,
    Trailer,
    Done,
}

impl Decoder {
    /// A decoder of a body with so many bytes of data, and with trailers of these names.
    ///
    /// # Errors
    /// When chunks are said to be signed by a request that was not.
    pub fn new(
        kind: Streaming,
        signer: Option<ChunkSigner>,
        length: u64,
        announced: Vec<String>,
    ) -> S3Result<Self> {
        let signing = match (kind.signs_chunks(), signer) {
            (false, _) => None,
            (true, Some(signer)) => Some(Signing {
                signer,
                digest: Sha256::new(),
                signature: String::new(),
            }),
            (true, None) => {
                let word = kind.word();
                return Err(S3Error::new(
                    Code::InvalidRequest,
                    format!(
                        "x-amz-content-sha256 is {word}, but the request itself has no signature of version 4"
                    ),
                ));
            }
        };
        Ok(Self {
            kind,
            signing,
            state: State::Line,
            line: Line::default(),
            length,
            begun: 0,
            at: 0,
            announced,
            trailers: Vec::new(),
        })
    }

    /// The next piece of data in what came; none when all of it was read.
    ///
    /// # Errors
    /// When the framing is not right, a signature does not match, or there is more data than was
    /// said. Nothing may be read after an error.
    pub fn next(&mut self, input: &mut Bytes) -> S3Result<Option<Bytes>> {
        while !input.is_empty() {
            if let State::Data { left } = self.state {
                return Ok(Some(self.data(input, left)));
            }
            if self.state == State::Done {
                return Err(self.bad("bytes follow the end of the last chunk"));
            }
            let before = input.len();
            let line = self.line.take(input);
            self.at += (before - input.len()) as u64;
            match line {
                Ok(Some(line)) => self.line_ended(&line)?,
                Ok(None) => {}
                Err(why) => return Err(self.bad(why)),
            }
        }
        Ok(None)
    }

    /// The trailers, names in lower case, when everything was right to the end.
    ///
    /// # Errors
    /// When the body ended too early.
    pub fn finish(self) -> S3Result<Vec<(String, String)>> {
        if self.state == State::Done {
            return Ok(self.trailers);
        }
        let left = match self.state {
            State::Data { left } => left,
            _ => 0,
        };
        Err(self.incomplete(
            self.begun - left,
            "the body ends before its last chunk does",
        ))
    }

    fn data(&mut self, input: &mut Bytes, left: u64) -> Bytes {
        let now = usize::try_from(left).map_or(input.len(), |left| left.min(input.len()));
        let piece = input.split_to(now);
        self.at += now as u64;
        if let Some(signing) = &mut self.signing {
            signing.digest.update(&piece);
        }
        self.state = match left - now as u64 {
            0 => State::DataEnd,
            left => State::Data { left },
        };
        piece
    }

    fn line_ended(&mut self, line: &[u8]) -> S3Result<()> {
        self.state = match self.state {
            State::Line => self.begin_chunk(line)?,
            State::DataEnd | State::End if !line.is_empty() => {
                return Err(self.bad("the data of a chunk is not followed by CR LF"));
            }
            State::DataEnd => {
                self.verify_chunk()?;
                State::Line
            }
            State::End => State::Done,
            State::Trailer if line.is_empty() => {
                self.end_trailers()?;
                State::Done
            }
            State::Trailer => {
                self.add_trailer(line)?;
                State::Trailer
            }
            State::Data { .. } | State::Done => self.state, // they have no lines
        };
        Ok(())
    }

    fn begin_chunk(&mut self, line: &[u8]) -> S3Result<State> {
        let (length, signature) =
            chunk(line, self.kind.signs_chunks()).map_err(|why| self.bad(why))?;
        if let (Some(signing), Some(signature)) = (&mut self.signing, signature) {
            signature.clone_into(&mut signing.signature);
        }
        if length > self.length - self.begun {
            return Err(self.incomplete(
                self.begun.saturating_add(length),
                "the body has more data than it was said to have",
            ));
        }
        self.begun += length;
        if length > 0 {
            return Ok(State::Data { left: length });
        }
        if self.begun < self.length {
            return Err(self.incomplete(self.begun, "the last chunk comes too early"));
        }
        self.verify_chunk()?;
        Ok(if self.kind.has_trailer() {
            State::Trailer
        } else {
            State::End
        })
    }

    fn verify_chunk(&mut self) -> S3Result<()> {
        let Some(signing) = &mut self.signing else {
            return Ok(());
        };
        let digest = signing.digest.finalize_reset().into();
        let result = signing.signer.verify(digest, &signing.signature);
        result.map_err(|_| self.mismatch("a chunk"))
    }

    fn add_trailer(&mut self, line: &[u8]) -> S3Result<()> {
        let (name, value) = trailer(line).map_err(malformed)?;
        let last = self.trailers.last().map(|(name, _)| name.as_str());
        if last == Some(TRAILER_SIGNATURE) {
            return Err(malformed("something follows the signature of the trailers"));
        }
        let is_signature = name == TRAILER_SIGNATURE && self.signing.is_some();
        if !is_signature && !self.announced.contains(&name) {
            return Err(malformed("a trailer is not one that x-amz-trailer names"));
        }
        if self.trailers.iter().any(|(found, _)| *found == name) {
            return Err(malformed("a trailer comes twice"));
        }
        self.trailers.push((name, value));
        Ok(())
    }

    /// Everything announced is there, and signed where it has to be.
    fn end_trailers(&mut self) -> S3Result<()> {
        if self.signing.is_some() {
            let signature = self.trailers.pop_if(|(name, _)| name == TRAILER_SIGNATURE);
            let (_, signature) =
                signature.ok_or_else(|| malformed("the trailers are not signed"))?;
            let signing = self.signing.as_mut().map(|signing| &mut signing.signer);
            let result = signing.map(|signer| signer.verify_trailer(&self.trailers, &signature));
            if result.is_some_and(|result| result.is_err()) {
                return Err(self.mismatch("the trailers"));
            }
        }
        let found = |name: &String| self.trailers.iter().any(|(found, _)| found == name);
        match self.announced.iter().find(|name| !found(name)) {
            Some(name) => Err(malformed(&format!(
                "x-amz-trailer names {name}, which does not come"
            ))),
            None => Ok(()),
        }
    }

    fn bad(&self, why: &str) -> S3Error {
        let message = format!("the body is not aws-chunked at byte {}: {why}", self.at);
        S3Error::new(Code::InvalidRequest, message)
    }

    fn incomplete(&self, found: u64, why: &str) -> S3Error {
        let length = self.length;
        S3Error::new(
            Code::IncompleteBody,
            format!("{why}: x-amz-decoded-content-length is {length}, there are {found} bytes"),
        )
    }

    fn mismatch(&self, what: &str) -> S3Error {
        let at = self.at;
        S3Error::new(
            Code::SignatureDoesNotMatch,
            format!("the signature of {what} that ends at byte {at} of the body does not match"),
        )
    }
}

fn malformed(why: &str) -> S3Error {
    S3Error::new(Code::MalformedTrailerError, why)
}

/// Without data, signatures and keys.
impl fmt::Debug for Decoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Decoder")
            .field("kind", &self.kind)
            .field("state", &self.state)
            .field("begun", &self.begun)
            .field("length", &self.length)
            .finish_non_exhaustive()
    }
}
