//! What is read: our own streams, those of GNU tar and Python, and what must be refused.

use super::super::{TarLayout, sample};
use super::*;
use crate::disk::extents::Extent;

mod foreign;
mod hostile;

/// Keeps what came, without trusting sizes.
#[derive(Debug, Default)]
struct Sink {
    size: Option<u64>,
    /// Where the data ends that has come.
    end: u64,
    pieces: Vec<(u64, Vec<u8>)>,
}

impl ImageSink for Sink {
    type Error = &'static str;

    fn begin(&mut self, size: u64) -> Result<(), Self::Error> {
        assert_eq!(self.size.replace(size), None, "begun twice");
        if size == u64::MAX {
            return Err("no room");
        }
        Ok(())
    }

    fn write_at(&mut self, offset: u64, bytes: &[u8]) -> Result<(), Self::Error> {
        assert!(self.end <= offset, "goes back");
        assert!(!bytes.is_empty(), "nothing written");
        self.end = offset + bytes.len() as u64;
        assert!(self.end <= self.size.expect("begun"), "leaves the image");
        self.pieces.push((offset, bytes.to_vec()));
        Ok(())
    }
}

impl Sink {
    /// The whole image; for small ones.
    fn image(&self) -> Vec<u8> {
        let mut image = vec![0; usize::try_from(self.size.unwrap()).unwrap()];
        for (offset, data) in &self.pieces {
            let start = usize::try_from(*offset).unwrap();
            image[start..start + data.len()].copy_from_slice(data);
        }
        image
    }
}

/// Reads a stream that comes in pieces of these sizes, over and over.
fn read_in_steps(stream: &[u8], steps: &[usize]) -> Result<Sink, String> {
    let mut sink = Sink::default();
    let mut parser = TarParser::default();
    let mut rest = stream;
    for step in steps.iter().cycle() {
        let (piece, behind) = rest.split_at((*step).min(rest.len()));
        parser.push(piece, &mut sink).map_err(|error| match error {
            ReadError::Tar(why) => why,
            ReadError::Sink(why) => why.to_owned(),
        })?;
        if behind.is_empty() {
            break;
        }
        rest = behind;
    }
    parser.finish()?;
    Ok(sink)
}

fn read(stream: &[u8]) -> Result<Sink, String> {
    read_in_steps(stream, &[stream.len().max(1)])
}

mod round_trip {
    use proptest::prelude::*;

    use super::*;

    /// An image's size and data: whole blocks but for the end of the last extent.
    fn images() -> impl Strategy<Value = (u64, Vec<Extent>)> {
        let runs = proptest::collection::vec((0_u64..20, 1_u64..4), 0..60);
        (runs, 0_u64..512, 0_u64..3000).prop_map(|(runs, cut, tail)| {
            let mut extents: Vec<Extent> = Vec::new();
            let mut end = 0;
            for (hole, blocks) in runs {
                let offset = end + 512 * hole;
                let len = 512 * blocks;
                end = offset + len;
                extents.push(Extent { offset, len });
            }
            if let Some(last) = extents.last_mut() {
                last.len -= cut;
                end = last.end();
            }
            (end + tail, extents)
        })
    }

    proptest! {
        #[test]
        fn any_image_comes_back_however_its_stream_comes(
            (size, extents) in images(),
            name_len in 1_usize..300,
            steps in proptest::collection::vec(1_usize..3000, 1..5),
        ) {
            let name = "n".repeat(name_len);
            for layout in [
                TarLayout::sparse(&name, size, &extents),
                TarLayout::plain(&name, size, &extents),
            ] {
                let stream = sample::stream(&layout);

                let sink = read_in_steps(&stream, &steps).unwrap();

                prop_assert_eq!(sink.size, Some(size));
                prop_assert!(sink.image() == sample::image(size, &extents));
                let written: usize = sink.pieces.iter().map(|(_, data)| data.len()).sum();
                prop_assert_eq!(written as u64, layout.data_len());
            }
        }
    }
}

#[test]
fn single_bytes_are_enough() {
    let extents = sample::extents(30, 512);
    let stream = sample::stream(&TarLayout::sparse(&"n".repeat(101), 300_000, &extents));

    let sink = read_in_steps(&stream, &[1]).unwrap();

    assert!(sink.image() == sample::image(300_000, &extents));
}

#[test]
fn offsets_from_8_gib_on_are_read() {
    let extents = [Extent {
        offset: 9 << 30,
        len: 700,
    }];
    let layout = TarLayout::sparse("disk", 10 << 30, &extents);

    let sink = read(&sample::stream(&layout)).unwrap();

    assert_eq!(sink.size, Some(10 << 30));
    assert_eq!(sink.pieces, [(9 << 30, sample::data(extents[0]))]);
}

#[test]
fn missing_zeros_at_the_end_are_forgiven() {
    let extents = sample::extents(3, 0);
    let stream = sample::stream(&TarLayout::sparse("disk", 50_000, &extents));
    let whole = 512 * (1 + 1 + 2 + 3);
    for len in [whole, whole + 1, whole + 512, whole + 1024] {
        let sink = read(&stream[..len]).unwrap();

        assert!(sink.image() == sample::image(50_000, &extents));
    }
}
