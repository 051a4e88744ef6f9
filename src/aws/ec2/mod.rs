//! EC2's query API: requests and responses, typed.
//!
//! ```text
//! request ─► Parameters ─► form ─► service: sign, send, again ─► XML ─► Fields ─► response
//!   Ec2Request               Action=…&Version=…                           FromFields
//! ```
//!
//! A request is a struct with its parameters, and names its response. What a response has and we
//! do not know is passed over; what it lacks and cannot do without is an error. Lists that come
//! in pages are followed to their end.
//!
//! Source: docs/formats/ec2.md.

mod addresses;
mod bundle_tasks;
mod certificates;
#[cfg(test)]
mod damaged;
mod fields;
mod images;
mod instance_types;
mod instances;
mod key_pairs;
mod parameters;
mod places;
mod security_groups;
mod snapshot_attributes;
mod snapshots;
mod state_reason;
mod tags;
#[cfg(test)]
pub(crate) mod tests;
mod volumes;

use std::collections::HashSet;

use super::service::{Answer, Call, Connection, Service};
use super::{AwsError, Endpoint};
use crate::xml;

pub use addresses::{
    Address, AddressName, AllocateAddress, AssociateAddress, Associated, DescribeAddresses,
    DisassociateAddress, ReleaseAddress,
};
pub use bundle_tasks::{
    BundleInstance, BundleTask, BundleTaskError, CancelBundleTask, DescribeBundleTasks,
    OneBundleTask,
};
pub use certificates::{BOOTSTRAP_VERSION, DescribeServiceCertificates, ServiceCertificate};
pub use fields::{Fields, FromFields, Unreadable};
pub use images::{
    BlockDeviceMapping, CopyImage, CreateImage, DeletedSnapshot, DeregisterImage, Deregistered,
    DescribeImageAttribute, DescribeImages, EbsBlockDevice, Image, ImageAttribute,
    ImageAttributeAnswer, ImageChange, LaunchPermission, ModifyImageAttribute, NewImage,
    ProductCode, RegisterImage, ResetImageAttribute,
};
pub use instance_types::{DescribeInstanceTypes, InstanceType, ZoneCapacity};
pub use instances::{
    AttachedDevice, AttachedVolume, ConsoleOutput, DescribeInstanceStatus, DescribeInstances,
    GetConsoleOutput, GetPasswordData, IamInstanceProfile, Instance, InstanceState, InstanceStatus,
    InterfaceAddress, InterfaceAssociation, InterfaceAttachment, MetadataOptions, Monitoring,
    NetworkInterface, NetworkInterfaceSpecification, PasswordData, Placement, PrivateIpAddress,
    RebootInstances, Reservation, RunInstances, RunInstancesOnce, ScheduledEvent,
    SecurityGroupName, StartInstances, StateChange, StateChanges, StatusDetail, StatusSummary,
    StopInstances, TerminateInstances, UserData, UserDataTooLong,
};
pub use key_pairs::{
    CreateKeyPair, CreatedKeyPair, DeleteKeyPair, DescribeKeyPairs, ImportKeyPair, KeyPair,
};
pub use parameters::{Filter, Parameters};
pub use places::{AvailabilityZone, DescribeAvailabilityZones, DescribeRegions, Region};
pub use security_groups::{
    AuthorizeSecurityGroupEgress, AuthorizeSecurityGroupIngress, CreateSecurityGroup,
    CreatedSecurityGroup, DeleteSecurityGroup, DescribeSecurityGroups, GroupName, GroupRules,
    IpPermission, IpRange, Ipv6Range, PrefixList, RevokeSecurityGroupEgress,
    RevokeSecurityGroupIngress, RuleForm, SecurityGroup, UserIdGroupPair,
};
pub use snapshot_attributes::{
    DescribeSnapshotAttribute, Grantee, ModifySnapshotAttribute, ResetSnapshotAttribute,
    SnapshotAttribute, SnapshotAttributes,
};
pub use snapshots::{CreateSnapshot, DeleteSnapshot, DescribeSnapshots, Snapshot};
pub use state_reason::StateReason;
pub use tags::{
    CreateTags, DeleteTags, DescribeTags, Tag, TagDescription, TagSpecification, TagToDelete,
};
pub use volumes::{
    AttachVolume, Attachment, CreateVolume, DeleteVolume, DescribeVolumes, DetachVolume, Volume,
};

/// The API's version that Amazon's hosts are asked for: the last one.
const AMAZON_VERSION: &str = "2016-11-15";

/// The one that others are asked for: that of euca2ools 3.4, which Eucalyptus knows.
const OTHERS_VERSION: &str = "2015-10-01";

/// Longest answer that is read. A page of a thousand images has some MiB.
const MAX_ANSWER: usize = 64 << 20;

/// Most elements of an answer.
const MAX_ELEMENTS: usize = 2_000_000;

