use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use http_body::Frame;
use proptest::prelude::*;

use super::policy::SizeRange;
use super::*;
use crate::cloud::walrus::body::checksum::Algorithm;
use crate::cloud::walrus::body::expectation::Purpose;
use crate::cloud::walrus::body::receive;

const BOUNDARY: &str = "AaB03x";
const TYPE: &str = "multipart/form-data; boundary=AaB03x";

struct Pieces(VecDeque<Bytes>);

impl Body for Pieces {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        Poll::Ready(self.0.pop_front().map(|piece| Ok(Frame::data(piece))))
    }
}

fn pieces(bytes: &[u8], step: usize) -> Pieces {
    Pieces(bytes.chunks(step).map(Bytes::copy_from_slice).collect())
}

/// A form as browsers and euca2ools write it.
fn form(fields: &[(&str, &str)], file: &[u8], rest: &str) -> Vec<u8> {
    let field = |(name, value): &(&str, &str)| {
        format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
        )
    };
    let fields: Vec<String> = fields.iter().map(field).collect();
    let head = format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"C:\\a\\b.txt\"\r\n\
         Content-Type: text/plain\r\n\r\n"
    );
    let end = format!("\r\n--{BOUNDARY}{rest}");
    [
        fields.concat().as_bytes(),
        head.as_bytes(),
        file,
        end.as_bytes(),
    ]
    .concat()
}

/// Fields and file of a form that comes in pieces of so many bytes.
async fn read(bytes: &[u8], step: usize, sizes: SizeRange) -> S3Result<(Fields, Vec<u8>)> {
    let Form { fields, file } = Form::read(pieces(bytes, step), TYPE, Pace::default()).await?;
    let expectation = fields.expectation(Purpose::OBJECT, sizes)?;
    let received = receive(file, expectation, Pace::default(), Vec::new()).await?;
    Ok((fields, received.sink))
}

async fn code(bytes: &[u8]) -> Code {
    let result = read(bytes, 7, SizeRange::ANY).await;
    result.map(|(fields, _)| fields).unwrap_err().code
}

#[tokio::test]
async fn fields_and_file_arrive_however_they_are_cut() {
    let pairs = [
        ("acl", "private"),
        ("key", "x/${filename}"),
        ("x-amz-meta-A", "\r\n--Aa"),
    ];
    let file = b"\r\n--AaB03\r\r\n--AaB03y data \r\n-";
    let bytes = form(&pairs, file, "--\r\n");

    for step in 1..=bytes.len() {
        let (fields, read) = read(&bytes, step, SizeRange::ANY).await.unwrap();

        assert_eq!(read, file, "{step}");
        assert_eq!(fields.key(), "x/b.txt");
        assert_eq!(fields.get("x-amz-meta-a"), Some("\r\n--Aa"));
    }
}

#[tokio::test]
async fn what_follows_the_file_is_not_looked_at() {
    let more = "\r\nContent-Disposition: form-data; name=\"submit\"\r\n\r\nSend\r\n--AaB03x--\r\n";
    let bytes = form(&[("key", "a")], b"", more);

    let (fields, file) = read(&bytes, 20, SizeRange::ANY).await.unwrap();

    assert!(file.is_empty());
    assert_eq!(fields.names().collect::<Vec<_>>(), ["key"]);
    let endless = form(&[("key", "a")], b"", &"x".repeat(30_000));
    assert_eq!(code(&endless).await, Code::MalformedPOSTRequest);
}

#[tokio::test]
async fn a_file_has_a_size_that_the_policy_allows() {
    let bytes = form(&[("key", "a")], b"12345", "--\r\n");
    let with = |least, most| read(&bytes, 9, SizeRange { least, most });

    assert!(with(5, 5).await.is_ok());
    assert_eq!(
        with(1, 4).await.map(|it| it.1).unwrap_err().code,
        Code::EntityTooLarge
    );
    assert_eq!(
        with(6, 9).await.map(|it| it.1).unwrap_err().code,
        Code::EntityTooSmall
    );
}

#[tokio::test]
async fn a_checksum_in_a_field_is_compared() {
    let with = |value: &str| {
        form(
            &[("key", "a"), (Algorithm::Crc32c.header(), value)],
            b"123456789",
            "--",
        )
    };

    assert!(read(&with("4waSgw=="), 9, SizeRange::ANY).await.is_ok());
    assert_eq!(code(&with("4waSgg==")).await, Code::BadDigest);
    assert_eq!(code(&with("4waS")).await, Code::InvalidArgument);
}

#[tokio::test]
async fn what_is_no_form_is_refused() {
    let head = "--AaB03x\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\n";
    for bytes in [
        "",
        "x",
        "--other\r\n",
        "--AaB03xx\r\n",
        "preamble\r\n--AaB03x\r\n",
        head,
        &format!("{head}value"),
        &format!("{head}value\r\n--AaB03x\r\n"),
        "--AaB03x\r\nno colon\r\n\r\n",
        "--AaB03x\r\nContent-Disposition: form-data\r\n\r\n",
        "--AaB03x\r\nContent-Disposition: form-data; name=\"\r\n\r\n",
        "--AaB03x\r\nContent-Disposition: attachment; name=\"key\"\r\n\r\n",
        "--AaB03x\r\nContent-Type: text/plain\r\n\r\n",
        "--AaB03x\r\n\r\n\r\n\r\n",
    ] {
        assert_eq!(
            code(bytes.as_bytes()).await,
            Code::MalformedPOSTRequest,
            "{bytes:?}"
        );
    }
    let none = format!("{head}value\r\n--AaB03x--\r\n");
    assert_eq!(code(none.as_bytes()).await, Code::InvalidArgument);
    let open = form(&[("key", "a")], b"data", "--");
    let open = &open[..open.len() - 5];
    assert_eq!(code(open).await, Code::MalformedPOSTRequest);
}

