//! Volumes under the old tools' names: what they ask for and print, column by column.

use crate::support::ec2_server::{Answer, Ec2Server, assert_golden};
use crate::support::sandbox::Sandbox;

#[test]
fn lists_of_volumes_have_attachments_and_tags() {
    let sandbox = Sandbox::new("compat-volumes");
    for case in ["aws", "eucalyptus"] {
        let server = Ec2Server::answering(&[("DescribeVolumes", case)]);
        for name in ["euca-describe-volumes", "ec2-describe-volumes", "ec2dvol"] {
            assert_golden(name, case, &server.run(&sandbox, &[name]));
        }
    }
    let server = Ec2Server::answering(&[("DescribeVolumes", "aws")]);
    let nil = ["euca-describe-volumes", "--show-empty-fields"];
    assert_golden(nil[0], "aws-nil", &server.run(&sandbox, &nil));
    for form in ["table", "json", "tsv"] {
        let line = ["describe-volumes", "--output", form];
        assert_golden(line[0], form, &server.run(&sandbox, &line));
    }
}

#[test]
fn a_list_of_volumes_asks_for_ids_and_conditions() {
    let sandbox = Sandbox::new("compat-volumes-request");
    let server = Ec2Server::answering(&[("DescribeVolumes", "aws")]);

    let line = [
        "euca-describe-volumes",
        "vol-1",
        "vol-2",
        "--filter",
        "tag:Name=a*",
        "--filter",
        "status=in-use",
    ];
    server.run(&sandbox, &line).succeeded();

    let request = server.request("DescribeVolumes");
    assert_eq!(request["VolumeId.1"], "vol-1");
    assert_eq!(request["VolumeId.2"], "vol-2");
    assert_eq!(request["Filter.1.Name"], "tag:Name");
    assert_eq!(request["Filter.1.Value.1"], "a*");
    assert_eq!(request["Filter.2.Name"], "status");
}

#[test]
fn a_new_volume_is_one_line() {
    let sandbox = Sandbox::new("compat-create-volume");
    let server = Ec2Server::answering(&[("CreateVolume", "eucalyptus")]);
    for name in ["euca-create-volume", "ec2-create-volume", "ec2addvol"] {
        let line = [name, "-z", "cluster01", "-s", "5"];
        assert_golden(name, "eucalyptus", &server.run(&sandbox, &line));
    }
    let server = Ec2Server::answering(&[("CreateVolume", "aws")]);
    let old = ["euca-create-volume", "-z", "us-east-1a", "-s", "80"];
    assert_golden(old[0], "aws", &server.run(&sandbox, &old));
    for form in ["table", "json", "tsv"] {
        let name = "create-volume";
        let line = [name, "-z", "us-east-1a", "-s", "80", "--output", form];
        assert_golden(name, form, &server.run(&sandbox, &line));
    }
}

#[test]
fn a_new_volume_s_parameters_are_those_of_the_api() {
    let sandbox = Sandbox::new("compat-create-volume-request");
    let server = Ec2Server::answering(&[("CreateVolume", "aws")]);

    let line = "create-volume -z us-east-1a -s 80 --snapshot snap-1 -t gp3 -i 4000 \
                --throughput 250 --encrypted --kms-key-id alias/mine --tag Name=data --tag empty \
                --api-version 2016-11-15";
    let words: Vec<_> = line.split_whitespace().collect();
    server.run(&sandbox, &words).succeeded();

    let request = server.request("CreateVolume");
    for (name, value) in [
        ("AvailabilityZone", "us-east-1a"),
        ("Size", "80"),
        ("SnapshotId", "snap-1"),
        ("VolumeType", "gp3"),
        ("Iops", "4000"),
        ("Throughput", "250"),
        ("Encrypted", "true"),
        ("KmsKeyId", "alias/mine"),
        ("TagSpecification.1.ResourceType", "volume"),
        ("TagSpecification.1.Tag.1.Key", "Name"),
        ("TagSpecification.1.Tag.1.Value", "data"),
        ("TagSpecification.1.Tag.2.Key", "empty"),
        ("TagSpecification.1.Tag.2.Value", ""),
    ] {
        assert_eq!(request[name], value, "{name}");
    }
    assert_eq!(request["ClientToken"].len(), 32);
}

