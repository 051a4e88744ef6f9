//! Regions and zones.

use crate::support::peers::Moto;
use crate::support::sandbox::Sandbox;

#[test]
fn regions_and_zones_of_moto_are_listed() {
    let sandbox = Sandbox::new("ec2-places");
    let moto = Moto::start(&sandbox);

    let regions = moto.run(
        &sandbox,
        &["describe-regions", "us-east-1", "--output", "tsv"],
    );
    let zones = moto.run(&sandbox, &["ec2-describe-availability-zones"]);

    let text = String::from_utf8_lossy(&regions.succeeded().stdout).into_owned();
    assert_eq!(
        text,
        "region\tendpoint\nus-east-1\tec2.us-east-1.amazonaws.com\n"
    );
    let text = String::from_utf8_lossy(&zones.succeeded().stdout).into_owned();
    assert!(
        text.starts_with("AVAILABILITYZONE\tus-east-1a\tavailable\tus-east-1\t"),
        "{text}"
    );
}
