//! Elastic addresses on moto: got, given to an interface, taken, given back.

use crate::support::peers::Moto;
use crate::support::sandbox::Sandbox;

#[test]
fn an_address_is_got_and_given_back() {
    let sandbox = Sandbox::new("ec2-addresses");
    let moto = Moto::start(&sandbox);
    let run = |line: &[&str]| {
        let outcome = moto.run(&sandbox, line);
        let text = String::from_utf8(outcome.succeeded().stdout.clone()).expect("text");
        let fields = text.trim_end_matches('\n').split('\t').map(str::to_owned);
        fields.collect::<Vec<_>>()
    };

    let got = run(&["euca-allocate-address", "-d", "vpc"]);
    let (ip, allocation) = (&*got[1], &*got[3]);
    let listed = run(&["ec2-describe-addresses", ip]);
    run(&["release-address", allocation]);
    let gone = moto.run(&sandbox, &["describe-addresses", allocation]);

    assert_eq!(got[2], "vpc");
    assert_eq!(&listed[..5], ["ADDRESS", ip, "", "vpc", allocation]);
    gone.failed(3, "InvalidAllocationID.NotFound");
}

#[test]
fn a_dry_run_allocates_nothing() {
    let sandbox = Sandbox::new("ec2-addresses-dry-run");
    let moto = Moto::start(&sandbox);

    let dry = moto.run(&sandbox, &["allocate-address", "--dry-run"]);
    let listed = moto.run(&sandbox, &["euca-describe-addresses"]);

    assert!(
        dry.succeeded()
            .stderr
            .contains("AllocateAddress would be granted")
    );
    assert!(listed.succeeded().stdout.is_empty());
}
