use super::*;
use crate::aws::ec2::tests::ec2;
use crate::aws::http::tests::scripted::{Scripted, Step, answer};
use crate::register::{parse_mapping, prepare};

/// What a server does with one request.
enum Said {
    /// Nothing: it hangs up, and the reply is lost.
    Lost,
    Images(&'static str),
    New(&'static str),
    Refusal(&'static str),
}

fn server(said: impl IntoIterator<Item = Said>) -> Scripted {
    let steps = said.into_iter().map(|said| {
        let (status, body) = match said {
            Said::Lost => return vec![Step::Read],
            Said::Images(items) => (200, images(items)),
            Said::New(id) => {
                let body = format!(
                    "<RegisterImageResponse><imageId>{id}</imageId></RegisterImageResponse>"
                );
                (200, body)
            }
            Said::Refusal(code) => {
                let body = format!(
                    "<Response><Errors><Error><Code>{code}</Code><Message>no</Message></Error>\
                     </Errors></Response>"
                );
                (400, body)
            }
        };
        vec![Step::Read, Step::Send(answer(status, &[], &body).into())]
    });
    Scripted::new(steps)
}

fn images(items: &str) -> String {
    format!("<DescribeImagesResponse><imagesSet>{items}</imagesSet></DescribeImagesResponse>")
}

fn actions(server: &Scripted) -> Vec<String> {
    let seen = server.seen().into_iter();
    seen.map(|seen| {
        let body = String::from_utf8(seen.body).unwrap();
        let (_, rest) = body.split_once("Action=").unwrap();
        rest.split('&').next().unwrap().to_owned()
    })
    .collect()
}

fn of_manifest() -> RegisterImage {
    RegisterImage {
        image_location: Some("images/web.manifest.xml".to_owned()),
        name: Some("web".to_owned()),
        ..RegisterImage::default()
    }
}

const OTHERS: &str = "<item><imageId>emi-OTHER</imageId><name>web</name>\
                      <imageLocation>images/other.manifest.xml</imageLocation></item>\
                      <item><imageId>emi-GONE</imageId><name>web</name>\
                      <imageState>deregistered</imageState>\
                      <imageLocation>images/web.manifest.xml</imageLocation></item>";

const OURS: &str = "<item><imageId>emi-OURS</imageId><name>web</name>\
                    <imageLocation>/images/web.manifest.xml</imageLocation></item>";

#[test]
fn an_image_whose_reply_was_lost_is_found_by_name_and_location() {
    let server = server([Said::Lost, Said::Images(OURS)]);

    let registered = register(&ec2(&server.url), &of_manifest()).unwrap();

    let want = Registered {
        image_id: "emi-OURS".to_owned(),
        was_found: true,
    };
    assert_eq!(registered, want);
    assert_eq!(actions(&server), ["RegisterImage", "DescribeImages"]);
}

#[test]
fn images_of_others_names_or_sources_are_not_taken() {
    let server = server([Said::Lost, Said::Images(OTHERS), Said::New("emi-NEW")]);

    let registered = register(&ec2(&server.url), &of_manifest()).unwrap();

    assert_eq!(registered.image_id, "emi-NEW");
    assert!(!registered.was_found);
    let want = ["RegisterImage", "DescribeImages", "RegisterImage"];
    assert_eq!(actions(&server), want);
}

#[test]
fn a_slow_registration_is_found_when_its_name_is_taken() {
    let server = server([
        Said::Lost,
        Said::Images(""),
        Said::Refusal("InvalidAMIName.Duplicate"),
        Said::Images(OURS),
    ]);

    let registered = register(&ec2(&server.url), &of_manifest()).unwrap();

    assert_eq!(registered.image_id, "emi-OURS");
}

#[test]
fn a_name_that_is_taken_by_another_image_is_an_error() {
    let server = server([Said::Refusal("InvalidAMIName.Duplicate")]);

    let error = register(&ec2(&server.url), &of_manifest()).unwrap_err();

    assert!(
        error.to_string().contains("InvalidAMIName.Duplicate"),
        "{error}"
    );
    assert_eq!(actions(&server), ["RegisterImage"]);
}

#[test]
fn where_images_cannot_be_listed_the_lost_reply_is_told() {
    let server = server([Said::Lost, Said::Refusal("UnauthorizedOperation")]);

    let error = register(&ec2(&server.url), &of_manifest()).unwrap_err();

    assert!(error.to_string().contains("may have been done"), "{error}");
    assert_eq!(actions(&server), ["RegisterImage", "DescribeImages"]);
}

#[test]
fn without_a_name_it_is_not_tried_twice() {
    let server = server([Said::Lost, Said::Images(OTHERS)]);
    let request = RegisterImage {
        name: None,
        ..of_manifest()
    };

    let error = register(&ec2(&server.url), &request).unwrap_err();

    assert!(error.to_string().contains("may have been done"), "{error}");
    assert_eq!(actions(&server), ["RegisterImage", "DescribeImages"]);
}

#[test]
fn an_image_of_snapshots_is_found_by_all_of_them() {
    let ebs = |id: &str, snapshots: &[&str]| {
        let items = snapshots
            .iter()
            .map(|id| format!("<item><ebs><snapshotId>{id}</snapshotId></ebs></item>"));
        let items: String = items.collect();
        format!(
            "<item><imageId>{id}</imageId><name>web</name><blockDeviceMapping>{items}\
             </blockDeviceMapping></item>"
        )
    };
    let request = RegisterImage {
        name: Some("web".to_owned()),
        block_device_mappings: vec![parse_mapping("/dev/sdb=snap-2").unwrap()],
        ..RegisterImage::default()
    };
    let request = prepare(request, Some("snap-1")).unwrap();
    let both = images(&(ebs("ami-1", &["snap-1"]) + &ebs("ami-2", &["snap-2", "snap-1"])));
    let server = Scripted::answering([answer(200, &[], &both)]);

    let found = find_registered(&ec2(&server.url), &request)
        .unwrap()
        .unwrap();

    assert_eq!(found.image_id, "ami-2");
}

#[test]
fn an_image_that_failed_says_why() {
    let failed = "<item><imageId>ami-1</imageId><imageState>failed</imageState><stateReason>\
                  <code>Client.InvalidSnapshot</code><message>no such key</message>\
                  </stateReason></item>";
    for (said, want) in [
        (Said::Images(failed), "Failed(\"no such key\")"),
        (Said::Images(""), "Pending(\"not listed\")"),
        (
            Said::Refusal("InvalidAMIID.NotFound"),
            "Pending(\"not listed\")",
        ),
        (
            Said::Images("<item><imageId>AMI-1</imageId><imageState>pending</imageState></item>"),
            "Pending(\"pending\")",
        ),
    ] {
        let server = server([said]);

        let found = availability(&ec2(&server.url), "ami-1").unwrap();

        assert_eq!(format!("{found:?}"), want);
    }
}
