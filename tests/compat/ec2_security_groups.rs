//! Security groups under every name: what is printed, column by column, and what is asked for.

use crate::support::ec2_server::{Answer, Ec2Server, Request, assert_golden};
use crate::support::sandbox::Sandbox;

/// The parameters of a request besides those that every request has.
fn own(request: &Request) -> Vec<String> {
    let common = ["Action", "Version"];
    let own = request
        .iter()
        .filter(|(name, _)| !common.contains(&name.as_str()));
    own.map(|(name, value)| format!("{name}={value}")).collect()
}

#[test]
fn new_groups_are_lines_of_id_name_and_description() {
    let sandbox = Sandbox::new("compat-create-group");

    for case in ["eucalyptus", "aws"] {
        let server = Ec2Server::answering(&[("CreateSecurityGroup", case)]);
        for name in [
            "euca-create-group",
            "euca-add-group",
            "ec2-create-group",
            "ec2-add-group",
            "ec2addgrp",
        ] {
            let run = server.run(&sandbox, &[name, "web", "-d", "Web servers"]);
            assert_golden(name, case, &run);
        }
        for form in ["table", "json", "tsv"] {
            let line = ["create-group", "web", "-d", "Web servers", "--output", form];
            let run = server.run(&sandbox, &line);
            assert_golden("create-group", &format!("{case}-{form}"), &run);
        }
    }
}

#[test]
fn tags_and_the_vpc_go_with_a_new_group() {
    let sandbox = Sandbox::new("compat-create-group-tags");
    let server = Ec2Server::answering(&[("CreateSecurityGroup", "aws")]);

    let line = [
        "create-group",
        "web",
        "-d",
        "x",
        "-c",
        "vpc-1",
        "--tag",
        "Team=web",
    ];
    server.run(&sandbox, &line).succeeded();

    let want = [
        "GroupDescription=x",
        "GroupName=web",
        "TagSpecification.1.ResourceType=security-group",
        "TagSpecification.1.Tag.1.Key=Team",
        "TagSpecification.1.Tag.1.Value=web",
        "VpcId=vpc-1",
    ];
    assert_eq!(own(&server.request("CreateSecurityGroup")), want);
}

#[test]
fn deleted_groups_are_lines_of_return() {
    let sandbox = Sandbox::new("compat-delete-group");

    for case in ["eucalyptus", "aws"] {
        let server = Ec2Server::answering(&[("DeleteSecurityGroup", case)]);
        for name in ["euca-delete-group", "ec2-delete-group", "ec2delgrp"] {
            assert_golden(name, case, &server.run(&sandbox, &[name, "web"]));
        }
        for form in ["table", "json", "tsv"] {
            let line = ["delete-group", "web", "sg-0a1b2c3d", "--output", form];
            let run = server.run(&sandbox, &line);
            assert_golden("delete-group", &format!("{case}-{form}"), &run);
        }
        assert_eq!(
            own(&server.requests().pop().unwrap()),
            ["GroupId=sg-0a1b2c3d"]
        );
    }
}

#[test]
fn groups_are_lines_and_so_are_their_rules() {
    let sandbox = Sandbox::new("compat-describe-groups");

    for case in ["eucalyptus", "aws"] {
        let server = Ec2Server::answering(&[("DescribeSecurityGroups", case)]);
        for name in [
            "euca-describe-groups",
            "euca-describe-group",
            "ec2-describe-group",
            "ec2dgrp",
        ] {
            assert_golden(name, case, &server.run(&sandbox, &[name]));
            let nil = server.run(&sandbox, &[name, "--show-empty-fields"]);
            assert_golden(name, &format!("{case}-nil"), &nil);
        }
        for form in ["table", "json", "tsv"] {
            let run = server.run(&sandbox, &["describe-groups", "--output", form]);
            assert_golden("describe-groups", &format!("{case}-{form}"), &run);
        }
    }
}

#[test]
fn pages_of_groups_are_followed() {
    let sandbox = Sandbox::new("compat-describe-groups-pages");
    let server = Ec2Server::answering(&[("DescribeSecurityGroups", "page")]);
    let last = Answer::fixture("DescribeSecurityGroups", "aws");
    server.answer("DescribeSecurityGroups", last);

    let run = server.run(&sandbox, &["describe-groups", "first", "--output", "tsv"]);

    assert_golden("describe-groups", "pages", &run);
    let second = server.requests().pop().unwrap();
    assert_eq!(own(&second), ["GroupName.1=first", "NextToken=page-two"]);
}

