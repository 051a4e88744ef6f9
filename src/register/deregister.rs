//! Deregisters an image, and sees to it that it is gone.

use super::RegisterError;
use super::registration::{is_unknown, look};
use crate::aws::AwsError;
use crate::aws::ec2::{DeregisterImage, Deregistered, Ec2};

/// Deregisters an image. Eucalyptus keeps it, as `deregistered`, until it is asked a second time;
/// Amazon's lists show it for a while. If the reply is lost, it is asked again, and an image that
/// is gone then is what was wanted.
///
/// # Errors
/// When the service says no, cannot be reached, or the image can be run after all.
pub fn deregister(ec2: &Ec2, request: &DeregisterImage) -> Result<Deregistered, RegisterError> {
    let first = match ec2.call(request) {
        Err(lost) if lost.leaves_open() => match again(ec2, request) {
            // That it may have been done is worth more than that the user stopped it.
            Err(AwsError::Interrupted) => return Err(lost.into()),
            reply => reply?,
        },
        reply => reply?,
    };
    refused(&first, request)?;
    if state(ec2, request)?.is_none() {
        return Ok(first);
    }
    let second = again(ec2, request)?;
    refused(&second, request)?;
    match state(ec2, request)? {
        Some(state) if state != "deregistered" => Err(RegisterError::StillThere {
            image_id: request.image_id.clone(),
            state,
        }),
        _ => Ok(first),
    }
}

/// Asks once more, where it may be gone already.
fn again(ec2: &Ec2, request: &DeregisterImage) -> Result<Deregistered, AwsError> {
    match ec2.call(request) {
        Err(error) if is_unknown(&error) => Ok(Deregistered {
            done: true,
            snapshots: Vec::new(),
        }),
        reply => reply,
    }
}

/// The state of the image; none if it is gone, or the service does not tell: who may deregister
/// images need not be allowed to list them.
fn state(ec2: &Ec2, request: &DeregisterImage) -> Result<Option<String>, AwsError> {
    match look(ec2, &request.image_id) {
        Ok(image) => Ok(image.map(|image| image.image_state.unwrap_or_else(|| "listed".into()))),
        Err(AwsError::Service(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

fn refused(answer: &Deregistered, request: &DeregisterImage) -> Result<(), RegisterError> {
    if answer.done {
        return Ok(());
    }
    Err(RegisterError::Refused {
        operation: "DeregisterImage",
        image_id: request.image_id.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::ec2::tests::ec2;
    use crate::aws::http::tests::scripted::{Scripted, Step, answer};

    const DONE: &str = "<DeregisterImageResponse><return>true</return></DeregisterImageResponse>";
    const FALSE: &str = "<DeregisterImageResponse><return>false</return></DeregisterImageResponse>";
    const NONE: &str = "<DescribeImagesResponse><imagesSet/></DescribeImagesResponse>";
    const UNKNOWN: &str = "<Response><Errors><Error><Code>InvalidAMIID.Unavailable</Code>\
                           <Message>gone</Message></Error></Errors></Response>";
    const DENIED: &str = "<Response><Errors><Error><Code>UnauthorizedOperation</Code>\
                          <Message>no</Message></Error></Errors></Response>";

    fn listed(state: &str) -> String {
        format!(
            "<DescribeImagesResponse><imagesSet><item><imageId>emi-1</imageId>\
             <imageState>{state}</imageState></item></imagesSet></DescribeImagesResponse>"
        )
    }

    /// Deregisters at a server that says this; none is a reply that is lost.
    fn run(said: &[Option<&str>]) -> (Result<Deregistered, RegisterError>, usize) {
        let steps = said.iter().map(|said| match said {
            None => vec![Step::Read],
            Some(body) => {
                let status = if body.starts_with("<Response>") {
                    400
                } else {
                    200
                };
                vec![Step::Read, Step::Send(answer(status, &[], body).into())]
            }
        });
        let server = Scripted::new(steps.collect::<Vec<_>>());
        let request = DeregisterImage {
            image_id: "emi-1".to_owned(),
            delete_associated_snapshots: false,
        };
        let result = deregister(&ec2(&server.url), &request);
        (result, server.seen().len())
    }

    #[test]
    fn once_is_enough_where_the_image_is_gone_then() {
        for after in [NONE, UNKNOWN, DENIED] {
            let (result, requests) = run(&[Some(DONE), Some(after)]);

            assert!(result.unwrap().done);
            assert_eq!(requests, 2);
        }
    }

    #[test]
    fn eucalyptus_is_asked_twice() {
        let listed = listed("deregistered");

        let (result, requests) = run(&[Some(DONE), Some(&listed), Some(DONE), Some(NONE)]);

        assert!(result.unwrap().done);
        assert_eq!(requests, 4);
    }

    #[test]
    fn amazon_lists_it_for_a_while() {
        let listed = listed("deregistered");

        let (result, _) = run(&[Some(DONE), Some(&listed), Some(UNKNOWN), Some(&listed)]);

        assert!(result.unwrap().done);
    }

    #[test]
    fn an_image_that_is_gone_after_a_lost_reply_was_deregistered() {
        let (result, requests) = run(&[None, Some(UNKNOWN), Some(NONE)]);

        assert!(result.unwrap().done);
        assert_eq!(requests, 3);
    }

    #[test]
    fn an_image_that_never_was_is_an_error() {
        let (result, _) = run(&[Some(UNKNOWN)]);

        let error = result.unwrap_err().to_string();
        assert!(error.contains("InvalidAMIID.Unavailable"), "{error}");
    }

    #[test]
    fn an_image_that_stays_is_an_error() {
        let listed = listed("available");

        let (result, _) = run(&[Some(DONE), Some(&listed), Some(DONE), Some(&listed)]);

        let error = result.unwrap_err().to_string();
        assert_eq!(
            error,
            "emi-1 is still available after it was deregistered twice"
        );
    }

    #[test]
    fn false_is_an_error() {
        let (result, _) = run(&[Some(FALSE)]);

        let error = result.unwrap_err().to_string();
        let want = "DeregisterImage of emi-1 was answered with false, expected true";
        assert_eq!(error, want);
    }
}
