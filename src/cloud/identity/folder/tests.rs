use std::collections::BTreeMap;
use std::ffi::OsString;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use super::super::tests::random;
use super::*;
use crate::aws::Endpoint;
use crate::config::cloud::{Asking, Cloud, CloudFlags, ServiceKind};
use crate::config::{Config as Ours, Selection, Setting};

const ACCOUNT: &str = "123456789012";

fn endpoints() -> Endpoints {
    Endpoints::new(&Config::default(), [8773, 9000, 8443])
}

/// The administrator's folder.
fn place(data: &Path) -> PathBuf {
    path_of(data, "admin").unwrap()
}

/// A data directory whose name has what shells and settings files stumble over.
struct Stage {
    _root: tempfile::TempDir,
    data: PathBuf,
    pair: Pair,
}

impl Stage {
    fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        let data = root.path().join("it's $HOME \"100%\"");
        fs::create_dir(&data).unwrap();
        let (pair, is_new) = pair(
            &place(&data),
            "admin",
            ACCOUNT,
            Timestamp(1_795_242_111),
            random,
        )
        .unwrap();
        assert!(is_new);
        Self {
            _root: root,
            data,
            pair,
        }
    }

    fn write(&self, endpoints: &Endpoints) -> (PathBuf, Vec<String>) {
        let credentials = Credentials {
            user: "admin",
            account: ACCOUNT,
            access_key_id: "AKIABCDEFGHIJKLMNOPQ",
            secret_key: "s3cr3tS3cr3tS3cr3tS3cr3tS3cr3tS3cr3tS3cr",
            pair: &self.pair,
            cloud_certificate: "cloud\n",
            tls_authority: "authority\n",
            endpoints,
            region: "us-east-1",
        };
        assert!(!format!("{credentials:?}").contains("s3cr3t"));
        write(&place(&self.data), &credentials).unwrap()
    }
}

/// The environment after a shell has read a file, in another folder.
fn sourced(shell: &str, file: &Path, before: &str) -> BTreeMap<String, String> {
    let line = format!("set -eu; {before} . {}; env -0", quoted(file));
    let run = Command::new(shell)
        .args(["-c", &line])
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("AWS_PROFILE", "somebody-else")
        .current_dir("/")
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&run.stderr).into_owned();
    assert!(run.status.success() && told.is_empty(), "{shell}: {told}");
    let text = String::from_utf8(run.stdout).unwrap();
    let pairs = text.split('\0').filter_map(|pair| pair.split_once('='));
    pairs
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

fn quoted(path: &Path) -> String {
    shell_quoted(path.to_str().unwrap())
}

#[test]
fn the_folder_is_private_and_left_alone_once_written() {
    let stage = Stage::new();

    let (folder, first) = stage.write(&endpoints());
    let (_, second) = stage.write(&endpoints());

    assert_eq!((first.len(), second.len()), (13, 0), "{second:?}");
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    assert_eq!(mode(folder.parent().unwrap()), 0o700);
    for file in fs::read_dir(&folder).unwrap() {
        assert_eq!(mode(&file.unwrap().path()), 0o600);
    }
    let again = pair(&place(&stage.data), "admin", ACCOUNT, Timestamp(0), random).unwrap();
    assert_eq!(again, (stage.pair.clone(), false));

    // Opened up by somebody: closed again.
    fs::set_permissions(folder.join("s3cfg"), fs::Permissions::from_mode(0o644)).unwrap();
    assert_eq!(stage.write(&endpoints()).1, ["s3cfg"]);
}

#[test]
fn a_private_key_outlives_the_loss_of_its_certificate() {
    let stage = Stage::new();
    let (folder, _) = stage.write(&endpoints());
    fs::remove_file(folder.join("admin-cert.pem")).unwrap();

    let (again, is_new) =
        pair(&place(&stage.data), "admin", ACCOUNT, Timestamp(0), random).unwrap();

    assert!(is_new);
    assert_eq!(again.key, stage.pair.key);
    assert_ne!(again.certificate, stage.pair.certificate);
    fs::write(folder.join("admin-cert.pem"), &again.certificate).unwrap();
    fs::remove_file(folder.join("admin-pk.pem")).unwrap();
    let error = pair(&place(&stage.data), "admin", ACCOUNT, Timestamp(0), random).unwrap_err();
    assert!(matches!(error, IdentityError::KeyMissing { .. }), "{error}");
}

