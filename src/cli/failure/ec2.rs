//! What to do when EC2, or the service for snapshots' blocks, says no.
//!
//! A table from codes to advice; `*` at the end stands for anything. The first row that fits
//! wins. Options are said as the native commands have them: `spelling` says them as the old
//! tools do, or leaves them out where those have none.

use super::cloud::{DOCTOR, with_clock};
use crate::aws::ServiceError;

/// What helps when it is not known whether something was done.
pub(super) const LOOK_FIRST: &str = "look whether it was done before you run the command again: a \
                                     describe command lists what there is";

/// Codes, and what to do.
const HINTS: &[(&str, &str)] = &[
    // Images.
    (
        "InvalidAMIID.Unavailable",
        "the image is not available (yet): amikit describe-images tells its state",
    ),
    (
        "InvalidAMIID.*",
        "amikit describe-images lists the images you may use; an image belongs to one region",
    ),
    (
        "InvalidAMIName.Duplicate",
        "choose another --name, or deregister the image that has it",
    ),
    (
        "InvalidAMIName.*",
        "a name has 3 to 128 letters, digits and ( ) [ ] space . / - ' @ _",
    ),
    (
        "InvalidAMIAttributeItemValue",
        "accounts are 12 digits without hyphens, or all",
    ),
    (
        "InvalidManifest",
        "the service must be able to read the bundle: was it bundled for this cloud's \
         certificate, and uploaded with the ACL aws-exec-read? amikit verify checks the bundle",
    ),
    // Instances.
    (
        "InvalidInstanceID.*",
        "amikit describe-instances lists them; an instance belongs to one region",
    ),
    (
        "IncorrectInstanceState",
        "amikit describe-instances tells the state; stop or start the instance first",
    ),
    (
        "InvalidInstanceType",
        "amikit describe-instance-types lists what the service has",
    ),
    (
        "InstanceLimitExceeded",
        "terminate what is no longer needed, or ask for a higher quota",
    ),
    (
        "VcpuLimitExceeded",
        "choose a smaller instance type, terminate what is no longer needed, or ask for a higher \
         quota",
    ),
    (
        "InsufficientInstanceCapacity",
        "try again later, fewer instances, another type, or another zone",
    ),
    (
        "InsufficientAddressCapacity",
        "the cloud has no free public address: try again later, or without one",
    ),
    (
        "InsufficientVolumeCapacity",
        "try again later, another volume type, or another zone",
    ),
    (
        "Insufficient*",
        "the service has no room for it now: try again later, or ask for less",
    ),
    // Key pairs, groups, addresses.
    (
        "InvalidKeyPair.Duplicate",
        "choose another name, or delete the key pair that has it",
    ),
    (
        "InvalidKeyPair.NotFound",
        "amikit describe-keypairs lists them; a key pair belongs to one region",
    ),
    (
        "InvalidKeyPair.*",
        "a key is in OpenSSH's, PEM or DER form, RSA of 1024 to 4096 bits or ED25519",
    ),
    ("InvalidKey.*", "a key is in OpenSSH's, PEM or DER form"),
    (
        "InvalidGroup.Duplicate",
        "choose another name, or use the group that has it",
    ),
    (
        "InvalidGroup.InUse",
        "an instance or another group's rule still uses it: amikit describe-instances and \
         describe-groups tell which",
    ),
    (
        "InvalidGroup.*",
        "amikit describe-groups lists them; groups of a VPC are named by id",
    ),
    ("InvalidGroupId.*", "amikit describe-groups lists the ids"),
    ("InvalidPermission.Duplicate", "the rule is there already"),
    (
        "InvalidPermission.NotFound",
        "amikit describe-group tells the rules as they are",
    ),
    (
        "InvalidPermission.*",
        "a rule has a protocol, ports from low to high, and a network such as 192.0.2.0/24 or a \
         group",
    ),
    (
        "InvalidAddress.*",
        "amikit describe-addresses lists your addresses",
    ),
    (
        "InvalidAllocationID.*",
        "amikit describe-addresses lists the allocations",
    ),
    (
        "AddressLimitExceeded",
        "release an address that is no longer needed, or ask for a higher quota",
    ),
    // Volumes and snapshots.
    (
        "VolumeInUse",
        "detach it first: amikit detach-volume; amikit describe-volumes tells from what",
    ),
    (
        "InvalidVolume.ZoneMismatch",
        "volume and instance must be in one zone",
    ),
    (
        "InvalidVolume.*",
        "amikit describe-volumes lists them; a volume belongs to one zone",
    ),
    (
        "VolumeLimitExceeded",
        "delete what is no longer needed, or ask for a higher quota",
    ),
    (
        "InvalidSnapshot.InUse",
        "an image still needs it: deregister that first",
    ),
    (
        "InvalidSnapshot.*",
        "amikit describe-snapshots lists them; a snapshot belongs to one region",
    ),
    (
        "SnapshotCreationPerVolumeRateExceeded",
        "wait 15 seconds between two snapshots of a volume",
    ),
    (
        "IncorrectState",
        "it is in a state that does not allow this: a describe command tells the state; wait, \
         and try again",
    ),
    (
        "ConcurrentSnapshotLimitExceeded",
        "wait until a snapshot in progress is complete",
    ),
    // Limits of accounts.
    (
        "*LimitExceeded",
        "delete what is no longer needed, or ask for a higher quota",
    ),
    (
        "ServiceQuotaExceededException",
        "delete what is no longer needed, or ask for a higher quota",
    ),
    (
        "OptInRequired",
        "the account must subscribe to this first, or enable the region, on the provider's pages",
    ),
    (
        "PendingVerification",
        "the provider still checks the account: try again later",
    ),
    (
        "Blocked",
        "the provider has blocked the account: ask its support",
    ),
    // Requests.
    (
        "InvalidParameterCombination",
        "these options do not go together here: leave one out, as the message says",
    ),
    (
        "InvalidParameter*",
        "correct the value that the message names",
    ),
    (
        "MissingParameter",
        "pass what the message names; --help has the options",
    ),
    (
        "UnknownParameter",
        "the service does not know an option that was used: leave it out, or try another \
         --api-version",
    ),
    (
        "IdempotentParameterMismatch",
        "the client token was used for another request: take another, or none",
    ),
    (
        "InvalidAction",
        "the service does not have this; if it should, try another --api-version",
    ),
    (
        "NoSuchVersion",
        "the service does not know this version of the API: --api-version 2012-12-01, or older",
    ),
    (
        "Unsupported*",
        "the service, the region or the zone does not have this: leave out what the message \
         names, or choose another zone",
    ),
    (
        "InvalidZone.*",
        "amikit describe-availability-zones lists them",
    ),
    (
        "DryRunOperation",
        "it would be granted; leave out --dry-run to do it",
    ),
];

