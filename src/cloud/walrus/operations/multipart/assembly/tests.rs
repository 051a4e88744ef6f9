//! Lists, parts, and what is made of them.

use super::*;

const MD5: &str = "5d41402abc4b2a76b9719d911017c592";

fn part(number: u16, size: u64, checksum: Option<&str>) -> Part {
    Part {
        number,
        piece: Piece {
            blob: format!("{number:032x}"),
            size,
            md5: MD5.to_owned(),
            checksum: checksum.map(str::to_owned),
        },
        modified_ms: 0,
    }
}

fn named(number: u16) -> CompletedPart {
    CompletedPart {
        number,
        etag: MD5.to_owned(),
        checksums: Vec::new(),
    }
}

fn code(named: &[CompletedPart], there: Vec<Part>) -> Code {
    assemble(named, there, None).unwrap_err().code
}

#[test]
fn the_named_parts_are_taken_and_the_others_left() {
    let there = [1, 2, 4, 5]
        .map(|number| part(number, LEAST, None))
        .to_vec();

    let made = assemble(&[1, 2, 5].map(named), there, None).unwrap();

    assert_eq!(made.numbers, [1, 2, 5]);
    assert_eq!(made.size, 3 * LEAST);
    assert!(made.etag.ends_with("-3"));
    assert_eq!(made.checksum, None);
}

#[test]
fn a_part_that_is_not_there_comes_before_one_that_is_too_small() {
    let there = || vec![part(1, LEAST - 1, None), part(2, 0, None)];

    assert_eq!(code(&[1, 3].map(named), there()), Code::InvalidPart);
    assert_eq!(code(&[1, 2].map(named), there()), Code::EntityTooSmall);
    assert!(assemble(&[2].map(named), there(), None).is_ok());
    let other = CompletedPart {
        etag: "0".repeat(32),
        ..named(2)
    };
    assert_eq!(code(&[other], there()), Code::InvalidPart);
}

#[test]
fn a_checksum_that_a_part_has_not_is_refused() {
    let wanted = |value: &str| CompletedPart {
        checksums: vec![("ChecksumCRC32", value.to_owned())],
        ..named(1)
    };
    let there = || vec![part(1, 3, Some("CRC32 NSRBwg=="))];

    assert!(assemble(&[wanted("NSRBwg==")], there(), None).is_ok());
    assert_eq!(code(&[wanted("AAAAAA==")], there()), Code::InvalidPart);
    assert_eq!(
        code(&[wanted("NSRBwg==")], vec![part(1, 3, None)]),
        Code::InvalidPart
    );
}

#[test]
fn parts_of_different_kinds_make_no_checksum() {
    let there = vec![
        part(1, LEAST, Some("CRC64NVME rosUhgp5mIg=")),
        part(2, 3, Some("CRC32 NSRBwg==")),
    ];

    let made = assemble(&[1, 2].map(named), there, None).unwrap();

    assert_eq!(made.checksum, None);
    let claim = Claims {
        checksum: Some((Algorithm::Crc32, "NSRBwg==".to_owned())),
        ..Claims::default()
    };
    assert_eq!(claim.check(&made).unwrap_err().code, Code::InvalidRequest);
}

#[test]
fn a_sum_is_kept_and_read_back_and_claimed_with_or_without_its_number() {
    let sum = Sum {
        algorithm: Algorithm::Sha256,
        kind: ChecksumType::Composite,
        value: "abc=-3".to_owned(),
    };
    assert_eq!(Sum::of_text(Some(&sum.to_text())), Some(sum.clone()));
    let made = Assembly {
        pieces: Vec::new(),
        numbers: Vec::new(),
        size: 7,
        etag: String::new(),
        checksum: Some(sum),
    };
    let claim = |value: &str| {
        let claims = Claims {
            checksum: Some((Algorithm::Sha256, value.to_owned())),
            kind: Some("COMPOSITE".to_owned()),
            size: Some("7".to_owned()),
        };
        claims.check(&made).map_err(|error| error.code)
    };

    assert_eq!(claim("abc=-3"), Ok(()));
    assert_eq!(claim("abc="), Ok(()));
    assert_eq!(claim("abc=-4"), Err(Code::BadDigest));
}
