//! Streams that nobody should have made.

use proptest::prelude::*;

use super::super::map::MOST_ENTRIES;
use super::*;

fn sealed(mut header: [u8; header::LEN]) -> Vec<u8> {
    header::seal(&mut header);
    header.to_vec()
}

/// A member of so many bytes, and the bytes in whole blocks.
fn member(type_flag: u8, data: &[u8]) -> Vec<u8> {
    let mut stream = sealed(header::new(b"disk", 0o644, type_flag, data.len() as u64));
    stream.extend_from_slice(data);
    stream.resize(stream.len().next_multiple_of(header::LEN), 0);
    stream
}

/// The header of a sparse member with these fields, and the first four entries of its map.
fn sparse(data_len: u64, size: u64, entries: &[(u64, u64)], extended: u8) -> [u8; header::LEN] {
    let mut header = header::new(b"disk", 0o644, SPARSE, data_len);
    for (index, (offset, len)) in entries.iter().enumerate() {
        let place = header::MAP + index * MAP_ENTRY;
        let (offset, len) = (*offset, *len);
        header::put_map_entry(&mut header, place, Extent { offset, len });
    }
    header[header::EXTENDED] = extended;
    header::put_number(&mut header[header::REAL_SIZE], size);
    header
}

fn with_field(type_flag: u8, field: std::ops::Range<usize>, bytes: &[u8]) -> Vec<u8> {
    let mut header = header::new(b"disk", 0o644, type_flag, 0);
    header[field].copy_from_slice(bytes);
    sealed(header)
}

/// A record of an extended header.
fn record(pair: &str) -> Vec<u8> {
    let rest = pair.len() + 2; // the space and the line feed
    let digits = (rest + 2).to_string().len();
    format!("{} {pair}\n", rest + digits).into_bytes()
}

#[test]
fn what_is_not_one_regular_file_is_refused() {
    let file = member(REGULAR, b"data");
    for (stream, why) in [
        (vec![], "it is empty"),
        (vec![0; 512], "it holds no file"),
        (vec![0; 10240], "it holds no file"),
        (
            [&file[..], &file].concat(),
            "there is something behind the image, such as a second member",
        ),
        (
            [&file[..], &[0; 1024], &[1]].concat(),
            "there is something behind the image, such as a second member",
        ),
        (
            member(b'1', b""),
            "it holds a hard link, expected a regular file",
        ),
        (
            member(b'2', b""),
            "it holds a symbolic link, expected a regular file",
        ),
        (
            member(b'3', b""),
            "it holds a device, expected a regular file",
        ),
        (
            member(b'4', b""),
            "it holds a device, expected a regular file",
        ),
        (
            member(b'5', b""),
            "it holds a directory, expected a regular file",
        ),
        (
            member(b'6', b""),
            "it holds a fifo, expected a regular file",
        ),
        (
            member(b'V', b""),
            "it holds a member of an unknown type, expected a regular file",
        ),
    ] {
        assert_eq!(read(&stream).unwrap_err(), why);
    }
}

#[test]
fn headers_that_lie_about_themselves_are_refused() {
    let mut changed = member(REGULAR, b"data");
    changed[130] ^= 1;
    let mut huge = [0xff; 12];
    huge[0] = 0x80;
    let mut negative = [0xff; 12];
    negative[10] = 0;
    let malformed = "a header has a malformed size";
    for (stream, why) in [
        (changed, "a header has a wrong checksum"),
        (vec![b'x'; 512], "a header has a wrong checksum"),
        (with_field(REGULAR, header::SIZE, &negative), malformed),
        (with_field(REGULAR, header::SIZE, &huge), malformed),
        (
            with_field(REGULAR, header::SIZE, b"-0000000010\0"),
            malformed,
        ),
        (
            with_field(REGULAR, header::SIZE, b"0000000001x\0"),
            malformed,
        ),
        (
            with_field(SPARSE, header::REAL_SIZE, &negative),
            "a header has a malformed size of a sparse file",
        ),
        (
            with_field(SPARSE, header::MAP..header::MAP + 12, b"x0000000000\0"),
            "the map of a sparse file has a malformed number",
        ),
    ] {
        assert_eq!(read(&stream).unwrap_err(), why);
    }
}

