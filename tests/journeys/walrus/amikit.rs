//! Our own commands at the small cloud: by all their names, with both signatures, at every
//! address; and with every database and store.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use amikit::units::Bytes;

use super::round::{Round, Verdict, nothing_failed};
use crate::support::peers::{client, objects_by_boto3};
use crate::support::s3_server::digests;
use crate::support::sandbox::{Outcome, Sandbox, only_file};
use crate::support::small_cloud::{Address, SmallCloud, every_combination};
use crate::support::{image, key};

/// What our commands are called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Names {
    Ours,
    Euca2ools,
    Ec2AmiTools,
}

/// Names, an address, and the signature that is used there.
pub struct Way {
    /// The head of its column.
    pub title: &'static str,
    names: Names,
    address: Address,
    signature: &'static str,
}

/// Commands in the order in which they are run; rows of `docs/walrus-clients.md`.
pub const COMMANDS: [&str; 9] = [
    "upload-bundle",
    "check-bucket",
    "download-bundle",
    "uploads list",
    "uploads abort",
    "delete-bundle",
    "bundle-and-upload",
    "download-and-unbundle",
    "doctor",
];

/// Every way that they go; columns of `docs/walrus-clients.md`.
pub const WAYS: [Way; 12] = [
    way("root, V4", Names::Ours, Address::Root, "v4"),
    way("root, V2", Names::Ours, Address::Root, "v2"),
    way("Walrus, V4", Names::Ours, Address::Walrus, "v4"),
    way("Walrus, V2", Names::Ours, Address::Walrus, "v2"),
    way(
        "objectstorage, V4",
        Names::Ours,
        Address::ObjectStorage,
        "v4",
    ),
    way(
        "objectstorage, V2",
        Names::Ours,
        Address::ObjectStorage,
        "v2",
    ),
    way("TLS, V4", Names::Ours, Address::Tls, "v4"),
    way("TLS, V2", Names::Ours, Address::Tls, "v2"),
    way("euca-…, V4", Names::Euca2ools, Address::Walrus, "v4"),
    way("euca-…, V2", Names::Euca2ools, Address::Walrus, "v2"),
    way("ec2-…, V4", Names::Ec2AmiTools, Address::Walrus, "v4"),
    way("ec2-…, V2", Names::Ec2AmiTools, Address::Walrus, "v2"),
];

const fn way(title: &'static str, names: Names, address: Address, signature: &'static str) -> Way {
    Way {
        title,
        names,
        address,
        signature,
    }
}

/// What the rounds at a cloud share: an image and its bundle.
pub struct Stage<'a> {
    sandbox: &'a Sandbox,
    cloud: &'a SmallCloud,
    disk: PathBuf,
    bundle: BTreeMap<String, String>,
}

impl<'a> Stage<'a> {
    /// Makes the image, the bundle, and links with our commands' other names.
    pub fn new(sandbox: &'a Sandbox, cloud: &'a SmallCloud) -> Self {
        sandbox.folder("links");
        sandbox.run(["install-links", "links"]).succeeded();
        let old = "[global]\ndefault-region = old\n[region old]\ns3-force-sigv4 = false\n";
        fs::write(sandbox.path("v2.ini"), old).expect("write a configuration");
        let disk = image::dense(&sandbox.path("disk.img"), Bytes::mib(5));
        let bundle = sandbox.bundle(&disk, "bundle", &["--part-size", "1m"]);
        Self {
            sandbox,
            cloud,
            disk,
            bundle: digests(&bundle.folder),
        }
    }

    /// Goes one way: all commands that have a name there, in turn.
    pub fn round(&self, way: &Way) -> Round {
        let slug: String = way
            .title
            .to_lowercase()
            .replace(|c: char| !c.is_ascii_alphanumeric(), "");
        let verdict = |command: &&str| {
            let verdict = match self.attempt(way, command, &format!("way-{slug}")) {
                None => Verdict::NotApplicable,
                Some(Ok(())) => Verdict::Done,
                Some(Err(why)) => Verdict::Failed(why),
            };
            ((*command).to_owned(), verdict)
        };
        COMMANDS.iter().map(verdict).collect()
    }

