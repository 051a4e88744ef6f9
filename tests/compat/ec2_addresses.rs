//! Addresses under every name: what is printed, column by column.

use std::io::Write as _;
use std::process::Stdio;

use crate::support::ec2_server::{Ec2Server, assert_golden};
use crate::support::sandbox::{Outcome, Sandbox};

/// Runs a command for an address of Eucalyptus and one of AWS, under all its names, and natively
/// in every form.
fn assert_all(action: &str, names: &[&str], native: &str, arguments: [&[&str]; 2]) {
    let sandbox = Sandbox::new(&format!("compat-{native}"));
    for (case, arguments) in ["eucalyptus", "aws"].iter().zip(arguments) {
        let server = Ec2Server::answering(&[(action, case)]);
        for name in names {
            let line: Vec<_> = [*name].iter().chain(arguments).copied().collect();
            assert_golden(name, case, &server.run(&sandbox, &line));
        }
        for form in ["table", "json", "tsv"] {
            let line: Vec<_> = [native].iter().chain(arguments).copied().collect();
            let line: Vec<_> = line.into_iter().chain(["--output", form]).collect();
            let run = server.run(&sandbox, &line);
            assert_golden(native, &format!("{case}-{form}"), &run);
        }
    }
}

#[test]
fn new_addresses_are_lines_of_address_domain_and_allocation() {
    assert_all(
        "AllocateAddress",
        &[
            "euca-allocate-address",
            "ec2-allocate-address",
            "ec2allocaddr",
        ],
        "allocate-address",
        [&[], &["-d", "vpc"]],
    );
}

#[test]
fn associated_addresses_are_lines_of_what_was_asked_for() {
    assert_all(
        "AssociateAddress",
        &[
            "euca-associate-address",
            "ec2-associate-address",
            "ec2assocaddr",
        ],
        "associate-address",
        [
            &["192.0.2.7", "-i", "i-4E8A2C10"],
            &[
                "-a",
                "eipalloc-0a1b2c3d4e5f60718",
                "-i",
                "i-0a1b2c3d4e5f60718",
            ],
        ],
    );
}

#[test]
fn disassociated_addresses_are_lines_of_their_names() {
    assert_all(
        "DisassociateAddress",
        &[
            "euca-disassociate-address",
            "ec2-disassociate-address",
            "ec2disaddr",
        ],
        "disassociate-address",
        [&["192.0.2.7"], &["-a", "eipassoc-0a1b2c3d4e5f60718"]],
    );
}

#[test]
fn released_addresses_are_lines_of_address_or_allocation() {
    assert_all(
        "ReleaseAddress",
        &["euca-release-address", "ec2-release-address", "ec2reladdr"],
        "release-address",
        [&["192.0.2.7"], &["-a", "eipalloc-0a1b2c3d4e5f60718"]],
    );
}

#[test]
fn addresses_are_lines_of_seven_fields() {
    assert_all(
        "DescribeAddresses",
        &[
            "euca-describe-addresses",
            "ec2-describe-addresses",
            "ec2daddr",
        ],
        "describe-addresses",
        [&[], &["--filter", "domain=vpc"]],
    );
}

#[test]
fn an_address_is_named_once() {
    let sandbox = Sandbox::new("compat-address-named-once");
    let server = Ec2Server::start();

    let twice = server.run(
        &sandbox,
        &["release-address", "192.0.2.7", "-a", "eipalloc-1"],
    );
    let never = server.run(&sandbox, &["euca-disassociate-address"]);
    let to_nobody = server.run(&sandbox, &["associate-address", "192.0.2.7"]);

    twice.failed(2, "name an address twice");
    never.failed(2, "ADDRESS or --association-id is needed");
    to_nobody.failed(2, "--instance-id or --network-interface is needed");
    assert!(server.requests().is_empty());
}

#[test]
fn ids_come_from_stdin_where_a_dash_stands() {
    let sandbox = Sandbox::new("compat-ids-from-stdin");
    let server = Ec2Server::answering(&[("DescribeAddresses", "aws")]);
    let run = |input: &str| {
        let mut command = sandbox.command(env!("CARGO_BIN_EXE_amikit"));
        command
            .args(["ec2-describe-addresses", "192.0.2.1", "-"])
            .envs(server.environment())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(input.as_bytes()).unwrap();
        drop(stdin);
        Outcome::of(child.wait_with_output().unwrap())
    };

    let some = run("192.0.2.2\neipalloc-1 192.0.2.3\n");
    let none = run("\n");

    some.succeeded();
    let request = server.request("DescribeAddresses");
    assert_eq!(request["PublicIp.1"], "192.0.2.1");
    assert_eq!(request["PublicIp.2"], "192.0.2.2");
    assert_eq!(request["PublicIp.3"], "192.0.2.3");
    assert_eq!(request["AllocationId.1"], "eipalloc-1");
    none.failed(1, "stdin is empty");
}