const RULES: [&[&str]; 6] = [
    &["web", "-P", "tcp", "-p", "22-25", "-s", "10.0.0.0/8"],
    &["web", "-p", "80"],
    &["web", "-P", "icmp", "-t", "-1:-1", "-s", "10.1.2.3"],
    &[
        "sg-0a1b2c3d",
        "-P",
        "udp",
        "-p",
        "-1",
        "-o",
        "sg-1a2b3c4d",
        "-u",
        "210987654321",
    ],
    &["web", "-P", "all", "-o", "front", "-u", "210987654321"],
    &["web", "-P", "6", "-p", "443", "-s", "2001:db8::/32"],
];

#[test]
fn rules_are_a_line_of_the_group_and_one_of_the_rule() {
    let sandbox = Sandbox::new("compat-authorize");
    let server = Ec2Server::answering(&[
        ("AuthorizeSecurityGroupIngress", "aws"),
        ("RevokeSecurityGroupIngress", "aws"),
    ]);

    for name in [
        "euca-authorize",
        "euca-revoke",
        "ec2-authorize",
        "ec2auth",
        "ec2-revoke",
        "ec2revoke",
        "authorize",
        "revoke",
    ] {
        let mut requests = String::new();
        for (number, rule) in RULES.iter().enumerate() {
            let line: Vec<_> = [name].iter().chain(*rule).copied().collect();
            let run = server.run(&sandbox, &line);
            assert_golden(name, &format!("rule-{}", number + 1), &run);
            requests += &own(&server.requests().pop().unwrap()).join(" ");
            requests.push('\n');
        }
        let first_port = u8::from(name.starts_with("euca"));
        let want = format!(
            "GroupName=web IpPermissions.1.FromPort=22 IpPermissions.1.IpProtocol=tcp \
             IpPermissions.1.IpRanges.1.CidrIp=10.0.0.0/8 IpPermissions.1.ToPort=25\n\
             GroupName=web IpPermissions.1.FromPort=80 IpPermissions.1.IpProtocol=tcp \
             IpPermissions.1.IpRanges.1.CidrIp=0.0.0.0/0 IpPermissions.1.ToPort=80\n\
             GroupName=web IpPermissions.1.FromPort=-1 IpPermissions.1.IpProtocol=icmp \
             IpPermissions.1.IpRanges.1.CidrIp=10.1.2.3/32 IpPermissions.1.ToPort=-1\n\
             GroupId=sg-0a1b2c3d IpPermissions.1.FromPort={first_port} \
             IpPermissions.1.Groups.1.GroupId=sg-1a2b3c4d \
             IpPermissions.1.Groups.1.UserId=210987654321 IpPermissions.1.IpProtocol=udp \
             IpPermissions.1.ToPort=65535\n\
             GroupName=web IpPermissions.1.Groups.1.GroupName=front \
             IpPermissions.1.Groups.1.UserId=210987654321 IpPermissions.1.IpProtocol=-1\n\
             GroupName=web IpPermissions.1.FromPort=443 IpPermissions.1.IpProtocol=6 \
             IpPermissions.1.Ipv6Ranges.1.CidrIpv6=2001:db8::/32 IpPermissions.1.ToPort=443\n"
        );
        assert_eq!(requests, want, "{name}");
    }
    let line = ["authorize", "web", "-p", "22", "--output", "json"];
    assert_golden("authorize", "json", &server.run(&sandbox, &line));
}

#[test]
fn rules_for_traffic_that_leaves_are_egress_s() {
    let sandbox = Sandbox::new("compat-egress");
    let server = Ec2Server::answering(&[
        ("AuthorizeSecurityGroupEgress", "aws"),
        ("RevokeSecurityGroupEgress", "aws"),
    ]);

    for name in [
        "euca-authorize",
        "euca-revoke",
        "ec2-authorize",
        "ec2-revoke",
        "authorize",
        "revoke",
    ] {
        let line = [
            name,
            "sg-0a1b2c3d",
            "--egress",
            "-p",
            "443",
            "-s",
            "10.0.0.0/8",
        ];
        assert_golden(name, "egress", &server.run(&sandbox, &line));
    }
}

