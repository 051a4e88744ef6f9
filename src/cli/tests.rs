//! Whole command lines, up to where the library takes over; and the sandbox for such tests.

use std::cell::{OnceCell, RefCell};
use std::ffi::OsString;

use super::app;
use super::commands;
use super::dialect::{self, NATIVE};
use super::session::{OutputFormat, ProgressChoice, Session, Surroundings, Verbosity};
use super::spec::assemble;
use super::values::Values;

/// What a command line did.
pub(super) struct Run {
    pub code: u8,
    pub out: String,
    pub err: String,
}

/// Runs a command line, words apart by spaces, in an environment of its own.
pub(super) fn run(line: &str, env: &[(&str, &str)]) -> Run {
    let argv: Vec<OsString> = line.split_whitespace().map(OsString::from).collect();
    let (out, err) = (RefCell::new(Vec::new()), RefCell::new(Vec::new()));
    let lookup = |name: &str| lookup(env, name);

    let code = app::run(&argv, &surroundings(&lookup, &out, &err));

    let text = |bytes: RefCell<Vec<u8>>| String::from_utf8(bytes.into_inner()).unwrap();
    Run {
        code,
        out: text(out),
        err: text(err),
    }
}

/// Calls `test` with the session of a command line, without running the command.
pub(super) fn with_session<T>(
    line: &str,
    env: &[(&str, &str)],
    test: impl FnOnce(&Session<'_>) -> T,
) -> T {
    let words: Vec<&str> = line.split_whitespace().collect();
    let entry = dialect::find(words[0]);
    let name = entry.map_or(words[0], |(_, command)| command.command);
    let spec = commands::find(name).unwrap();
    let assembled = assemble(spec, entry);
    let matches = assembled.clap.try_get_matches_from(words).unwrap();
    let (out, err) = (RefCell::new(Vec::new()), RefCell::new(Vec::new()));
    let lookup = |name: &str| lookup(env, name);
    let surroundings = surroundings(&lookup, &out, &err);
    test(&Session {
        surroundings: &surroundings,
        manner: entry.map_or(NATIVE, |(dialect, _)| dialect.manner),
        program: name.to_owned(),
        values: Values::new(&matches, &assembled.sources).spelled(&assembled.longs),
        format: OutputFormat::Table,
        verbosity: Verbosity {
            quiet: false,
            level: 0,
        },
        colour: false,
        progress: ProgressChoice::Off,
        warnings: RefCell::default(),
        configuration: OnceCell::new(),
        signals: OnceCell::new(),
    })
}

/// No test reads this machine's configuration files.
fn lookup(env: &[(&str, &str)], name: &str) -> Option<OsString> {
    let found = env.iter().find(|(known, _)| *known == name);
    match found {
        Some((_, value)) => Some(OsString::from(value)),
        None if name == "EUCA_CONFIG_PATH" => Some("/nonexistent/*.ini".into()),
        None => None,
    }
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

#[test]
fn clap_accepts_every_command_and_dialect() {
    app::root().debug_assert();
    for (_, command) in dialect::all() {
        app::dialect_command(command.name)
            .unwrap()
            .clap
            .debug_assert();
    }
}

#[cfg(feature = "cloud")] // of every command
#[test]
fn the_list_of_names_is_that_of_the_tables() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/journeys/names.txt");
    let names = commands::all().map(|spec| format!("command {}\n", spec.name));
    let old = dialect::names().map(|name| format!("old {name}\n"));
    let now: String = names.chain(old).collect();
    if std::env::var_os("AMIKIT_BLESS").is_some() {
        std::fs::write(path, &now).unwrap();
    }

    let written = std::fs::read_to_string(path).unwrap();

    assert_eq!(written, now, "run make bless");
}

#[test]
fn no_name_is_given_twice() {
    let names = commands::all()
        .map(|spec| spec.name)
        .chain(dialect::names());
    let mut names: Vec<_> = names.collect();
    let count = names.len();

    names.sort_unstable();
    names.dedup();

    assert_eq!(names.len(), count);
}

#[test]
fn every_name_has_completions() {
    for name in dialect::names() {
        let run = run(&format!("amikit completions bash {name}"), &[]);

        assert_eq!((run.code, run.err.as_str()), (0, ""), "{name}");
        assert!(run.out.contains(name), "{name}");
    }
}

#[test]
fn help_and_version_win_and_succeed() {
    for line in [
        "amikit --help",
        "amikit bundle-image --help",
        "euca-bundle-image --help",
        "ec2-bundle-image --manual",
        "ec2-unbundle --version",
        "/usr/bin/euca-unbundle --version",
        "amikit euca-unbundle --help",
    ] {
        let run = run(line, &[]);

        assert_eq!((run.code, run.err.as_str()), (0, ""), "{line}");
        assert!(!run.out.is_empty(), "{line}");
    }
}

#[test]
fn every_command_shows_an_example() {
    for spec in commands::all() {
        assert!(!spec.examples.is_empty(), "{}", spec.name);
    }
}

#[test]
fn wrong_options_are_usage_errors_in_each_tool_s_words() {
    let native = run("amikit unbundle --nonsense", &[]);
    let euca = run("euca-unbundle --nonsense", &[]);
    let ec2 = run("ec2-unbundle --nonsense", &[]);

    assert_eq!(native.code, 2);
    assert!(native.err.starts_with("amikit: error: "), "{}", native.err);
    assert!(native.err.contains("\nhint: "), "{}", native.err);
    assert_eq!(euca.code, 2);
    assert!(
        euca.err.contains("\neuca-unbundle: error: "),
        "{}",
        euca.err
    );
    assert!(euca.err.starts_with("Usage: euca-unbundle"), "{}", euca.err);
    assert_eq!(ec2.code, 1);
    assert_eq!(
        ec2.err,
        "invalid option: --nonsense\nTry 'ec2-unbundle --help'\n"
    );
}

#[test]
fn an_old_name_s_help_tells_of_no_option_that_it_lacks() {
    let native = run("amikit run-instances --help", &[]).out;
    let old = run("euca-run-instances --help", &[]).out;

    assert!(native.contains("With --wait "), "{native}");
    assert!(!old.contains("--wait"), "{old}");
    assert!(old.contains("made again without running anything"), "{old}");
}

#[test]
fn a_mistyped_command_gets_the_few_most_like_it() {
    let run = run("amikit describe-imges", &[]);

    let hint = run.err.lines().find_map(|line| line.strip_prefix("hint: "));
    let names = hint.unwrap().strip_prefix("similar ones exist: ").unwrap();
    assert!(names.starts_with("describe-images, "), "{names}");
    assert_eq!(names.split(", ").count(), 3);
}

#[test]
fn every_native_usage_error_has_a_hint_that_helps() {
    for line in [
        "amikit terminate-instances --all",
        "amikit create-volume -z us-east-1a",
        "amikit authorize web",
        "amikit describe-image-attribute ami-1",
        "amikit describe-images --output yaml",
    ] {
        let run = run(line, &[("AWS_EC2_METADATA_DISABLED", "true")]);

        let command = line.split(' ').nth(1).unwrap();
        let hint = format!("\nhint: amikit {command} --help tells what there is\n");
        assert_eq!(run.code, 2, "{line}: {}", run.err);
        assert!(run.err.ends_with(&hint), "{line}: {}", run.err);
    }
}

#[test]
fn missing_options_are_named_in_each_tool_s_words() {
    let ec2 = run("ec2-bundle-image -i x -c c -u 123456789012 --batch", &[]);
    let native = run("amikit bundle-image -i /dev/null -r x86_64", &[]);

    assert_eq!(ec2.code, 1);
    assert!(
        ec2.err
            .starts_with("missing mandatory parameter: --privatekey\n"),
        "{}",
        ec2.err
    );
    assert_eq!(native.code, 2);
    assert!(native.err.contains("--user is needed"), "{}", native.err);
    assert!(native.err.contains("set EC2_USER_ID"), "{}", native.err);
}

#[test]
fn json_errors_are_one_object() {
    for (line, env) in [
        ("amikit bundle-image --output json --part-sze 3", vec![]),
        (
            "amikit bundle-image --part-sze=3",
            vec![("AMIKIT_OUTPUT", "json")],
        ),
    ] {
        let run = run(line, &env);

        let value: serde_json::Value = serde_json::from_str(&run.err).unwrap();
        assert_eq!(value["exit"], 2);
        assert!(value["error"].as_str().unwrap().contains("--part-sze"));
    }
}

#[test]
fn unknown_formats_are_usage_errors() {
    let run = run("amikit completions bash --output yaml", &[]);

    assert_eq!(run.code, 2);
    assert!(
        run.err.contains("expected table, json or tsv"),
        "{}",
        run.err
    );
}

#[test]
fn global_options_may_stand_before_the_command() {
    let run = run("amikit --output json completions bash", &[]);

    assert_eq!(run.code, 0, "{}", run.err);
    assert!(run.out.contains("bundle-image"));
}

#[test]
fn ec2_tools_ignore_words_too_many() {
    let run = run("ec2-unbundle -m /nonexistent.xml too many", &[]);

    assert!(
        run.err
            .starts_with("missing mandatory parameter: --privatekey"),
        "{}",
        run.err
    );
}

#[test]
fn keys_given_on_the_command_line_are_never_repeated() {
    let run = run(
        "amikit unbundle-stream --enc-key SECRET --enc-iv SECRET -i /dev/null",
        &[],
    );

    assert_eq!(run.code, 2);
    assert!(!run.err.contains("SECRET"), "{}", run.err);
    assert!(
        run.err.contains("--enc-key: expected 32 hex digits"),
        "{}",
        run.err
    );
}

#[test]
fn colour_is_used_only_when_wanted() {
    let is_coloured = |line: &str, env: &[(&str, &str)]| run(line, env).err.contains('\u{1b}');

    assert!(!is_coloured("amikit nonsense", &[]));
    assert!(is_coloured("amikit nonsense --color always", &[]));
    assert!(is_coloured("amikit nonsense", &[("CLICOLOR_FORCE", "1")]));
    assert!(!is_coloured(
        "amikit nonsense",
        &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]
    ));
    assert!(!is_coloured(
        "amikit nonsense --color=never",
        &[("CLICOLOR_FORCE", "1")]
    ));
}
