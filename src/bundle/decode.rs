//! The way of an image out of the encrypted stream: inflate, hash, untar.
//!
//! ```text
//! parts ─► SHA-1, decrypt ─► cut ─► inflate × jobs ─► CRC, SHA-1, untar     a bundle of ours
//! parts ─► SHA-1, decrypt, inflate ─► SHA-1 ─► untar                        any other
//! ```
//!
//! A bundle of ours that does not inflate in pieces is read once more from the start as any
//! other, and what that finds is the truth.

use std::io::{self, BufRead, Read};
use std::num::NonZeroUsize;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crc32fast::Hasher;
use flate2::bufread::MultiGzDecoder;

use crate::crypto::digest::{Sha1Digest, Sha1Hasher};
use crate::crypto::secret::SessionKey;
use crate::progress::{Progress, Stage};

use super::encrypted::{Decrypting, Encrypted};
use super::gzip::{CHUNK_SIZE, NotPieces, PieceCutter, PieceDecoder};
use super::sink::Sink;
use super::tar::{ReadError, TarParser};
use super::{UnbundleError, pipe, source};

/// What came out of a bundle.
#[derive(Debug, Clone, Copy)]
pub(super) struct Decoded {
    /// SHA-1 of the tar stream.
    pub digest: Sha1Digest,
    /// Size of the image.
    pub size: u64,
    /// Bytes of the image that were in the tar stream.
    pub data_bytes: u64,
}

/// How the stream is decoded, and who watches.
pub(super) struct Decoder<'a> {
    pub session: &'a SessionKey,
    pub jobs: NonZeroUsize,
    pub progress: &'a dyn Progress,
}

/// A piece of the stream on its way through the pipe.
#[derive(Default)]
struct Piece {
    encoded: Vec<u8>,
    plain: Vec<u8>,
    crc: Hasher,
    encrypted_len: u64,
}

/// Why a piece went no further.
pub(super) enum Stop {
    NotPieces,
    Failed(UnbundleError),
}

impl From<NotPieces> for Stop {
    fn from(_: NotPieces) -> Self {
        Self::NotPieces
    }
}

impl From<UnbundleError> for Stop {
    /// What a tar reader does not understand may come from a cut in the wrong place.
    fn from(error: UnbundleError) -> Self {
        match error {
            UnbundleError::Tar { .. } | UnbundleError::ImageSize { .. } => Self::NotPieces,
            error => Self::Failed(error),
        }
    }
}

