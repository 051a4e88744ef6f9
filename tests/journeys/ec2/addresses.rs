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
fn an_address_goes_to_an_instance_and_back_under_both_names() {
    let sandbox = Sandbox::new("ec2-addresses-instance");
    let moto = Moto::start(&sandbox);
    let run = |line: &str| {
        let words: Vec<_> = line.split(' ').collect();
        let outcome = moto.run(&sandbox, &words);
        let text = String::from_utf8(outcome.succeeded().stdout.clone()).expect("text");
        let fields = text.trim_end_matches('\n').split('\t').map(str::to_owned);
        fields.collect::<Vec<_>>()
    };
    let ran = run("run-instances ami-12c6146b -t t3.micro --wait --output tsv");
    let instance = ran
        .iter()
        .flat_map(|field| field.lines())
        .find(|field| field.starts_with("i-"))
        .expect("an instance");

    let ec2 = run("ec2-allocate-address -d vpc");
    let (ip, allocation) = (&*ec2[1], &*ec2[4]);
    let by_allocation = run(&format!("ec2assocaddr -a {allocation} -i {instance}"));
    let association = &*by_allocation[3];
    let listed = run(&format!("ec2daddr {ip}"));
    let parted = run(&format!("euca-disassociate-address -a {association}"));
    let by_ip = run(&format!("euca-associate-address {ip} -i {instance}"));
    let moved = run(&format!(
        "associate-address -a {allocation} -i {instance} --allow-reassociation --output tsv"
    ));
    run(&format!("ec2-disassociate-address {ip}"));
    let left = run(&format!("euca-describe-addresses {allocation}"));
    let released = run(&format!("ec2-release-address -a {allocation}"));

    assert_eq!(by_allocation[..3], ["ADDRESS", instance, allocation]);
    assert!(association.starts_with("eipassoc-"), "{association}");
    assert_eq!(
        listed[..6],
        ["ADDRESS", ip, instance, "vpc", allocation, association]
    );
    assert_eq!(parted, ["ADDRESS", association]);
    assert_eq!(by_ip, ["ADDRESS", ip, instance]);
    assert!(moved.iter().any(|field| field == instance), "{moved:?}");
    assert_eq!(left[..5], ["ADDRESS", ip, "", "vpc", allocation]);
    assert_eq!(released, ["ADDRESS", "", allocation]);
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
