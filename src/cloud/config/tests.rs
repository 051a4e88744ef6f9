use super::*;
use crate::units::Bytes;

fn parse(text: &str) -> Result<Config, ConfigError> {
    Config::parse(text, Path::new("/etc/cloud.toml"))
}

fn complaint(text: &str) -> String {
    parse(text).unwrap_err().to_string()
}

#[test]
fn the_printed_file_is_read_as_the_defaults() {
    let printed = Config::default().print();

    assert_eq!(parse(&printed).unwrap(), Config::default(), "{printed}");
    Config::default().check().unwrap();
}

#[test]
fn every_line_of_the_printed_file_is_a_remark_or_a_value_of_its_section() {
    let printed = Config::default().print();

    let table: toml::Table = printed.parse().unwrap();
    assert_eq!(table.len(), 9, "{printed}");
    assert!(
        printed.lines().all(|line| line.chars().count() <= 100),
        "{printed}"
    );
    // Settings that are not set are shown with a value that is one.
    let set_all: String = printed
        .lines()
        .map(|line| match line.strip_prefix("# ") {
            Some(rest) if rest.split(' ').nth(1) == Some("=") => format!("{rest}\n"),
            _ => format!("{line}\n"),
        })
        .collect();
    let config = parse(&set_all).unwrap();
    config.check().unwrap();
    assert!(config.cloud.data.is_some() && config.objects.secret_access_key.is_some());
}

#[test]
fn what_was_set_is_printed_and_read_back() {
    let mut config = Config::default();
    config.listen.address = "::".parse().unwrap();
    config.listen.host = Some("cloud.example.org".to_owned());
    config.cloud.data = Some(PathBuf::from("/srv/a \"b\" \\c"));
    config.cloud.domains = vec!["s3.example.org".parse().unwrap()];
    config.accounts.bytes_per_bucket = Bytes((5 << 30) + 1);
    config.s3.garbage_grace = Span(std::time::Duration::from_millis(1500));
    config.s3.bucket_names = BucketNames::Legacy;
    config.objects.url = "s3://images/cloud/one".parse().unwrap();

    assert_eq!(parse(&config.print()).unwrap(), config);
}

#[test]
fn secrets_are_neither_printed_nor_told() {
    let text = "[database]\nurl = \"postgres://u:hunter2@h/n\"\n[objects]\nsecret-access-key = \"hunter2\"";
    let config = parse(text).unwrap();

    assert!(!config.print().contains("hunter2"));
    assert!(!format!("{config:?}").contains("hunter2"));
    assert_eq!(
        config.database.url.unwrap().expose(),
        "postgres://u:hunter2@h/n"
    );
    for wrong in [
        "[objects]\nsecret-access-key = 22222",
        "[objects]\nsecret-access-key = [\"22222\"]",
        "[objects]\nsecret-access-key = 'ab22222",
        "[objects]\nsecret-access-key = x22222",
    ] {
        let told = complaint(wrong);
        assert!(
            told.contains("line 2, objects.secret-access-key: "),
            "{told}"
        );
        assert!(!told.contains("22222"), "{told}");
    }
}

#[test]
fn errors_name_file_line_key_and_what_was_expected() {
    for (text, want) in [
        (
            "[listen]\n\ncloud-prt = 1",
            "line 3, listen.cloud-prt: unknown field `cloud-prt`, expected one of",
        ),
        (
            "[listne]",
            "line 1, listne: unknown field `listne`, expected one of",
        ),
        (
            "[listen]\ncloud-port = 99999",
            "line 2, listen.cloud-port: ",
        ),
        (
            "[listen]\ncloud-port = \"x\"",
            "invalid type: string \"x\", expected u16",
        ),
        ("[listen]\naddress = \"here\"", "line 2, listen.address: "),
        (
            "[s3]\nclock-skew = \"15\"",
            "\"15\" is not a time: expected",
        ),
        ("[s3]\nclock-skew = 15", "line 2, s3.clock-skew: "),
        (
            "[s3]\nbucket-names = \"any\"",
            "unknown variant `any`, expected `dns` or `legacy`",
        ),
        (
            "[limits]\nput-bytes = \"1.5 GiB\"",
            "\"1.5 GiB\" is not a size: expected",
        ),
        (
            "[limits]\nput-bytes = -1",
            "-1 is not a size: it is negative",
        ),
        ("[limits]\nput-bytes = true", "expected a size: \"10 GiB\""),
        (
            "[cloud]\ndomains = [\"127.0.0.1\"]",
            "\"127.0.0.1\" is not a domain",
        ),
        ("[cloud]\nregion = \"Mars 1\"", "\"Mars 1\" is not a region"),
        (
            "[objects]\nurl = \"s3:/x\"",
            "expected \"directory\" or \"s3://BUCKET/PREFIX\"",
        ),
        ("[cloud]\n[cloud]", "line 2, cloud: duplicate"),
        ("x", "line 1, "),
    ] {
        let told = complaint(text);

        assert!(told.starts_with("/etc/cloud.toml, line "), "{told}");
        assert!(told.contains(want), "{told}\nwanted {want}");
    }
}