    /// None if the command has no such name.
    fn attempt(&self, way: &Way, command: &str, bucket: &str) -> Option<Result<(), String>> {
        let run = |arguments: &[&str]| self.run(way, command, bucket, arguments);
        let confirmed: &[&str] = match way.names {
            Names::Euca2ools => &[],
            Names::Ours | Names::Ec2AmiTools => &["--yes"],
        };
        let has_name = match way.names {
            Names::Ours => true,
            Names::Euca2ools => !command.starts_with("uploads") && command != "doctor",
            Names::Ec2AmiTools => {
                ["upload-bundle", "download-bundle", "delete-bundle"].contains(&command)
            }
        };
        let attempt = || match command {
            "upload-bundle" => {
                run(&["-m", "bundle/golden.manifest.xml"])?;
                same(&self.objects(bucket), &self.bundle)
            }
            "check-bucket" => run(&[]).map(drop),
            "download-bundle" => {
                let back = format!("back-{bucket}");
                let folder = self.sandbox.folder(&back);
                let mut arguments = vec!["-m", "golden.manifest.xml", "-d", &back];
                let private = file("euca-user.pem");
                if way.names == Names::Ec2AmiTools {
                    arguments.extend(["-k", &private]);
                }
                run(&arguments)?;
                same(&digests(&folder), &self.bundle)
            }
            "uploads list" => {
                self.begin_upload(bucket);
                contains(&run(&[])?, "pending-key", true)
            }
            "uploads abort" => {
                run(confirmed)?;
                let left = self.run(way, "uploads list", bucket, &[])?;
                contains(&left, "pending-key", false)
            }
            "delete-bundle" => {
                run(&[&["-p", "golden", "--clear"], confirmed].concat())?;
                same(&self.objects(bucket), &BTreeMap::new())
            }
            "bundle-and-upload" => self.bundle_and_upload(way, bucket),
            "download-and-unbundle" => {
                let back = format!("image-{bucket}");
                let folder = self.sandbox.folder(&back);
                let private = file("euca-user.pem");
                run(&["-m", "golden.manifest.xml", "-d", &back, "-k", &private])?;
                let read = |path| fs::read(path).expect("read an image");
                if read(only_file(&folder)) == read(self.disk.clone()) {
                    Ok(())
                } else {
                    Err("the image came back different".to_owned())
                }
            }
            "doctor" => contains(&run(&[])?, "the service takes the keys", true),
            other => Err(format!("no round for {other}")),
        };
        has_name.then(attempt)
    }

    fn bundle_and_upload(&self, way: &Way, bucket: &str) -> Result<(), String> {
        let [private, user, of_cloud] =
            ["euca-user.pem", "euca-user.crt", "euca-cloud.crt"].map(file);
        let arguments = [
            ["-i", "disk.img"],
            ["-p", "golden"],
            ["-r", "x86_64"],
            ["-u", "123456789012"],
            ["-k", &private],
            ["-c", &user],
            ["--ec2cert", &of_cloud],
        ];
        self.run(way, "bundle-and-upload", bucket, &arguments.concat())?;
        Ok(())
    }

    /// Begins an upload that nobody completes.
    fn begin_upload(&self, bucket: &str) {
        let script = "import boto3, sys; boto3.client('s3').create_multipart_upload(\
                      Bucket=sys.argv[1], Key='pending-key')";
        let environment = self.cloud.environment(Address::Root);
        client(
            self.sandbox,
            "python",
            &["-c", script, bucket],
            &environment,
        )
        .succeeded();
    }

    fn objects(&self, bucket: &str) -> BTreeMap<String, String> {
        let environment = self.cloud.environment(Address::Root);
        objects_by_boto3(self.sandbox, bucket, &environment)
    }

    /// Runs a command by its name there; what it says on standard output.
    fn run(
        &self,
        way: &Way,
        command: &str,
        bucket: &str,
        arguments: &[&str],
    ) -> Result<String, String> {
        let mut line: Vec<&str> = Vec::new();
        let program = match way.names {
            Names::Ours => {
                line.extend(command.split(' '));
                line.extend(["--signature", way.signature]);
                PathBuf::from(env!("CARGO_BIN_EXE_amikit"))
            }
            Names::Euca2ools => {
                let is_old = command == "bundle-and-upload";
                let tail = if is_old { "-image" } else { "" };
                self.sandbox.path(&format!("links/euca-{command}{tail}"))
            }
            Names::Ec2AmiTools => {
                line.extend(["--sigv", way.signature.trim_start_matches('v')]);
                self.sandbox.path(&format!("links/ec2-{command}"))
            }
        };
        line.extend(["-b", bucket]);
        line.extend(arguments);
        let mut process = self.sandbox.command(program);
        process.args(line).envs(self.cloud.environment(way.address));
        if way.names == Names::Euca2ools && way.signature == "v2" {
            process.env("EUCA_CONFIG_PATH", self.sandbox.path("v2.ini"));
        }
        let outcome = Outcome::of(process.output().expect("run a command"));
        match outcome.status {
            Some(0) => Ok(String::from_utf8_lossy(&outcome.stdout).into_owned()),
            _ => Err(outcome.stderr),
        }
    }
}

