//! What somebody at a terminal sees: progress, colours, questions. The terminal is a pseudo
//! terminal made by `tests/support/terminal.py`.

use std::ffi::OsString;
use std::path::Path;
use std::process::Command;

use serde_json::json;

use crate::support::s3_server::S3Server;
use crate::support::sandbox::{Sandbox, bundle_arguments};
use crate::support::{PASSPHRASE, encrypted_key, image};

/// What a run on a terminal showed, and its exit code.
struct Shown {
    text: String,
    status: Option<i32>,
}

/// amikit on a terminal that is `columns` wide; `answers` are pairs of a text to wait for and
/// what is typed then.
fn terminal(
    sandbox: &Sandbox,
    columns: u32,
    answers: &[(&str, &str)],
    arguments: &[OsString],
) -> Command {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/terminal.py");
    let mut command = sandbox.command("python3");
    command
        .env("TERM", "xterm")
        .arg(script)
        .arg(columns.to_string())
        .arg(json!(answers).to_string())
        .arg(env!("CARGO_BIN_EXE_amikit"))
        .args(arguments);
    command
}

fn shown(mut command: Command) -> Shown {
    let output = command.output().expect("run python3");
    Shown {
        text: String::from_utf8_lossy(&output.stdout).into_owned(),
        status: output.status.code(),
    }
}

/// Runs amikit on such a terminal.
fn on_terminal(
    sandbox: &Sandbox,
    columns: u32,
    answers: &[(&str, &str)],
    arguments: &[OsString],
) -> Shown {
    shown(terminal(sandbox, columns, answers, arguments))
}

/// `verify` with an encrypted key.
fn verify(sandbox: &Sandbox) -> Vec<OsString> {
    let image = image::small(&sandbox.path("disk.img"));
    let bundle = sandbox.bundle(&image, "bundle", &[]);
    let encrypted = encrypted_key(&sandbox.path("encrypted.pem"));
    vec![
        "verify".into(),
        bundle.manifest.into(),
        "-k".into(),
        encrypted.into(),
    ]
}

#[test]
fn a_terminal_shows_a_progress_bar_unless_told_not_to() {
    let sandbox = Sandbox::new("progress-bar");
    let image = image::small(&sandbox.path("disk.img"));
    for columns in [40, 80, 200] {
        let folder = sandbox.folder(&format!("bundle{columns}"));
        let arguments = bundle_arguments(&image, &folder, &[]);

        let shown = on_terminal(&sandbox, columns, &[], &arguments);

        assert_eq!(shown.status, Some(0), "{}", shown.text);
        assert!(shown.text.contains("bundling ["), "{}", shown.text);
        assert!(shown.text.contains("signed    yes"), "{}", shown.text);
    }
    let folder = sandbox.folder("without");
    let arguments = bundle_arguments(&image, &folder, &["--no-progress"]);

    let shown = on_terminal(&sandbox, 80, &[], &arguments);

    assert_eq!(shown.status, Some(0), "{}", shown.text);
    assert!(!shown.text.contains("bundling"), "{}", shown.text);
}

#[test]
fn what_goes_on_at_the_same_time_is_shown_on_two_lines() {
    let sandbox = Sandbox::new("two-bars");
    let server = S3Server::start(&sandbox);
    let image = image::small(&sandbox.path("disk.img"));
    let folder = sandbox.folder("parts");
    let mut arguments = bundle_arguments(&image, &folder, &["-b", "images"]);
    arguments[0] = "bundle-and-upload".into();
    let mut command = terminal(&sandbox, 80, &[], &arguments);
    command.envs(server.environment());

    let shown = shown(command);

    assert_eq!(shown.status, Some(0), "{}", shown.text);
    for stage in ["bundling [", "uploading "] {
        assert!(shown.text.contains(stage), "{}", shown.text);
    }
}

#[test]
fn a_passphrase_is_asked_for_and_not_shown() {
    let sandbox = Sandbox::new("typed-passphrase");
    let arguments = verify(&sandbox);
    let typed = format!("{PASSPHRASE}\r");
    let answers = [
        ("Passphrase of", "wrong\r"),
        ("Wrong. Passphrase of", &typed),
    ];

    let shown = on_terminal(&sandbox, 80, &answers, &arguments);

    assert_eq!(shown.status, Some(0), "{}", shown.text);
    assert!(!shown.text.contains(PASSPHRASE), "{}", shown.text);
    assert!(shown.text.contains("image      good"), "{}", shown.text);
}

#[test]
fn the_third_wrong_passphrase_is_the_last() {
    let sandbox = Sandbox::new("three-passphrases");
    let arguments = verify(&sandbox);
    let answers = [("Passphrase of", "wrong\r"); 3];

    let shown = on_terminal(&sandbox, 80, &answers, &arguments);

    assert_eq!(shown.status, Some(6), "{}", shown.text);
    assert!(
        shown.text.contains("does not open with this passphrase"),
        "{}",
        shown.text
    );
}

#[test]
fn ctrl_c_at_the_passphrase_leaves_the_terminal_as_it_was() {
    let sandbox = Sandbox::new("passphrase-ctrl-c");
    let arguments = verify(&sandbox);

    let shown = on_terminal(&sandbox, 80, &[("Passphrase of", "abc\u{3}")], &arguments);

    assert_eq!(shown.status, Some(130), "{}", shown.text);
}
