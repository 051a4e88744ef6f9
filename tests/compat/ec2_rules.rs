//! What euca2ools refuse of a rule before they ask, and what no service can have a rule for.

use crate::support::ec2_server::Ec2Server;
use crate::support::sandbox::Sandbox;

#[test]
fn a_rule_is_for_addresses_or_for_a_group_whose_owner_is_told() {
    let sandbox = Sandbox::new("compat-rules-euca");
    let server = Ec2Server::answering(&[
        ("AuthorizeSecurityGroupIngress", "aws"),
        ("RevokeSecurityGroupIngress", "aws"),
    ]);
    let run = |line: &str| server.run(&sandbox, &line.split(' ').collect::<Vec<_>>());

    for name in ["euca-authorize", "euca-revoke"] {
        run(&format!("{name} web -p 22 -s 10.0.0.0/8 -o sg-1a2b3c4d"))
            .failed(2, "-o is not allowed with -s/--cidr");
        run(&format!("{name} web -p 22 -o front")).failed(2, "-u is needed");
    }
    assert!(server.requests().is_empty());

    for name in ["euca-authorize", "euca-revoke"] {
        run(&format!("{name} web -p 22 -o sg-1a2b3c4d")).succeeded();
        run(&format!("{name} web -p 22 -o front -u 210987654321")).succeeded();
    }
    run("authorize web -p 22 -o front -s 10.0.0.0/8").succeeded();
    run("ec2-authorize web -o front").succeeded();
}

#[test]
fn what_leaves_is_ruled_for_groups_by_id() {
    let sandbox = Sandbox::new("compat-rules-egress");
    let server = Ec2Server::start();

    for name in ["euca-authorize", "euca-revoke", "ec2-authorize", "revoke"] {
        let by_name = [name, "web", "--egress", "-P", "tcp", "-p", "443"];
        let to_name = [name, "sg-1a2b3c4d", "--egress", "-P", "all", "-o", "front"];
        let by_name = server.run(&sandbox, &by_name);
        let to_name = server.run(&sandbox, &to_name);

        let usage = if name.starts_with("ec2-") { 1 } else { 2 };
        by_name.failed(usage, "\"web\" is not the id of a group");
        to_name.failed(usage, "\"front\" is not the id of a group");
    }
    assert!(server.requests().is_empty());
}
