//! Images under the old tools' names: what they print, column by column.

use std::fs;

use crate::support::ec2_server::{Answer, Ec2Server, Request, assert_golden};
use crate::support::sandbox::Sandbox;

/// The names of a command: euca2ools', ec2-api-tools', and its short one.
fn names(command: &str, short: &'static str) -> [String; 3] {
    [
        format!("euca-{command}"),
        format!("ec2-{command}"),
        short.to_owned(),
    ]
}

/// Runs a command under each of its old names against the same answer, and compares.
#[track_caller]
pub(super) fn golden(
    command: &str,
    short: &'static str,
    case: &str,
    answer: (&str, &str),
    rest: &[&str],
) {
    for name in names(command, short) {
        let sandbox = Sandbox::new(&format!("compat-images-{name}-{case}"));
        let server = Ec2Server::answering(&[answer]);
        let line: Vec<_> = std::iter::once(name.as_str())
            .chain(rest.iter().copied())
            .collect();
        assert_golden(&name, case, &server.run(&sandbox, &line));
    }
}

/// Runs the native command in each of its forms.
#[track_caller]
pub(super) fn native(case: &str, answer: (&str, &str), line: &[&str]) {
    for form in ["table", "json", "tsv"] {
        let sandbox = Sandbox::new(&format!("compat-images-{}-{case}-{form}", line[0]));
        let server = Ec2Server::answering(&[answer]);
        let line: Vec<_> = line.iter().copied().chain(["--output", form]).collect();
        let run = server.run(&sandbox, &line);
        assert_golden(line[0], &format!("{case}-{form}"), &run);
    }
}

/// Asserts that a request has these parameters.
#[track_caller]
pub(super) fn has(request: &Request, want: &[(&str, &str)]) {
    for (name, value) in want {
        assert_eq!(
            request.get(*name).map(String::as_str),
            Some(*value),
            "{name}"
        );
    }
}

#[test]
fn images_are_lines_of_their_fields() {
    for case in ["eucalyptus-2", "aws"] {
        let answer = ("DescribeImages", case);
        golden("describe-images", "ec2dim", case, answer, &["-a"]);
        native(case, answer, &["describe-images", "--all"]);
    }
    let sandbox = Sandbox::new("compat-images-nil");
    let server = Ec2Server::answering(&[("DescribeImages", "eucalyptus-2")]);
    let line = ["euca-describe-images", "-a", "--show-empty-fields"];
    assert_golden(line[0], "eucalyptus-2-nil", &server.run(&sandbox, &line));
}

#[test]
fn own_images_and_those_shared_are_two_calls_merged() {
    let (command, short) = ("describe-images", "ec2dim");
    let mut lists = names(command, short).to_vec();
    lists.push(command.to_owned());
    for name in lists {
        let sandbox = Sandbox::new(&format!("compat-images-merged-{name}"));
        let server = Ec2Server::start();
        for case in ["eucalyptus-4-own", "eucalyptus-4-shared"] {
            server.answer("DescribeImages", Answer::fixture("DescribeImages", case));
        }

        let run = server.run(&sandbox, &[&name, "--filter", "architecture=x86_64"]);

        assert_golden(&name, "own-and-shared", &run);
        let requests = server.requests();
        assert_eq!(requests.len(), 2);
        has(
            &requests[0],
            &[("Owner.1", "self"), ("Filter.1.Name", "architecture")],
        );
        has(&requests[1], &[("ExecutableBy.1", "self")]);
        assert!(!requests[1].contains_key("Owner.1"));
        // Eucalyptus refuses what it does not know.
        assert!(!requests[0].contains_key("MaxResults"));
    }
}

