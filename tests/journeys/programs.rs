//! What programs rely on: results and errors as JSON, secrets that stay secret.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::command_line::old_names;
use crate::support::sandbox::{FIXED_KEY, Outcome, Sandbox, bundle_arguments, unbundle_arguments};
use crate::support::{PASSPHRASE, encrypted_key, fixture, image};

fn with_json<I>(arguments: I) -> Vec<OsString>
where
    I: IntoIterator,
    I::Item: Into<OsString>,
{
    let arguments = arguments.into_iter().map(Into::into);
    arguments
        .chain(["--output".into(), "json".into()])
        .collect()
}

/// The one JSON object on stdout.
#[track_caller]
fn json(outcome: &Outcome) -> Value {
    serde_json::from_slice(&outcome.stdout).expect("stdout is one JSON object")
}

#[track_caller]
fn assert_has(value: &Value, fields: &[&str]) {
    for field in fields {
        assert!(value.get(field).is_some(), "no {field} in {value}");
    }
}

#[test]
#[allow(clippy::too_many_lines)] // a list of fields, command by command
fn every_result_is_one_json_object_with_its_fields() {
    let sandbox = Sandbox::new("json-results");
    let image = image::small(&sandbox.path("disk.img"));
    let folder = sandbox.folder("bundle");
    let arguments = bundle_arguments(&image, &folder, &FIXED_KEY);

    let bundled = json(sandbox.run(with_json(arguments)).succeeded());

    let manifest = folder.join("golden.manifest.xml");
    assert_has(
        &bundled,
        &[
            "manifest",
            "name",
            "parts",
            "image_size",
            "data_bytes",
            "bundled_size",
            "digest",
            "signed",
            "seconds",
            "warnings",
        ],
    );
    assert_eq!(bundled["image_size"], image.metadata().unwrap().len());
    assert_has(&bundled["parts"][0], &["path", "size", "sha1"]);

    let restored = sandbox.folder("restored");
    let unbundled = sandbox.run(with_json(unbundle_arguments(&manifest, &restored)));
    let unbundled = json(unbundled.succeeded());
    assert_has(
        &unbundled,
        &[
            "path",
            "image_size",
            "data_bytes",
            "digest",
            "digest_checked",
            "signature",
            "seconds",
            "warnings",
        ],
    );
    assert_eq!(unbundled["digest"], bundled["digest"]);

    let part = folder.join("golden.part.00");
    let stream = sandbox.run(with_json([
        "unbundle-stream".as_ref(),
        "-i".as_ref(),
        part.as_os_str(),
        "-o".as_ref(),
        "stream.img".as_ref(),
        FIXED_KEY[0].as_ref(),
        FIXED_KEY[1].as_ref(),
        FIXED_KEY[2].as_ref(),
        FIXED_KEY[3].as_ref(),
    ]));
    let stream = json(stream.succeeded());
    assert_has(
        &stream,
        &["path", "image_size", "digest", "seconds", "warnings"],
    );
    assert_eq!(stream["digest"], bundled["digest"]);

    let verified = sandbox.run(with_json(["verify".as_ref(), manifest.as_os_str()]));
    let verified = json(verified.succeeded());
    assert_has(
        &verified,
        &[
            "good",
            "name",
            "parts",
            "bundled_size",
            "signature",
            "image",
            "seconds",
            "warnings",
        ],
    );

    let inspected = sandbox.run(with_json(["inspect".as_ref(), manifest.as_os_str()]));
    let inspected = json(inspected.succeeded());
    assert_has(
        &inspected,
        &[
            "type",
            "version",
            "machine_configuration",
            "name",
            "digest",
            "size",
            "parts",
            "signed",
        ],
    );

    let inspected = sandbox.run(with_json(["inspect".as_ref(), image.as_os_str()]));
    assert_has(
        &json(inspected.succeeded()),
        &[
            "path",
            "source",
            "size",
            "allocated",
            "sparse",
            "content",
            "warnings",
        ],
    );

    sandbox.folder("bin");
    let links = json(sandbox.run(with_json(["install-links", "bin"])).succeeded());
    assert_eq!(
        links["links"].as_array().map(Vec::len),
        Some(old_names().count())
    );
    sandbox.folder("man");
    let pages = json(sandbox.run(with_json(["man", "man"])).succeeded());
    assert!(
        pages["pages"]
            .as_array()
            .is_some_and(|pages| !pages.is_empty())
    );
}

