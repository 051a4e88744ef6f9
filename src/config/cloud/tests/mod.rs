//! What wins, and what is refused: environments and homes of the tests' own.

mod places;
mod services;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use zeroize::Zeroizing;

use super::*;
use crate::aws::CredentialsError;
use crate::units::Timestamp;

const INI: &str = "
[user alice]
key-id = INI
secret-key = ini-secret
[user half]
key-id = HALF
[region here]
user = alice
s3-url = http://10.0.0.1:8773/services/Walrus
s3-force-sigv4 = false
ec2-url = http://10.0.0.1:8773/services/compute
ec2-force-sigv4 = no
bootstrap-url = http://10.0.0.1:8773/services/Empyrean
s3-location-constraint = here-1
verify-ssl = no
[region bare]
[region odd]
s3-url = https://odd.example
verify-ssl = perhaps
";

/// A home with the given files, variables, and what they lead to.
struct World {
    home: tempfile::TempDir,
    variables: BTreeMap<&'static str, OsString>,
}

impl World {
    fn new(variables: &[(&'static str, &str)]) -> Self {
        let home = tempfile::tempdir().unwrap();
        let mut known: BTreeMap<_, _> = variables
            .iter()
            .map(|(name, value)| (*name, OsString::from(value)))
            .collect();
        known.insert("HOME", home.path().into());
        known
            .entry("AWS_EC2_METADATA_DISABLED")
            .or_insert_with(|| "true".into());
        Self {
            home,
            variables: known,
        }
    }

    fn file(self, name: &str, text: &str) -> Self {
        let path = self.home.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self
    }

    fn ask<T>(&self, flags: CloudFlags, question: impl FnOnce(&Cloud<'_>) -> T) -> T {
        self.ask_of(ServiceKind::S3, flags, question)
    }

    fn ask_of<T>(
        &self,
        service: ServiceKind,
        flags: CloudFlags,
        question: impl FnOnce(&Cloud<'_>) -> T,
    ) -> T {
        let env = |name: &str| self.variables.get(name).cloned();
        let mut config = Config::default();
        config.add(INI, Path::new("euca2ools.ini")).unwrap();
        let selection = Selection::choose(flags.region.as_deref(), &env, &config).unwrap();
        question(&Cloud::new(service, flags, &env, (&config, &selection)))
    }

    fn credentials(&self, region: Option<&str>) -> Result<Found, CloudError> {
        let asking = Asking {
            now: Timestamp(1_000_000_000),
            interrupted: Arc::new(|| false),
        };
        self.ask(in_region(region), |cloud| cloud.credentials(&asking))
    }

    /// Key and source, in words.
    fn key(&self, region: Option<&str>) -> String {
        match self.credentials(region) {
            Ok(found) => format!("{} from {}", found.now.access_key_id, found.origin),
            Err(error) => error.to_string(),
        }
    }
}

fn in_region(region: Option<&str>) -> CloudFlags {
    CloudFlags {
        region: region.map(str::to_owned),
        ..CloudFlags::default()
    }
}

const ALL: [(&str, &str); 8] = [
    ("AWS_ACCESS_KEY", "ENV"),
    ("AWS_SECRET_KEY", "s"),
    ("AWS_SECURITY_TOKEN", "t"),
    ("EC2_ACCESS_KEY", "EC2"),
    ("EC2_SECRET_KEY", "s"),
    ("AWS_CREDENTIAL_FILE", "~/keys"),
    ("AWS_SESSION_TOKEN", ""),
    ("AWS_PROFILE", "work"),
];

#[test]
fn keys_come_from_the_first_source_that_has_them() {
    let world = |from: usize| {
        World::new(&ALL[from..])
            .file("keys", "# mine\nAWSAccessKeyId = FILE\nAWSSecretKey=a=b\n")
            .file(
                ".aws/credentials",
                "[work]\naws_access_key_id=AWS\naws_secret_access_key=s\n",
            )
    };
    let flags = CloudFlags {
        keys: Some(Credentials {
            access_key_id: "FLAG".into(),
            secret_access_key: Zeroizing::new("s".into()),
            session_token: None,
            expires: None,
        }),
        ..in_region(Some("here"))
    };
    let asking = Asking {
        now: Timestamp(0),
        interrupted: Arc::new(|| false),
    };

    let flag = world(0).ask(flags, |cloud| cloud.credentials(&asking));
    let key = |from| world(from).key(Some("here"));

    assert_eq!(flag.unwrap().now.access_key_id, "FLAG");
    assert_eq!(
        key(0),
        "ENV from environment: AWS_ACCESS_KEY, AWS_SECRET_KEY, AWS_SECURITY_TOKEN"
    );
    assert_eq!(
        key(3),
        "EC2 from environment: EC2_ACCESS_KEY, EC2_SECRET_KEY"
    );
    assert!(key(5).starts_with("FILE from /"), "{}", key(5));
    assert_eq!(key(6), "INI from euca2ools.ini, [user alice] secret-key");
    let aws = world(7).key(None);
    assert!(aws.starts_with("AWS from /"), "{aws}");
    assert!(aws.ends_with("[work] aws_access_key_id"), "{aws}");
}

#[test]
fn half_a_pair_is_an_error_and_not_mixed_with_another_source() {
    for (variables, why) in [
        (
            &[("AWS_ACCESS_KEY_ID", "A")][..],
            "AWS_ACCESS_KEY_ID has an access key id",
        ),
        (
            &[("EC2_SECRET_KEY", "s")],
            "EC2_SECRET_KEY has a secret key",
        ),
        (
            &[
                ("AWS_ACCESS_KEY_ID", "A"),
                ("EC2_ACCESS_KEY", "B"),
                ("EC2_SECRET_KEY", "s"),
            ],
            "AWS_ACCESS_KEY_ID has an access key id",
        ),
        (
            &[("AWS_CREDENTIAL_FILE", "~/keys")],
            "no line AWSSecretKey=",
        ),
    ] {
        let world = World::new(variables).file("keys", "AWSAccessKeyId=A\n");
        let key = world.key(Some("here"));
        assert!(key.contains(why), "{key}");
    }
    let half = World::new(&[]).key(Some("half@here"));
    assert_eq!(
        half,
        "euca2ools.ini, [user half] key-id has a key-id, but no secret-key"
    );
    let profile = "[default]\naws_access_key_id = A\n";
    let world = World::new(&[])
        .file(".aws/credentials", profile)
        .file(".aws/config", "[default]\naws_secret_access_key = s\n");
    assert!(
        world.key(None).contains("no aws_secret_access_key"),
        "{}",
        world.key(None)
    );
}

#[test]
fn credentials_that_ended_are_refused_at_once() {
    let keys = [("AWS_ACCESS_KEY_ID", "A"), ("AWS_SECRET_ACCESS_KEY", "s")];
    let with = |expiry| {
        let variables = [keys[0], keys[1], ("AWS_CREDENTIAL_EXPIRATION", expiry)];
        World::new(&variables).credentials(None)
    };

    assert!(with("2100-01-01T00:00:00Z").is_ok());
    assert!(matches!(
        with("2001-01-01T00:00:00Z"),
        Err(CloudError::Credentials(CredentialsError::Expired { .. }))
    ));
    assert!(matches!(with("soon"), Err(CloudError::Value { .. })));
}

#[test]
fn a_program_is_not_asked_by_itself() {
    let config = "[default]\ncredential_process = echo nothing\n";
    let world = World::new(&[("AMIKIT_CREDENTIAL_PROCESS", "1")]).file(".aws/config", config);

    let error = world.credentials(None).unwrap_err();

    let text = error.to_string();
    assert!(text.contains("which would run the program"), "{text}");
}

#[test]
fn keys_with_line_breaks_are_told_and_not_shown() {
    for (id, secret) in [("AK\nID", "s3cret"), ("AKID", "s3cret\n")] {
        let variables = [("AWS_ACCESS_KEY_ID", id), ("AWS_SECRET_ACCESS_KEY", secret)];

        let error = World::new(&variables).credentials(None).unwrap_err();

        let text = error.to_string();
        assert!(text.contains("has a line break"), "{text}");
        assert!(!text.contains("s3cret"), "{text}");
    }
}

#[test]
fn profiles_tell_keys_programs_or_what_is_not_done() {
    let config = "# mine\n[default]\nregion = eu-west-1\ns3 =\n  addressing_style = path\n\
                  [profile tool]\ncredential_process = echo \
                  '{\"Version\":1,\"AccessKeyId\":\"TOOL\",\"SecretAccessKey\":\"s\"}'\n\
                  [profile role]\nrole_arn = arn:aws:iam::1:role/x\nsource_profile = default\n\
                  [profile \"two words\"]\naws_access_key_id = TWO\naws_secret_access_key = s\n";
    let key = |name: &'static str| {
        World::new(&[("AWS_PROFILE", name)])
            .file(".aws/config", config)
            .key(None)
    };

    assert_eq!(key("tool"), "TOOL from credential_process of profile tool");
    assert!(key("role").contains("asks for role_arn"), "{}", key("role"));
    assert!(
        key("two words").starts_with("TWO from"),
        "{}",
        key("two words")
    );
    assert!(
        key("missing").contains("no profile \"missing\""),
        "{}",
        key("missing")
    );
    assert!(
        key("default").starts_with("there are no credentials"),
        "{}",
        key("default")
    );
    let broken = World::new(&[]).file(".aws/config", "[default]\nnonsense\n");
    assert!(
        broken.key(None).contains("config, line 2"),
        "{}",
        broken.key(None)
    );
}

#[test]
fn web_identity_and_foreign_agents_are_refused() {
    let web = World::new(&[("AWS_WEB_IDENTITY_TOKEN_FILE", "/token")]).key(None);
    let far = [("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://example.org/")];
    let odd = [("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "no-slash")];

    assert!(web.contains("web identity"), "{web}");
    for variables in [far, odd] {
        let key = World::new(&variables).key(None);
        assert!(key.contains("expected"), "{key}");
    }
}

#[test]
fn roles_of_machines_come_last_and_are_told() {
    use crate::aws::metadata::tests::serve;
    const KEYS: &str = r#"{"AccessKeyId":"ROLE","SecretAccessKey":"s","Token":"t",
        "Expiration":"2100-01-01T00:00:00Z"}"#;
    let url = serve(|asked| {
        let text = match asked.path.as_str() {
            "/latest/api/token" => "token",
            "/agent" if asked.header("authorization") == "from-file" => KEYS,
            "/latest/meta-data/iam/security-credentials/" => "builder",
            "/latest/meta-data/iam/security-credentials/builder" => KEYS,
            _ => return Some((404, Vec::new(), String::new())),
        };
        Some((200, Vec::new(), text.to_owned()))
    });
    let agent = format!("{url}/agent");

    let instance = World::new(&[
        ("AWS_EC2_METADATA_SERVICE_ENDPOINT", &url),
        ("AWS_EC2_METADATA_DISABLED", "false"),
    ]);
    let container = World::new(&[
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", &agent),
        ("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "~/token"),
    ])
    .file("token", "from-file\n");
    let disabled = World::new(&[("AWS_EC2_METADATA_SERVICE_ENDPOINT", &url)]);

    assert_eq!(instance.key(None), "ROLE from instance role builder");
    assert_eq!(
        container.key(None),
        format!("ROLE from container role, from {agent}")
    );
    assert!(disabled.key(None).contains("AWS_EC2_METADATA_DISABLED"));
}