#[tokio::test]
async fn what_precedes_the_file_is_bounded() {
    let long = "x".repeat(LONGEST_PREFIX);
    let fits = "x".repeat(LONGEST_PREFIX - 500);
    let many: Vec<_> = (0..300).map(|n| format!("f{n}")).collect();
    let many: Vec<_> = many.iter().map(|name| (name.as_str(), "")).collect();

    let value = form(&[("key", &long)], b"", "--");
    assert_eq!(code(&value).await, Code::MaxPostPreDataLengthExceeded);
    assert!(
        read(&form(&[("key", &fits)], b"", "--"), 999, SizeRange::ANY)
            .await
            .is_ok()
    );
    assert_eq!(
        code(&form(&many, b"", "--")).await,
        Code::MalformedPOSTRequest
    );
    let name = form(&[(&long[..5000], "")], b"", "--");
    assert_eq!(code(&name).await, Code::MalformedPOSTRequest);
    let twice = form(&[("key", "a"), ("KEY", "b")], b"", "--");
    assert_eq!(code(&twice).await, Code::MalformedPOSTRequest);
    assert_eq!(
        code(&form(&[("acl", "a")], b"", "--")).await,
        Code::InvalidArgument
    );
    assert_eq!(
        code(&form(&[("key", "")], b"", "--")).await,
        Code::InvalidArgument
    );
}

#[tokio::test]
async fn the_content_type_has_the_boundary() {
    let bytes = form(&[("key", "a")], b"", "--");
    let read = async |kind: &str| {
        let form = Form::read(pieces(&bytes, 50), kind, Pace::default()).await;
        form.map(|form| form.fields).map_err(|error| error.code)
    };

    assert!(
        read("Multipart/Form-Data; charset=utf-8; Boundary=\"AaB03x\"")
            .await
            .is_ok()
    );
    assert_eq!(read("text/plain").await, Err(Code::PreconditionFailed));
    for bad in [
        "",
        "; boundary=",
        "; boundary=\"AaB03x",
        "; bound=AaB03x",
        "; boundary=\u{1}",
    ] {
        let kind = format!("multipart/form-data{bad}");
        assert_eq!(read(&kind).await, Err(Code::MalformedPOSTRequest), "{kind}");
    }
    let long = format!("multipart/form-data; boundary={}", "x".repeat(71));
    assert_eq!(read(&long).await, Err(Code::MalformedPOSTRequest));
}

#[tokio::test]
async fn fields_do_what_headers_do() {
    let pairs = [
        ("key", "a"),
        ("acl", "private"),
        ("Content-Type", "text/plain"),
        ("x-amz-meta-a", "1"),
        ("x-amz-security-token", "secret"),
        ("success_action_status", "201"),
        ("tagging", "<Tagging/>"),
    ];
    let (fields, _) = read(&form(&pairs, b"", "--"), 50, SizeRange::ANY)
        .await
        .unwrap();

    let headers = fields.headers();
    let names: Vec<_> = headers.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["x-amz-acl", "content-type", "x-amz-meta-a"]);
    assert_eq!(fields.success(), Success::Status(201));
    assert_eq!(fields.tagging(), Some("<Tagging/>"));
    assert_eq!(fields.session_token(), Some("secret"));
    assert_eq!(fields.claim().unwrap(), None);
    assert!(!format!("{fields:?}").contains("secret"));
}

#[tokio::test]
async fn a_signature_of_version_2_is_checked() {
    let signature = crate::aws::sign::v2::sign_text("secret", "e30=");
    let pairs = [
        ("key", "a"),
        ("AWSAccessKeyId", "AKID"),
        ("Policy", "e30="),
        ("Signature", &signature),
    ];
    let (fields, _) = read(&form(&pairs, b"", "--"), 50, SizeRange::ANY)
        .await
        .unwrap();
    let (unsigned, _) = read(&form(&pairs[..3], b"", "--"), 50, SizeRange::ANY)
        .await
        .unwrap();

    let claim = fields.claim().unwrap().unwrap();

    assert_eq!(claim.access_key_id(), "AKID");
    assert_eq!(fields.verify(&claim, "secret"), Ok(()));
    let error = fields.verify(&claim, "other").unwrap_err();
    assert_eq!(error.code, Code::SignatureDoesNotMatch);
    assert_eq!(unsigned.claim().unwrap_err().code, Code::InvalidArgument);
}

proptest! {
    /// Whatever a file holds, and wherever the network cuts, it arrives.
    #[test]
    fn any_file_arrives(
        file in prop::collection::vec(prop::sample::select(&b"\r\n-AaB03xyz"[..]), 0..200),
        step in 1..60_usize,
    ) {
        let delimiter = b"\r\n--AaB03x";
        prop_assume!(memchr::memmem::find(&file, delimiter).is_none());
        let bytes = form(&[("key", "a")], &file, "--\r\n");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();

        let (_, read) = runtime.block_on(read(&bytes, step, SizeRange::ANY)).unwrap();

        prop_assert_eq!(read, file);
    }
}