#[test]
fn settings_that_contradict_each_other_are_refused() {
    for (text, want) in [
        (
            "[tls]\ncertificate = \"c.pem\"",
            "one is set without the other",
        ),
        ("[listen]\ns3-port = 8773", "has a port twice"),
        (
            "[listen]\nhost = \"a b\"",
            "\"a b\" is neither a name nor an address",
        ),
        (
            "[objects]\naccess-key-id = \"A\"",
            "one is set without the other",
        ),
        ("[objects]\nurl = \"s3://images\"", "needs keys"),
        ("[limits]\nconnections = 0", "expected 1 or more"),
    ] {
        let told = parse(text).unwrap().check().unwrap_err().to_string();

        assert!(told.contains(want), "{told}");
    }
    let free = "[listen]\ncloud-port = 0\ns3-port = 0\ntls-port = 0";
    parse(free).unwrap().check().unwrap();
}

#[test]
fn times_and_sizes_are_read_with_their_units() {
    for (text, want) in [
        ("250ms", 250),
        ("30s", 30_000),
        ("15 m", 900_000),
        ("24h", 86_400_000),
        ("7d", 604_800_000),
        ("0s", 0),
    ] {
        let span: Span = text.parse().unwrap();
        assert_eq!(span.0.as_millis(), want, "{text}");
        assert_eq!(span.to_string().parse(), Ok(span), "{text}");
    }
    for text in [
        "",
        "s",
        "15",
        "-1s",
        "1.5h",
        "1h30m",
        "1 w",
        "99999999999999999999d",
    ] {
        assert!(text.parse::<Span>().is_err(), "{text}");
    }
    let sizes = "[limits]\nput-bytes = \"10 GiB\"\nxml-bytes = 4096";
    let limits = parse(sizes).unwrap().limits;
    assert_eq!(
        (limits.put_bytes, limits.xml_bytes),
        (Bytes::gib(10), Bytes(4096))
    );
}

#[test]
fn relative_paths_start_at_the_file_s_folder() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cloud.toml");
    let text = "[cloud]\ndata = \"data\"\n[tls]\ncertificate = \"/c.pem\"\nprivate-key = \"k.pem\"";
    std::fs::write(&file, text).unwrap();

    let config = Config::read(&file).unwrap();

    assert_eq!(config.cloud.data, Some(folder.path().join("data")));
    assert_eq!(config.tls.certificate, Some(PathBuf::from("/c.pem")));
    assert_eq!(config.tls.private_key, Some(folder.path().join("k.pem")));
}

#[test]
fn what_is_no_file_or_too_large_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let large = folder.path().join("large.toml");
    File::create(&large)
        .unwrap()
        .set_len(MAX_FILE_BYTES + 1)
        .unwrap();

    assert!(matches!(
        Config::read(folder.path()),
        Err(ConfigError::Read { .. })
    ));
    assert!(matches!(
        Config::read(&large),
        Err(ConfigError::Read { .. })
    ));
}

#[test]
fn clients_are_told_a_host_that_they_can_reach() {
    for (address, host, want) in [
        ("127.0.0.1", None, "127.0.0.1"),
        ("0.0.0.0", None, "127.0.0.1"),
        ("::1", None, "[::1]"),
        ("0.0.0.0", Some("cloud.example.org"), "cloud.example.org"),
        ("::", Some("2001:db8::1"), "[2001:db8::1]"),
    ] {
        let mut config = Config::default();
        config.listen.address = address.parse().unwrap();
        config.listen.host = host.map(str::to_owned);

        assert_eq!(config.host(), want);
    }
}