#[test]
fn selectors_are_one_call() {
    let sandbox = Sandbox::new("compat-images-selected");
    let server = Ec2Server::answering(&[("DescribeImages", "none")]);

    let line = "euca-describe-images emi-1 emi-2 -o amazon -o self -x all";
    let run = server.run(&sandbox, &line.split(' ').collect::<Vec<_>>());

    run.succeeded();
    let want = [
        ("ImageId.1", "emi-1"),
        ("ImageId.2", "emi-2"),
        ("Owner.1", "amazon"),
        ("Owner.2", "self"),
        ("ExecutableBy.1", "all"),
    ];
    has(&server.request("DescribeImages"), &want);
    for rest in [&["emi-1"][..], &["-o", "self"], &["-x", "self"]] {
        let line = [&["euca-describe-images", "-a"], rest].concat();
        let run = server.run(&sandbox, &line);
        run.failed(2, "not allowed with");
    }
}

#[test]
fn registered_images_are_told_by_their_id() {
    let answer = ("RegisterImage", "eucalyptus");
    let rest = ["images/web.manifest.xml", "-n", "web", "-a", "x86_64"];
    golden("register", "ec2reg", "manifest", answer, &rest);
    let answer = ("RegisterImage", "aws");
    let rest = ["-s", "snap-1", "-n", "web", "--kernel", "aki-1"];
    golden("register", "ec2reg", "snapshot", answer, &rest);
    let line = [&["register"], &rest[..], &["-a", "arm64"]].concat();
    native("snapshot", answer, &line);
}

#[test]
fn every_option_of_registering_is_a_parameter() {
    let sandbox = Sandbox::new("compat-images-register-options");
    fs::write(sandbox.path("uefi"), "QU1aTlVFRkk\n=\n").expect("write UEFI data");
    let server = Ec2Server::answering(&[("RegisterImage", "aws")]);
    let line = "register -s snap-1 -n web -d Web -a arm64 --kernel aki-1 --ramdisk ari-1 \
                --root-device-name /dev/xvda --virtualization-type hvm --platform windows \
                --boot-mode uefi --ena --sriov simple --tpm-support v2.0 --uefi-data uefi \
                --imds-support v2.0 --billing-product bp-1 --billing-product bp-2 \
                -b /dev/sdb=none --tag Name=web";

    server
        .run(&sandbox, &line.split_whitespace().collect::<Vec<_>>())
        .succeeded();

    let want = [
        ("Name", "web"),
        ("Description", "Web"),
        ("Architecture", "arm64"),
        ("KernelId", "aki-1"),
        ("RamdiskId", "ari-1"),
        ("RootDeviceName", "/dev/xvda"),
        ("VirtualizationType", "hvm"),
        ("Platform", "windows"),
        ("BootMode", "uefi"),
        ("EnaSupport", "true"),
        ("SriovNetSupport", "simple"),
        ("TpmSupport", "v2.0"),
        ("UefiData", "QU1aTlVFRkk="),
        ("ImdsSupport", "v2.0"),
        ("BillingProduct.1", "bp-1"),
        ("BillingProduct.2", "bp-2"),
        ("BlockDeviceMapping.1.DeviceName", "/dev/sdb"),
        ("BlockDeviceMapping.1.NoDevice", "true"),
        ("BlockDeviceMapping.2.DeviceName", "/dev/xvda"),
        ("BlockDeviceMapping.2.Ebs.SnapshotId", "snap-1"),
        ("TagSpecification.1.ResourceType", "image"),
        ("TagSpecification.1.Tag.1.Key", "Name"),
        ("TagSpecification.1.Tag.1.Value", "web"),
    ];
    has(&server.request("RegisterImage"), &want);
}