/// Most pages of one list that are followed: a service that always has another is not believed.
const MAX_PAGES: usize = 10_000;

/// Most bytes of all pages of a list.
const MAX_LIST: usize = 512 << 20;

/// Most items of a list: several times as many as Amazon's largest region has public images. An
/// item takes thirty bytes on the way here, and up to a KiB in memory.
const MAX_ITEMS: usize = 1_000_000;

/// A request: an action with its parameters.
pub trait Ec2Request {
    /// Its name: `DescribeImages`.
    const ACTION: &'static str;
    /// Whether making it twice does no harm: it changes nothing, changes to a state that is told
    /// whole, or carries a client token.
    const REPEATABLE: bool;
    /// What it is answered with.
    type Response: FromFields;
    /// Whether making this one twice does no harm.
    fn is_repeatable(&self) -> bool {
        Self::REPEATABLE
    }
    /// The client token that it carries: the same request with the same token makes nothing
    /// twice.
    fn client_token(&self) -> Option<&str> {
        None
    }
    /// Writes its parameters.
    fn write(&self, parameters: &mut Parameters);
}

/// A request for a list that comes in pages.
pub trait Paged: Ec2Request<Response = Page<Self::Item>> {
    /// What the list has.
    type Item: FromFields;
    /// The element that the items stand in: `imagesSet`.
    const SET: &'static str;
    /// Asks for the page that begins here.
    fn set_next_token(&mut self, token: String);
}

/// One page of a list.
#[derive(Debug, Clone)]
pub struct Page<T> {
    /// What it has.
    pub items: Vec<T>,
    /// Where the next one begins, if there is one.
    pub next_token: Option<String>,
}

impl<T: FromFields> Page<T> {
    /// Reads the items that stand in the element `set`.
    ///
    /// # Errors
    /// When one of them cannot be read.
    pub fn read(fields: Fields<'_>, set: &'static str) -> Result<Self, Unreadable> {
        Ok(Self {
            items: fields.list(set)?,
            next_token: fields.text("nextToken"),
        })
    }
}

/// The answer to what is only done: `<return>true</return>`, or nothing at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Done(
    /// What the service says: old ones say `false` where newer ones refuse.
    pub bool,
);

impl FromFields for Done {
    fn from_fields(fields: Fields<'_>) -> Result<Self, Unreadable> {
        let done = match fields.flag("return")? {
            None => fields.flag("_return")?, // Eucalyptus' administration
            done => done,
        };
        Ok(Self(done.unwrap_or(true)))
    }
}

/// An EC2 service. Cloning is cheap.
#[derive(Debug, Clone)]
pub struct Ec2 {
    service: Service,
    version: String,
}

impl Ec2 {
    /// The service at the end of a connection. Without a version of the API, the one that the
    /// host is known for.
    #[must_use]
    pub fn new(connection: Connection, version: Option<String>) -> Self {
        let version = version.unwrap_or_else(|| usual_version(&connection.endpoint).to_owned());
        Self {
            service: Service::new(connection),
            version,
        }
    }

    /// The service that calls go to.
    #[must_use]
    pub fn service(&self) -> &Service {
        &self.service
    }

    /// Whether the API is asked for in today's version. Only then are parameters known that
    /// came after it: Eucalyptus refuses what it does not know.
    #[must_use]
    pub fn is_current(&self) -> bool {
        self.version.as_str() >= AMAZON_VERSION
    }

    /// The version of the API that is asked for.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Makes a request.
    ///
    /// # Errors
    /// When the service says no, cannot be reached, or answers what makes no sense.
    pub fn call<R: Ec2Request>(&self, request: &R) -> Result<R::Response, AwsError> {
        let answer = self.ask(request)?;
        self.understand(request, &answer)
    }

    fn ask<R: Ec2Request>(&self, request: &R) -> Result<Answer, AwsError> {
        let parameters = self.parameters(request);
        self.service
            .call_whole(&form(request, parameters), MAX_ANSWER)
    }

    fn parameters<R: Ec2Request>(&self, request: &R) -> Parameters {
        let mut parameters = Parameters::new(R::ACTION, &self.version);
        request.write(&mut parameters);
        parameters
    }

    /// Asks whether a request would be granted, and does nothing.
    ///
    /// Old services pass over what they do not know, and would do what is only asked about. One
    /// that is not Amazon's is asked for its regions first, as a dry run: if it gives them, it
    /// does not know dry runs, and the request is not sent.
    ///
    /// # Errors
    /// As [`Ec2::call`]; also when the service does not know dry runs.
    pub fn check<R: Ec2Request>(&self, request: &R) -> Result<(), AwsError> {
        if !is_amazon(&self.service.connection().endpoint)
            && self.dry_run(&DescribeRegions::default()).is_ok()
        {
            let found = "success of a dry run of DescribeRegions".to_owned();
            let expected =
                "DryRunOperation; this service does not know dry runs, and was not asked";
            return Err(self.no_answer(R::ACTION, found, expected));
        }
        match self.dry_run(request) {
            Err(error) if error.is_code("DryRunOperation") => Ok(()),
            Err(error) => Err(error),
            Ok(()) => Err(self.no_answer(
                R::ACTION,
                "success".to_owned(),
                "DryRunOperation; this service does not know dry runs of it, and has done it",
            )),
        }
    }

