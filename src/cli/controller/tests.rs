use std::cell::{OnceCell, RefCell};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::*;
use crate::cli::app;
use crate::cli::dialect::NATIVE;
use crate::cli::session::{OutputFormat, ProgressChoice, Surroundings, Verbosity};
use crate::cli::values::Values;
use crate::cloud::config::{Config, LogFormat, ObjectsUrl};
use crate::cloud::identity::folder::Endpoints;

/// Code, stdout and stderr of a command line.
fn run(line: &str, env: &[(&str, &str)]) -> (u8, String, String) {
    let argv: Vec<OsString> = line.split_whitespace().map(OsString::from).collect();
    let (out, err) = (RefCell::new(Vec::new()), RefCell::new(Vec::new()));
    let lookup = |name: &str| {
        let found = env.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| OsString::from(value))
    };
    let surroundings = surroundings(&lookup, &out, &err);
    let code = if line.starts_with(PROGRAM) {
        app::run_controller(&argv, &surroundings)
    } else {
        app::run(&argv, &surroundings)
    };
    let text = |bytes: RefCell<Vec<u8>>| String::from_utf8(bytes.into_inner()).unwrap();
    (code, text(out), text(err))
}

fn surroundings<'a>(
    env: &'a dyn Fn(&str) -> Option<OsString>,
    out: &'a RefCell<Vec<u8>>,
    err: &'a RefCell<Vec<u8>>,
) -> Surroundings<'a> {
    Surroundings {
        env,
        out,
        err,
        err_is_terminal: false,
        may_ask: false,
        owns_process: false,
    }
}

/// The configuration in force, as `config print --effective` tells it.
fn effective(options: &str, env: &[(&str, &str)]) -> Config {
    let (code, out, err) = run(
        &format!("amikit-cloud config print --effective {options}"),
        env,
    );
    assert_eq!(code, 0, "{err}");
    Config::parse(&out, Path::new("printed")).unwrap()
}

#[test]
fn both_programs_have_the_same_commands_and_speak_under_their_name() {
    root().debug_assert();
    let (_, own, _) = run("amikit-cloud config print", &[]);
    let (_, other, _) = run("amikit cloud config print", &[]);
    assert_eq!(own, other);
    assert_eq!(own, Config::default().print());

    for (line, name) in [
        ("amikit-cloud config prnt", "amikit-cloud"),
        ("amikit cloud config prnt", "amikit"),
    ] {
        let (code, _, err) = run(line, &[]);
        assert_eq!(code, 2);
        assert!(err.starts_with(&format!("{name}: error: ")), "{err}");
        assert!(
            err.contains("hint: a similar subcommand exists: 'print'"),
            "{err}"
        );
    }
    for (line, help) in [
        ("amikit-cloud", "hint: amikit-cloud --help"),
        ("amikit cloud", "hint: amikit cloud --help"),
        ("amikit-cloud config", "hint: amikit-cloud config --help"),
        (
            "amikit-cloud config print --effective --port x",
            "hint: amikit-cloud config print --help",
        ),
    ] {
        let (code, out, err) = run(line, &[]);
        assert_eq!((code, out.as_str()), (2, ""), "{line}");
        assert!(err.contains(help), "{line}: {err}");
    }
}

#[test]
fn every_command_and_group_has_help_with_examples() {
    let mut lines = vec!["amikit-cloud".to_owned(), "amikit cloud".to_owned()];
    lines.extend(GROUPS.iter().map(|(name, _)| format!("amikit {name}")));
    lines.extend(COMMANDS.iter().map(|spec| format!("amikit-{}", spec.name)));
    for line in lines {
        for option in ["-h", "--help"] {
            let (code, out, err) = run(&format!("{line} {option}"), &[]);

            assert_eq!((code, err.as_str()), (0, ""), "{line}");
            assert!(out.contains("Examples:\n"), "{line}: {out}");
            assert!(
                option == "--help" || out.lines().count() <= 50,
                "{line}: {out}"
            );
        }
    }
    let (code, out, _) = run("amikit-cloud --version", &[]);
    assert_eq!(
        (code, out),
        (0, format!("amikit-cloud {}\n", env!("CARGO_PKG_VERSION")))
    );
}

#[test]
fn completions_are_of_the_program() {
    let (code, out, _) = run("amikit-cloud completions bash", &[]);
    assert_eq!(code, 0);
    assert!(out.contains("amikit-cloud") && out.contains("effective"));
    assert_eq!(run("amikit completions bash amikit-cloud", &[]).1, out);
    assert_eq!(run("amikit-cloud completions tcsh", &[]).0, 2);
}