#[test]
fn other_ports_change_settings_and_no_keys() {
    let stage = Stage::new();
    let (folder, _) = stage.write(&endpoints());

    let (_, written) = stage.write(&Endpoints::new(&Config::default(), [1, 2, 3]));

    assert_eq!(
        written,
        [
            "euca2ools.ini",
            "aws-config",
            "s3cfg",
            "s3cfg-tls",
            "rclone.conf",
            "boto.cfg",
            "README",
            "eucarc"
        ]
    );
    let text = fs::read_to_string(folder.join("eucarc")).unwrap();
    assert!(
        text.contains("S3_URL='http://127.0.0.1:1/services/Walrus'"),
        "{text}"
    );
}

#[test]
fn a_shell_reads_eucarc_from_anywhere() {
    let stage = Stage::new();
    let (folder, _) = stage.write(&endpoints());

    for shell in ["sh", "bash"] {
        let env = sourced(shell, &folder.join("eucarc"), "");

        let file = |name: &str| folder.join(name).to_str().unwrap().to_owned();
        for (name, want) in [
            ("EUCA_KEY_DIR", folder.to_str().unwrap().to_owned()),
            ("EC2_PRIVATE_KEY", file("admin-pk.pem")),
            ("EC2_CERT", file("admin-cert.pem")),
            ("EUCALYPTUS_CERT", file("cloud-cert.pem")),
            ("AWS_CONFIG_FILE", file("aws-config")),
            ("AWS_SHARED_CREDENTIALS_FILE", file("aws-credentials")),
            ("EC2_USER_ID", ACCOUNT.to_owned()),
            ("S3_URL", "http://127.0.0.1:8773/services/Walrus".to_owned()),
            ("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9000".to_owned()),
            ("AWS_ACCESS_KEY_ID", "AKIABCDEFGHIJKLMNOPQ".to_owned()),
        ] {
            assert_eq!(env.get(name), Some(&want), "{shell}: {name}");
        }
        assert!(!env.contains_key("AWS_PROFILE") && !env.contains_key("AWS_CA_BUNDLE"));
        let tls = sourced(shell, &folder.join("eucarc"), "AMIKIT_CLOUD_TLS=1;");
        assert_eq!(tls["S3_URL"], "https://127.0.0.1:8443/services/Walrus");
        assert_eq!(tls["AWS_CA_BUNDLE"], file("tls-ca.pem"));
        assert_eq!(tls["S3CMD_CONFIG"], file("s3cfg-tls"));
    }
}

#[test]
fn a_folder_that_was_moved_names_its_own_files() {
    let stage = Stage::new();
    let (folder, _) = stage.write(&endpoints());
    let moved = stage.data.join("moved");
    fs::rename(&folder, &moved).unwrap();

    let env = sourced("bash", &moved.join("eucarc"), "");

    assert!(
        env["EC2_CERT"].ends_with("moved/admin-cert.pem"),
        "{}",
        env["EC2_CERT"]
    );
}

