//! Snapshots under the old tools' names: what they ask for and print, column by column.

use crate::support::ec2_server::{Ec2Server, assert_golden};
use crate::support::sandbox::Sandbox;

/// What the native commands print, besides the old tools' lines.
const FORMS: [&str; 3] = ["table", "json", "tsv"];

#[test]
fn a_list_of_snapshots_has_one_s_own_and_the_shared_ones_once_each() {
    let sandbox = Sandbox::new("compat-snapshots");
    let server = || {
        Ec2Server::answering(&[
            ("DescribeSnapshots", "aws"),
            ("DescribeSnapshots", "shared"),
        ])
    };
    for name in [
        "euca-describe-snapshots",
        "ec2-describe-snapshots",
        "ec2dsnap",
    ] {
        let server = server();
        assert_golden(name, "own-and-shared", &server.run(&sandbox, &[name]));
        let requests = server.requests();
        assert_eq!(requests.len(), 2);
        assert_eq!(requests[0]["Owner.1"], "self");
        assert_eq!(requests[1]["RestorableBy.1"], "self");
        assert_eq!(requests[1].get("Owner.1"), None);
    }
    for form in FORMS {
        let line = ["describe-snapshots", "--output", form];
        assert_golden(line[0], form, &server().run(&sandbox, &line));
    }
}

#[test]
fn old_services_leave_columns_out() {
    let sandbox = Sandbox::new("compat-snapshots-old");
    let server = Ec2Server::answering(&[("DescribeSnapshots", "eucalyptus")]);
    let name = "euca-describe-snapshots";

    let plain = server.run(&sandbox, &[name, "-a"]);
    let nil = server.run(&sandbox, &[name, "-a", "--show-empty-fields"]);

    assert_golden(name, "eucalyptus", &plain);
    assert_golden(name, "eucalyptus-nil", &nil);
    for request in server.requests() {
        assert!(!request.contains_key("Owner.1") && !request.contains_key("RestorableBy.1"));
    }
}

#[test]
fn owners_and_users_are_asked_for_in_one_request() {
    let sandbox = Sandbox::new("compat-snapshots-request");
    let server = Ec2Server::answering(&[("DescribeSnapshots", "aws")]);

    let line = "ec2dsnap snap-1 snap-2 -o self -o 123456789012 -r all -F status=completed";
    let words: Vec<_> = line.split_whitespace().collect();
    server.run(&sandbox, &words).succeeded();

    let request = server.request("DescribeSnapshots");
    for (name, value) in [
        ("SnapshotId.1", "snap-1"),
        ("SnapshotId.2", "snap-2"),
        ("Owner.1", "self"),
        ("Owner.2", "123456789012"),
        ("RestorableBy.1", "all"),
        ("Filter.1.Name", "status"),
        ("Filter.1.Value.1", "completed"),
    ] {
        assert_eq!(request[name], value, "{name}");
    }
    let contradiction = ["euca-describe-snapshots", "-a", "-o", "self"];
    server.run(&sandbox, &contradiction).failed(2, "--all");
}

#[test]
fn a_new_snapshot_is_one_line_that_tells_no_progress() {
    let sandbox = Sandbox::new("compat-create-snapshot");
    let server = Ec2Server::answering(&[("CreateSnapshot", "eucalyptus")]);
    for name in ["euca-create-snapshot", "ec2-create-snapshot", "ec2addsnap"] {
        let line = [name, "vol-1A2B3C4D", "-d", "before the update"];
        assert_golden(name, "pending", &server.run(&sandbox, &line));
    }
    for form in FORMS {
        let line = ["create-snapshot", "vol-1A2B3C4D", "--output", form];
        assert_golden(line[0], form, &server.run(&sandbox, &line));
    }
    let tagged = ["create-snapshot", "vol-1A2B3C4D", "--tag", "Name=x=y"];
    server.run(&sandbox, &tagged).succeeded();

    let requests = server.requests();
    assert_eq!(requests[0]["VolumeId"], "vol-1A2B3C4D");
    assert_eq!(requests[0]["Description"], "before the update");
    let last = &requests[requests.len() - 1];
    assert_eq!(last["TagSpecification.1.ResourceType"], "snapshot");
    assert_eq!(last["TagSpecification.1.Tag.1.Value"], "x=y");
}

#[test]
fn waiting_ends_when_the_copy_does_or_fails() {
    let sandbox = Sandbox::new("compat-snapshot-wait");
    let line = [
        "create-snapshot",
        "vol-1A2B3C4D",
        "--wait",
        "--output",
        "tsv",
    ];
    let server = |cases: &[&str]| {
        let server = Ec2Server::answering(&[("CreateSnapshot", "eucalyptus")]);
        for case in cases {
            let answer = crate::support::ec2_server::Answer::fixture("DescribeSnapshots", case);
            server.answer("DescribeSnapshots", answer);
        }
        server
    };

    let run = server(&["pending", "completed"]).run(&sandbox, &line);
    let text = String::from_utf8_lossy(&run.succeeded().stdout).into_owned();
    assert!(text.contains("snap-5D6E7F80\tcompleted\t100%"), "{text}");

    let run = server(&["pending", "failed"]).run(&sandbox, &line);
    run.failed(3, "snapshot snap-5D6E7F80 failed: failed");

    let short = [&line[..], &["--wait-timeout", "1"]].concat();
    let run = server(&["pending"]).run(&sandbox, &short);
    run.failed(5, "still pending (42%)");
}