#[test]
fn absurd_sizes_are_the_sinks_to_refuse_before_any_data() {
    let stream = sealed(header::new(b"disk", 0o644, REGULAR, u64::MAX));
    assert_eq!(read(&stream).unwrap_err(), "no room");

    let stream = sealed(header::new(b"disk", 0o644, REGULAR, u64::MAX - 1));
    assert_eq!(
        read(&stream).unwrap_err(),
        "it ends in the middle of the image"
    );
}

#[test]
fn maps_that_make_no_sense_are_refused() {
    let end = u64::MAX;
    for (data_len, size, entries, why) in [
        (
            1024,
            8192,
            &[(4096, 512), (0, 512)][..],
            "goes back from 4608 to 0",
        ),
        (
            1024,
            8192,
            &[(0, 1024), (512, 512)],
            "goes back from 1024 to 512",
        ),
        (512, 8192, &[(7681, 512)], "puts 512 bytes at 7681 of 8192"),
        (512, 8192, &[(8193, 0)], "puts 0 bytes at 8193 of 8192"),
        (
            512,
            end,
            &[(end - 511, 512)],
            &format!("puts 512 bytes at {} of {end}", end - 511),
        ),
        (
            0,
            8192,
            &[(4096, 512)],
            "has 512 bytes of data, its header says 0",
        ),
        (
            513,
            8192,
            &[(4096, 512)],
            "has 512 bytes of data, its header says 513",
        ),
        (1, 8192, &[], "has 0 bytes of data, its header says 1"),
        (
            612,
            8192,
            &[(0, 100), (4096, 512)],
            "has 100 bytes at 0, expected whole blocks of 512",
        ),
    ] {
        let error = read(&sealed(sparse(data_len, size, entries, 0))).unwrap_err();

        assert_eq!(error, format!("the map of a sparse file {why}"));
    }
}

#[test]
fn maps_that_do_not_end_are_refused_soon() {
    let header = sealed(sparse(0, 8192, &[(0, 0); 4], 1));
    let unused = [&header[..], &[0; 504], &[1; 8]].concat();
    assert_eq!(
        read(&unused).unwrap_err(),
        "the map of a sparse file goes on behind its end"
    );
    assert_eq!(
        read(&sealed(sparse(0, 8192, &[(0, 0)], 1))).unwrap_err(),
        "the map of a sparse file goes on behind its end"
    );

    let mut block = [0; header::LEN];
    for index in 0..21 {
        let empty = Extent { offset: 0, len: 0 };
        header::put_map_entry(&mut block, index * MAP_ENTRY, empty);
    }
    block[504] = 1;
    let mut parser = TarParser::default();
    let mut sink = Sink::default();
    parser.push(&header, &mut sink).unwrap();
    let accepted = (0..MOST_ENTRIES)
        .take_while(|_| parser.push(&block, &mut sink).is_ok())
        .count();
    assert_eq!(accepted, (MOST_ENTRIES - 4) / 21);
}

#[test]
fn texts_before_the_image_are_few_and_short() {
    let file = member(REGULAR, b"data");
    let name = member(LONG_NAME, b"name\0");
    let link = member(b'K', b"link\0");
    let dates = member(b'x', &record("mtime=1234567890.5"));
    let global = member(b'g', &record("comment=x size=3"));
    let accepted = [&name[..], &link, &dates, &global, &file].concat();
    assert_eq!(read(&accepted).unwrap().image(), b"data");

    let size = |len: u64| sealed(header::new(b"././@LongLink", 0, LONG_NAME, len));
    for (stream, why) in [
        (
            name.repeat(5),
            "it has more than 4 long names and extended headers",
        ),
        (
            dates.repeat(1000),
            "it has more than 4 long names and extended headers",
        ),
        (name, "it ends in the middle of a header"),
        (
            size(0),
            "a long name or extended header has 0 bytes, expected 1 to 65536",
        ),
        (
            size(65537),
            "a long name or extended header has 65537 bytes, expected 1 to 65536",
        ),
        (
            size(u64::MAX),
            "a long name or extended header has 18446744073709551615 bytes, expected 1 to 65536",
        ),
    ] {
        assert_eq!(read(&stream).unwrap_err(), why);
    }
}