/// What helps against a no.
pub(super) fn hint(error: &ServiceError) -> Option<String> {
    let code = error.code.as_str();
    let special = match (code, error.status) {
        ("AuthFailure", 401) => Some(with_clock(
            error,
            format!(
                "key and secret are not a pair that this cloud knows; {DOCTOR}. An old cloud may \
                 need --signature v2"
            ),
        )),
        ("AuthFailure", _) => Some(
            "it is somebody else's: its owner must share it, or use the owner's keys".to_owned(),
        ),
        (
            "UnauthorizedOperation"
            | "AccessDenied"
            | "AccessDeniedException"
            | "Unauthorized"
            | "UnauthorizedAccess"
            | "Forbidden",
            _,
        ) => Some(with_clock(error, denied(error))),
        (_, 301 | 302 | 307 | 308) => Some(
            "requests are not sent elsewhere: pass the URL that is meant with --url".to_owned(),
        ),
        _ if error.is_throttled() => {
            Some("the account asks too much at once: wait a little, then run it again".to_owned())
        }
        _ => None,
    };
    special
        .or_else(|| listed(code))
        .or_else(|| by_status(error))
}

/// The advice of the table.
fn listed(code: &str) -> Option<String> {
    let fits = |pattern: &str| match (pattern.strip_prefix('*'), pattern.strip_suffix('*')) {
        (Some(end), _) => code.ends_with(end),
        (_, Some(start)) => code.starts_with(start),
        _ => code == pattern,
    };
    let found = HINTS.iter().find(|(pattern, _)| fits(pattern));
    found.map(|(_, hint)| (*hint).to_owned())
}