#[test]
fn a_cloud_that_knows_no_client_tokens_gets_none_unless_the_user_says_so() {
    let sandbox = Sandbox::new("compat-client-token");
    let server = Ec2Server::answering(&[("CreateVolume", "eucalyptus")]);
    let line = ["create-volume", "-z", "cluster01", "-s", "5"];

    server.run(&sandbox, &line).succeeded();
    let own = [&line[..], &["--client-token", "mine"]].concat();
    server.run(&sandbox, &own).succeeded();

    let requests = server.requests();
    assert_eq!(requests[0].get("ClientToken"), None);
    assert_eq!(requests[0].get("TagSpecification.1.ResourceType"), None);
    assert_eq!(requests[1]["ClientToken"], "mine");
}

#[test]
fn what_makes_no_volume_is_refused_before_anybody_is_asked() {
    let sandbox = Sandbox::new("compat-create-volume-usage");
    let server = Ec2Server::start();
    for (line, fact) in [
        ("euca-create-volume -z a", "--size"),
        ("create-volume -z a", "--size"),
        ("create-volume -z a -s 5 -i 100", "--type"),
        ("create-volume -z a -s 5 -i 100 -t standard", "standard"),
        ("create-volume -z a -s 5 --kms-key-id k", "--encrypted"),
        ("create-volume -z a -s five", "five"),
        ("create-volume -s 5", "--availability-zone"),
        ("create-volume -z a -s 5 --tag =x", "=x"),
    ] {
        let words: Vec<_> = line.split_whitespace().collect();
        server.run(&sandbox, &words).failed(2, fact);
    }
    assert!(server.requests().is_empty());
}

#[test]
fn attaching_and_detaching_print_the_attachment() {
    let sandbox = Sandbox::new("compat-attach");
    let server =
        Ec2Server::answering(&[("AttachVolume", "attaching"), ("DetachVolume", "detaching")]);
    let rest = ["vol-1A2B3C4D", "-i", "i-3F2A0811", "-d", "/dev/vdc"];
    for name in ["euca-attach-volume", "ec2-attach-volume", "ec2attvol"] {
        let line = [&[name][..], &rest].concat();
        assert_golden(name, "attaching", &server.run(&sandbox, &line));
    }
    for name in ["euca-detach-volume", "ec2-detach-volume", "ec2detvol"] {
        let line = [name, "vol-1A2B3C4D", "-f"];
        assert_golden(name, "detaching", &server.run(&sandbox, &line));
    }
    for form in ["table", "json", "tsv"] {
        let line = [&["attach-volume", "--output", form][..], &rest].concat();
        assert_golden(line[0], form, &server.run(&sandbox, &line));
        let line = ["detach-volume", "--output", form, "vol-1A2B3C4D"];
        assert_golden(line[0], form, &server.run(&sandbox, &line));
    }
    let attached = &server.requests()[0];
    assert_eq!(attached["VolumeId"], "vol-1A2B3C4D");
    assert_eq!(attached["InstanceId"], "i-3F2A0811");
    assert_eq!(attached["Device"], "/dev/vdc");
    assert_eq!(server.requests()[3]["Force"], "true");
}

#[test]
fn a_deleted_volume_is_named() {
    let sandbox = Sandbox::new("compat-delete-volume");
    let server = Ec2Server::answering(&[("DeleteVolume", "done")]);
    for name in ["euca-delete-volume", "ec2-delete-volume", "ec2delvol"] {
        let line = [name, "vol-1A2B3C4D"];
        assert_golden(name, "done", &server.run(&sandbox, &line));
    }
    for form in ["table", "json", "tsv"] {
        let line = ["delete-volume", "vol-1A2B3C4D", "--output", form];
        assert_golden(line[0], form, &server.run(&sandbox, &line));
    }
}

