//! Running instances under the old tools' names: what is printed, and what is asked.

use std::fs;

use crate::support::ec2_server::{Ec2Server, assert_golden};
use crate::support::sandbox::Sandbox;

/// The forms of a native result.
const FORMS: [&str; 3] = ["table", "json", "tsv"];

#[test]
fn what_was_run_is_told() {
    let sandbox = Sandbox::new("compat-run");
    for case in ["eucalyptus2", "aws"] {
        let server = Ec2Server::answering(&[("RunInstances", case)]);
        for name in ["euca-run-instances", "ec2-run-instances", "ec2run"] {
            assert_golden(name, case, &server.run(&sandbox, &[name, "emi-E5C1149B"]));
        }
        for form in FORMS {
            let line = ["run-instances", "emi-E5C1149B", "--output", form];
            assert_golden(
                line[0],
                &format!("{case}-{form}"),
                &server.run(&sandbox, &line),
            );
        }
        let tokens: Vec<_> = server
            .requests()
            .into_iter()
            .map(|mut request| request.remove("ClientToken").expect("a client token"))
            .collect();
        assert!(tokens.iter().all(|token| token.len() == 32), "{tokens:?}");
        assert_ne!(tokens[0], tokens[1]);
    }
}

#[test]
fn every_option_of_euca_run_instances_is_sent() {
    let sandbox = Sandbox::new("compat-run-euca");
    let server = Ec2Server::answering(&[("RunInstances", "eucalyptus2")]);
    fs::write(sandbox.path("data"), b"\0#!/bin/sh\n\xff").expect("write user data");

    let line = "euca-run-instances emi-1 -n 5-2 -g sg-2 -g sg-1 -k mykey -f data --addressing \
                private -t m1.small -z one --kernel eki-1 --ramdisk eri-1 -b /dev/sdb=ephemeral0 \
                -b /dev/sdc=snap-1:20:true:gp2 -m --disable-api-termination \
                --instance-initiated-shutdown-behavior stop --placement-group pg --tenancy \
                dedicated --client-token mine -s subnet-1 --private-ip-address 10.0.0.4 -p arn:x \
                --ebs-optimized";
    let line: Vec<_> = line.split_whitespace().collect();
    server.run(&sandbox, &line).succeeded();

    let mut request = server.request("RunInstances");
    request.retain(|name, _| !name.starts_with("X-Amz"));
    let got: Vec<_> = request.iter().map(|(k, v)| format!("{k}={v}")).collect();
    let want = [
        "Action=RunInstances",
        "AddressingType=private",
        "BlockDeviceMapping.1.DeviceName=/dev/sdb",
        "BlockDeviceMapping.1.VirtualName=ephemeral0",
        "BlockDeviceMapping.2.DeviceName=/dev/sdc",
        "BlockDeviceMapping.2.Ebs.DeleteOnTermination=true",
        "BlockDeviceMapping.2.Ebs.SnapshotId=snap-1",
        "BlockDeviceMapping.2.Ebs.VolumeSize=20",
        "BlockDeviceMapping.2.Ebs.VolumeType=gp2",
        "ClientToken=mine",
        "DisableApiTermination=true",
        "EbsOptimized=true",
        "IamInstanceProfile.Arn=arn:x",
        "ImageId=emi-1",
        "InstanceInitiatedShutdownBehavior=stop",
        "InstanceType=m1.small",
        "KernelId=eki-1",
        "KeyName=mykey",
        "MaxCount=5",
        "MinCount=2",
        "Monitoring.Enabled=true",
        "Placement.AvailabilityZone=one",
        "Placement.GroupName=pg",
        "Placement.Tenancy=dedicated",
        "PrivateIpAddress=10.0.0.4",
        "RamdiskId=eri-1",
        "SecurityGroupId.1=sg-2",
        "SecurityGroupId.2=sg-1",
        "SubnetId=subnet-1",
        "UserData=ACMhL2Jpbi9zaAr/",
        "Version=2015-10-01",
    ];
    assert_eq!(got, want);
}