    /// Makes a request with the word that it is not to be done.
    fn dry_run<R: Ec2Request>(&self, request: &R) -> Result<(), AwsError> {
        let mut parameters = self.parameters(request);
        parameters.set("DryRun", "true");
        let call = form(request, parameters);
        self.service.call_whole(&call, MAX_ANSWER).map(|_| ())
    }

    /// Everything that a list has, page by page.
    ///
    /// # Errors
    /// As [`Ec2::call`]; when a page repeats, or the pages do not end.
    pub fn all<R: Paged>(&self, mut request: R) -> Result<Vec<R::Item>, AwsError> {
        let mut items = Vec::new();
        let (mut seen, mut bytes) = (HashSet::new(), 0_usize);
        for _ in 0..MAX_PAGES {
            let answer = self.ask(&request)?;
            bytes = bytes.saturating_add(answer.body.len());
            if bytes > MAX_LIST {
                let found = format!("more than {MAX_LIST} bytes of pages");
                return Err(self.no_answer(R::ACTION, found, "a shorter list"));
            }
            let page = self.understand(&request, &answer)?;
            items.extend(page.items);
            if items.len() > MAX_ITEMS {
                let found = format!("more than {MAX_ITEMS} items");
                return Err(self.no_answer(R::ACTION, found, "a shorter list"));
            }
            let Some(token) = page.next_token else {
                return Ok(items);
            };
            if !seen.insert(token.clone()) {
                let found = format!("the page after {} again", cut(&token));
                return Err(self.no_answer(R::ACTION, found, "another page than before"));
            }
            request.set_next_token(token);
        }
        let found = format!("more than {MAX_PAGES} pages");
        Err(self.no_answer(R::ACTION, found, "a list that ends"))
    }

    fn understand<R: Ec2Request>(
        &self,
        request: &R,
        answer: &Answer,
    ) -> Result<R::Response, AwsError> {
        read::<R>(&answer.body).map_err(|error| AwsError::Answer {
            operation: R::ACTION,
            host: self.service.connection().endpoint.host.clone(),
            found: error.found,
            expected: error.expected,
            may_be_done: !request.is_repeatable(),
        })
    }

    /// Why the answers to calls that only ask make no sense.
    fn no_answer(
        &self,
        operation: &'static str,
        found: String,
        expected: &'static str,
    ) -> AwsError {
        AwsError::Answer {
            operation,
            host: self.service.connection().endpoint.host.clone(),
            found,
            expected,
            may_be_done: false,
        }
    }
}

/// Reads the answer to a request. Eucalyptus' oldest and its administration call it
/// `DescribeRegionsResponseType`.
///
/// # Errors
/// When it is no XML, another action's response, or lacks what it cannot do without.
pub fn read<R: Ec2Request>(body: &[u8]) -> Result<R::Response, Unreadable> {
    let limits = xml::Limits {
        bytes: MAX_ANSWER,
        elements: MAX_ELEMENTS,
        plain: false,
    };
    let root = xml::parse(body.trim_ascii_start(), &limits).map_err(|error| Unreadable {
        found: error.to_string(),
        expected: "XML that can be read",
    })?;
    let name = root.name.strip_suffix("Type").unwrap_or(root.name);
    if name.strip_suffix("Response") != Some(R::ACTION) {
        return Err(Unreadable {
            found: format!("<{}>", cut(root.name)),
            expected: "its own response",
        });
    }
    R::Response::from_fields(Fields::of(&root))
}

/// The beginning of a text of the service's.
fn cut(text: &str) -> String {
    text.chars().take(80).collect()
}

fn form<R: Ec2Request>(request: &R, parameters: Parameters) -> Call<'static> {
    Call {
        secrets: parameters.secrets(),
        form: parameters.into_form(),
        repeatable: request.is_repeatable(),
        ..Call::new(R::ACTION, "POST")
    }
}

fn is_amazon(endpoint: &Endpoint) -> bool {
    let name = endpoint.host.split(':').next().unwrap_or_default();
    let domains = [".amazonaws.com", ".amazonaws.com.cn", ".api.aws"];
    domains.iter().any(|domain| name.ends_with(domain))
}

fn usual_version(endpoint: &Endpoint) -> &'static str {
    if is_amazon(endpoint) {
        AMAZON_VERSION
    } else {
        OTHERS_VERSION
    }
}