#[test]
fn what_makes_no_image_is_a_usage_error_before_any_request() {
    let sandbox = Sandbox::new("compat-images-register-usage");
    let server = Ec2Server::start();
    for (rest, want) in [
        ("-n web", "neither a manifest, nor a snapshot"),
        ("m.xml -n web -s snap-1", "no snapshot of its own"),
        (
            "m.xml -n web --root-device-name sda",
            "no root device name of its own",
        ),
        (
            "-n web -s snap-1 -b /dev/sda1=snap-2",
            "is to be both snap-1 and",
        ),
        (
            "m.xml -n web -b sdb=disk",
            "what it is mapped to is \"disk\", expected none",
        ),
        ("m.xml -n web --virtualization-type xen", "xen"),
        ("m.xml -n web --platform linux", "linux"),
    ] {
        for name in ["register", "euca-register"] {
            let line: Vec<_> = std::iter::once(name).chain(rest.split(' ')).collect();
            let run = server.run(&sandbox, &line);
            run.failed(2, want);
        }
    }
    assert!(server.requests().is_empty());
}

#[test]
fn waiting_ends_when_the_image_can_be_run_or_has_failed() {
    let sandbox = Sandbox::new("compat-images-wait");
    let line = [
        "register", "m.xml", "-n", "web", "--wait", "--output", "json",
    ];
    let server = Ec2Server::answering(&[
        ("RegisterImage", "aws"),
        ("DescribeImages", "none"),
        ("DescribeImages", "pending"),
        ("DescribeImages", "available"),
    ]);
    assert_golden("register", "waited", &server.run(&sandbox, &line));
    assert_eq!(server.requests().len(), 4);

    let server = Ec2Server::answering(&[("RegisterImage", "aws"), ("DescribeImages", "failed")]);
    let run = server.run(&sandbox, &line);
    let want = "ami-0abcdef1234567890 failed: The key of the snapshot cannot be used";
    run.failed(3, want);
}

#[test]
fn deregistered_images_are_told_by_their_id() {
    for name in names("deregister", "ec2dereg") {
        let sandbox = Sandbox::new(&format!("compat-images-{name}"));
        let server = Ec2Server::answering(&[
            ("DeregisterImage", "eucalyptus"),
            ("DescribeImages", "deregistered"),
        ]);
        let run = server.run(&sandbox, &[&name, "emi-B2FDCF9B"]);
        assert_golden(&name, "twice", &run);
        let requests = server.requests();
        let actions: Vec<_> = requests.iter().map(|r| r["Action"].as_str()).collect();
        let (ask, look) = ("DeregisterImage", "DescribeImages");
        assert_eq!(actions, [ask, look, ask, look]);
    }
    for form in ["table", "json", "tsv"] {
        let sandbox = Sandbox::new(&format!("compat-images-deregister-{form}"));
        let server = Ec2Server::answering(&[
            ("DeregisterImage", "aws-snapshots"),
            ("DescribeImages", "none"),
        ]);
        let line = "deregister --delete-snapshots ami-1 ami-2 --output";
        let line: Vec<_> = line.split(' ').chain([form]).collect();
        assert_golden(line[0], form, &server.run(&sandbox, &line));
        has(
            &server.requests()[0],
            &[("DeleteAssociatedSnapshots", "true")],
        );
    }
}

#[test]
fn an_image_that_cannot_be_deregistered_does_not_hide_those_that_are() {
    let sandbox = Sandbox::new("compat-images-deregister-some");
    let server = Ec2Server::answering(&[
        ("DeregisterImage", "eucalyptus"),
        ("DescribeImages", "none"),
    ]);
    let refusal = Answer::refusal(400, "InvalidAMIID.NotFound", "no such image");
    server.answer("DeregisterImage", refusal);

    let run = server.run(
        &sandbox,
        &["deregister", "emi-1", "emi-2", "--output", "tsv"],
    );

    assert_eq!(
        String::from_utf8_lossy(&run.stdout),
        "image\tsnapshots\nemi-1\t\n"
    );
    run.failed(7, "InvalidAMIID.NotFound");
}

