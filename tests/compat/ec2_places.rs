//! Regions and zones under the old tools' names: what they print, column by column.

use crate::support::ec2_server::{Ec2Server, assert_golden};
use crate::support::old_tools::said;
use crate::support::sandbox::Sandbox;

#[test]
fn regions_are_lines_of_name_and_endpoint() {
    let sandbox = Sandbox::new("compat-regions");
    let server = Ec2Server::answering(&[("DescribeRegions", "eucalyptus")]);

    for name in ["euca-describe-regions", "ec2-describe-regions", "ec2dre"] {
        assert_golden(name, "two", &server.run(&sandbox, &[name]));
    }
    let nil = server.run(&sandbox, &["euca-describe-regions", "--show-empty-fields"]);
    assert_golden("euca-describe-regions", "two-nil", &nil);
    for form in ["table", "json", "tsv"] {
        let run = server.run(&sandbox, &["describe-regions", "--output", form]);
        assert_golden("describe-regions", form, &run);
    }
}

#[test]
fn verbose_zones_show_the_capacity_of_a_eucalyptus() {
    let sandbox = Sandbox::new("compat-zones");
    let server = Ec2Server::answering(&[("DescribeAvailabilityZones", "verbose")]);

    let name = "euca-describe-availability-zones";
    assert_golden(name, "verbose", &server.run(&sandbox, &[name, "verbose"]));

    let request = server.request("DescribeAvailabilityZones");
    assert_eq!(request["ZoneName.1"], "verbose");
    assert_eq!(request["Version"], "2015-10-01");
    for name in ["ec2-describe-availability-zones", "ec2daz"] {
        assert_golden(name, "verbose", &server.run(&sandbox, &[name]));
    }
    for form in ["table", "json", "tsv"] {
        let line = ["describe-availability-zones", "--output", form];
        assert_golden(line[0], form, &server.run(&sandbox, &line));
    }
}

/// The columns are those of euca2ools' sources and of Amazon's command reference.
#[test]
fn euca2ools_tell_no_region_of_a_zone() {
    let sandbox = Sandbox::new("compat-zone-columns");
    let server = Ec2Server::answering(&[("DescribeAvailabilityZones", "aws")]);
    let run = |name, nil: &[&str]| {
        let line: Vec<_> = [name].iter().chain(nil).copied().collect();
        said(server.run(&sandbox, &line).succeeded()).to_owned()
    };

    let euca = run("euca-describe-availability-zones", &[]);
    let nil = run("euca-describe-availability-zones", &["--show-empty-fields"]);
    let ec2 = run("ec2-describe-availability-zones", &[]);

    assert_eq!(
        euca,
        "AVAILABILITYZONE\tus-east-1a\tavailable\t\n\
         AVAILABILITYZONE\tus-east-1b\timpaired\tPower is short, Storage is slow\n"
    );
    assert_eq!(
        nil,
        "AVAILABILITYZONE\tus-east-1a\tavailable\t(nil)\n\
         AVAILABILITYZONE\tus-east-1b\timpaired\tPower is short, Storage is slow\n"
    );
    assert_eq!(
        ec2,
        "AVAILABILITYZONE\tus-east-1a\tavailable\tus-east-1\t\n\
         AVAILABILITYZONE\tus-east-1b\timpaired\tus-east-1\tPower is short, Storage is slow\n"
    );
}