#[test]
fn interfaces_take_what_else_belongs_to_the_request() {
    let sandbox = Sandbox::new("compat-run-network");
    for (name, more) in [
        ("euca-run-instances", "--associate-public-ip-address yes"),
        ("euca-run-instances", "--associate-public-ip-address"),
        ("ec2run", "--associate-public-ip-address true"),
    ] {
        let server = Ec2Server::answering(&[("RunInstances", "eucalyptus2")]);
        let line = format!(
            "{name} emi-1 -g sg-1 -s subnet-1 --private-ip-address 10.0.0.4 \
             --secondary-private-ip-address 10.0.0.5 -a eni-1a2b3c4d:1 {more}"
        );
        let line: Vec<_> = line.split_whitespace().collect();
        server.run(&sandbox, &line).succeeded();

        let request = server.request("RunInstances");
        let network = request
            .iter()
            .filter(|(name, _)| name.contains("Interface"));
        let got: Vec<_> = network.map(|(k, v)| format!("{k}={v}")).collect();
        let want = [
            "NetworkInterface.1.DeviceIndex=1",
            "NetworkInterface.1.NetworkInterfaceId=eni-1a2b3c4d",
            "NetworkInterface.2.AssociatePublicIpAddress=true",
            "NetworkInterface.2.DeviceIndex=0",
            "NetworkInterface.2.PrivateIpAddresses.1.Primary=true",
            "NetworkInterface.2.PrivateIpAddresses.1.PrivateIpAddress=10.0.0.4",
            "NetworkInterface.2.PrivateIpAddresses.2.PrivateIpAddress=10.0.0.5",
            "NetworkInterface.2.SecurityGroupId.1=sg-1",
            "NetworkInterface.2.SubnetId=subnet-1",
        ];
        assert_eq!(got, want, "{name}");
        assert!(!request.contains_key("SubnetId"));
    }
}

#[test]
fn no_public_address_can_be_asked_for() {
    let sandbox = Sandbox::new("compat-run-private");
    for line in [
        "euca-run-instances --associate-public-ip-address false emi-1",
        "euca-run-instances emi-1 --associate-public-ip-address=0",
        "ec2run --associate-public-ip-address False emi-1",
    ] {
        let server = Ec2Server::answering(&[("RunInstances", "eucalyptus2")]);
        let line: Vec<_> = line.split_whitespace().collect();
        server.run(&sandbox, &line).succeeded();

        let request = server.request("RunInstances");
        assert_eq!(
            request["NetworkInterface.1.AssociatePublicIpAddress"],
            "false"
        );
    }
    let server = Ec2Server::start();
    let line = "euca-run-instances emi-1 --associate-public-ip-address maybe";
    let line: Vec<_> = line.split_whitespace().collect();
    let refused = server.run(&sandbox, &line);
    refused.failed(2, "\"maybe\" is neither true nor false");
}

#[test]
fn groups_of_a_vpc_are_told_by_their_ids() {
    let sandbox = Sandbox::new("compat-run-groups");
    let server = Ec2Server::answering(&[("RunInstances", "eucalyptus2")]);

    let plain = "euca-run-instances emi-1 -g web -g sg-1";
    let plain: Vec<_> = plain.split_whitespace().collect();
    server.run(&sandbox, &plain).succeeded();
    let in_vpc = "euca-run-instances emi-1 -g web -s subnet-1";
    let in_vpc: Vec<_> = in_vpc.split_whitespace().collect();
    let refused = server.run(&sandbox, &in_vpc);

    let request = server.request("RunInstances");
    assert_eq!(request["SecurityGroup.1"], "web");
    assert_eq!(request["SecurityGroupId.1"], "sg-1");
    refused.failed(2, "\"web\" is a name");
}

#[test]
fn text_that_names_a_file_is_refused_by_euca_only() {
    let sandbox = Sandbox::new("compat-run-user-data");
    let server = Ec2Server::answering(&[("RunInstances", "eucalyptus2")]);
    fs::write(sandbox.path("data"), "secret").expect("write user data");

    let refused = server.run(&sandbox, &["euca-run-instances", "emi-1", "-d", "data"]);
    let forced = ["euca-run-instances", "emi-1", "--user-data-force", "data"];
    server.run(&sandbox, &forced).succeeded();
    let taken = server.run(&sandbox, &["ec2run", "emi-1", "-d", "data"]);

    refused.failed(2, "");
    taken.succeeded();
    let sent: Vec<_> = server
        .requests()
        .into_iter()
        .map(|mut request| request.remove("UserData"))
        .collect();
    assert_eq!(
        sent,
        [Some("ZGF0YQ==".to_owned()), Some("ZGF0YQ==".to_owned())]
    );
}

#[test]
fn the_key_pair_of_the_configuration_is_euca2ools_default() {
    let sandbox = Sandbox::new("compat-run-key");
    let place = sandbox.path("cloud.ini");
    let text = "[region here]\nec2-default-keypair = usual\n";
    fs::write(&place, text).expect("write the configuration");
    let key = |line: &[&str]| {
        let server = Ec2Server::answering(&[("RunInstances", "eucalyptus2")]);
        let mut variables = server.environment();
        variables.push(("EUCA_CONFIG_PATH", place.display().to_string()));
        let variables: Vec<_> = variables.iter().map(|(k, v)| (*k, v.as_str())).collect();
        sandbox.run_with(line, &variables).succeeded();
        server.request("RunInstances").remove("KeyName")
    };

    let usual = key(&["euca-run-instances", "emi-1", "--region", "here"]);
    let named = key(&[
        "euca-run-instances",
        "emi-1",
        "--region",
        "here",
        "-k",
        "mine",
    ]);

    assert_eq!(usual.as_deref(), Some("usual"));
    assert_eq!(named.as_deref(), Some("mine"));
}