impl Decoder<'_> {
    /// Decodes a stream that can be read again, in pieces if it is one of ours.
    pub(super) fn decode<E: Encrypted + Send>(
        &self,
        open: impl Fn() -> E,
        sink: &mut Sink<'_>,
    ) -> Result<Decoded, UnbundleError> {
        match self.decode_pieces(open(), sink) {
            Ok(decoded) => Ok(decoded),
            Err(Stop::Failed(error)) => Err(error),
            Err(Stop::NotPieces) => {
                sink.restart()?;
                self.decode_serially(open(), sink)
            }
        }
    }

    /// Decodes a stream of ours, in pieces, in parallel.
    pub(super) fn decode_pieces<E: Encrypted + Send>(
        &self,
        encrypted: E,
        sink: &mut Sink<'_>,
    ) -> Result<Decoded, Stop> {
        let mut decrypting = Decrypting::new(encrypted, self.session);
        let mut cutter = PieceCutter::default();
        let mut decrypted = Vec::new();
        let mut crc = Hasher::new();
        let mut len = 0;
        let mut hasher = Sha1Hasher::default();
        let mut untar = Untar::new(sink);
        pipe::run(
            self.jobs,
            |piece: &mut Piece| {
                piece.encrypted_len = 0;
                while !cutter.next(&mut piece.encoded)? {
                    self.check_interrupt()?;
                    if !decrypting.next(&mut decrypted, &mut piece.encrypted_len)? {
                        return Ok(false);
                    }
                    cutter.push(&decrypted)?;
                }
                Ok(true)
            },
            || {
                let mut decoder = PieceDecoder::default();
                move |piece: &mut Piece| {
                    decoder.decode(&piece.encoded, &mut piece.plain)?;
                    piece.crc = Hasher::new();
                    piece.crc.update(&piece.plain);
                    Ok::<_, Stop>(())
                }
            },
            |piece| {
                crc.combine(&piece.crc);
                len += piece.plain.len() as u64;
                self.progress.advance(Stage::Unbundle, piece.encrypted_len);
                hasher.update(&piece.plain);
                Ok(untar.push(&piece.plain)?)
            },
        )?;
        cutter.finish(crc, len)?;
        Ok(untar.finish(hasher.finish())?)
    }

    /// Decodes any gzip, of one member or many, in order.
    pub(super) fn decode_serially<E: Encrypted + Send>(
        &self,
        encrypted: E,
        sink: &mut Sink<'_>,
    ) -> Result<Decoded, UnbundleError> {
        let decrypted = DecryptedReader {
            decrypting: Decrypting::new(encrypted, self.session),
            plain: Vec::new(),
            taken: 0,
            encrypted_len: 0,
            failure: None,
        };
        let mut inflater = MultiGzDecoder::new(decrypted);
        let hasher = Mutex::new(Sha1Hasher::default());
        let mut untar = Untar::new(sink);
        pipe::run(
            NonZeroUsize::MIN, // one worker, so that it hashes in order
            |piece: &mut Piece| {
                self.check_interrupt()?;
                piece.plain.resize(CHUNK_SIZE, 0);
                let filled = source::read_full(&mut inflater, &mut piece.plain);
                let decrypted = inflater.get_mut();
                piece.encrypted_len = std::mem::take(&mut decrypted.encrypted_len);
                match (filled, decrypted.failure.take()) {
                    (_, Some(failure)) => Err(failure),
                    (Err(error), None) => Err(UnbundleError::Gzip {
                        why: error.to_string(),
                    }),
                    (Ok(filled), None) => {
                        piece.plain.truncate(filled);
                        Ok(filled > 0)
                    }
                }
            },
            || {
                |piece: &mut Piece| {
                    lock(&hasher).update(&piece.plain);
                    Ok(())
                }
            },
            |piece| {
                self.progress.advance(Stage::Unbundle, piece.encrypted_len);
                untar.push(&piece.plain)
            },
        )?;
        let digest = std::mem::take(&mut *lock(&hasher)).finish();
        untar.finish(digest)
    }

    fn check_interrupt(&self) -> Result<(), UnbundleError> {
        if self.progress.interrupted() {
            Err(UnbundleError::Interrupted)
        } else {
            Ok(())
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Untars into a sink.
struct Untar<'s, 'a> {
    parser: TarParser,
    sink: &'s mut Sink<'a>,
}

impl<'s, 'a> Untar<'s, 'a> {
    fn new(sink: &'s mut Sink<'a>) -> Self {
        Self {
            parser: TarParser::default(),
            sink,
        }
    }

    fn push(&mut self, plain: &[u8]) -> Result<(), UnbundleError> {
        self.parser
            .push(plain, self.sink)
            .map_err(|error| match error {
                ReadError::Tar(why) => UnbundleError::Tar { why },
                ReadError::Sink(error) => error,
            })
    }

    fn finish(self, digest: Sha1Digest) -> Result<Decoded, UnbundleError> {
        self.parser
            .finish()
            .map_err(|why| UnbundleError::Tar { why })?;
        let (size, data_bytes) = self.sink.finish()?;
        Ok(Decoded {
            digest,
            size,
            data_bytes,
        })
    }
}

/// Plain text as a reader for the inflater. An error of ours is kept aside, since the
/// inflater passes on nothing but an [`io::Error`].
struct DecryptedReader<'a, E> {
    decrypting: Decrypting<'a, E>,
    plain: Vec<u8>,
    taken: usize,
    encrypted_len: u64,
    failure: Option<UnbundleError>,
}

impl<E: Encrypted> BufRead for DecryptedReader<'_, E> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.taken == self.plain.len() {
            self.taken = 0;
            if let Err(failure) = self
                .decrypting
                .next(&mut self.plain, &mut self.encrypted_len)
            {
                self.plain.clear();
                self.failure = Some(failure);
                return Err(io::Error::other("the encrypted stream failed"));
            }
        }
        Ok(&self.plain[self.taken..])
    }

    fn consume(&mut self, amount: usize) {
        self.taken = (self.taken + amount).min(self.plain.len());
    }
}

impl<E: Encrypted> Read for DecryptedReader<'_, E> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let available = self.fill_buf()?;
        let len = available.len().min(buffer.len());
        buffer[..len].copy_from_slice(&available[..len]);
        self.consume(len);
        Ok(len)
    }
}
