//! Documents that explode, go deep, or have no end.

use super::Siege;

#[test]
fn no_document_explodes() {
    let siege = Siege::begin("documents", "");
    siege
        .talk(&siege.signed("PUT", "/b-1/k", &[], b"x"))
        .is(200, "");
    let begun = siege
        .talk(&siege.signed("POST", "/b-1/m?uploads", &[], b""))
        .text();
    let (_, id) = begun.split_once("<UploadId>").expect("an id");
    let (id, _) = id.split_once("</UploadId>").expect("its end");
    let complete = format!("/b-1/m?uploadId={id}");
    let operations = [
        ("PUT", "/b-2", "CreateBucketConfiguration"),
        ("PUT", "/b-1?acl", "AccessControlPolicy"),
        ("PUT", "/b-1/k?acl", "AccessControlPolicy"),
        ("PUT", "/b-1?cors", "CORSConfiguration"),
        ("PUT", "/b-1?tagging", "Tagging"),
        ("PUT", "/b-1/k?tagging", "Tagging"),
        ("PUT", "/b-1?versioning", "VersioningConfiguration"),
        ("POST", "/b-1?delete", "Delete"),
        ("POST", complete.as_str(), "CompleteMultipartUpload"),
    ];
    let laughs: Vec<String> = (1..20)
        .map(|at| {
            format!(
                "<!ENTITY l{at} \"{}\">",
                format!("&l{};", at - 1).repeat(10)
            )
        })
        .collect();
    let laughs = laughs.concat();
    for (method, target, root) in operations {
        let deep = 100_000;
        for body in [
            format!("<!DOCTYPE r [<!ENTITY l0 \"ha\">{laughs}]><{root}>&l19;</{root}>"),
            format!("<!DOCTYPE r [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><{root}>&x;</{root}>"),
            format!(
                "<{root}>{}{}</{root}>",
                "<a>".repeat(deep),
                "</a>".repeat(deep)
            ),
            format!("<{root}>{}</{root}>", "<a/>".repeat(deep)),
            format!(
                "<{root} {}/>",
                (0..deep)
                    .map(|at| format!("a{at}='' "))
                    .collect::<Vec<_>>()
                    .concat()
            ),
            format!("<{root}>{}</{root}>", "&#0;&#x110000;&none;"),
            format!("<{root}>"),
            format!("<{root}></{root}><{root}/>"),
            format!("<{root}><![CDATA[{}</{root}>", "x".repeat(deep)),
            format!("<{root}><!-- {}", "-".repeat(deep)),
            "<Other/>".to_owned(),
            "\u{0}\u{ffff}".to_owned(),
            "{}".to_owned(),
            " ".repeat(1 << 20),
        ] {
            let md5 = content_md5(body.as_bytes());
            let headers = [("content-md5", md5.as_str())];
            let said = siege.talk(&siege.signed(method, target, &headers, body.as_bytes()));
            let code = said.code();
            let is_known = [
                "MalformedXML",
                "MaxMessageLengthExceeded",
                "MalformedACLError",
                "InvalidRequest",
            ]
            .contains(&code.as_str());
            assert!(
                said.statuses() == [400] && is_known,
                "{method} {target} {body:.60}: {}",
                said.text()
            );
        }
        let huge = siege.head(method, target, &[], &amikit::aws::sign::Payload::Unsigned);
        let huge = format!("{huge}connection: close\r\ncontent-length: 99999999999\r\n\r\n<");
        let said = siege.talk(huge.as_bytes());
        assert_eq!(said.statuses(), [400], "{method} {target}: {}", said.text());
    }
    siege
        .talk(&siege.signed("HEAD", "/b-2", &[], b""))
        .is(404, "");
    siege
        .talk(&siege.signed("DELETE", &complete, &[], b""))
        .is(204, "");
    siege.end();
}

#[test]
fn a_thousand_objects_are_deleted_at_once_and_no_more() {
    let siege = Siege::begin("deletes", "");
    let delete = |count: usize, key: &str| {
        let objects = format!("<Object><Key>{key}</Key></Object>").repeat(count);
        let body = format!("<Delete>{objects}</Delete>");
        let md5 = content_md5(body.as_bytes());
        siege.talk(&siege.signed(
            "POST",
            "/b-1?delete",
            &[("content-md5", &md5)],
            body.as_bytes(),
        ))
    };
    delete(1001, "k").is(400, "MalformedXML");
    delete(0, "k").is(400, "MalformedXML");
    assert_eq!(delete(1000, "k").statuses(), [200]);
    assert_eq!(delete(1, "../../cloud.log").statuses(), [200]);
    let long = delete(1000, &"k".repeat(1025));
    assert!(
        matches!(long.statuses()[..], [200 | 400]),
        "{}",
        long.text()
    );
    // A name that is none is refused for itself.
    assert_eq!(delete(1, "").code(), "InvalidArgument");
    siege.end();
}

fn content_md5(body: &[u8]) -> String {
    use base64ct::{Base64, Encoding as _};
    use md5::{Digest as _, Md5};
    Base64::encode_string(&Md5::digest(body))
}
