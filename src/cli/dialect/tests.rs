use std::fs;
use std::path::Path;

use super::*;
use crate::cli::commands;
use crate::cli::failure::Exit;
use crate::cli::tests::with_session;

#[test]
fn edits_name_options_that_exist() {
    for (dialect, command) in all() {
        let spec = commands::find(command.command).unwrap();
        let mut known: Vec<String> = (spec.args)()
            .iter()
            .map(|a| a.get_id().to_string())
            .collect();
        for edit in flat(command.edits) {
            match edit {
                Edit::Add(make) => known.push(make().get_id().to_string()),
                Edit::Remove(id)
                | Edit::Hide(id)
                | Edit::Long(id, _)
                | Edit::Short(id, _)
                | Edit::Require(id)
                | Edit::Optional(id)
                | Edit::Default(id, _)
                | Edit::FlagOnly(id)
                | Edit::Sources(id, _, _)
                | Edit::Help(id, _) => {
                    assert!(
                        known.iter().any(|known| known == id),
                        "{}: {id}",
                        command.name
                    );
                }
                Edit::All(_) => unreachable!("the lists are flat"),
            }
        }
        let (args, _) = options(spec, Some((dialect, command)));
        let mut longs: Vec<_> = args.iter().filter_map(Arg::get_long).collect();
        longs.sort_unstable();
        longs.dedup();
        assert_eq!(longs.len(), args.iter().filter_map(Arg::get_long).count());
    }
}

#[test]
fn sources_name_options_that_exist() {
    for spec in commands::all() {
        for source in spec.sources {
            let known = (spec.args)()
                .iter()
                .any(|arg| arg.get_id() == source.option);
            assert!(known, "{}: {}", spec.name, source.option);
        }
    }
}

#[test]
fn flags_win_over_variables_in_their_order() {
    let env = [
        ("EC2_PRIVATE_KEY", "/ec2.pem"),
        ("EUCA_PRIVATE_KEY", "/euca.pem"),
    ];
    let key = |line: &str, env: &[(&str, &str)]| {
        with_session(line, env, |session| session.path("privatekey").unwrap())
    };

    let flag = key("euca-unbundle -m m -k /flag.pem", &env);
    let first = key("euca-unbundle -m m", &env);
    let second = key("euca-unbundle -m m", &env[1..]);
    let empty = key("euca-unbundle -m m", &[("EC2_PRIVATE_KEY", ""), env[1]]);

    assert_eq!(flag.as_deref(), Some(Path::new("/flag.pem")));
    assert_eq!(first.as_deref(), Some(Path::new("/ec2.pem")));
    assert_eq!(second.as_deref(), Some(Path::new("/euca.pem")));
    assert_eq!(empty.as_deref(), Some(Path::new("/euca.pem")));
}

#[test]
fn variables_win_over_the_configuration() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("cloud.ini");
    let text = "[global]\ndefault-region = r\n[region r]\nuser = u\ncertificate = /cloud.pem\n\
                [user u]\nprivate-key = /config.pem\naccount-id = 1234-5678-9012\n\
                [user v]\nprivate-key = /other.pem\n";
    fs::write(&file, text).unwrap();
    let config = ("EUCA_CONFIG_PATH", file.to_str().unwrap());
    let line = "euca-bundle-image -i x -r i386";
    let get = |line: &str, env: &[(&str, &str)], option: &str| {
        with_session(line, env, |session| session.path(option).unwrap())
    };

    let from_config = get(line, &[config], "privatekey");
    let from_env = get(
        line,
        &[config, ("EC2_PRIVATE_KEY", "/env.pem")],
        "privatekey",
    );
    let of_other = get(&format!("{line} --region v@"), &[config], "privatekey");
    let of_cloud = get(line, &[config], "ec2cert");
    let account = with_session(line, &[config], |session| session.text("user").unwrap());

    assert_eq!(from_config.as_deref(), Some(Path::new("/config.pem")));
    assert_eq!(from_env.as_deref(), Some(Path::new("/env.pem")));
    assert_eq!(of_other.as_deref(), Some(Path::new("/other.pem")));
    assert_eq!(of_cloud.as_deref(), Some(Path::new("/cloud.pem")));
    assert_eq!(account.as_deref(), Some("1234-5678-9012"));
}

#[test]
fn amazon_s_tools_take_keys_from_options_only() {
    let env = [
        ("EC2_PRIVATE_KEY", "/ec2.pem"),
        ("EUCALYPTUS_CERT", "/cloud.pem"),
    ];
    let line = "ec2-bundle-image -i x -c c -k k -u 123456789012";

    with_session(line, &env, |session| {
        assert_eq!(session.path("ec2cert").unwrap(), None);
        assert_eq!(
            session.path("destination").unwrap().as_deref(),
            Some(Path::new("/tmp"))
        );
    });
}

#[test]
fn long_options_may_be_shortened() {
    let line = "euca-unbundle --man m --priv /k.pem --sour /s";

    with_session(line, &[], |session| {
        assert_eq!(
            session.path("privatekey").unwrap().as_deref(),
            Some(Path::new("/k.pem"))
        );
        assert_eq!(
            session.path("source").unwrap().as_deref(),
            Some(Path::new("/s"))
        );
    });
}

#[test]
fn exit_codes_are_each_tool_s() {
    for (exit, missing, native, euca, ec2) in [
        (Exit::Failed, false, 1, 1, 254),
        (Exit::Failed, true, 1, 1, 2),
        (Exit::Usage, false, 2, 2, 1),
        (Exit::Integrity, false, 4, 1, 254),
        (Exit::Credentials, false, 6, 1, 254),
        (Exit::Credentials, true, 6, 2, 2),
        (Exit::Timeout, false, 5, 2, 5),
        (Exit::Interrupted(2), false, 130, 130, 255),
        (Exit::Interrupted(15), false, 143, 143, 255),
        (Exit::ClosedPipe, false, 141, 141, 141),
        (Exit::Declined, false, 0, 0, 0),
    ] {
        let codes = [Family::Native, Family::Euca, Family::Ec2].map(|f| exit.code(f, missing));
        assert_eq!(codes, [native, euca, ec2], "{exit:?} {missing}");
    }
}

/// With `AMIKIT_BLESS=1` its tables are written instead.
#[test]
fn the_page_about_compatibility_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/compat.md");
    let page = fs::read_to_string(&path).unwrap();
    let renewed = compat::renewed(&page);

    if std::env::var_os("AMIKIT_BLESS").is_some_and(|value| value == "1") {
        fs::write(&path, renewed).unwrap();
        return;
    }

    assert!(
        page == renewed,
        "docs/compat.md is out of date: run the tests with AMIKIT_BLESS=1"
    );
}
