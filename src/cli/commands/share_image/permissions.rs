//! Who may run an image and copy it: the image's launch permissions, and its snapshots'.
//!
//! Instances can be run of a shared image whatever the permissions of its snapshots are; who wants
//! to copy it needs those, too. So a snapshot that cannot be shared is a warning, not a failure.

use serde::Serialize;

use crate::aws::AwsError;
use crate::aws::ec2::{
    DescribeImageAttribute, Ec2, Grantee, ImageAttribute, LaunchPermission, ModifySnapshotAttribute,
};
use crate::cli::failure::Failure;
use crate::cli::session::Session;
use crate::register::{self, RegisterError, parse_permission};

/// Who may run an image.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(in crate::cli::commands) struct Audience {
    /// Everyone.
    pub public: bool,
    /// Accounts, organisations and their parts.
    pub shared_with: Vec<String>,
}

/// Who is to be able to run an image from now on, and who no longer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::cli::commands) struct Sharing {
    /// May run it.
    pub add: Vec<LaunchPermission>,
    /// May no longer.
    pub remove: Vec<LaunchPermission>,
}

/// Reads whom an option means, each once: accounts, organisations; with `all`, everyone, too.
///
/// # Errors
/// When it is nobody.
pub(in crate::cli::commands) fn grantees(
    session: &Session<'_>,
    option: &str,
    all: bool,
) -> Result<Vec<LaunchPermission>, Failure> {
    let mut found = Vec::new();
    for text in session.values.list(option) {
        let one = parse_permission(&text);
        let one = one.map_err(|error| session.invalid(option, &text, &error))?;
        if one == LaunchPermission::all() && !all {
            let why = "everyone is meant by --public, since that is not done by mistake";
            return Err(session.invalid(option, &text, &why));
        }
        if !found.contains(&one) {
            found.push(one);
        }
    }
    Ok(found)
}

/// Who may run an image, as the service says.
///
/// # Errors
/// When it does not say.
pub(in crate::cli::commands) fn audience(ec2: &Ec2, image_id: &str) -> Result<Audience, AwsError> {
    let answer = ec2.call(&DescribeImageAttribute {
        image_id: image_id.to_owned(),
        attribute: ImageAttribute::LaunchPermission,
    })?;
    let mut audience = Audience::default();
    for permission in answer.launch_permissions {
        match permission {
            LaunchPermission::Group(_) => audience.public = true,
            other => audience.shared_with.push(other.to_string()),
        }
    }
    audience.shared_with.sort();
    Ok(audience)
}

/// Changes who may run an image, and make volumes of its snapshots.
///
/// # Errors
/// When the service refuses to share the image, or cannot be asked.
pub(in crate::cli::commands) fn share(
    session: &Session<'_>,
    ec2: &Ec2,
    image_id: &str,
    snapshots: &[String],
    sharing: &Sharing,
) -> Result<(), RegisterError> {
    let Sharing { add, remove } = sharing;
    if add.is_empty() && remove.is_empty() {
        return Ok(());
    }
    register::share(ec2, image_id, add, remove)?;
    for snapshot in snapshots {
        // One of the two in a request: Amazon takes no more.
        share_snapshot(session, ec2, snapshot, add, &[])?;
        share_snapshot(session, ec2, snapshot, &[], remove)?;
    }
    Ok(())
}

fn share_snapshot(
    session: &Session<'_>,
    ec2: &Ec2,
    snapshot: &str,
    add: &[LaunchPermission],
    remove: &[LaunchPermission],
) -> Result<(), AwsError> {
    let request = ModifySnapshotAttribute {
        snapshot_id: snapshot.to_owned(),
        add: of_snapshot(add),
        remove: of_snapshot(remove),
    };
    if request.add.is_empty() && request.remove.is_empty() {
        return Ok(()); // snapshots know no organisations
    }
    match ec2.call(&request) {
        Err(AwsError::Service(said)) if !said.may_pass() => {
            session.warn(format!(
                "the permissions of snapshot {snapshot} stay as they are, so that others can run \
                 the image but not copy it: {}",
                said.message
            ));
            Ok(())
        }
        done => done.map(drop),
    }
}

fn of_snapshot(permissions: &[LaunchPermission]) -> Vec<Grantee> {
    let grantee = |permission: &LaunchPermission| match permission {
        LaunchPermission::Group(name) => Some(Grantee::Group(name.clone())),
        LaunchPermission::UserId(id) => Some(Grantee::UserId(id.clone())),
        LaunchPermission::OrganizationArn(_) | LaunchPermission::OrganizationalUnitArn(_) => None,
    };
    permissions.iter().filter_map(grantee).collect()
}
