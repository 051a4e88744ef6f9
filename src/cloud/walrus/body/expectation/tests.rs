use super::*;

fn headers(lines: &[&str]) -> Vec<(String, String)> {
    let pair = |line: &&str| {
        let (name, value) = line.split_once(": ").unwrap();
        (name.to_owned(), value.to_owned())
    };
    lines.iter().map(pair).collect()
}

fn of(lines: &[&str]) -> S3Result<Expectation> {
    Expectation::of(&headers(lines), None, Purpose::OBJECT)
}

fn code(lines: &[&str]) -> Code {
    of(lines).unwrap_err().code
}

fn signed(payload: Payload) -> Verified {
    Verified {
        payload: Some(payload),
        chunks: None,
    }
}

/// What a body of `123456789` is.
fn nine(expectation: &Expectation) -> Found {
    Found {
        size: 9,
        md5: Some(
            hex::decode("25f9e794323b453885f5181f1b624d0b")
                .unwrap()
                .try_into()
                .unwrap(),
        ),
        sha256: Some(crate::aws::sign::sha256(b"123456789")),
        checksum: expectation
            .algorithm()
            .map(|algorithm| Checksum::of(algorithm, b"123456789")),
        trailers: Vec::new(),
    }
}

#[test]
fn an_object_needs_a_length_or_a_chunked_transfer() {
    assert_eq!(code(&[]), Code::MissingContentLength);
    assert_eq!(of(&["content-length: 5"]).unwrap().length(), Some(5));
    assert_eq!(of(&["transfer-encoding: chunked"]).unwrap().length(), None);
    let document = Expectation::of(&[], None, Purpose::DOCUMENT).unwrap();
    assert_eq!(document.length(), Some(0));
    for bad in ["-1", "+1", "", "1,1", "18446744073709551616"] {
        assert_eq!(
            code(&[&format!("content-length: {bad}")]),
            Code::InvalidArgument
        );
    }
    let twice = ["content-length: 5", "content-length: 5"];
    assert_eq!(code(&twice), Code::InvalidArgument);
}

#[test]
fn what_is_announced_too_large_is_refused_before_it_comes() {
    let error = of(&["content-length: 5368709121"]).unwrap_err();

    assert_eq!(error.code, Code::EntityTooLarge);
    assert_eq!(error.details[0], ("ProposedSize", "5368709121".to_owned()));
    assert_eq!(
        error.details[1],
        ("MaxSizeAllowed", "5368709120".to_owned())
    );
    assert!(of(&["content-length: 5368709120"]).is_ok());
    let document = headers(&["content-length: 11"]);
    let error = Expectation::of(&document, None, Purpose::Document { most: 10 }).unwrap_err();
    assert_eq!(error.code, Code::MaxMessageLengthExceeded);
}

#[test]
fn more_than_the_limit_is_refused_while_it_comes() {
    let expectation = of(&["transfer-encoding: chunked"]).unwrap().within(2, 10);

    assert!(expectation.allows(10).is_ok());
    assert_eq!(
        expectation.allows(11).unwrap_err().code,
        Code::EntityTooLarge
    );
    let mut found = nine(&expectation);
    assert!(expectation.judge(&found).is_ok());
    found.size = 1;
    assert_eq!(
        expectation.judge(&found).unwrap_err().code,
        Code::EntityTooSmall
    );
}

#[test]
fn the_length_has_to_be_true() {
    let expectation = of(&["content-length: 10"]).unwrap();

    let shorter = expectation.judge(&nine(&expectation)).unwrap_err();

    assert_eq!(shorter.code, Code::IncompleteBody);
    assert_eq!(
        expectation.allows(11).unwrap_err().code,
        Code::IncompleteBody
    );
}

#[test]
fn content_md5_is_compared() {
    let good = of(&["content-length: 9", "content-md5: JfnnlDI7RTiF9RgfG2JNCw=="]).unwrap();
    let other = of(&["content-length: 9", "content-md5: AAAAAAAAAAAAAAAAAAAAAA=="]).unwrap();

    assert!(good.judge(&nine(&good)).is_ok());
    let error = other.judge(&nine(&other)).unwrap_err();
    assert_eq!(error.code, Code::BadDigest);
    assert_eq!(error.details[1].1, "JfnnlDI7RTiF9RgfG2JNCw==");
    for bad in [
        "",
        "x",
        "JfnnlDI7RTiF9RgfG2JN",
        "25f9e794323b453885f5181f1b624d0b",
    ] {
        let line = format!("content-md5: {bad}");
        assert_eq!(
            code(&["content-length: 9", &line]),
            Code::InvalidDigest,
            "{bad}"
        );
    }
}

#[test]
fn the_signed_digest_is_compared() {
    let lines = headers(&["content-length: 9"]);
    let of = |digest| {
        let verified = signed(Payload::Sha256(digest));
        Expectation::of(&lines, Some(&verified), Purpose::OBJECT).unwrap()
    };
    let (good, other) = (of(crate::aws::sign::sha256(b"123456789")), of([0; 32]));

    assert!(good.needs_sha256());
    assert!(good.judge(&nine(&good)).is_ok());
    let error = other.judge(&nine(&other)).unwrap_err();
    assert_eq!(error.code, Code::XAmzContentSHA256Mismatch);
    let unsigned = signed(Payload::Unsigned);
    let unsigned = Expectation::of(&lines, Some(&unsigned), Purpose::OBJECT).unwrap();
    assert!(!unsigned.needs_sha256());
}

