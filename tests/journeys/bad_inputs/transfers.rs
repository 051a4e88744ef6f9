//! What is wrong on this side of an upload, a download, a deletion. No service is asked: where
//! these rows point to, nobody listens.

use std::ffi::OsString;
use std::fs;

use super::{Row, good, part};
use crate::support::key;
use crate::support::sandbox::Sandbox;

/// A place where nobody listens, with keys that nobody has.
const NOWHERE: &str = "-I AKIDTEST -S secret --url http://127.0.0.1:9 --retries 0";

/// Arguments from words; `KEYS/` is the folder of the throw-away keys, up to the names.
fn words(line: &str) -> Vec<OsString> {
    let prefix = key("").display().to_string();
    let line = line.replace("KEYS/", &prefix).replace("NOWHERE", NOWHERE);
    line.split_whitespace().map(OsString::from).collect()
}

/// An upload of a good bundle, with these options besides.
fn upload(sandbox: &Sandbox, more: &str) -> Vec<OsString> {
    good(sandbox);
    words(&format!(
        "upload-bundle -m bundle/golden.manifest.xml {more}"
    ))
}

/// The same with keys and a URL.
fn upload_nowhere(sandbox: &Sandbox, more: &str) -> Vec<OsString> {
    upload(sandbox, &format!("-b images NOWHERE {more}"))
}

/// An upload by a policy, which is in a file.
fn with_policy(sandbox: &Sandbox, policy: &str) -> Vec<OsString> {
    fs::write(sandbox.path("policy"), policy).expect("write a policy");
    upload_nowhere(sandbox, "--upload-policy-file policy")
}

/// An upload with these settings of euca2ools' kind.
fn with_settings(sandbox: &Sandbox, text: &str, more: &str) -> Vec<OsString> {
    let folder = sandbox.folder("home/.euca");
    fs::write(folder.join("cloud.ini"), text).expect("write the settings");
    upload(sandbox, &format!("-b images {more}"))
}

/// An upload with these settings of the AWS tools' kind.
fn with_profile(sandbox: &Sandbox, name: &str, text: &str) -> Vec<OsString> {
    let folder = sandbox.folder("home/.aws");
    fs::write(folder.join(name), text).expect("write the settings");
    upload(sandbox, "-b images --url http://127.0.0.1:9 --retries 0")
}

