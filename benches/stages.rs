//! How fast each stage of bundling and unbundling is alone, in one thread: `cargo bench`.
//!
//! ```text
//! find_data ─► tar ─► SHA-1 ─► gzip: chunks ─► stitcher ─► AES-128-CBC     bundling
//! image ◄─ tar parser ◄─ SHA-1 ◄─ gzip: pieces ◄─ AES-128-CBC              unbundling
//! ```
//!
//! `benches/compare` measures whole runs against the old tools; this tells where a change of
//! those comes from. Bytes per second are of plain data, but for AES.

use std::fs::{self, File};
use std::hint::black_box;
use std::io::{self, Write as _};
use std::num::NonZeroUsize;
use std::os::unix::fs::FileExt as _;
use std::time::Duration;

use amikit::bundle::Level;
use amikit::bundle::gzip::{CHUNK_SIZE, ChunkEncoder, PieceCutter, PieceDecoder, Stitcher};
use amikit::bundle::tar::{ImageSink, Segment, TarLayout, TarParser};
use amikit::crypto::aes_cbc::{self, CbcWriter};
use amikit::crypto::digest::Sha1Digest;
use amikit::crypto::secret::SessionKey;
use amikit::disk::extents::{self, Extent};
use amikit::progress::Silent;
use crc32fast::Hasher;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

/// Kinds of data that images are made of, a chunk of each.
fn samples() -> [(&'static str, Vec<u8>); 4] {
    let program = std::env::current_exe().and_then(fs::read);
    [
        ("text", text()),
        (
            "machine-code",
            whole_chunk(&program.expect("read the benchmark itself")),
        ),
        ("noise", noise()),
        ("zeros", vec![0; CHUNK_SIZE]),
    ]
}

/// Exactly one chunk of `data`, repeated if there is less.
fn whole_chunk(data: &[u8]) -> Vec<u8> {
    data.iter().copied().cycle().take(CHUNK_SIZE).collect()
}

/// Lines as of a log: words in an order that does not repeat.
fn text() -> Vec<u8> {
    const WORDS: [&str; 16] = [
        "kernel", "systemd", "started", "device", "mounted", "unit", "session", "of", "user",
        "network", "link", "is", "up", "error", "reading", "the",
    ];
    let mut lines = String::new();
    for (number, byte) in noise().into_iter().enumerate() {
        lines += WORDS[usize::from(byte % 16)];
        lines += if number % 9 == 8 { "\n" } else { " " };
        if lines.len() >= CHUNK_SIZE {
            break;
        }
    }
    whole_chunk(lines.as_bytes())
}

/// Bytes of Marsaglia's xorshift generator: the same on every run.
fn noise() -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[3]
    };
    std::iter::repeat_with(next).take(CHUNK_SIZE).collect()
}

fn session() -> SessionKey {
    SessionKey::new([7; 16], [9; 16])
}

fn crypto(criterion: &mut Criterion) {
    let data = noise();
    let mut group = criterion.benchmark_group("crypto");
    group.throughput(Throughput::Bytes(data.len() as u64));
    group.bench_function("sha-1", |bencher| {
        bencher.iter(|| Sha1Digest::of(black_box(&data)));
    });
    group.bench_function("aes-cbc-encrypt", |bencher| {
        bencher.iter(|| {
            let mut writer = CbcWriter::new(io::sink(), &session());
            writer.write_all(black_box(&data)).expect("sinks take all");
            writer.finish().expect("sinks take all")
        });
    });
    let mut cipher = data.clone();
    group.bench_function("aes-cbc-decrypt", |bencher| {
        bencher.iter(|| aes_cbc::decrypt_blocks(&session(), &[9; 16], black_box(&mut cipher)));
    });
    group.finish();
}

fn gzip_chunks(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("gzip-encode");
    group.throughput(Throughput::Bytes(CHUNK_SIZE as u64));
    for (kind, chunk) in samples() {
        for level in [Level::Fast, Level::Balanced, Level::Small] {
            let mut encoder = ChunkEncoder::new(level);
            let mut encoded = Vec::new();
            group.bench_function(BenchmarkId::new(kind, format!("{level:?}")), |bencher| {
                bencher.iter(|| {
                    encoded.clear();
                    encoder.encode(black_box(&chunk), &mut encoded);
                });
            });
        }
    }
    group.finish();
}

/// A gzip file with a chunk of each kind of data.
fn gzip_file() -> Vec<u8> {
    let mut encoder = ChunkEncoder::new(Level::Balanced);
    let mut stitcher = Stitcher::new(Vec::new()).expect("vectors take all");
    for (_, chunk) in samples() {
        let mut block = Vec::new();
        encoder.encode(&chunk, &mut block);
        let mut crc = Hasher::new();
        crc.update(&chunk);
        stitcher
            .push(&block, &crc, chunk.len())
            .expect("vectors take all");
    }
    stitcher.finish().expect("vectors take all")
}

