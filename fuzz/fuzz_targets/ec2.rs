//! No bytes make the readers of EC2's answers panic: raw, and inside of an answer's root.

#![no_main]

use amikit::aws::ec2::{
    DescribeAvailabilityZones, DescribeRegions, DescribeServiceCertificates, Ec2Request, read,
};
use libfuzzer_sys::fuzz_target;

fn check<R: Ec2Request>(bytes: &[u8]) {
    let _ = read::<R>(bytes);
    let root = format!("{}Response", R::ACTION);
    let mut whole = format!("<{root}>").into_bytes();
    whole.extend_from_slice(bytes);
    whole.extend_from_slice(format!("</{root}>").as_bytes());
    let _ = read::<R>(&whole);
}

fuzz_target!(|bytes: &[u8]| {
    check::<DescribeRegions>(bytes);
    check::<DescribeAvailabilityZones>(bytes);
    check::<DescribeServiceCertificates>(bytes);
});