fn file(name: &str) -> String {
    key(name).to_str().expect("a path in UTF-8").to_owned()
}

fn same(got: &BTreeMap<String, String>, want: &BTreeMap<String, String>) -> Result<(), String> {
    if got == want {
        return Ok(());
    }
    Err(format!("there are {got:?}, not {want:?}"))
}

fn contains(text: &str, what: &str, wanted: bool) -> Result<(), String> {
    if text.contains(what) == wanted {
        return Ok(());
    }
    Err(format!("{what:?} is told: {}; it said:\n{text}", !wanted))
}

/// Every third way: both signatures, three addresses, two sets of names. `table.rs` goes them all,
/// with a database and a store.
#[test]
fn our_commands_do_everything_with_every_database_and_store() {
    every_combination("walrus-amikit", |sandbox, cloud| {
        let stage = Stage::new(sandbox, cloud);
        for way in WAYS.iter().step_by(3) {
            nothing_failed(way.title, cloud.kind(), &stage.round(way));
        }
    });
}

#[test]
fn an_image_goes_up_and_comes_back_without_a_bundle_on_disk() {
    let sandbox = Sandbox::new("walrus-amikit-stream");
    let mut cloud = SmallCloud::start(&sandbox);
    let disk = image::dense(&sandbox.path("disk.img"), Bytes::mib(25));
    let disk = disk.to_str().expect("a path in UTF-8");
    let (private, user, of_cloud) = (
        file("euca-user.pem"),
        file("euca-user.crt"),
        file("euca-cloud.crt"),
    );

    let up = [
        "bundle-and-upload",
        "-i",
        disk,
        "-p",
        "golden",
        "-r",
        "x86_64",
        "-u",
        "123456789012",
        "-k",
        &private,
        "-c",
        &user,
        "--ec2cert",
        &of_cloud,
        "-b",
        "images",
    ];
    cloud.run(&sandbox, Address::Walrus, &up).succeeded();
    let down = [
        "download-and-unbundle",
        "-b",
        "images",
        "-m",
        "golden.manifest.xml",
        "-d",
        "back",
        "-k",
        &private,
    ];
    sandbox.folder("back");
    cloud.run(&sandbox, Address::Walrus, &down).succeeded();

    let sent = fs::read(disk).expect("read the image");
    let back = only_file(&sandbox.path("back"));
    assert!(fs::read(back).expect("read what came") == sent);
    cloud.stop();
}

#[test]
fn a_policy_lets_post_what_it_says_and_nothing_else() {
    let sandbox = Sandbox::new("walrus-amikit-policy");
    let mut cloud = SmallCloud::start(&sandbox);
    let disk = image::dense(&sandbox.path("disk.img"), Bytes::mib(2));
    let bundle = sandbox.bundle(&disk, "bundle", &["--part-size", "1m"]);
    let wanted = digests(&bundle.folder);
    let amikit = |address: Address, arguments: &[&str]| {
        let arguments = [arguments, &["-b", "posted"]].concat();
        cloud.run(&sandbox, address, &arguments)
    };
    let manifest = "bundle/golden.manifest.xml";
    let upload = ["upload-bundle", "-m", manifest, "--acl", "private"];
    let delete = ["delete-bundle", "-p", "golden", "--yes"];
    amikit(Address::Root, &upload).succeeded();
    amikit(Address::Root, &delete).succeeded();
    for address in [Address::Root, Address::Walrus] {
        let post = |prefix: &str| {
            let policy = format!(
                r#"{{"expiration": "2099-01-01T00:00:00Z", "conditions": [{{"bucket": "posted"}},
                   ["starts-with", "$key", "{prefix}"], {{"acl": "private"}}]}}"#
            );
            std::fs::write(sandbox.path("policy.json"), policy).expect("write a policy");
            let more = ["--upload-policy-file", "policy.json"];
            amikit(address, &[&upload[..], &more].concat())
        };

        post("other").failed(3, "PostObject");
        post("golden").succeeded();

        let back = format!("back-{address:?}");
        let download = ["download-bundle", "-m", "golden.manifest.xml", "-d", &back];
        amikit(address, &download).succeeded();
        assert_eq!(digests(&sandbox.path(&back)), wanted);
        amikit(address, &delete).succeeded();
    }
    cloud.stop();
}
