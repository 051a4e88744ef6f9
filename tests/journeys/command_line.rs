//! What the command line promises whatever the command: help, suggestions, silence, completions,
//! manuals, links, exit codes.

use std::fs;
use std::process::Command;

use crate::support::sandbox::{Bundle, Sandbox, bundle_arguments, unbundle_arguments};
use crate::support::{image, key};

/// Every name there is, as src/cli/tests.rs compares it with the tables: `command NAME`, `old
/// NAME`.
const NAMES: &str = include_str!("names.txt");

fn commands() -> impl Iterator<Item = &'static str> {
    NAMES
        .lines()
        .filter_map(|line| line.strip_prefix("command "))
}

/// The old tools' names, short ones too.
pub(super) fn old_names() -> impl Iterator<Item = &'static str> {
    NAMES.lines().filter_map(|line| line.strip_prefix("old "))
}

/// Lines of a screen that is not small.
const SCREEN: usize = 50;

fn bundle_of(sandbox: &Sandbox) -> Bundle {
    sandbox.bundle(&image::small(&sandbox.path("disk.img")), "bundle", &[])
}

#[test]
fn every_command_and_old_name_has_help_with_an_example() {
    let sandbox = Sandbox::new("help");
    let lines = commands()
        .chain(old_names())
        .flat_map(|name| [vec![name, "--help"], vec![name, "-h"], vec!["help", name]])
        .chain([vec!["--help"], vec!["-h"], vec!["help"]]);
    for line in lines {
        let outcome = sandbox.run(&line);

        outcome.succeeded();
        let text = String::from_utf8_lossy(&outcome.stdout).into_owned();
        assert!(text.contains("Examples:\n"), "{line:?}:\n{text}");
        assert_eq!(outcome.stderr, "", "{line:?}");
    }
}

fn help_of(sandbox: &Sandbox, line: &[&str]) -> String {
    let outcome = sandbox.run(line);
    outcome.succeeded();
    String::from_utf8_lossy(&outcome.stdout).into_owned()
}

#[test]
fn short_help_fits_a_screen() {
    let sandbox = Sandbox::new("short-help");
    for name in commands() {
        let help = help_of(&sandbox, &[name, "-h"]);

        let lines = help.lines().count();
        assert!(lines <= SCREEN, "{name} -h has {lines} lines");
        assert!(help.contains("--output"), "{name}:\n{help}");
    }
    let long = help_of(&sandbox, &["upload-bundle", "--help"]);
    assert!(long.contains("--ca-bundle") && long.contains("--no-progress"));
}

#[test]
fn for_programs_the_log_is_json_too() {
    let sandbox = Sandbox::new("json-log");
    let mut line = vec![
        "check-bucket",
        "-b",
        "images",
        "--url",
        "http://127.0.0.1:1",
    ];
    line.extend([
        "-I",
        "id",
        "-S",
        "secret",
        "--retries",
        "1",
        "--output",
        "json",
    ]);

    let outcome = sandbox.run(&line);

    outcome.failed(1, "trying again");
    for line in outcome.stderr.lines() {
        assert!(
            serde_json::from_str::<serde_json::Value>(line).is_ok(),
            "{line}"
        );
    }
}

#[test]
fn a_bucket_with_a_scheme_is_told_to_be_written_without() {
    let sandbox = Sandbox::new("s3-scheme");

    sandbox
        .run(["check-bucket", "-b", "s3://images/debian"])
        .failed(2, "write it without s3://");
}

#[test]
fn wrong_words_are_refused_with_a_suggestion() {
    let sandbox = Sandbox::new("wrong-words");

    sandbox
        .run(["verfy"])
        .failed(2, "hint: a similar subcommand exists: 'verify'");
    sandbox
        .run(["unbundle", "--manifst", "x"])
        .failed(2, "hint: a similar argument exists: '--manifest'");
    sandbox
        .run(["unbundle", "--nonsense"])
        .failed(2, "hint: amikit unbundle --help");
    sandbox
        .run([""; 0])
        .failed(2, "no command given")
        .failed(2, "hint: amikit --help");
    sandbox
        .run(["bundle-image", "-i", "x"])
        .failed(2, "were not provided: --arch <ARCH>");
}

#[test]
fn quiet_success_prints_nothing() {
    let sandbox = Sandbox::new("quiet");
    let image = image::small(&sandbox.path("disk.img"));
    let folder = sandbox.folder("bundle");
    let restored = sandbox.folder("restored");
    let manifest = folder.join("golden.manifest.xml");
    sandbox.folder("bin");

    let mut unbundle = unbundle_arguments(&manifest, &restored);
    unbundle.push("-q".into());
    for arguments in [
        bundle_arguments(&image, &folder, &["--quiet", "--part-size", "1m"]),
        unbundle,
        vec!["verify".into(), "-q".into(), manifest.into()],
        ["install-links", "bin", "-q"].map(Into::into).into(),
    ] {
        let outcome = sandbox.run(&arguments);

        outcome.succeeded();
        assert_eq!(
            (outcome.stdout.as_slice(), outcome.stderr.as_str()),
            (&b""[..], "")
        );
    }
}