#[test]
fn old_services_get_flat_rules() {
    let sandbox = Sandbox::new("compat-flat-rules");
    let server = Ec2Server::start();
    let missing = Answer::refusal(400, "MissingParameter", "IpProtocol is missing");
    server.answer("AuthorizeSecurityGroupIngress", missing);
    let done = Answer::fixture("AuthorizeSecurityGroupIngress", "eucalyptus");
    server.answer("AuthorizeSecurityGroupIngress", done);

    let line = ["euca-authorize", "web", "-p", "22", "-s", "10.0.0.0/8"];
    assert_golden("euca-authorize", "fallback", &server.run(&sandbox, &line));
    let fallback = own(&server.requests().pop().unwrap());
    let version = [
        "authorize",
        "web",
        "-P",
        "17",
        "-p",
        "53",
        "--api-version",
        "2009-11-30",
    ];
    server.run(&sandbox, &version).succeeded();
    let asked_for = own(&server.requests().pop().unwrap());
    let all = [
        "authorize",
        "web",
        "-o",
        "front",
        "-u",
        "eucalyptus",
        "--api-version",
        "2009-11-30",
    ];
    server.run(&sandbox, &all).succeeded();
    let of_group = own(&server.requests().pop().unwrap());

    assert_eq!(
        fallback,
        [
            "CidrIp=10.0.0.0/8",
            "FromPort=22",
            "GroupName=web",
            "IpProtocol=tcp",
            "ToPort=22"
        ]
    );
    assert_eq!(
        asked_for,
        [
            "CidrIp=0.0.0.0/0",
            "FromPort=53",
            "GroupName=web",
            "IpProtocol=udp",
            "ToPort=53"
        ]
    );
    assert_eq!(
        of_group,
        [
            "GroupName=web",
            "SourceSecurityGroupName=front",
            "SourceSecurityGroupOwnerId=eucalyptus"
        ]
    );
    assert_eq!(server.requests().len(), 4);
}

#[test]
fn a_rule_that_the_old_form_would_widen_is_not_sent_in_it() {
    let sandbox = Sandbox::new("compat-flat-refused");
    let server = Ec2Server::start();
    let missing = Answer::refusal(400, "MissingParameter", "IpProtocol is missing");
    server.answer("AuthorizeSecurityGroupIngress", missing);

    let line = [
        "authorize",
        "web",
        "-P",
        "tcp",
        "-p",
        "22",
        "-o",
        "front",
        "-u",
        "admin",
    ];
    let refused = server.run(&sandbox, &line);
    let old: Vec<_> = line
        .iter()
        .chain(&["--api-version", "2009-11-30"])
        .copied()
        .collect();
    let unsaid = server.run(&sandbox, &old);

    refused.failed(3, "IpProtocol is missing");
    unsaid.failed(2, "has no words for this rule");
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn false_is_a_failure() {
    let sandbox = Sandbox::new("compat-authorize-false");
    let server = Ec2Server::answering(&[("AuthorizeSecurityGroupIngress", "refused")]);

    let native = server.run(&sandbox, &["authorize", "web", "-p", "22"]);
    let euca = server.run(&sandbox, &["euca-authorize", "web", "-p", "22"]);

    native.failed(3, "the service answered false");
    euca.failed(1, "the service answered false");
}

#[test]
fn rules_without_sense_are_not_sent() {
    let sandbox = Sandbox::new("compat-authorize-usage");
    let server = Ec2Server::start();

    for (line, fact) in [
        (&["web"][..], "--port-range or --protocol is needed"),
        (
            &["web", "-P", "tcp"],
            "--port-range is needed with protocol tcp",
        ),
        (
            &["web", "-P", "icmp", "-p", "22"],
            "--port-range makes no sense with protocol icmp",
        ),
        (
            &["web", "-p", "22", "-t", "8:0"],
            "--icmp-type-code makes no sense with protocol tcp",
        ),
        (&["web", "-P", "ipx"], "\"ipx\" is no protocol"),
        (&["web", "-p", "25-22"], "\"25-22\" is no range of ports"),
        (&["web", "-p", "70000"], "\"70000\" is no range of ports"),
        (&["web", "-p", "no-such-service"], "is no range of ports"),
        (&["web", "-t", "8"], "\"8\" is no ICMP type and code"),
        (
            &["web", "-p", "22", "-s", "10.0.0.0/33"],
            "\"10.0.0.0/33\" is no range of addresses",
        ),
        (
            &["web", "-p", "22", "-s", "everywhere"],
            "is no range of addresses",
        ),
        (
            &["web", "-p", "22", "-u", "123"],
            "1 accounts (-u) for 0 groups (-o)",
        ),
    ] {
        let line: Vec<_> = ["authorize"].iter().chain(line).copied().collect();
        server.run(&sandbox, &line).failed(2, fact);
    }
    assert!(server.requests().is_empty());
}
