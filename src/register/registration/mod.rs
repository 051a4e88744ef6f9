//! Registers an image, and says whether it can be run.

#[cfg(test)]
mod tests;

use super::RegisterError;
use crate::aws::AwsError;
use crate::aws::ec2::{DescribeImages, Ec2, Image, NewImage, RegisterImage};

/// States of images that are as good as none.
const GONE: [&str; 3] = ["deregistered", "failed", "error"];

/// An image that is registered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registered {
    /// Its id.
    pub image_id: String,
    /// Whether the reply was lost, and the image was found.
    pub was_found: bool,
}

/// Whether an image can be run.
#[derive(Debug)]
pub enum Availability {
    /// It can.
    Available(Box<Image>),
    /// Not yet: its state.
    Pending(String),
    /// It never will: the reason; its state, where there is none, or it is another than `failed`.
    Failed(String),
}

/// Registers an image. If the reply is lost, an own image of that name and source is taken for
/// the one; if there is none, and the name sees to it that there cannot be two, it is tried once
/// more.
///
/// # Errors
/// When the service says no, cannot be reached, or it stays open whether it was done, since the
/// images cannot be listed or have no names.
pub fn register(ec2: &Ec2, request: &RegisterImage) -> Result<Registered, RegisterError> {
    let lost = match ec2.call(request) {
        Err(error) if error.leaves_open() => error,
        reply => return told(reply),
    };
    // That it may have been done is worth more than why nobody can tell.
    let Ok(image) = find_registered(ec2, request) else {
        return Err(lost.into());
    };
    if let Some(image) = image {
        return Ok(found(image));
    }
    if request.name.is_none() {
        return Err(lost.into());
    }
    match ec2.call(request) {
        // The first one was not lost, but slow.
        Err(error) if error.is_code("InvalidAMIName.Duplicate") => {
            let image = find_registered(ec2, request)?;
            image.map(found).ok_or_else(|| error.into())
        }
        reply => told(reply),
    }
}

fn told(reply: Result<NewImage, AwsError>) -> Result<Registered, RegisterError> {
    Ok(Registered {
        image_id: reply?.image_id,
        was_found: false,
    })
}

fn found(image: Image) -> Registered {
    Registered {
        image_id: image.image_id,
        was_found: true,
    }
}

/// The own image that a registration has made before: of the same name, and of the same manifest
/// or snapshots. Conditions are looked at here, since Eucalyptus 2 knows no filters.
///
/// # Errors
/// When the images cannot be listed.
pub fn find_registered(ec2: &Ec2, request: &RegisterImage) -> Result<Option<Image>, AwsError> {
    let own = DescribeImages {
        owners: vec!["self".to_owned()],
        ..DescribeImages::default()
    };
    let mut images = ec2.all(own)?.into_iter();
    Ok(images.find(|image| is_of(image, request)))
}

/// Whether an image is what came of a registration.
fn is_of(image: &Image, request: &RegisterImage) -> bool {
    let state = image.image_state.as_deref().unwrap_or_default();
    if GONE.contains(&state) || request.name.is_some() && image.name != request.name {
        return false;
    }
    if let Some(location) = &request.image_location {
        let Some(theirs) = image.image_location.as_deref() else {
            return request.name.is_some(); // where nothing else is told, the name is
        };
        return theirs.trim_start_matches('/') == location.trim_start_matches('/');
    }
    let mappings = request.block_device_mappings.iter();
    let mut wanted = mappings
        .filter_map(|mapping| mapping.ebs.as_ref()?.snapshot_id.as_deref())
        .peekable();
    wanted.peek().is_some() && wanted.all(|id| image.snapshot_ids().any(|theirs| theirs == id))
}

/// Looks whether an image can be run. One that is not listed was made a moment ago.
///
/// # Errors
/// When the service cannot be asked.
pub fn availability(ec2: &Ec2, image_id: &str) -> Result<Availability, AwsError> {
    let Some(image) = look(ec2, image_id)? else {
        return Ok(Availability::Pending("not listed".to_owned()));
    };
    let state = image.image_state.as_deref().unwrap_or("without a state");
    if state == "available" {
        return Ok(Availability::Available(Box::new(image)));
    }
    if matches!(state, "pending" | "transient" | "without a state") {
        return Ok(Availability::Pending(state.to_owned()));
    }
    Ok(Availability::Failed(match image.reason() {
        Some(reason) if state == "failed" => reason.to_owned(),
        Some(reason) => format!("{state}: {reason}"),
        None => state.to_owned(),
    }))
}

/// The image of an id, if the service lists it.
///
/// # Errors
/// When the service cannot be asked.
pub(super) fn look(ec2: &Ec2, image_id: &str) -> Result<Option<Image>, AwsError> {
    let request = DescribeImages {
        image_ids: vec![image_id.to_owned()],
        ..DescribeImages::default()
    };
    match ec2.all(request) {
        Ok(images) => {
            let mut images = images.into_iter();
            Ok(images.find(|image| image.image_id.eq_ignore_ascii_case(image_id)))
        }
        Err(error) if is_unknown(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether the service says that there is no such image.
pub(super) fn is_unknown(error: &AwsError) -> bool {
    let service = error.service();
    service.is_some_and(|said| {
        matches!(
            said.code.as_str(),
            "InvalidAMIID.NotFound" | "InvalidAMIID.Unavailable"
        )
    })
}