#[test]
fn every_line_of_stderr_is_a_json_object_for_programs() {
    let sandbox = Sandbox::new("json-errors");
    let image = image::small(&sandbox.path("disk.img"));
    let folder = sandbox.folder("bundle");
    let mut arguments = bundle_arguments(&image, &folder, &["--part-size", "1m"]);
    sandbox.run(with_json(arguments.clone())).succeeded();

    let outcome = sandbox.run(with_json(arguments.split_off(0)));

    let lines: Vec<Value> = outcome
        .stderr
        .lines()
        .map(|line| serde_json::from_str(line).expect("a line is a JSON object"))
        .collect();
    assert_eq!(outcome.status, Some(1));
    let (error, warnings) = lines.split_last().expect("an error was told");
    assert!(
        error["error"]
            .as_str()
            .is_some_and(|text| text.contains("exists"))
    );
    assert_has(error, &["hint", "exit"]);
    assert!(warnings.iter().any(|line| {
        let text = line["warning"].as_str().unwrap_or_default();
        text.contains("parts of 1 MiB")
    }));
}

#[test]
fn the_passphrase_comes_from_the_environment() {
    let sandbox = Sandbox::new("passphrase");
    let manifest = sandbox
        .bundle(&image::small(&sandbox.path("disk.img")), "bundle", &[])
        .manifest;
    let encrypted = encrypted_key(&sandbox.path("encrypted.pem"));
    let arguments = [
        "verify".as_ref(),
        manifest.as_os_str(),
        "-k".as_ref(),
        encrypted.as_os_str(),
    ];
    let with = |passphrase| sandbox.run_with(&arguments, &[("AMIKIT_KEY_PASSPHRASE", passphrase)]);

    with(PASSPHRASE).succeeded();
    with("wrong").failed(6, "does not open with this passphrase");
}

#[test]
fn secrets_are_never_told() {
    let sandbox = Sandbox::new("secrets");
    let image = image::small(&sandbox.path("disk.img"));
    let encrypted = encrypted_key(&sandbox.path("encrypted.pem"));
    let (enc_key, enc_iv) = (FIXED_KEY[1], FIXED_KEY[3]);
    let environment = [
        ("AMIKIT_KEY_PASSPHRASE", PASSPHRASE),
        ("AMIKIT_ENC_KEY", enc_key),
        ("AMIKIT_ENC_IV", enc_iv),
    ];
    let folder = sandbox.folder("bundle");
    let manifest = folder.join("golden.manifest.xml");
    let mut bundle = bundle_arguments(&image, &folder, &["-vvv"]);
    bundle.extend(["-k".into(), encrypted.clone().into()]);
    let bundle = without_first_key(bundle);
    let verify = [
        "verify".into(),
        manifest.into(),
        "-vvv".into(),
        "-k".into(),
        encrypted.into(),
    ];

    for arguments in [bundle, verify.into()] {
        let outcome = sandbox.run_with(&arguments, &environment);

        outcome.succeeded();
        let said = String::from_utf8_lossy(&outcome.stdout).into_owned() + &outcome.stderr;
        assert!(said.contains("private key"), "-vvv told nothing:\n{said}");
        for secret in [PASSPHRASE, enc_key, enc_iv] {
            assert!(!said.to_lowercase().contains(secret), "{said}");
        }
    }
}

/// Leaves the last `-k` only.
fn without_first_key(mut arguments: Vec<OsString>) -> Vec<OsString> {
    let first = arguments
        .iter()
        .position(|word| word == "-k")
        .expect("a -k");
    arguments.drain(first..first + 2);
    arguments
}

#[test]
fn every_fixture_can_be_inspected() {
    let sandbox = Sandbox::new("inspect");
    let mut seen = 0;
    for folder in fs::read_dir(fixture("bundles")).expect("list the bundles") {
        let folder = folder.expect("list the bundles").path();
        let Some(manifest) = manifest_in(&folder) else {
            continue;
        };
        let outcome = sandbox.run(with_json(["inspect".as_ref(), manifest.as_os_str()]));
        assert_eq!(json(outcome.succeeded())["type"], "manifest");
        seen += 1;
    }
    assert!(seen > 0);

    sandbox.run(["inspect", "."]).failed(1, "is a directory");
    sandbox
        .run(["inspect", "/dev/null"])
        .failed(1, "character device");
    fs::write(sandbox.path("noise"), [0xa5; 5000]).expect("write noise");
    let outcome = sandbox.run(["inspect", "noise"]);
    let said = String::from_utf8_lossy(&outcome.succeeded().stdout).into_owned();
    assert!(said.contains("unknown content"), "{said}");
}

fn manifest_in(folder: &Path) -> Option<PathBuf> {
    let entries = fs::read_dir(folder).ok()?.flatten();
    let mut manifests = entries.map(|entry| entry.path());
    manifests.find(|path| path.to_string_lossy().ends_with(".manifest.xml"))
}
