//! Security groups on moto: made, opened, closed, deleted.

use crate::support::peers::Moto;
use crate::support::sandbox::Sandbox;

#[test]
fn rules_come_and_go() {
    let sandbox = Sandbox::new("ec2-groups");
    let moto = Moto::start(&sandbox);
    let run = |line: &[&str]| {
        let outcome = moto.run(&sandbox, line);
        String::from_utf8(outcome.succeeded().stdout.clone()).expect("text")
    };
    let rules = || {
        let lines = run(&["euca-describe-groups", "web"]);
        let rules = lines.lines().filter(|line| line.ends_with("ingress"));
        let fields = rules.map(|line| line.split('\t').skip(4).collect::<Vec<_>>().join(" "));
        fields.collect::<Vec<_>>()
    };
    run(&[
        "create-group",
        "web",
        "-d",
        "Web servers",
        "--tag",
        "Team=web",
    ]);
    run(&["create-group", "front", "-d", "Balancers"]);
    let id = run(&["describe-groups", "front", "--output", "tsv"]);
    let id = id.lines().nth(1).unwrap().split('\t').next().unwrap();

    run(&[
        "authorize",
        "web",
        "-p",
        "443",
        "-s",
        "10.0.0.0/8",
        "-s",
        "2001:db8::/32",
    ]);
    run(&["euca-authorize", "web", "-P", "icmp"]);
    run(&["ec2-authorize", "web", "-P", "udp", "-p", "53-54", "-o", id]);
    let opened = rules();
    run(&[
        "revoke",
        "web",
        "-p",
        "443",
        "-s",
        "10.0.0.0/8",
        "-s",
        "2001:db8::/32",
    ]);
    run(&["euca-revoke", "web", "-P", "icmp"]);
    let closed = rules();

    assert_eq!(
        opened,
        [
            "tcp 443 443 FROM CIDR 10.0.0.0/8 ingress",
            "tcp 443 443 FROM CIDR 2001:db8::/32 ingress",
            "icmp -1 -1 FROM CIDR 0.0.0.0/0 ingress",
            &*format!("udp 53 54 FROM USER 123456789012 ID {id} ingress"),
        ]
    );
    assert_eq!(closed.len(), 1);
    run(&["delete-group", "web", "front"]);
    moto.run(&sandbox, &["describe-groups", "web"])
        .failed(3, "InvalidGroup.NotFound");
}