#[test]
fn a_service_that_says_false_has_not_done_it() {
    let sandbox = Sandbox::new("compat-delete-volume-false");
    let server = Ec2Server::answering(&[("DeleteVolume", "not-done")]);

    let run = server.run(&sandbox, &["delete-volume", "vol-1A2B3C4D"]);

    run.failed(3, "DeleteVolume was not done");
}

#[test]
fn a_dry_run_only_asks() {
    let sandbox = Sandbox::new("compat-volume-dry-run");
    let server = Ec2Server::start();
    let refusal = Answer::refusal(412, "DryRunOperation", "Request would have succeeded");
    server.answer("DeleteVolume", refusal);

    let run = server.run(&sandbox, &["delete-volume", "vol-1", "--dry-run"]);

    assert!(run.succeeded().stdout.is_empty());
    assert_eq!(server.request("DeleteVolume")["DryRun"], "true");
}

#[test]
fn waiting_ends_with_the_volume_s_life_or_death() {
    let sandbox = Sandbox::new("compat-volume-wait");
    let line = ["create-volume", "-z", "a", "-s", "5", "--wait"];

    let server = Ec2Server::answering(&[
        ("CreateVolume", "eucalyptus"),
        ("DescribeVolumes", "creating"),
        ("DescribeVolumes", "available"),
    ]);
    let json = [&line[..], &["--output", "json"]].concat();
    let run = server.run(&sandbox, &json);
    let text = String::from_utf8_lossy(&run.succeeded().stdout).into_owned();
    assert!(text.contains("\"status\":\"available\""), "{text}");

    let server =
        Ec2Server::answering(&[("CreateVolume", "eucalyptus"), ("DescribeVolumes", "error")]);
    server
        .run(&sandbox, &line)
        .failed(3, "vol-1A2B3C4D failed: error");

    let server = Ec2Server::answering(&[
        ("CreateVolume", "eucalyptus"),
        ("DescribeVolumes", "creating"),
    ]);
    let short = [&line[..], &["--wait-timeout", "1"]].concat();
    server.run(&sandbox, &short).failed(5, "still creating");
}

#[test]
fn waiting_follows_attachments_and_deletions_to_their_end() {
    let sandbox = Sandbox::new("compat-attachment-wait");
    let server = Ec2Server::answering(&[
        ("AttachVolume", "attaching"),
        ("DescribeVolumes", "attaching"),
        ("DescribeVolumes", "eucalyptus"),
    ]);
    let line = "attach-volume vol-1A2B3C4D -i i-3F2A0811 -d /dev/vdc --wait --output tsv";
    let words: Vec<_> = line.split_whitespace().collect();
    let run = server.run(&sandbox, &words);
    let text = String::from_utf8_lossy(&run.succeeded().stdout).into_owned();
    assert!(text.contains("\tattached\t"), "{text}");

    let server = Ec2Server::answering(&[
        ("DetachVolume", "detaching"),
        ("DescribeVolumes", "eucalyptus"),
        ("DescribeVolumes", "available"),
    ]);
    let line = ["detach-volume", "vol-1A2B3C4D", "--wait", "--output", "tsv"];
    let run = server.run(&sandbox, &line);
    let text = String::from_utf8_lossy(&run.succeeded().stdout).into_owned();
    assert!(text.contains("\tdetached\t"), "{text}");

    let server = Ec2Server::answering(&[("DeleteVolume", "done"), ("DescribeVolumes", "creating")]);
    let gone = Answer::refusal(400, "InvalidVolume.NotFound", "The volume does not exist");
    server.answer("DescribeVolumes", gone);
    let line = ["delete-volume", "vol-1A2B3C4D", "--wait"];
    server.run(&sandbox, &line).succeeded();
    assert_eq!(server.requests().len(), 3);
}