fn gzip_pieces(criterion: &mut Criterion) {
    let file = gzip_file();
    let len = 4 * CHUNK_SIZE as u64;
    let mut group = criterion.benchmark_group("gzip-decode");
    group.throughput(Throughput::Bytes(len));
    let mut decoder = PieceDecoder::default();
    let (mut piece, mut plain) = (Vec::new(), Vec::new());
    group.bench_function("pieces", |bencher| {
        bencher.iter(|| {
            let mut cutter = PieceCutter::default();
            cutter.push(black_box(&file)).expect("a file of ours");
            while cutter.next(&mut piece).expect("a file of ours") {
                decoder.decode(&piece, &mut plain).expect("a file of ours");
            }
        });
    });
    group.finish();
}

fn stitching(criterion: &mut Criterion) {
    let chunk = noise();
    let mut encoded = Vec::new();
    ChunkEncoder::new(Level::Fast).encode(&chunk, &mut encoded);
    let mut group = criterion.benchmark_group("gzip-stitch");
    group.throughput(Throughput::Bytes(CHUNK_SIZE as u64));
    group.bench_function("crc-and-push", |bencher| {
        let mut stitcher = Stitcher::new(io::sink()).expect("sinks take all");
        bencher.iter(|| {
            let mut crc = Hasher::new();
            crc.update(black_box(&chunk));
            stitcher.push(&encoded, &crc, chunk.len())
        });
    });
    group.finish();
}

/// Data and holes of 1 MiB in turn.
fn every_other_chunk(count: u64) -> Vec<Extent> {
    let len = CHUNK_SIZE as u64;
    (0..count)
        .map(|index| Extent {
            offset: 2 * index * len,
            len,
        })
        .collect()
}

fn zero_scan(criterion: &mut Criterion) {
    const CHUNKS: u64 = 32;
    let size = 2 * CHUNKS * CHUNK_SIZE as u64;
    let image = tempfile::tempfile().expect("a temporary file");
    image.set_len(size).expect("room for it");
    let data = text();
    for extent in every_other_chunk(CHUNKS) {
        image.write_all_at(&data, extent.offset).expect("room");
    }
    let scan = |image: &File| extents::find_data(image, size, NonZeroUsize::MIN, &Silent);
    let mut group = criterion.benchmark_group("find-data");
    group.throughput(Throughput::Bytes(size));
    group.bench_function("half-holes", |bencher| {
        bencher.iter(|| scan(black_box(&image)).expect("a readable file"));
    });
    group.finish();
}

/// Takes an image and forgets it.
#[derive(Default)]
struct Forget(u64);

impl ImageSink for Forget {
    type Error = io::Error;

    fn begin(&mut self, _: u64) -> io::Result<()> {
        Ok(())
    }

    fn write_at(&mut self, _: u64, bytes: &[u8]) -> io::Result<()> {
        self.0 += bytes.len() as u64;
        Ok(())
    }
}

fn tar_parser(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("tar-parse");
    let few = every_other_chunk(8);
    let many: Vec<Extent> = (0..2048)
        .map(|index| Extent {
            offset: index << 16,
            len: 4096,
        })
        .collect();
    for (kind, extents) in [("8-extents-of-1-MiB", few), ("2048-extents-of-4-KiB", many)] {
        let layout = TarLayout::sparse("disk", 1 << 30, &extents);
        let mut stream = Vec::new();
        for segment in layout.segments() {
            match segment {
                Segment::Bytes(bytes) => stream.extend_from_slice(bytes),
                other => stream.extend((0..other.len()).map(|_| 0)),
            }
        }
        group.throughput(Throughput::Bytes(stream.len() as u64));
        group.bench_function(kind, |bencher| {
            bencher.iter(|| {
                let mut parser = TarParser::default();
                let mut sink = Forget::default();
                for piece in black_box(&stream).chunks(CHUNK_SIZE) {
                    let pushed = parser.push(piece, &mut sink);
                    assert!(pushed.is_ok(), "a stream of ours");
                }
                sink.0
            });
        });
    }
    group.finish();
}

/// Short runs: the stages differ by factors, not by percents.
fn quick() -> Criterion {
    Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1))
}

criterion_group! {
    name = stages;
    config = quick();
    targets = crypto, gzip_chunks, gzip_pieces, stitching, zero_scan, tar_parser
}
criterion_main!(stages);
