//! gzip, written in parallel as one member and read back in parallel where possible.
//!
//! ```text
//! header │ chunk │ marker │ chunk │ marker │ … │ 03 00 │ CRC-32 │ size
//!          ▲ deflated blocks of 1 MiB, ending on a byte
//! ```
//!
//! A file of several members would be simpler, but Java's reader silently stops after the
//! first one when it reads from a cipher stream, as Eucalyptus does. So the chunks are
//! compressed on their own and joined into one DEFLATE stream.

mod blocks;
mod chunk;
mod entropy;
mod fast;
mod pieces;
#[cfg(test)]
mod sample;
mod stitch;

pub use chunk::{CHUNK_SIZE, ChunkEncoder};
pub use pieces::{NotPieces, PieceCutter, PieceDecoder};
pub use stitch::Stitcher;
