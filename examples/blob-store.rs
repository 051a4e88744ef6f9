//! Measures how fast a directory takes blobs, as PUT does: write, make durable, settle.
//!
//! ```text
//! cargo run --release --example blob-store -- FOLDER COUNT BYTES THREADS
//! ```
//!
//! FOLDER is a store or will be; what is written stays in it. Pieces have 64 KiB, about what an
//! HTTP library hands over at once.

use std::error::Error;
use std::io::Write as _;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use amikit::cloud::objects::{BlobId, BlobStore as _, DirectoryStore};

/// Bytes of one write.
const PIECE: usize = 64 * 1024;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, count, size, threads] = arguments.as_slice() else {
        return Err("usage: blob-store FOLDER COUNT BYTES THREADS".into());
    };
    let (count, size): (u64, usize) = (count.parse()?, size.parse()?);
    let threads: u32 = threads.parse()?;
    let store = DirectoryStore::open(Path::new(folder))?;
    let (next, begun, before) = (AtomicU64::new(0), Instant::now(), processor_time());
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|_| {
                scope.spawn(|| {
                    while next.fetch_add(1, Ordering::Relaxed) < count {
                        put(&store, size).expect("put a blob");
                    }
                })
            })
            .collect();
        for worker in workers {
            worker.join().expect("a thread that puts blobs");
        }
    });
    let (time, used) = (begun.elapsed(), processor_time().saturating_sub(before));
    let mut output = std::io::stdout();
    let bytes = f64::from(u32::try_from(count)?) * f64::from(u32::try_from(size)?);
    writeln!(
        output,
        "{:.0} blobs/s, {:.0} MB/s, {:.3} s of CPU per 1000 blobs, {:.2} s of CPU per GB",
        f64::from(u32::try_from(count)?) / time.as_secs_f64(),
        bytes / time.as_secs_f64() / 1e6,
        used.as_secs_f64() * 1000.0 / f64::from(u32::try_from(count)?),
        used.as_secs_f64() * 1e9 / bytes,
    )?;
    Ok(())
}

/// One blob, all the way.
fn put(store: &DirectoryStore, size: usize) -> Result<(), Box<dyn Error>> {
    let id = BlobId::new(|bits| {
        // No more is asked for than comes at once.
        let _ = rustix::rand::getrandom(bits, rustix::rand::GetRandomFlags::empty());
    });
    let piece = vec![0x5a; PIECE.min(size)];
    let mut writer = store.create(&id)?;
    let mut left = size;
    while left > 0 {
        let count = left.min(PIECE);
        writer.write_all(&piece[..count])?;
        left -= count;
    }
    writer.finish()?;
    store.settle(&id)?;
    Ok(())
}

/// Processor time of this program so far, user's and system's.
fn processor_time() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // After the name, which ends with the last bracket: state is the first, utime the 12th.
    let fields = stat.rsplit(')').next().unwrap_or_default();
    let ticks: u64 = fields
        .split_whitespace()
        .skip(11)
        .take(2)
        .filter_map(|field| field.parse::<u64>().ok())
        .sum();
    Duration::from_millis(ticks * 10) // 100 ticks a second, on every Linux
}
