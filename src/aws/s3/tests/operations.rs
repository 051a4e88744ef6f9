//! Against a whole server.

use std::io::Write as _;

use super::*;
use crate::aws::http::Body;

fn name<'a>(bucket: &'a str, key: &'a str) -> ObjectName<'a> {
    ObjectName { bucket, key }
}

fn file(bytes: &[u8]) -> Body {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    Body::File {
        file: Arc::new(file),
        offset: 0,
        len: bytes.len() as u64,
    }
}

fn whole(mut download: Download) -> Vec<u8> {
    download.response.bytes(usize::MAX).unwrap()
}

#[test]
fn an_object_comes_back_as_it_was_put() {
    for signature in [SignatureVersion::V4, SignatureVersion::V2] {
        let server = Server::start();
        let s3 = s3_at(&server.url, signature);
        let bytes: Vec<u8> = (0..700_000_u32).map(|n| (n % 253) as u8).collect();
        s3.create_bucket("images", None).unwrap();
        let object = name("images", "a b/ü+(1)~.part.00");

        let options = PutOptions {
            sha1: Some(Sha1Digest::of(&bytes)),
            content_type: Some("application/octet-stream"),
            acl: None,
        };
        let stored = s3.put_object(object, &file(&bytes), &options).unwrap();
        let info = s3.head_object(object).unwrap().unwrap();
        let all = s3.get_object(object, None).unwrap();
        let part = s3.get_object(object, Some((300_000, 1000))).unwrap();

        assert_eq!((info.size, &info.etag), (700_000, &stored.etag));
        assert_eq!(all.object_size, Some(700_000));
        assert_eq!(whole(all), bytes);
        assert_eq!(part.object_size, Some(700_000));
        assert_eq!(whole(part), &bytes[300_000..301_000]);
        assert_eq!(s3.get_bytes(object, 700_000).unwrap(), bytes);
        assert!(s3.get_bytes(object, 699_999).is_err());
    }
}

#[test]
fn what_is_not_there_is_not_there() {
    let server = Server::start();
    let s3 = server.s3();

    assert!(!s3.bucket_exists("images").unwrap());
    s3.create_bucket("images", None).unwrap();
    assert!(s3.bucket_exists("images").unwrap());
    s3.create_bucket("images", None).unwrap();
    assert_eq!(s3.head_object(name("images", "none")).unwrap(), None);
    let error = s3.get_object(name("images", "none"), None).unwrap_err();
    assert!(error.is_code("NoSuchKey"), "{error}");
    s3.delete_bucket("images").unwrap();
    s3.delete_bucket("images").unwrap();
}

#[test]
fn objects_are_listed_copied_and_deleted() {
    let server = Server::start();
    let s3 = server.s3();
    s3.create_bucket("images", None).unwrap();
    for key in ["x/1", "x/2 +&", "x/3", "y"] {
        let body = Body::Bytes(key.as_bytes().to_vec().into());
        s3.put_object(name("images", key), &body, &PutOptions::default())
            .unwrap();
    }

    let listed = s3.list_all("images", "x/", 100).unwrap();
    let keys: Vec<&str> = listed.iter().map(|object| object.key.as_str()).collect();
    assert_eq!(keys, ["x/1", "x/2 +&", "x/3"]);
    assert_eq!(listed[0].size, 3);

    s3.copy_object(name("images", "x/2 +&"), name("images", "z"), None)
        .unwrap();
    assert_eq!(s3.get_bytes(name("images", "z"), 100).unwrap(), "x/2 +&");
    s3.delete_object(name("images", "z")).unwrap();
    assert_eq!(s3.head_object(name("images", "z")).unwrap(), None);
}

#[test]
fn parts_make_an_object() {
    let server = Server::start();
    let s3 = server.s3();
    s3.create_bucket("images", None).unwrap();
    let object = name("images", "big");
    let id = s3.create_multipart(object, &PutOptions::default()).unwrap();
    let mut parts = Vec::new();
    for (number, byte) in [(1, b'a'), (2, b'b')] {
        let bytes = vec![byte; 5 << 20];
        let etag = s3
            .upload_part(object, &id, number, &Body::Bytes(bytes.into()))
            .unwrap()
            .etag;
        parts.push(UploadedPart {
            number,
            size: 5 << 20,
            etag,
        });
    }

    let arrived = s3.list_parts(object, &id).unwrap().unwrap();
    let sizes: Vec<_> = arrived
        .iter()
        .map(|part| (part.number, part.size))
        .collect();
    assert_eq!(sizes, [(1, 5 << 20), (2, 5 << 20)]); // this server does not tell the ETags
    s3.complete_multipart(object, &id, &parts).unwrap();

    assert_eq!(s3.head_object(object).unwrap().unwrap().size, 10 << 20);
    let other = s3.create_multipart(object, &PutOptions::default()).unwrap();
    s3.abort_multipart(object, &other).unwrap();
}

#[test]
fn many_threads_share_a_client() {
    let server = Server::start();
    let s3 = server.s3();
    s3.create_bucket("images", None).unwrap();

    thread::scope(|scope| {
        for n in 0..8_u8 {
            let s3 = &s3;
            scope.spawn(move || {
                let key = format!("part.{n}");
                let bytes = vec![n; 300_000];
                let body = Body::Bytes(bytes.clone().into());
                s3.put_object(name("images", &key), &body, &PutOptions::default())
                    .unwrap();
                assert_eq!(s3.get_bytes(name("images", &key), 300_000).unwrap(), bytes);
            });
        }
    });

    assert_eq!(s3.list_all("images", "", 100).unwrap().len(), 8);
}
