use std::io::Read as _;

use super::*;
use crate::upload::downloader::tests::bundle::{manifest, noise, objects, parts};
use crate::upload::downloader::tests::server::{Fault, Server};

/// A bundle with a part of several pieces, one of one and an empty one.
const SIZES: [usize; 4] = [(17 << 20) + 5, 0, 3, 1000];

fn open(server: &Server, image: &Image, jobs: usize) -> PartStream {
    let jobs = NonZeroUsize::new(jobs).unwrap();
    PartStream::open(&server.s3(), "images", "web/", image, jobs)
}

/// Reads until an error, which is taken out.
fn error_of(mut stream: PartStream) -> DownloadError {
    let error = stream.read_to_end(&mut Vec::new()).unwrap_err();
    assert_eq!(
        stream.read(&mut [0; 10]).unwrap(),
        0,
        "nothing after an error"
    );
    DownloadError::from_io(error).unwrap()
}

#[test]
fn parts_come_in_order_whatever_the_number_of_threads() {
    let parts = parts(&SIZES);
    let server = Server::start(objects(&parts));
    let image = manifest(&parts).image;
    let want: Vec<u8> = parts.iter().flat_map(|(_, bytes)| bytes.clone()).collect();
    for jobs in [1, 4] {
        let mut stream = open(&server, &image, jobs);
        let mut found = Vec::new();

        stream.read_to_end(&mut found).unwrap();

        assert!(found == want, "{jobs}");
        assert_eq!(stream.position(), want.len() as u64);
        let log = server.log();
        assert!(
            log.iter().any(|entry| entry.ends_with("part.0 0-5941932")),
            "{log:?}"
        );
    }
}

#[test]
fn a_piece_that_breaks_goes_on_where_it_was() {
    let parts = parts(&[200_000, 300]);
    let server = Server::start(objects(&parts));
    server.next_time("web/disk.img.part.0", Fault::BreakAfter(70_000));
    let mut found = Vec::new();

    open(&server, &manifest(&parts).image, 2)
        .read_to_end(&mut found)
        .unwrap();

    assert_eq!(found.len(), 200_300);
    let log = server.log();
    assert!(
        log.contains(&"GET web/disk.img.part.0 70000-199999".to_owned()),
        "{log:?}"
    );
}

#[test]
fn a_part_with_other_bytes_is_named() {
    let parts = parts(&[1000, 2000, 3000]);
    let server = Server::start(objects(&parts));
    server.put("web/disk.img.part.1", noise(9, 2000));

    let error = error_of(open(&server, &manifest(&parts).image, 2));

    assert!(
        matches!(&error, DownloadError::PartDigest { key, .. } if key == "web/disk.img.part.1"),
        "{error}"
    );
}

#[test]
fn missing_longer_and_shorter_parts_are_errors() {
    let parts = parts(&[1000, 2000]);
    let image = manifest(&parts).image;

    let server = Server::start(objects(&parts));
    server.remove("web/disk.img.part.1");
    let missing = error_of(open(&server, &image, 2));
    server.put("web/disk.img.part.1", noise(1, 2001));
    let longer = error_of(open(&server, &image, 2));
    let mut more = image.clone();
    more.bundled_size += 1;
    server.put("web/disk.img.part.1", noise(1, 2000));
    let shorter = error_of(open(&server, &more, 2));

    assert!(
        matches!(missing, DownloadError::MissingPart { .. }),
        "{missing}"
    );
    assert!(
        matches!(longer, DownloadError::PartTooLong { .. }),
        "{longer}"
    );
    assert!(
        matches!(
            shorter,
            DownloadError::BundledSize {
                found: 3000,
                expected: 3001
            }
        ),
        "{shorter}"
    );
}

#[test]
fn a_reader_that_goes_away_ends_the_threads() {
    let parts = parts(&SIZES);
    let server = Server::start(objects(&parts));
    let mut stream = open(&server, &manifest(&parts).image, 3);

    stream.read_exact(&mut [0; 10]).unwrap();

    drop(stream); // waits for them
}