pub(super) const ROWS: &[Row] = &[
    Row {
        wrong: "uploading with no such manifest",
        exit: 1,
        prepare: |_| words("upload-bundle -b images -m none.xml NOWHERE"),
    },
    Row {
        wrong: "uploading from no such directory",
        exit: 1,
        prepare: |sandbox| upload_nowhere(sandbox, "-d none"),
    },
    Row {
        wrong: "a part that is gone",
        exit: 1,
        prepare: |sandbox| {
            let arguments = upload_nowhere(sandbox, "");
            fs::remove_file(sandbox.path("bundle/golden.part.00")).expect("remove a part");
            arguments
        },
    },
    Row {
        wrong: "a part that is a directory",
        exit: 1,
        prepare: |sandbox| {
            let path = part(&good(sandbox));
            let arguments = words("upload-bundle -b images -m bundle/golden.manifest.xml NOWHERE");
            fs::remove_file(&path).expect("remove a part");
            fs::create_dir(path).expect("make a directory");
            arguments
        },
    },
    Row {
        wrong: "a part that is too short",
        exit: 4,
        prepare: |sandbox| {
            let arguments = upload_nowhere(sandbox, "");
            fs::write(sandbox.path("bundle/golden.part.00"), "short").expect("cut a part");
            arguments
        },
    },
    Row {
        wrong: "a first part beyond the last",
        exit: 2,
        prepare: |sandbox| upload_nowhere(sandbox, "--part 7"),
    },
    Row {
        wrong: "a first part that is no number",
        exit: 2,
        prepare: |sandbox| upload_nowhere(sandbox, "--part first"),
    },
    Row {
        wrong: "a bucket of two letters",
        exit: 2,
        prepare: |sandbox| upload(sandbox, "-b ab NOWHERE"),
    },
    Row {
        wrong: "a bucket that is a URL",
        exit: 2,
        prepare: |sandbox| upload(sandbox, "-b s3://images/web NOWHERE"),
    },
    Row {
        wrong: "a prefix that leads out",
        exit: 2,
        prepare: |sandbox| upload(sandbox, "-b images/../other NOWHERE"),
    },
    Row {
        wrong: "an ACL that nobody knows",
        exit: 2,
        prepare: |sandbox| upload_nowhere(sandbox, "--acl everybody"),
    },
    Row {
        wrong: "a million requests at once",
        exit: 2,
        prepare: |sandbox| upload_nowhere(sandbox, "--jobs 1000000"),
    },
    Row {
        wrong: "a time-out of nothing",
        exit: 2,
        prepare: |sandbox| upload_nowhere(sandbox, "--timeout 0"),
    },
    Row {
        wrong: "a signature of version 3",
        exit: 2,
        prepare: |sandbox| upload_nowhere(sandbox, "--signature v3"),
    },
    Row {
        wrong: "certificates that are none",
        exit: 6,
        prepare: |sandbox| {
            let place = "-I a -S b --url https://127.0.0.1:9 --retries 0";
            upload(
                sandbox,
                &format!("-b images {place} --ca-bundle bundle/golden.manifest.xml"),
            )
        },
    },
    Row {
        wrong: "a URL without its scheme",
        exit: 2,
        prepare: |sandbox| upload(sandbox, "-b images -I a -S b --url s3.example.org"),
    },
    Row {
        wrong: "a URL of another kind",
        exit: 2,
        prepare: |sandbox| upload(sandbox, "-b images -I a -S b --url ftp://s3.example.org"),
    },
    Row {
        wrong: "a region that is nowhere",
        exit: 6,
        prepare: |sandbox| upload(sandbox, "-b images -I a -S b --region atlantis"),
    },
    Row {
        wrong: "no region and no URL",
        exit: 6,
        prepare: |sandbox| upload(sandbox, "-b images -I a -S b"),
    },
    Row {
        wrong: "a policy that is not JSON",
        exit: 2,
        prepare: |sandbox| with_policy(sandbox, "eyJjb25kaXRpb25zIjpbXX0="),
    },
    Row {
        wrong: "a policy that is a list",
        exit: 2,
        prepare: |sandbox| with_policy(sandbox, "[]"),
    },
    Row {
        wrong: "a policy of 64 KiB",
        exit: 2,
        prepare: |sandbox| with_policy(sandbox, &" ".repeat(70_000)),
    },
    Row {
        wrong: "settings that are no settings",
        exit: 6,
        prepare: |sandbox| with_settings(sandbox, "s3-url = x\n", "--region a"),
    },
    Row {
        wrong: "settings that lead in circles",
        exit: 6,
        prepare: |sandbox| {
            let text = "[region a]\ns3-url = use b\n[region b]\ns3-url = use a\n";
            with_settings(sandbox, text, "--region a -I a -S b")
        },
    },
    Row {
        wrong: "a switch that is neither on nor off",
        exit: 6,
        prepare: |sandbox| {
            let text = "[region a]\ns3-url = http://127.0.0.1:9\ns3-force-sigv4 = perhaps\n";
            with_settings(sandbox, text, "--region a -I a -S b")
        },
    },
    Row {
        wrong: "a profile with half a pair of keys",
        exit: 6,
        prepare: |sandbox| {
            with_profile(sandbox, "credentials", "[default]\naws_access_key_id = a\n")
        },
    },
    Row {
        wrong: "a profile whose program fails",
        exit: 6,
        prepare: |sandbox| {
            with_profile(sandbox, "config", "[default]\ncredential_process = false\n")
        },
    },
    Row {
        wrong: "downloading into no such place",
        exit: 1,
        prepare: |_| words("download-bundle -b images -p x -d none/here NOWHERE"),
    },
    Row {
        wrong: "downloading into a file",
        exit: 2,
        prepare: |sandbox| {
            fs::write(sandbox.path("file"), "").expect("write a file");
            words("download-bundle -b images -p x -d file NOWHERE")
        },
    },
    Row {
        wrong: "a local manifest that is none",
        exit: 1,
        prepare: |sandbox| {
            fs::write(sandbox.path("page.xml"), "<html/>").expect("write a page");
            words("download-bundle -b images --local-manifest page.xml -d out NOWHERE")
        },
    },
    Row {
        wrong: "unbundling from afar with a key that is none",
        exit: 6,
        prepare: |_| words("download-and-unbundle -b images -p x -k KEYS/euca-user.crt NOWHERE"),
    },
    Row {
        wrong: "migrating with somebody else's key",
        exit: 6,
        prepare: |sandbox| {
            good(sandbox);
            words(
                "migrate-manifest -m bundle/golden.manifest.xml -k KEYS/ec2-user.pem \
                 -c KEYS/euca-user.crt --ec2cert KEYS/ec2-cloud.crt --no-mapping",
            )
        },
    },
    Row {
        wrong: "migrating what somebody else signed",
        exit: 4,
        prepare: |sandbox| {
            good(sandbox);
            words(
                "migrate-manifest -m bundle/golden.manifest.xml -k KEYS/ec2-user.pem \
                 -c KEYS/ec2-user.crt --ec2cert KEYS/ec2-cloud.crt --no-mapping",
            )
        },
    },
];