#[test]
fn copies_and_images_of_instances_are_told_by_their_id() {
    let answer = ("CopyImage", "aws");
    let rest = ["-r", "us-east-1", "-s", "ami-1", "-n", "web", "-d", "Web"];
    golden("copy-image", "ec2cpimg", "copied", answer, &rest);
    native("copied", answer, &[&["copy-image"], &rest[..]].concat());
    let answer = ("CreateImage", "aws");
    let rest = [
        "i-1",
        "-n",
        "web",
        "--no-reboot",
        "-b",
        "/dev/sdb=ephemeral0",
    ];
    golden("create-image", "ec2cim", "created", answer, &rest);
    native("created", answer, &[&["create-image"], &rest[..]].concat());
}

#[test]
fn a_copy_has_a_token_of_its_own_or_the_user_s() {
    let sandbox = Sandbox::new("compat-images-tokens");
    let server = Ec2Server::answering(&[("CopyImage", "aws")]);
    let line = "copy-image -r us-east-1 -s ami-1 --kms-key-id alias/x --copy-tags --tag a=b \
                --tag-snapshots";
    for token in ["", "", " -c mine"] {
        let line = format!("{line}{token}");
        let run = server.run(&sandbox, &line.split(' ').collect::<Vec<_>>());
        run.succeeded();
    }

    let requests = server.requests();
    let tokens: Vec<_> = requests.iter().map(|r| r["ClientToken"].as_str()).collect();
    assert_eq!(tokens[0].len(), 32);
    assert_ne!(tokens[0], tokens[1]);
    assert_eq!(tokens[2], "mine");
    let want = [
        ("Encrypted", "true"),
        ("KmsKeyId", "alias/x"),
        ("CopyImageTags", "true"),
        ("TagSpecification.1.ResourceType", "image"),
        ("TagSpecification.2.ResourceType", "snapshot"),
    ];
    has(&requests[0], &want);
}

#[test]
fn dry_runs_ask_and_do_nothing() {
    let sandbox = Sandbox::new("compat-images-dry-run");
    for (action, line) in [
        ("RegisterImage", "register m.xml -n web"),
        ("DeregisterImage", "deregister ami-1"),
        (
            "ModifyImageAttribute",
            "modify-image-attribute ami-1 -l -a all",
        ),
        ("ResetImageAttribute", "reset-image-attribute ami-1 -l"),
        ("CopyImage", "copy-image -r us-east-1 -s ami-1"),
        ("CreateImage", "create-image i-1 -n web"),
    ] {
        let server = Ec2Server::start();
        let granted = Answer::refusal(412, "DryRunOperation", "would have succeeded");
        server.answer(action, granted);

        let run = server.run(
            &sandbox,
            &line.split(' ').chain(["--dry-run"]).collect::<Vec<_>>(),
        );

        run.succeeded();
        has(&server.request(action), &[("DryRun", "true")]);
        // Besides, it is asked first whether the service knows dry runs at all.
        let really = |request: &Request| !request.contains_key("DryRun");
        assert!(!server.requests().iter().any(really));
    }
}

/// Between device and snapshot is the column of a virtual name, which a snapshot has none of.
#[test]
fn ec2_api_tools_keep_an_empty_column_before_a_snapshot() {
    let sandbox = Sandbox::new("compat-images-api-mapping");
    let server = Ec2Server::answering(&[("DescribeImages", "aws")]);
    let run = |name| {
        server
            .run(&sandbox, &[name, "-a"])
            .succeeded()
            .stdout
            .clone()
    };

    let api = String::from_utf8(run("ec2-describe-images")).expect("text");
    let euca = String::from_utf8(run("euca-describe-images")).expect("text");

    let line = "BLOCKDEVICEMAPPING\tEBS\t/dev/xvda\t\tsnap-0aaaabbbbccccdddd\t8\ttrue\tgp3\t3000\n";
    assert!(api.contains(line), "{api}");
    assert!(euca.contains(&line.replace("\t\t", "\t")), "{euca}");
    assert!(api.contains("BLOCKDEVICEMAPPING\tEPHEMERAL\t/dev/sdb\tephemeral0\n"));
}