#[test]
fn extended_headers_must_not_say_where_the_data_is() {
    let malformed = "an extended header is malformed";
    for (text, why) in [
        (
            record("size=5"),
            "an extended header sets size, which no bundle has",
        ),
        (
            [record("mtime=1"), record("size=5")].concat(),
            "an extended header sets size, which no bundle has",
        ),
        (
            record("GNU.sparse.realsize=5"),
            "an extended header sets GNU.sparse.realsize, which no bundle has",
        ),
        (b"9\tsize=5\n".to_vec(), malformed),
        (b"99 size=5\n".to_vec(), malformed),
        (b"8 size=5\n".to_vec(), malformed),
        (b"5 ab\n".to_vec(), malformed),
        (b"0 \n".to_vec(), malformed),
        (b"99999999999999999999999 a=b\n".to_vec(), malformed),
        (b"x".to_vec(), malformed),
        (b"7".to_vec(), malformed),
    ] {
        for type_flag in [b'x', b'g'] {
            let error = read(&member(type_flag, &text)).unwrap_err();

            assert_eq!(error, why, "{}", text.escape_ascii());
        }
    }
}

#[test]
fn a_stream_that_is_cut_anywhere_says_so() {
    let extents = sample::extents(30, 512);
    let layout = TarLayout::sparse(&"n".repeat(120), 300_000, &extents);
    let stream = sample::stream(&layout);
    let head = 512 * (2 + 1 + 2); // the name, the header, and two blocks of map
    let data = usize::try_from(layout.data_len()).unwrap();
    for len in (0..=stream.len()).step_by(512).chain([1, 700, head + 5]) {
        let found = read(&stream[..len]).err();

        let expected = match len {
            0 => Some("it is empty"),
            _ if len < head => Some("it ends in the middle of a header"),
            _ if len < head + data => Some("it ends in the middle of the image"),
            _ => None,
        };
        assert_eq!(found.as_deref(), expected, "cut to {len}");
    }
    let odd = sample::stream(&TarLayout::plain("disk", 700, &[]));
    assert_eq!(
        read(&odd[..512 + 700]).unwrap_err(),
        "it ends in the middle of the image"
    );
}

#[test]
fn zeros_without_end_are_refused() {
    let mut parser = TarParser::default();
    let mut sink = Sink::default();
    parser.push(&member(REGULAR, b"data"), &mut sink).unwrap();
    let zeros = vec![0; 1 << 20];

    let accepted = (0..1000)
        .take_while(|_| parser.push(&zeros, &mut sink).is_ok())
        .count();

    assert_eq!(accepted, 16);
}

proptest! {
    #[test]
    fn random_bytes_never_panic(
        bytes in proptest::collection::vec(any::<u8>(), 0..3000),
        step in 1_usize..1000,
    ) {
        prop_assert!(read_in_steps(&bytes, &[step]).is_err());
    }

    /// Changes any bytes and then makes the header's checksum right, so that all else is read.
    #[test]
    fn changed_streams_never_panic(
        changes in proptest::collection::vec((100_usize..2560, any::<u8>()), 1..10),
        step in 1_usize..1000,
    ) {
        let layout = TarLayout::sparse("disk", 300_000, &sample::extents(50, 512));
        let mut stream = sample::stream(&layout);
        for (place, value) in changes {
            stream[place] = value;
        }
        let mut header: [u8; header::LEN] = stream[..header::LEN].try_into().unwrap();
        header::seal(&mut header);
        stream[..header::LEN].copy_from_slice(&header);

        let _ = read_in_steps(&stream, &[step]);
    }
}