#[test]
fn our_own_commands_read_euca2ools_ini_and_amazon_s_files() {
    let stage = Stage::new();
    let (folder, _) = stage.write(&endpoints());
    let with = |name: &str| {
        let path = folder.join(name);
        let text = fs::read_to_string(&path).unwrap();
        let mut config = Ours::default();
        config.add(&text, &path).unwrap();
        config
    };
    let nothing = |_: &str| None::<OsString>;
    let config = with("euca2ools.ini");
    let selection = Selection::choose(None, &nothing, &config).unwrap();
    let get = |setting| config.get(&selection, setting).unwrap().unwrap();

    assert_eq!(get(Setting::S3Url), endpoints().walrus());
    assert_eq!(get(Setting::AccountId), ACCOUNT);
    assert_eq!(get(Setting::RegionName), "us-east-1");
    assert_eq!(
        get(Setting::PrivateKey),
        folder.join("admin-pk.pem").to_str().unwrap()
    );
    assert_eq!(
        get(Setting::CloudCertificate),
        folder.join("cloud-cert.pem").to_str().unwrap()
    );
    assert_eq!(get(Setting::KeyId), "AKIABCDEFGHIJKLMNOPQ");

    let amazon = |name: &str| match name {
        "AWS_CONFIG_FILE" => Some(folder.join("aws-config").into()),
        "AWS_SHARED_CREDENTIALS_FILE" => Some(folder.join("aws-credentials").into()),
        _ => None,
    };
    let empty = Ours::default();
    let flags = CloudFlags::default();
    let selection = Selection::default();
    let cloud = Cloud::new(ServiceKind::S3, flags, &amazon, (&empty, &selection));
    let asking = Asking {
        now: Timestamp(1_795_242_111),
        interrupted: std::sync::Arc::new(|| false),
    };
    let place = cloud.place().unwrap();
    assert_eq!(
        place.endpoint,
        Endpoint::parse("http://127.0.0.1:9000", "us-east-1").unwrap()
    );
    let keys = cloud.credentials(&asking).unwrap().now;
    assert_eq!(keys.access_key_id, "AKIABCDEFGHIJKLMNOPQ");
}

#[test]
fn python_s_parser_reads_every_settings_file() {
    let stage = Stage::new();
    let (folder, _) = stage.write(&endpoints());
    let script = r#"
import configparser, sys
for name, section, option in [l.split("|") for l in sys.argv[2:]]:
    parser = configparser.ConfigParser(interpolation=None if name != "euca2ools.ini" else configparser.BasicInterpolation())
    assert parser.read(sys.argv[1] + "/" + name), name
    print(parser.get(section, option).strip())
"#;
    let asked = [
        (
            "euca2ools.ini|user admin|private-key",
            folder.join("admin-pk.pem").to_str().unwrap().to_owned(),
        ),
        (
            "aws-config|profile tls|ca_bundle",
            folder.join("tls-ca.pem").to_str().unwrap().to_owned(),
        ),
        (
            "aws-config|services amikit|s3",
            "endpoint_url = http://127.0.0.1:9000".to_owned(),
        ),
        (
            "aws-credentials|default|aws_access_key_id",
            "AKIABCDEFGHIJKLMNOPQ".to_owned(),
        ),
        ("s3cfg|default|host_base", "127.0.0.1:9000".to_owned()),
        ("s3cfg|default|host_bucket", "127.0.0.1:9000".to_owned()),
        (
            "s3cfg-tls|default|ca_certs_file",
            folder.join("tls-ca.pem").to_str().unwrap().to_owned(),
        ),
        (
            "rclone.conf|amikit|endpoint",
            "http://127.0.0.1:9000".to_owned(),
        ),
        ("boto.cfg|s3|host", "127.0.0.1".to_owned()),
    ];
    let run = Command::new("python3")
        .args(["-c", script])
        .arg(&folder)
        .args(asked.iter().map(|(ask, _)| ask))
        .output()
        .unwrap();

    let told = String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success(), "{told}");
    let got = String::from_utf8(run.stdout).unwrap();
    let want: Vec<_> = asked.iter().map(|(_, want)| want.as_str()).collect();
    assert_eq!(got.lines().collect::<Vec<_>>(), want);
}

#[test]
fn paths_that_settings_cannot_name_and_names_that_leave_the_folder_are_refused() {
    assert!(matches!(
        path_of(Path::new("/d"), "../x"),
        Err(IdentityError::UserName { .. })
    ));
    for path in ["/a\nb", "/a ;b", "/a #b"] {
        assert!(
            matches!(writable(Path::new(path)), Err(IdentityError::Path { .. })),
            "{path:?}"
        );
    }
}