#[test]
fn no_progress_or_colour_reaches_a_pipe() {
    let sandbox = Sandbox::new("no-progress");
    let image = image::small(&sandbox.path("disk.img"));
    let folder = sandbox.folder("bundle");

    let outcome = sandbox.run(bundle_arguments(&image, &folder, &[]));

    outcome.succeeded();
    assert!(!outcome.stdout.contains(&0x1b));
    assert!(
        !outcome.stderr.contains(['\u{1b}', '\r']),
        "{}",
        outcome.stderr
    );
}

#[test]
fn completions_know_every_command() {
    let sandbox = Sandbox::new("completions");
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let outcome = sandbox.run(["completions", shell]);

        outcome.succeeded();
        let text = String::from_utf8_lossy(&outcome.stdout).into_owned();
        for command in commands() {
            assert!(text.contains(command), "{shell} does not know {command}");
        }
        for name in old_names() {
            let outcome = sandbox.run(["completions", shell, name]);
            assert!(!outcome.succeeded().stdout.is_empty());
        }
    }
}

#[test]
fn bash_takes_the_completions() {
    let sandbox = Sandbox::new("bash-completions");
    let script = sandbox.path("amikit.bash");
    fs::write(&script, sandbox.run(["completions", "bash"]).stdout).expect("write the script");

    let output = Command::new("bash")
        .args(["-c", "source \"$1\" && complete -p amikit", "bash"])
        .arg(&script)
        .output()
        .expect("run bash");

    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.contains("-F _amikit amikit"), "{said}");
}

#[test]
fn every_command_and_old_name_has_a_manual_page() {
    let sandbox = Sandbox::new("manual");
    let folder = sandbox.folder("man");

    sandbox.run(["man", "man"]).succeeded();

    let names = commands().map(|command| format!("amikit-{command}"));
    let names = names.chain(old_names().map(str::to_owned));
    for name in names.chain(["amikit".to_owned()]) {
        let page = fs::read_to_string(folder.join(format!("{name}.1"))).expect(&name);
        assert!(page.contains(".SH NAME"), "{name}");
        assert!(
            page.contains(".SH EXAMPLES\n.nf\n  "),
            "{name} has no example"
        );
    }
}

#[test]
fn old_names_run_through_their_links() {
    let sandbox = Sandbox::new("links");
    let folder = sandbox.folder("bin");

    sandbox.run(["install-links", "bin"]).succeeded();

    for name in old_names() {
        let output = Command::new(folder.join(name)).arg("--help").output();
        let output = output.expect("run a link");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{name}");
        assert!(said.contains(&format!("Usage: {name} ")), "{name}:\n{said}");
    }
}

#[test]
fn verify_tells_good_from_bad_by_its_exit_code() {
    let sandbox = Sandbox::new("verify-codes");
    let bundle = bundle_of(&sandbox);
    let certificate = key("euca-user.crt");
    let private_key = key("euca-user.pem");
    let verify = || {
        sandbox.run([
            "verify".as_ref(),
            bundle.manifest.as_os_str(),
            "-c".as_ref(),
            certificate.as_os_str(),
            "-k".as_ref(),
            private_key.as_os_str(),
        ])
    };

    let good = verify();

    let said = String::from_utf8_lossy(&good.succeeded().stdout).into_owned();
    assert!(said.ends_with("bundle     good\n"), "{said}");

    let part = &bundle.parts()[0];
    let mut bytes = fs::read(part).expect("read a part");
    bytes[1000] ^= 1;
    fs::write(part, bytes).expect("damage a part");
    let bad = verify();
    let said = String::from_utf8_lossy(&bad.stdout).into_owned();
    assert_eq!(bad.status, Some(4), "{said}");
    assert!(
        said.contains("not checked: the parts are not good"),
        "{said}"
    );
}

#[test]
fn a_check_that_could_not_be_made_is_not_called_good() {
    let sandbox = Sandbox::new("verify-partly");
    let bundle = bundle_of(&sandbox);

    let outcome = sandbox.run(["verify".as_ref(), bundle.manifest.as_os_str()]);

    let said = String::from_utf8_lossy(&outcome.succeeded().stdout).into_owned();
    assert!(said.contains("signature  not checked: pass"), "{said}");
    assert!(said.ends_with("good, as far as it was checked\n"), "{said}");
}

#[test]
fn directories_are_made_by_both_journeys_and_taken_back_when_they_fail() {
    let sandbox = Sandbox::new("made-directories");
    let bundle = bundle_of(&sandbox);

    sandbox
        .run(unbundle_arguments(&bundle.manifest, &sandbox.path("new")))
        .succeeded();
    assert!(sandbox.path("new/golden").is_file());

    fs::remove_file(&bundle.parts()[0]).expect("remove a part");
    let before = sandbox.listing();
    sandbox
        .run(unbundle_arguments(&bundle.manifest, &sandbox.path("vain")))
        .failed(1, "part 0 is missing");
    assert_eq!(sandbox.listing(), before);
}
