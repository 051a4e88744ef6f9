//! Whatever a file says, cutting it neither panics nor depends on how it comes, and no piece
//! inflates to more than a chunk.

#![no_main]

use amikit::bundle::gzip::{CHUNK_SIZE, NotPieces, PieceCutter, PieceDecoder};
use libfuzzer_sys::fuzz_target;

/// What every file of ours begins with; without it nothing else is looked at.
const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3];

/// The pieces of a file that comes in steps of this many bytes.
fn cut(file: &[u8], step: usize) -> Result<Vec<Vec<u8>>, NotPieces> {
    let mut cutter = PieceCutter::default();
    let mut pieces = Vec::new();
    let mut piece = Vec::new();
    for bytes in file.chunks(step) {
        cutter.push(bytes)?;
        while cutter.next(&mut piece)? {
            pieces.push(piece.clone());
        }
    }
    Ok(pieces)
}

fuzz_target!(|input: (u8, &[u8])| {
    let (step, bytes) = input;
    let file = [&HEADER, bytes].concat();
    let pieces = cut(&file, file.len());
    assert_eq!(pieces, cut(&file, usize::from(step) + 1));

    let mut decoder = PieceDecoder::default();
    let mut plain = Vec::new();
    for piece in pieces.into_iter().flatten() {
        if decoder.decode(&piece, &mut plain).is_ok() {
            assert!(plain.len() <= CHUNK_SIZE);
        }
    }
});