#[test]
fn a_deleted_snapshot_is_named() {
    let sandbox = Sandbox::new("compat-delete-snapshot");
    let server = Ec2Server::answering(&[("DeleteSnapshot", "done")]);
    for name in ["euca-delete-snapshot", "ec2-delete-snapshot", "ec2delsnap"] {
        let line = [name, "snap-5D6E7F80"];
        assert_golden(name, "done", &server.run(&sandbox, &line));
    }
    for form in FORMS {
        let line = ["delete-snapshot", "snap-5D6E7F80", "--output", form];
        assert_golden(line[0], form, &server.run(&sandbox, &line));
    }
}

#[test]
fn permissions_are_granted_and_taken_back_in_a_request_each() {
    let sandbox = Sandbox::new("compat-modify-snapshot");
    let rest = ["snap-1A2B3C4D", "-c", "-a", "111122223333", "-a", "all"];
    for name in [
        "euca-modify-snapshot-attribute",
        "ec2-modify-snapshot-attribute",
        "ec2msnapatt",
    ] {
        let server = Ec2Server::answering(&[("ModifySnapshotAttribute", "done")]);
        let line = [&[name][..], &rest, &["-r", "444455556666"]].concat();
        assert_golden(name, "both", &server.run(&sandbox, &line));
        let requests = server.requests();
        assert_eq!(requests.len(), 2);
        let (add, remove) = (&requests[0], &requests[1]);
        assert_eq!(add["CreateVolumePermission.Add.1.UserId"], "111122223333");
        assert_eq!(add["CreateVolumePermission.Add.2.Group"], "all");
        assert_eq!(
            remove["CreateVolumePermission.Remove.1.UserId"],
            "444455556666"
        );
        assert!(!remove.contains_key("CreateVolumePermission.Add.1.UserId"));
    }
    let server = Ec2Server::answering(&[("ModifySnapshotAttribute", "done")]);
    for form in FORMS {
        let line = [&["modify-snapshot-attribute", "--output", form][..], &rest].concat();
        assert_golden(line[0], form, &server.run(&sandbox, &line));
    }
    for (line, fact) in [
        (
            &["euca-modify-snapshot-attribute", "snap-1", "-a", "all"][..],
            "create-volume-permission",
        ),
        (&["euca-modify-snapshot-attribute", "snap-1", "-c"], "--add"),
        (&["modify-snapshot-attribute", "snap-1"], "--remove"),
    ] {
        server.run(&sandbox, line).failed(2, fact);
    }
}

#[test]
fn attributes_of_a_snapshot_are_a_line_for_each_value() {
    let sandbox = Sandbox::new("compat-describe-snapshot-attribute");
    let names = [
        "euca-describe-snapshot-attribute",
        "ec2-describe-snapshot-attribute",
        "ec2dsnapatt",
    ];
    for (case, option, attribute) in [
        ("permissions", "-c", "createVolumePermission"),
        ("codes", "-p", "productCodes"),
    ] {
        let server = Ec2Server::answering(&[("DescribeSnapshotAttribute", case)]);
        for name in names {
            let line = [name, "snap-0123456789abcdef0", option];
            assert_golden(name, case, &server.run(&sandbox, &line));
        }
        let name = "describe-snapshot-attribute";
        for form in FORMS {
            let line = [name, "snap-0123456789abcdef0", option, "--output", form];
            assert_golden(
                name,
                &format!("{case}-{form}"),
                &server.run(&sandbox, &line),
            );
        }
        for request in server.requests() {
            assert_eq!(request["Attribute"], attribute);
        }
    }
    let server = Ec2Server::start();
    server.run(&sandbox, &[names[0], "snap-1"]).failed(2, "");
    server
        .run(&sandbox, &[names[0], "snap-1", "-c", "-p"])
        .failed(2, "");
    assert!(server.requests().is_empty());
}

#[test]
fn a_reset_permission_is_told() {
    let sandbox = Sandbox::new("compat-reset-snapshot");
    let server = Ec2Server::answering(&[("ResetSnapshotAttribute", "done")]);
    for name in [
        "euca-reset-snapshot-attribute",
        "ec2-reset-snapshot-attribute",
        "ec2rsnapatt",
    ] {
        let line = [name, "snap-5D6E7F80", "-c"];
        assert_golden(name, "done", &server.run(&sandbox, &line));
    }
    for form in FORMS {
        let line = [
            "reset-snapshot-attribute",
            "snap-5D6E7F80",
            "--output",
            form,
        ];
        assert_golden(line[0], form, &server.run(&sandbox, &line));
    }
    for request in server.requests() {
        assert_eq!(request["Attribute"], "createVolumePermission");
    }
}
