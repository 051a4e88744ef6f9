use std::path::Path;

use super::*;

const SAMPLE: &str = "
[global]
default-region = localhost

[user alice]
account-id = 123456789012
private-key = ~/%(account-id)s/pk.pem  ; hers
certificate: /keys/cert.pem

[region localhost]
user = alice
certificate = /var/cloud-cert.pem

[region aws:*]
certificate = /aws.pem
[region aws:us-east-1]
ec2-url = https://example.invalid
[region eu:west]
certificate = use aws:us-east-1
[region *]
certificate = /fallback.pem
";

fn sample() -> Config {
    let mut config = Config::default();
    config.add(SAMPLE, Path::new("sample.ini")).unwrap();
    config
}

fn region_certificate(region: &str) -> Option<String> {
    let selection = Selection {
        user: None,
        region: Some(region.to_owned()),
    };
    sample().get(&selection, Setting::CloudCertificate).unwrap()
}

fn nothing(_: &str) -> Option<OsString> {
    None
}

#[test]
fn the_region_names_its_user() {
    let config = sample();

    let selection = Selection::choose(None, &nothing, &config).unwrap();

    assert_eq!(selection.user.as_deref(), Some("alice"));
    let account = config.get(&selection, Setting::AccountId).unwrap();
    assert_eq!(account.as_deref(), Some("123456789012"));
    let home = |name: &str| (name == "HOME").then(|| OsString::from("/home/alice"));
    let key = config.path(&selection, Setting::PrivateKey, &home).unwrap();
    assert_eq!(key, Some(PathBuf::from("/home/alice/123456789012/pk.pem")));
}

#[test]
fn each_half_of_the_selection_is_filled_by_the_first_that_has_it() {
    let env = |name: &str| match name {
        "EUCA_DEFAULT_REGION" => Some("bob@".into()),
        "AWS_DEFAULT_REGION" => Some("carol@elsewhere".into()),
        _ => None,
    };

    let from_env = Selection::choose(None, &env, &sample()).unwrap();
    let from_flag = Selection::choose(Some("dave@here"), &env, &sample()).unwrap();

    assert_eq!(from_env.user.as_deref(), Some("bob"));
    assert_eq!(from_env.region.as_deref(), Some("elsewhere"));
    assert_eq!(from_flag.user.as_deref(), Some("dave"));
    assert_eq!(from_flag.region.as_deref(), Some("here"));
}

#[test]
fn wildcards_longer_names_and_the_default_section_answer_in_this_order() {
    assert_eq!(region_certificate("aws:us-east-1").unwrap(), "/aws.pem");
    assert_eq!(
        region_certificate("localhost").unwrap(),
        "/var/cloud-cert.pem"
    );
    assert_eq!(region_certificate("unknown").unwrap(), "/fallback.pem");
    assert_eq!(region_certificate("a:b:c").unwrap(), "/fallback.pem");
}

#[test]
fn use_redirects_to_another_section() {
    assert_eq!(region_certificate("eu:west").unwrap(), "/aws.pem");
    assert_eq!(region_certificate("west").unwrap(), "/aws.pem");
}

#[test]
fn without_a_region_even_the_default_section_is_silent() {
    let selection = Selection::default();

    let certificate = sample().get(&selection, Setting::CloudCertificate);

    assert_eq!(certificate.unwrap(), None);
}

#[test]
fn ambiguous_short_names_loops_and_dead_ends_are_errors() {
    let mut config = Config::default();
    let text = "[region a:x]\ncertificate=use b:x\n[region b:x]\ncertificate=use a:x\n\
                [region dead]\ncertificate=use nowhere\n\
                [region self]\ncertificate=%(certificate)s\n";
    config.add(text, Path::new("t.ini")).unwrap();
    let get = |region: &str| {
        let selection = Selection {
            user: None,
            region: Some(region.to_owned()),
        };
        config.get(&selection, Setting::CloudCertificate)
    };

    assert!(matches!(get("x"), Err(ConfigError::Ambiguous { .. })));
    assert!(matches!(get("a:x"), Err(ConfigError::Loop { .. })));
    assert!(matches!(
        get("dead"),
        Err(ConfigError::DeadReference { .. })
    ));
    assert!(matches!(get("self"), Err(ConfigError::Loop { .. })));
}

#[test]
fn a_line_that_is_nothing_is_named_by_its_number() {
    let mut config = Config::default();

    let error = config.add("[user a]\nnonsense\n", Path::new("bad.ini"));

    let text = error.unwrap_err().to_string();
    assert!(text.starts_with("bad.ini, line 2:"), "{text}");
}

#[test]
fn later_files_of_the_pattern_win() {
    let directory = tempfile::tempdir().unwrap();
    for (name, certificate) in [("1.ini", "/one"), ("2.ini", "/two")] {
        let text = format!("[region r]\ncertificate={certificate}\n");
        std::fs::write(directory.path().join(name), text).unwrap();
    }
    let pattern = directory.path().join("*.ini").into_os_string();
    let env = |name: &str| (name == "EUCA_CONFIG_PATH").then(|| pattern.clone());

    let config = Config::load(&env).unwrap();
    let selection = Selection::choose(Some("r"), &env, &config).unwrap();

    let certificate = config.get(&selection, Setting::CloudCertificate).unwrap();
    assert_eq!(certificate.as_deref(), Some("/two"));
}