#[test]
fn a_digest_counts_in_a_request_that_is_not_signed_too() {
    let word = format!("x-amz-content-sha256: {}", "0".repeat(64));

    let expectation = of(&["content-length: 9", &word]).unwrap();

    assert!(expectation.judge(&nine(&expectation)).is_err());
    let unknown = ["content-length: 9", "x-amz-content-sha256: SOMETHING"];
    assert_eq!(code(&unknown), Code::InvalidArgument);
}

#[test]
fn one_checksum_is_compared() {
    let good = of(&["content-length: 9", "x-amz-checksum-crc32c: 4waSgw=="]).unwrap();
    let other = of(&["content-length: 9", "x-amz-checksum-crc32c: 4waSgg=="]).unwrap();

    assert!(good.judge(&nine(&good)).is_ok());
    assert_eq!(
        other.judge(&nine(&other)).unwrap_err().code,
        Code::BadDigest
    );
    let short = ["content-length: 9", "x-amz-checksum-crc32c: 4waS"];
    assert_eq!(code(&short), Code::InvalidRequest);
    let two = [
        "content-length: 9",
        "x-amz-checksum-crc32c: 4waSgw==",
        "x-amz-checksum-crc32: y/Q5Jg==",
    ];
    assert_eq!(code(&two), Code::InvalidRequest);
}

#[test]
fn the_sdk_names_the_checksum_that_it_sends() {
    let with = |line: &str, name: &str| {
        let name = format!("x-amz-sdk-checksum-algorithm: {name}");
        of(&["content-length: 9", line, &name]).map(|it| it.algorithm())
    };
    let crc = "x-amz-checksum-crc32c: 4waSgw==";

    assert_eq!(with(crc, "CRC32C").unwrap(), Some(Algorithm::Crc32c));
    assert_eq!(with(crc, "SHA1").unwrap_err().code, Code::InvalidRequest);
    assert_eq!(with(crc, "MD4").unwrap_err().code, Code::InvalidRequest);
    assert_eq!(with("a: b", "SHA1").unwrap_err().code, Code::InvalidRequest);
}

#[test]
fn a_checksum_that_is_wanted_is_made_and_not_compared() {
    let mut expectation = of(&["content-length: 9"]).unwrap();

    expectation.want(Algorithm::Crc64Nvme);
    expectation.want(Algorithm::Sha1);

    assert_eq!(expectation.algorithm(), Some(Algorithm::Crc64Nvme));
    assert!(!expectation.sends_checksum());
    assert!(expectation.judge(&nine(&expectation)).is_ok());
}

#[test]
fn a_trailing_checksum_is_compared() {
    let lines = headers(&[
        "content-length: 70",
        "content-encoding: aws-chunked, gzip",
        "x-amz-decoded-content-length: 9",
        "x-amz-trailer: x-amz-checksum-crc32c",
        "x-amz-sdk-checksum-algorithm: CRC32C",
    ]);
    let verified = signed(Payload::Streaming(Streaming::UnsignedTrailer));
    let mut expectation = Expectation::of(&lines, Some(&verified), Purpose::OBJECT).unwrap();
    let trailer = |value: &str| vec![("x-amz-checksum-crc32c".to_owned(), value.to_owned())];
    let mut found = nine(&expectation);

    found.trailers = trailer("4waSgw==");
    assert!(expectation.judge(&found).is_ok());
    found.trailers = trailer("4waSgg==");
    assert_eq!(expectation.judge(&found).unwrap_err().code, Code::BadDigest);
    found.trailers = trailer("no");
    assert_eq!(
        expectation.judge(&found).unwrap_err().code,
        Code::MalformedTrailerError
    );
    assert_eq!(expectation.content_encoding(), Some("gzip"));
    assert_eq!(expectation.length(), Some(9));
    assert!(expectation.sends_checksum());
    assert!(expectation.decoder().unwrap().is_some());
}

#[test]
fn a_chunked_body_needs_its_decoded_length() {
    let word = format!(
        "x-amz-content-sha256: {}",
        Streaming::UnsignedTrailer.word()
    );

    assert_eq!(
        code(&[&word, "content-length: 70"]),
        Code::MissingContentLength
    );
    let large = "x-amz-decoded-content-length: 5368709121";
    assert_eq!(code(&[&word, large]), Code::EntityTooLarge);
}

#[test]
fn trailers_that_cannot_come_or_are_no_checksum_are_refused() {
    let trailer = "x-amz-trailer: x-amz-checksum-crc32c";
    let unsigned = format!(
        "x-amz-content-sha256: {}",
        Streaming::UnsignedTrailer.word()
    );
    let signed = format!("x-amz-content-sha256: {}", Streaming::Signed.word());
    let length = "x-amz-decoded-content-length: 9";

    for lines in [
        &["content-length: 9", trailer][..],
        &[&signed, length, trailer],
        &[&unsigned, length, "x-amz-trailer: x-amz-meta-a"],
        &[
            &unsigned,
            length,
            "x-amz-trailer: x-amz-checksum-sha1,x-amz-checksum-sha256",
        ],
        &[
            &unsigned,
            length,
            trailer,
            "x-amz-checksum-crc32c: 4waSgw==",
        ],
    ] {
        assert_eq!(code(lines), Code::InvalidRequest, "{lines:?}");
    }
}

#[test]
fn a_request_of_version_2_may_be_chunked_too() {
    let lines = [
        "content-encoding: aws-chunked",
        "x-amz-decoded-content-length: 9",
        "x-amz-trailer: x-amz-checksum-crc32",
    ];

    let mut expectation = of(&lines).unwrap();

    assert!(expectation.decoder().unwrap().is_some());
    assert_eq!(expectation.content_encoding(), None);
    let mut plain = of(&["content-encoding: aws-chunked", "content-length: 9"]).unwrap();
    assert!(plain.decoder().unwrap().is_none());
}
