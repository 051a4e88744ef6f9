use std::io::Write as _;

use flate2::Compression;
use flate2::write::DeflateEncoder;
use libdeflater::{CompressionLvl, Compressor};

use super::*;

fn with_slack(mut stream: Vec<u8>) -> (Vec<u8>, usize) {
    let len = stream.len();
    stream.resize(len + SLACK, 0xff);
    (stream, len)
}

fn text() -> Vec<u8> {
    include_bytes!("mod.rs").repeat(20)
}

/// The stream must end in its last byte, and begin anew where the block before ended.
#[test]
fn every_level_of_two_compressors_is_walked_to_its_last_byte() {
    for level in 1..=12 {
        let mut compressor = Compressor::new(CompressionLvl::new(level).unwrap());
        let mut stream = vec![0; text().len()];
        let len = compressor.deflate_compress(&text(), &mut stream).unwrap();
        stream.truncate(len);
        let (stream, len) = with_slack(stream);

        let last = find_last_block(&stream, len).unwrap();

        assert_eq!(last.end.div_ceil(8), len, "libdeflate level {level}");
    }
    for level in 0..=9 {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::new(level));
        encoder.write_all(&text()).unwrap();
        let (stream, len) = with_slack(encoder.finish().unwrap());

        let last = find_last_block(&stream, len).unwrap();

        assert_eq!(last.end.div_ceil(8), len, "zlib level {level}");
    }
}

/// RFC 1951: a final block with fixed codes that holds nothing is `03 00`.
#[test]
fn empty_fixed_block_has_ten_bits() {
    let (stream, len) = with_slack(vec![3, 0]);

    assert_eq!(
        find_last_block(&stream, len),
        Some(LastBlock { header: 0, end: 10 })
    );
}

#[test]
fn what_is_cut_or_broken_is_refused() {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::new(6));
    encoder.write_all(&text()).unwrap();
    let whole = encoder.finish().unwrap();
    for cut in [0, 1, 5, 100, whole.len() / 2, whole.len() - 2] {
        let (stream, len) = with_slack(whole[..cut].to_vec());
        assert_eq!(find_last_block(&stream, len), None, "cut to {cut}");
    }
    let (stream, len) = with_slack(vec![7; 100]); // block type 3
    assert_eq!(find_last_block(&stream, len), None);
}

/// Changed streams may be walked to another end, but neither panic nor leave the slice.
#[test]
fn changed_bytes_never_lead_behind_the_end() {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::new(6));
    encoder.write_all(&text()[..20_000]).unwrap();
    let (whole, len) = with_slack(encoder.finish().unwrap());
    for place in 0..len {
        for change in [1, 0x10, 0xff] {
            let mut stream = whole.clone();
            stream[place] ^= change;

            if let Some(last) = find_last_block(&stream, len) {
                assert!(last.header < last.end && last.end <= 8 * len, "{place}");
            }
        }
    }
}

/// A code with words of every length up to 15, so that most are longer than a lookup.
#[test]
fn long_codes_are_walked_too() {
    let mut data = Vec::new();
    let mut count = 1;
    for byte in 0..22 {
        data.extend(std::iter::repeat_n(byte, count));
        count = count * 8 / 5 + 1;
    }
    let mut state = 1_u64;
    for index in (1..data.len()).rev() {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        data.swap(index, usize::try_from(state >> 33).unwrap() % (index + 1));
    }
    let mut compressor = Compressor::new(CompressionLvl::new(1).unwrap());
    let mut stream = vec![0; data.len() + 1000];
    let len = compressor.deflate_compress(&data, &mut stream).unwrap();
    stream.truncate(len);
    let (stream, len) = with_slack(stream);

    let last = find_last_block(&stream, len).unwrap();

    assert_eq!(last.end.div_ceil(8), len);
}

/// Long and short, good and broken: what stands beside a stream does not matter.
#[test]
fn side_by_side_finds_what_each_alone_does() {
    let mut streams = vec![with_slack(vec![3, 0]), with_slack(vec![7; 100])];
    for level in [1, 5, 9] {
        for repeat in [1, 20] {
            let data = include_bytes!("mod.rs").repeat(repeat);
            let mut compressor = Compressor::new(CompressionLvl::new(level).unwrap());
            let mut stream = vec![0; data.len()];
            let len = compressor.deflate_compress(&data, &mut stream).unwrap();
            stream.truncate(len);
            streams.push(with_slack(stream.clone()));
            stream.truncate(len / 2);
            streams.push(with_slack(stream));
        }
    }
    for (left, left_len) in &streams {
        for (right, right_len) in &streams {
            assert_eq!(
                find_last_blocks([(left, *left_len), (right, *right_len)]),
                (
                    find_last_block(left, *left_len),
                    find_last_block(right, *right_len)
                )
            );
        }
    }
}
