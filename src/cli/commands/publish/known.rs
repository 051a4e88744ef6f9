//! The images that the account has already, and what of them is in the way.
//!
//! A name belongs to one image of an account: whoever finds an image of this name with this
//! content has found the one that an earlier run made, and takes it. So a second run never makes
//! a second image, wherever the first one ended.

use crate::aws::AwsError;
use crate::aws::ec2::{DescribeImages, Ec2, Image};
use crate::cli::ec2::{Waiting, wait};
use crate::cli::failure::{Exit, Failure};
use crate::cli::progress::Watcher;
use crate::cli::session::Session;
use crate::register::{Availability, RegisterError, availability};

/// The account's images, those that are gone excepted.
///
/// # Errors
/// When the service does not tell.
pub(super) fn images(ec2: &Ec2) -> Result<Vec<Image>, AwsError> {
    let mut images = ec2.all(DescribeImages {
        owners: vec!["self".to_owned()],
        ..DescribeImages::default()
    })?;
    // Eucalyptus lists them for some time.
    images.retain(|image| image.image_state.as_deref() != Some("deregistered"));
    Ok(images)
}

/// The image of a name.
pub(super) fn named<'a>(images: &'a [Image], name: &str) -> Option<&'a Image> {
    images
        .iter()
        .find(|image| image.name.as_deref() == Some(name))
}

/// The failure of a name that another image has.
pub(super) fn taken(image: &Image, why: &str) -> Failure {
    let id = &image.image_id;
    let name = image.name.as_deref().unwrap_or_default();
    let location = image.image_location.as_deref();
    let from = location.map_or_else(String::new, |place| format!(" (registered from {place})"));
    let message = format!("there is an image named \"{name}\" already, {id}{from}: {why}");
    Failure::new(Exit::Failed, message).hint(format!(
        "give the new image another --name, or remove the old one first: amikit deregister {id}"
    ))
}

/// Looks until instances can be run of an image, or once if nobody waits for that.
///
/// # Errors
/// When it failed, takes too long, or the service does not tell.
pub(super) fn settled(
    session: &Session<'_>,
    watcher: &Watcher,
    ec2: &Ec2,
    image_id: &str,
) -> Result<Image, Failure> {
    let waits = session.values.flag("wait");
    let mut may_pass = false;
    let settled = wait(session, watcher, &format!("image {image_id}"), || {
        let found = availability(ec2, image_id);
        let found = found.inspect_err(|error| may_pass = error.may_pass())?;
        Ok(match found {
            Availability::Available(image) => Waiting::Done(*image),
            Availability::Failed(why) => Waiting::Never(why),
            Availability::Pending(state) if waits => Waiting::Not(state),
            Availability::Pending(state) => Waiting::Done(Image {
                image_id: image_id.to_owned(),
                image_state: Some(state),
                ..Image::default()
            }),
        })
    });
    settled.map_err(|failure| {
        if may_pass {
            let story = format!("image {image_id} is registered, but not yet looked at");
            partial(story, failure, true)
        } else {
            failure
        }
    })
}

/// The failure of registering what is uploaded.
pub(super) fn unregistered(what: &str, error: RegisterError) -> Failure {
    unfinished(format!("{what} is uploaded, but not registered"), error)
}

/// The failure of a step after the image was made: what is done, and what is left.
pub(super) fn left(image_id: &str, what: &str, error: impl Into<RegisterError>) -> Failure {
    let story = format!("image {image_id} is registered, but {what}");
    unfinished(story, error.into())
}

fn unfinished(story: String, error: RegisterError) -> Failure {
    match error {
        RegisterError::Service(error) => {
            let may_pass = error.may_pass();
            partial(story, error.into(), may_pass)
        }
        error => partial(story, error.into(), false),
    }
}

/// A failure with something left to do, which the same command does if the cause may pass.
fn partial(story: String, mut failure: Failure, may_pass: bool) -> Failure {
    if matches!(failure.exit, Exit::Interrupted(_)) {
        return failure;
    }
    failure.chain.insert(0, story);
    if may_pass {
        failure.exit = Exit::Partial;
        failure = failure.hint("run the same command again: it does what is left");
    }
    failure
}
