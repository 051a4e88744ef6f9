//! Answers of services, damaged: whatever they have become, the readers give a value or an error.

use std::fs;
use std::path::PathBuf;

use proptest::prelude::*;

use super::bundle_tasks::{BundleInstance, CancelBundleTask, DescribeBundleTasks};
use super::instance_types::DescribeInstanceTypes;
use super::instances::{
    DescribeInstanceStatus, DescribeInstances, GetConsoleOutput, GetPasswordData, RebootInstances,
    RunInstances, StartInstances, StopInstances, TerminateInstances,
};
use super::*;

/// Reads what stands in a response's root, and passes over what comes of it.
type Reader = fn(&[u8]);

fn reader<R: Ec2Request>() -> (&'static str, Reader) {
    (R::ACTION, |body| drop(read::<R>(body)))
}

/// The readers of all answers that there are fixtures of. What is only done has one reader.
fn readers() -> Vec<(&'static str, Reader)> {
    vec![
        reader::<AllocateAddress>(),
        reader::<AssociateAddress>(),
        reader::<AttachVolume>(),
        reader::<BundleInstance>(),
        reader::<CancelBundleTask>(),
        reader::<CopyImage>(),
        reader::<CreateImage>(),
        reader::<CreateKeyPair>(),
        reader::<CreateSecurityGroup>(),
        reader::<CreateSnapshot>(),
        reader::<CreateTags>(),
        reader::<CreateVolume>(),
        reader::<DeleteSecurityGroup>(),
        reader::<DeregisterImage>(),
        reader::<DescribeAddresses>(),
        reader::<DescribeAvailabilityZones>(),
        reader::<DescribeBundleTasks>(),
        reader::<DescribeImageAttribute>(),
        reader::<DescribeImages>(),
        reader::<DescribeInstanceStatus>(),
        reader::<DescribeInstanceTypes>(),
        reader::<DescribeInstances>(),
        reader::<DescribeKeyPairs>(),
        reader::<DescribeRegions>(),
        reader::<DescribeSecurityGroups>(),
        reader::<DescribeSnapshotAttribute>(),
        reader::<DescribeSnapshots>(),
        reader::<DescribeTags>(),
        reader::<DescribeVolumes>(),
        reader::<DetachVolume>(),
        reader::<GetConsoleOutput>(),
        reader::<GetPasswordData>(),
        reader::<ImportKeyPair>(),
        reader::<RebootInstances>(),
        reader::<RegisterImage>(),
        reader::<RunInstances>(),
        reader::<StartInstances>(),
        reader::<StopInstances>(),
        reader::<TerminateInstances>(),
    ]
}

/// What a service says to an action, as far as the fixtures know.
fn answers(action: &str) -> Vec<String> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures/ec2")
        .join(action);
    let mut files: Vec<_> = fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.expect("an entry of the folder").path())
        .collect();
    files.sort();
    let texts = files
        .iter()
        .map(|path| fs::read_to_string(path).expect("a fixture"));
    texts.collect()
}

/// Texts that a service should not send.
const STRANGE: [&str; 12] = [
    "",
    "-1",
    "18446744073709551616",
    "9223372036854775807",
    "1e999",
    "NaN",
    "../x",
    "-rf",
    "&#9;&#10;&#155;",
    "=====",
    "<item/>",
    "<item><item><item/></item></item>",
];

/// The text with another in place of one between tags.
fn replaced(answer: &str, place: usize, with: &str) -> String {
    let mut ends: Vec<_> = answer.match_indices("</").map(|(at, _)| at).collect();
    let end = ends.swap_remove(place % ends.len());
    let start = answer[..end].rfind('>').map_or(end, |at| at + 1);
    format!("{}{with}{}", &answer[..start], &answer[end..])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn what_a_service_may_say_is_read_or_refused_whatever_is_done_to_it(
        place in any::<usize>(),
        strange in 0..STRANGE.len(),
        byte in any::<u8>(),
    ) {
        for (action, read) in readers() {
            for answer in answers(action) {
                read(answer.as_bytes());
                read(replaced(&answer, place, STRANGE[strange]).as_bytes());
                read(&answer.as_bytes()[..place % answer.len()]);
                let mut other = answer.clone().into_bytes();
                let at = place % other.len();
                other[at] = byte;
                read(&other);
                other.remove(at);
                read(&other);
            }
        }
    }
}