#[test]
fn options_win_over_variables_over_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    std::fs::write(
        crate::cloud::config::file_of(folder.path()),
        "[listen]\ncloud-port = 1\ns3-port = 2\n[objects]\nurl = \"s3://fromfile\"\n",
    )
    .unwrap();
    let env = [
        ("AMIKIT_CLOUD_DATA", data),
        ("AMIKIT_CLOUD_OBJECTS", "s3://fromenv/p"),
        ("AMIKIT_CLOUD_OBJECTS_ACCESS_KEY_ID", "AKIA"),
        ("AMIKIT_CLOUD_OBJECTS_SECRET_ACCESS_KEY", "hunter2"),
    ];

    let config = effective(
        "--s3-port 3 --bind ::1 --host h.example --log json",
        &env[..],
    );

    let listen = &config.listen;
    assert_eq!(
        (listen.cloud_port, listen.s3_port, listen.tls_port),
        (1, 3, 8443)
    );
    assert_eq!(
        (listen.address.to_string(), listen.host.as_deref()),
        ("::1".into(), Some("h.example"))
    );
    assert_eq!(
        config.objects.url,
        "s3://fromenv/p".parse::<ObjectsUrl>().unwrap()
    );
    assert_eq!(config.objects.access_key_id.as_deref(), Some("AKIA"));
    assert_eq!(config.cloud.data, Some(folder.path().to_owned()));
    assert_eq!(config.log.format, LogFormat::Json);
    let free = effective("--port 0", &env[..]).listen;
    assert_eq!((free.cloud_port, free.s3_port, free.tls_port), (0, 0, 0));
}

#[test]
fn the_file_given_must_be_there_and_says_where_the_data_is() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("c.toml");
    std::fs::write(&file, "[cloud]\ndata = \"d\"\n").unwrap();

    let config = effective(&format!("--config {}", file.display()), &[]);
    assert_eq!(config.cloud.data, Some(folder.path().join("d")));

    let (code, _, err) = run(
        "amikit-cloud config print --effective --config /nowhere",
        &[],
    );
    assert_eq!(code, 6, "{err}");
    assert!(
        err.contains("cannot read the configuration /nowhere"),
        "{err}"
    );
    std::fs::write(&file, "[listen]\ns3-prt = 1\n").unwrap();
    let (code, _, err) = run(
        &format!(
            "amikit cloud config print --effective --config {}",
            file.display()
        ),
        &[],
    );
    assert_eq!(code, 6, "{err}");
    assert!(
        err.contains("line 2, listen.s3-prt: unknown field"),
        "{err}"
    );
}

#[test]
fn secrets_are_not_printed_in_any_form() {
    let env = [
        ("AMIKIT_CLOUD_DATABASE", "postgres://u:hunter2@h/d"),
        ("AMIKIT_CLOUD_OBJECTS_ACCESS_KEY_ID", "AKIA"),
        ("AMIKIT_CLOUD_OBJECTS_SECRET_ACCESS_KEY", "hunter2"),
    ];
    for output in ["table", "json"] {
        let (code, out, err) = run(
            &format!("amikit-cloud config print --effective --data /d --output {output}"),
            &env,
        );

        assert_eq!(code, 0, "{err}");
        assert!(!out.contains("hunter2") && out.contains("AKIA"), "{out}");
    }
}

#[test]
fn options_that_change_nothing_are_refused() {
    let (code, _, err) = run("amikit-cloud config print --port 0", &[]);

    assert_eq!(code, 2);
    assert!(err.contains("--effective"), "{err}");
}

/// What is told when the cloud listens.
fn told(format: OutputFormat, config: &Config) -> (String, String) {
    let spec = find("cloud config print").unwrap();
    let matches = assemble(spec, None)
        .clap
        .try_get_matches_from(["up"])
        .unwrap();
    let (out, err) = (RefCell::new(Vec::new()), RefCell::new(Vec::new()));
    let nothing = |_: &str| None;
    let surroundings = surroundings(&nothing, &out, &err);
    let session = Session {
        surroundings: &surroundings,
        manner: NATIVE,
        program: "amikit-cloud up".to_owned(),
        values: Values::new(&matches, &[]),
        format,
        verbosity: Verbosity {
            quiet: false,
            level: 0,
        },
        colour: false,
        progress: ProgressChoice::Off,
        warnings: RefCell::default(),
        configuration: OnceCell::new(),
        signals: OnceCell::new(),
    };
    let endpoints = Endpoints::new(config, [1, 2, 3]);
    let folder = PathBuf::from("/d/credentials/admin");
    up::tell(&session, config, &endpoints, ("admin", &folder)).unwrap();
    let text = |bytes: RefCell<Vec<u8>>| String::from_utf8(bytes.into_inner()).unwrap();
    drop(session);
    (text(out), text(err))
}

#[test]
fn programs_are_told_one_line_and_people_how_to_go_on() {
    let (line, _) = told(OutputFormat::Json, &Config::default());
    assert_eq!(line.lines().count(), 1);
    let value: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!(
        value,
        serde_json::json!({
            "cloud": "http://127.0.0.1:1",
            "s3": "http://127.0.0.1:2",
            "tls": "https://127.0.0.1:3",
            "walrus": "http://127.0.0.1:1/services/Walrus",
            "credentials": "/d/credentials/admin",
        })
    );

    let (text, notes) = told(OutputFormat::Table, &Config::default());
    assert!(
        text.contains("\n    . '/d/credentials/admin/eucarc'\n"),
        "{text}"
    );
    assert!(text.contains("Ctrl-C stops"), "{text}");
    assert_eq!(notes, "");

    let mut open = Config::default();
    open.listen.address = "0.0.0.0".parse().unwrap();
    let (_, notes) = told(OutputFormat::Table, &open);
    assert_eq!(notes.matches("amikit-cloud: note: ").count(), 2, "{notes}");
}
