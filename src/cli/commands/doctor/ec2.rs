//! EC2, where somebody says where it is: its endpoint, its clock, whether it takes the keys, and
//! whose they are.

use std::sync::Arc;

use super::cloud::{Names, endpoint};
use super::report::Report;
use crate::aws::ec2::{
    DescribeRegions, Ec2, Ec2Request, Fields, FromFields, Parameters, Unreadable,
};
use crate::aws::sign::SignatureVersion;
use crate::aws::{AwsError, CredentialsProvider};
use crate::cli::cloud::{cloud_of, connection};
use crate::cli::failure::Failure;
use crate::cli::progress::Watcher;
use crate::cli::session::Session;
use crate::config::cloud::{Cloud, Place, ServiceKind};
use crate::units::AccountId;

const ENDPOINT: &str = "EC2 endpoint";
const ACCESS: &str = "EC2 access";
const ACCOUNT: &str = "EC2 account";

/// Checks EC2. Without a word of anybody's, Amazon's counts only beside Amazon's S3: keys are not
/// shown to a cloud that they are not of.
///
/// # Errors
/// When the user stops it, or an option makes no sense.
pub(super) fn check(
    session: &Session<'_>,
    s3: &Cloud<'_>,
    watcher: &Watcher,
    credentials: Option<Arc<dyn CredentialsProvider>>,
    report: &mut Report,
) -> Result<(), Failure> {
    let cloud = cloud_of(session, ServiceKind::Ec2)?;
    match place(&cloud, s3) {
        Ok(Some(place)) => tell(&cloud, &place, report),
        Ok(None) => {
            report.skip(
                ENDPOINT,
                "nobody says where EC2 is: EC2_URL or --ec2-url does",
            );
            return Ok(());
        }
        Err(failure) => {
            report.fail(ENDPOINT, &failure);
            return Ok(());
        }
    }
    let names = Names {
        endpoint: ENDPOINT,
        clock: "EC2 clock",
    };
    let answers = endpoint(session, &cloud, watcher, names, report)?;
    let Some(credentials) = credentials.filter(|_| answers) else {
        report.skip(ACCESS, "needs keys and a service that answers");
        return Ok(());
    };
    let connection = connection(session, &cloud, Some(credentials), watcher)?;
    let ec2 = Ec2::new(connection, session.text("api-version")?);
    if access(&ec2, report)? {
        account(session, &ec2, report)?;
    }
    Ok(())
}

/// Where EC2 is, if somebody says so.
fn place(cloud: &Cloud<'_>, s3: &Cloud<'_>) -> Result<Option<Place>, Failure> {
    let beside_amazon = || s3.place().is_ok_and(|place| place.endpoint.is_amazon());
    if cloud.has_own_url()? || beside_amazon() {
        return Ok(Some(cloud.place()?));
    }
    Ok(None)
}

fn tell(cloud: &Cloud<'_>, place: &Place, report: &mut Report) {
    report.tell("EC2", place.endpoint.url(), &place.origin);
    report.tell("EC2 region", &place.endpoint.region, &place.region_origin);
    match cloud.signature() {
        Ok(found) => {
            let version = match found.value {
                SignatureVersion::V4 => "v4",
                SignatureVersion::V2 => "v2",
            };
            report.tell("EC2 signature", version, &found.origin);
        }
        Err(error) => report.fail("EC2 signature", &error.into()),
    }
}

/// Whether the service takes the keys.
fn access(ec2: &Ec2, report: &mut Report) -> Result<bool, Failure> {
    match ec2.call(&DescribeRegions::default()) {
        Ok(regions) => {
            let names: Vec<&str> = regions.iter().map(|r| r.region_name.as_str()).collect();
            let found = match names.as_slice() {
                [] => "the service takes the keys".to_owned(),
                names if names.len() <= 4 => {
                    format!("the service takes the keys; regions: {}", names.join(", "))
                }
                names => format!("the service takes the keys; regions: {}", names.len()),
            };
            report.ok(ACCESS, found);
            Ok(true)
        }
        Err(AwsError::Interrupted) => Err(Failure::interrupted()),
        // Keys that may do little are known all the same.
        Err(error) if error.is_code("UnauthorizedOperation") => {
            report.warn(
                ACCESS,
                "the service knows the keys, which may not list regions",
                "that is fine if they are for S3 only; else they need ec2:DescribeRegions",
            );
            Ok(false)
        }
        // amikit-cloud names a place for EC2 before it has one.
        Err(error) if error.is_code("NotImplemented") => {
            report.warn(
                ACCESS,
                "the service says that it is not EC2, or does not list regions",
                "that is fine if you need S3 only; else --ec2-url or EC2_URL tells where EC2 is",
            );
            Ok(false)
        }
        Err(error) => {
            report.fail(ACCESS, &error.into());
            Ok(false)
        }
    }
}

/// Whose the keys are: every account has a group `default`, which tells its owner.
fn account(session: &Session<'_>, ec2: &Ec2, report: &mut Report) -> Result<(), Failure> {
    let owner = match ec2.call(&DescribeSecurityGroups) {
        Ok(Owner(Some(owner))) => owner,
        Ok(Owner(None)) => {
            report.skip(ACCOUNT, "the service does not tell it");
            return Ok(());
        }
        Err(AwsError::Interrupted) => return Err(Failure::interrupted()),
        Err(error) => {
            tracing::debug!(%error, "no account");
            report.skip(ACCOUNT, "not known: the keys may not list groups");
            return Ok(());
        }
    };
    let configured: Option<AccountId> = session.parsed("user").ok().flatten();
    match configured {
        Some(configured) if configured.as_str() != owner => report.warn(
            ACCOUNT,
            format!(
                "the keys are of account {owner}, but bundles get {}",
                configured.as_str()
            ),
            format!("pass --user {owner}, or use the keys of that account"),
        ),
        _ => report.ok(ACCOUNT, format!("the keys are of account {owner}")),
    }
    Ok(())
}

/// Asks for the groups, of which only the owner is read.
struct DescribeSecurityGroups;

/// The owner of the first group.
struct Owner(Option<String>);

impl Ec2Request for DescribeSecurityGroups {
    const ACTION: &'static str = "DescribeSecurityGroups";
    const REPEATABLE: bool = true;
    type Response = Owner;

    fn write(&self, parameters: &mut Parameters) {
        parameters.list("GroupName", &["default"]);
    }
}

impl FromFields for Owner {
    fn from_fields(fields: Fields<'_>) -> Result<Self, Unreadable> {
        let mut owners = fields
            .items("securityGroupInfo")
            .filter_map(|item| item.text("ownerId"));
        Ok(Self(owners.next()))
    }
}