/// What an answer is that has no code of the service's.
fn by_status(error: &ServiceError) -> Option<String> {
    match error.status {
        404 | 405 | 501 => Some(
            "is that the whole URL of the EC2 service? Some need a path, such as --url \
             http://HOST:8773/services/compute"
                .to_owned(),
        ),
        401 | 403 => Some(with_clock(error, denied(error))),
        _ => None,
    }
}

/// Which permission is missing.
fn denied(error: &ServiceError) -> String {
    let operation = error.operation;
    let blocks = [
        "SnapshotBlock",
        "ChangedBlocks",
        "StartSnapshot",
        "CompleteSnapshot",
    ];
    let service = if blocks.iter().any(|word| operation.contains(word)) {
        "ebs"
    } else if operation == "DescribeServiceCertificates" {
        "euserv"
    } else {
        "ec2"
    };
    let hint = format!("the keys need the permission {service}:{operation}");
    if error
        .message
        .contains("ncoded authorization failure message")
    {
        return format!(
            "{hint}; aws sts decode-authorization-message --encoded-message MESSAGE tells which \
             rule refused it"
        );
    }
    hint
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(code: &str, status: u16, message: &str) -> ServiceError {
        ServiceError {
            operation: "RunInstances",
            host: "ec2.example".into(),
            resource: "the service".into(),
            status,
            code: code.into(),
            message: message.into(),
            request_id: None,
            region: None,
            clock_offset: None,
        }
    }

    #[test]
    fn codes_have_advice() {
        for (code, status, word) in [
            ("InvalidAMIID.NotFound", 400, "describe-images"),
            ("InvalidAMIID.Unavailable", 400, "its state"),
            ("InvalidAMIName.Duplicate", 400, "--name"),
            ("InvalidManifest", 400, "amikit verify"),
            ("InvalidInstanceID.Malformed", 400, "describe-instances"),
            ("InvalidKeyPair.Duplicate", 400, "another name"),
            ("InvalidGroup.NotFound", 400, "describe-groups"),
            ("InvalidPermission.Duplicate", 400, "already"),
            ("VolumeInUse", 400, "detach"),
            ("InsufficientInstanceCapacity", 500, "another zone"),
            ("InsufficientFreeAddressesInSubnet", 400, "no room"),
            ("RequestLimitExceeded", 503, "wait a little"),
            ("Throttling", 400, "wait a little"),
            ("SnapshotLimitExceeded", 400, "quota"),
            ("SnapshotCreationPerVolumeRateExceeded", 400, "15 seconds"),
            ("UnsupportedOperation", 400, "does not have this"),
            ("NoSuchVersion", 400, "--api-version"),
            ("AuthFailure", 401, "not a pair"),
            ("AuthFailure", 403, "somebody else's"),
            ("UnauthorizedOperation", 403, "ec2:RunInstances"),
            ("NotFound", 404, "whole URL of the EC2"),
            ("PermanentRedirect", 301, "--url"),
        ] {
            let hint = hint(&said(code, status, "words")).unwrap_or_default();
            assert!(hint.contains(word), "{code}: {hint}");
        }
        assert_eq!(hint(&said("Odd", 400, "words")), None);
    }

    #[test]
    fn an_encoded_reason_can_be_decoded() {
        let message = "You are not authorized. Encoded authorization failure message: AbC";

        let hint = hint(&said("UnauthorizedOperation", 403, message)).unwrap();

        assert!(hint.contains("decode-authorization-message"), "{hint}");
    }

    #[test]
    fn every_row_of_the_table_is_reached() {
        for (pattern, hint) in HINTS {
            let code = pattern.replace('*', "Other");
            assert_eq!(listed(&code).as_deref(), Some(*hint), "{pattern}");
        }
    }
}
