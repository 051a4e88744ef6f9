//! What is sent: its pieces, one after the other.

use std::fmt;
use std::fs::File;
use std::io;
use std::sync::Arc;

use bytes::Bytes;

/// How much is handed over at once: enough that system calls do not count, little enough that
/// every hand-over shows that the connection still takes bytes.
const PIECE: u64 = 256 * 1024;

/// What is sent besides the head. Cheap to clone, so that an attempt can be made again.
#[derive(Clone, Default)]
pub enum Body {
    /// Nothing.
    #[default]
    Empty,
    /// Bytes in memory.
    Bytes(Bytes),
    /// A range of a file, read while it is sent: memory does not depend on its length.
    File {
        /// The file; its position is not used.
        file: Arc<File>,
        /// First byte.
        offset: u64,
        /// Number of bytes.
        len: u64,
    },
    /// Several, one after the other: a form around a file.
    Joined(Arc<[Body]>),
}

/// What is sent may be secret, a form's signature for example.
impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Body({} bytes)", self.len())
    }
}

impl Body {
    /// Number of bytes.
    #[must_use]
    pub fn len(&self) -> u64 {
        match self {
            Self::Empty => 0,
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::File { len, .. } => *len,
            Self::Joined(bodies) => bodies.iter().map(Self::len).sum(),
        }
    }

    /// Whether there is nothing to send.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes in pieces of at most 256 KiB; those in memory are not copied.
    #[must_use]
    pub fn pieces(&self) -> Pieces {
        Pieces {
            left: vec![self.clone()],
        }
    }
}

/// The pieces of a [`Body`]. A file that ends too early is an error; nothing comes after one.
#[derive(Debug)]
pub struct Pieces {
    /// What is still to come, the next one last.
    left: Vec<Body>,
}

impl Iterator for Pieces {
    type Item = io::Result<Bytes>;

    fn next(&mut self) -> Option<io::Result<Bytes>> {
        loop {
            match self.left.pop()? {
                Body::Bytes(mut bytes) => {
                    let len = usize::try_from(PIECE).map_or(bytes.len(), |p| p.min(bytes.len()));
                    if len > 0 {
                        let piece = bytes.split_to(len);
                        self.left.push(Body::Bytes(bytes));
                        return Some(Ok(piece));
                    }
                }
                Body::Empty | Body::File { len: 0, .. } => {}
                Body::File { file, offset, len } => {
                    let now = len.min(PIECE);
                    let piece = read(&file, offset, now);
                    if piece.is_ok() {
                        let (offset, len) = (offset + now, len - now);
                        self.left.push(Body::File { file, offset, len });
                    } else {
                        self.left.clear();
                    }
                    return Some(piece);
                }
                Body::Joined(bodies) => self.left.extend(bodies.iter().rev().cloned()),
            }
        }
    }
}

/// Reads exactly `len` bytes, at most [`PIECE`], into memory that is not cleared before.
fn read(file: &File, offset: u64, len: u64) -> io::Result<Bytes> {
    let wanted = usize::try_from(len).map_err(io::Error::other)?;
    let mut bytes = Vec::with_capacity(wanted);
    while bytes.len() < wanted {
        let at = offset + bytes.len() as u64;
        let space = rustix::buffer::spare_capacity(&mut bytes);
        match rustix::io::pread(file, space, at) {
            Ok(0) => {
                let why = format!("the file ends at byte {at}, before what is to be sent");
                return Err(io::Error::new(io::ErrorKind::UnexpectedEof, why));
            }
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
    bytes.truncate(wanted); // the allocator may have given more space than asked for
    Ok(bytes.into())
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn all(body: &Body) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        for piece in body.pieces() {
            let piece = piece?;
            assert!(piece.len() as u64 <= PIECE);
            bytes.extend_from_slice(&piece);
        }
        Ok(bytes)
    }

    fn file(bytes: &[u8], offset: u64, len: u64) -> Body {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        Body::File {
            file: Arc::new(file),
            offset,
            len,
        }
    }

    #[test]
    fn pieces_make_up_the_whole() {
        let bytes: Vec<u8> = (0..600_000_u32).map(|n| (n % 251) as u8).collect();
        let memory = Body::Bytes(bytes.clone().into());
        let part = file(&bytes, 1000, 590_000);

        let joined = Body::Joined(Arc::new([memory.clone(), Body::Empty, part.clone()]));

        assert_eq!(all(&memory).unwrap(), bytes);
        assert_eq!(all(&part).unwrap(), &bytes[1000..591_000]);
        assert_eq!(joined.len(), 1_190_000);
        assert_eq!(
            all(&joined).unwrap(),
            [&bytes, &bytes[1000..591_000]].concat()
        );
        assert!(Body::Empty.is_empty());
    }

    #[test]
    fn a_file_that_ends_early_is_an_error_and_the_end() {
        let mut pieces = file(b"abc", 1, 3).pieces();

        let error = pieces.next().unwrap().unwrap_err();

        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
        assert!(pieces.next().is_none());
    }
}
