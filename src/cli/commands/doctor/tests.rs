//! A good set-up and bad ones, against a small server that answers like S3.

use std::fs;
use std::path::Path;

use crate::aws::metadata::tests::{Asked, Reply, serve};
use crate::cli::tests::{Run, run};

#[expect(clippy::unnecessary_wraps, reason = "what `serve` takes")]
fn error(status: u16, code: &str) -> Reply {
    let body = format!("<Error><Code>{code}</Code><Message>No.</Message></Error>");
    Some((status, Vec::new(), body))
}

/// One bucket, `images`, of the one user, `AKIAGOOD`.
fn s3(asked: &Asked) -> Reply {
    let (path, query) = asked.path.split_once('?').unwrap_or((&asked.path, ""));
    let ok = |body: &str| Some((200, Vec::new(), body.to_owned()));
    let signed = asked.header("authorization");
    if signed.is_empty() {
        return error(403, "AccessDenied");
    }
    if !signed.contains("AKIAGOOD") {
        return error(403, "InvalidAccessKeyId");
    }
    match (asked.method.as_str(), path.trim_end_matches('/')) {
        ("GET", "") => ok(
            "<ListAllMyBucketsResult><Owner><ID>1</ID></Owner><Buckets><Bucket>\
                           <Name>images</Name></Bucket></Buckets></ListAllMyBucketsResult>",
        ),
        ("GET", "/images") if query.starts_with("location") => {
            ok("<LocationConstraint>us-east-1</LocationConstraint>")
        }
        ("GET", "/images") => ok("<ListBucketResult><Name>images</Name><Prefix></Prefix>\
                                  <Marker></Marker><MaxKeys>1000</MaxKeys>\
                                  <IsTruncated>false</IsTruncated></ListBucketResult>"),
        ("PUT", _) if asked.header("x-amz-acl") == "public-read" => error(403, "AccessDenied"),
        ("PUT", _) if asked.body.is_empty() => error(400, "IncompleteBody"),
        ("PUT", _) => Some((200, vec![("ETag", "\"opaque\"".to_owned())], String::new())),
        ("DELETE", _) => Some((204, Vec::new(), String::new())),
        _ => error(404, "NoSuchBucket"),
    }
}

fn doctor(line: &str, url: &str, home: &Path, more: &[(&str, &str)]) -> Run {
    let home = home.to_str().unwrap();
    let mut env = vec![
        ("HOME", home),
        ("S3_URL", url),
        ("AWS_EC2_METADATA_DISABLED", "true"),
    ];
    env.extend(more);
    run(&format!("amikit doctor {line}"), &env)
}

const GOOD: [(&str, &str); 2] = [
    ("AWS_ACCESS_KEY_ID", "AKIAGOODGOODGOOD"),
    ("AWS_SECRET_ACCESS_KEY", "very-hidden"),
];

#[track_caller]
fn has(run: &Run, words: &[&str]) {
    for word in words {
        assert!(
            run.out.contains(word),
            "no {word:?} in\n{}\n{}",
            run.out,
            run.err
        );
    }
    assert!(!run.out.contains("very-hidden") && !run.err.contains("very-hidden"));
}

#[test]
fn a_good_setup_is_told_from_top_to_bottom() {
    let home = tempfile::tempdir().unwrap();
    let fixture = |name: &str| {
        format!(
            "{}/fixtures/keys/THROWAWAY-{name}",
            env!("CARGO_MANIFEST_DIR")
        )
    };
    let key = home.path().join("pk.pem");
    fs::copy(fixture("euca-user.pem"), &key).unwrap();
    fs::set_permissions(&key, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let line = format!(
        "-b images/prod --write -k {} -c {} --ec2cert {}",
        key.display(),
        fixture("euca-user.crt"),
        fixture("euca-cloud.crt")
    );

    let found = doctor(&line, &serve(s3), home.path(), &GOOD);

    assert_eq!(found.code, 0, "{}{}", found.out, found.err);
    has(
        &found,
        &[
            "(environment: S3_URL)",
            "AKIA************",
            "(environment: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY)",
            "the service takes the keys; buckets: 1",
            "images is yours",
            "objects under images/prod/: 0",
            "an object was put with ACL aws-exec-read, and deleted",
            "belong together",
        ],
    );
}

#[test]
fn wrong_keys_are_the_services_no() {
    let home = tempfile::tempdir().unwrap();
    let bad = [("AWS_ACCESS_KEY_ID", "AKIABAD"), GOOD[1]];

    let found = doctor("", &serve(s3), home.path(), &bad);

    assert_eq!(found.code, 3, "{}", found.out);
    has(
        &found,
        &["ok    endpoint", "FAIL  access", "InvalidAccessKeyId"],
    );
    assert!(found.err.contains("1 of"), "{}", found.err);
}

#[test]
fn missing_keys_and_broken_files_are_configuration() {
    let home = tempfile::tempdir().unwrap();

    let missing = doctor("", &serve(s3), home.path(), &[]);
    let ini = home.path().join("bad.ini");
    fs::write(&ini, "nonsense\n").unwrap();
    let broken = [("EUCA_CONFIG_PATH", ini.to_str().unwrap())];
    let broken = doctor("", "http://127.0.0.1:1", home.path(), &broken);

    assert_eq!(missing.code, 6, "{}", missing.out);
    has(
        &missing,
        &["FAIL  keys", "there are no credentials", "-     access"],
    );
    assert_eq!(broken.code, 6, "{}", broken.out);
    has(&broken, &["FAIL  configuration", "bad.ini, line 1"]);
}

#[test]
fn a_service_that_is_not_there_is_unreachable() {
    let home = tempfile::tempdir().unwrap();

    let found = doctor("--output json", "http://127.0.0.1:1", home.path(), &GOOD);

    assert_eq!(found.code, 1, "{}", found.out);
    let report: serde_json::Value = serde_json::from_str(&found.out).unwrap();
    assert_eq!(report["good"], false);
    let checks = report["checks"].as_array().unwrap();
    let endpoint = checks
        .iter()
        .find(|check| check["name"] == "endpoint")
        .unwrap();
    assert_eq!(endpoint["verdict"], "fail");
    assert!(
        endpoint["remedy"]
            .as_str()
            .unwrap()
            .contains("nobody listens"),
        "{endpoint}"
    );
}

#[test]
fn a_write_that_is_denied_names_the_permission() {
    let home = tempfile::tempdir().unwrap();

    let found = doctor(
        "-b images --write --acl public-read",
        &serve(s3),
        home.path(),
        &GOOD,
    );
    let nothing = doctor("--write", "http://127.0.0.1:1", home.path(), &GOOD);

    assert_eq!(found.code, 3, "{}", found.out);
    has(&found, &["FAIL  write", "s3:PutObjectAcl"]);
    assert_eq!(nothing.code, 2, "{}", nothing.err);
}
