//! Images: registered, shared, copied and deregistered.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use serde_json::Value;

use crate::support::peers::Moto;
use crate::support::sandbox::{Outcome, Sandbox};

fn text(outcome: &Outcome) -> String {
    String::from_utf8_lossy(&outcome.succeeded().stdout).into_owned()
}

/// The id in a line `IMAGE⇥ID`.
#[track_caller]
fn image_id(outcome: &Outcome) -> String {
    let text = text(outcome);
    let id = text.strip_prefix("IMAGE\t").expect("an IMAGE line");
    id.trim_end().to_owned()
}

#[track_caller]
fn json(outcome: &Outcome) -> Value {
    serde_json::from_str(&text(outcome)).expect("JSON")
}

/// What moto answers to a form. It checks no signatures, but finds the service in them.
fn ask(moto: &Moto, form: &str) -> String {
    let mut stream = TcpStream::connect(moto.address()).expect("moto listens");
    let request = format!(
        "POST / HTTP/1.1\r\nhost: ec2.us-east-1.amazonaws.com\r\nconnection: close\r\n\
         authorization: AWS4-HMAC-SHA256 Credential=AKID/20261121/us-east-1/ec2/aws4_request, \
         SignedHeaders=host, Signature=0\r\ncontent-length: {}\r\n\
         content-type: application/x-www-form-urlencoded\r\n\r\n{form}",
        form.len()
    );
    stream.write_all(request.as_bytes()).expect("send the form");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("text");
    answer
}

/// The text of an element.
#[track_caller]
fn element<'a>(answer: &'a str, name: &str) -> &'a str {
    let (_, rest) = answer
        .split_once(&format!("<{name}>"))
        .unwrap_or_else(|| panic!("no <{name}> in {answer}"));
    rest.split('<').next().unwrap_or_default()
}

/// A snapshot at moto.
fn snapshot(moto: &Moto) -> String {
    let version = "Version=2016-11-15";
    let form = format!("Action=CreateVolume&{version}&Size=8&AvailabilityZone=us-east-1a");
    let answer = ask(moto, &form);
    let volume = element(&answer, "volumeId");
    let answer = ask(
        moto,
        &format!("Action=CreateSnapshot&{version}&VolumeId={volume}"),
    );
    element(&answer, "snapshotId").to_owned()
}

/// An instance at moto.
fn instance(moto: &Moto, image: &str) -> String {
    let form = format!(
        "Action=RunInstances&Version=2016-11-15&ImageId={image}&MinCount=1&MaxCount=1\
         &InstanceType=t2.micro"
    );
    element(&ask(moto, &form), "instanceId").to_owned()
}

#[test]
fn a_bundle_s_image_is_registered_shared_and_deregistered_at_moto() {
    let sandbox = Sandbox::new("ec2-images-manifest");
    let moto = Moto::start(&sandbox);
    let run = |line: &str| moto.run(&sandbox, &line.split(' ').collect::<Vec<_>>());

    let id = image_id(&run(
        "euca-register images/web.manifest.xml -n web -d Web -a x86_64",
    ));
    let listed = json(&run("describe-images --owner self --output json"));
    let image = &listed["images"][0];
    assert_eq!(image["image_id"], id.as_str());
    assert_eq!(image["name"], "web");
    assert_eq!(image["description"], "Web");
    assert_eq!(image["is_public"], false);

    run(&format!(
        "euca-modify-image-attribute {id} -l -a 111122223333 -a all"
    ))
    .succeeded();
    let shared = text(&run(&format!("ec2dimatt {id} -l")));
    let mut lines: Vec<_> = shared.lines().collect();
    lines.sort_unstable();
    let want = [
        format!("launchPermission\t{id}\tgroup\tall"),
        format!("launchPermission\t{id}\tuserId\t111122223333"),
    ];
    assert_eq!(lines, want);
    let listed = text(&run(&format!("euca-describe-images {id}")));
    assert!(listed.contains("\tavailable\tpublic\t"), "{listed}");
    run(&format!(
        "modify-image-attribute {id} -l -r 111122223333 -r all"
    ))
    .succeeded();
    assert_eq!(text(&run(&format!("ec2dimatt {id} -l"))), "");

    run(&format!("ec2-deregister {id}")).succeeded();
    assert_eq!(text(&run("euca-describe-images -o self")), "");
    let again = run(&format!("euca-deregister {id}"));
    again.failed(1, "InvalidAMIID");
}

/// moto's images have a name and a description only, whatever else they are registered with;
/// those of instances have everything.
#[test]
fn images_of_snapshots_and_instances_are_made_and_copied_at_moto() {
    let sandbox = Sandbox::new("ec2-images-snapshot");
    let moto = Moto::start(&sandbox);
    let run = |line: &str| moto.run(&sandbox, &line.split(' ').collect::<Vec<_>>());
    let snapshot = snapshot(&moto);

    let line = format!(
        "register -s {snapshot} -n db -a x86_64 --virtualization-type hvm --ena \
         -b /dev/sdb=:20:true:gp3 --tag Name=db --output json"
    );
    run(&format!("{line} --dry-run")).succeeded();
    assert_eq!(text(&run("euca-describe-images -o self")), "");
    let made = json(&run(&format!("{line} --wait")));
    let id = made["image_id"].as_str().expect("an id").to_owned();
    assert_eq!(made["image_state"], "available");

    let instance = instance(&moto, &id);
    let line = format!("create-image {instance} -n db-2 -d Second --tag Name=db --wait");
    let of_instance = json(&run(&format!("{line} --output json")));
    let second = of_instance["image_id"].as_str().expect("an id").to_owned();
    let listed = json(&run(&format!("describe-images {second} --output json")));
    let image = &listed["images"][0];
    assert_eq!(image["description"], "Second");
    assert_eq!(image["tags"][0]["key"], "Name");
    assert_eq!(image["tags"][0]["value"], "db");
    let lines = text(&run(&format!("euca-describe-images {second}")));
    let tag = format!("TAG\timage\t{second}\tName\tdb\n");
    assert!(lines.ends_with(&tag), "{lines}");

    let copy = image_id(&run(&format!(
        "euca-copy-image -r us-east-1 -s {second} -n db-copy"
    )));
    let names = text(&run("describe-images --owner self --output tsv"));
    for name in ["db", "db-2", "db-copy"] {
        assert!(names.contains(&format!("\t{name}\t")), "{names}");
    }
    run(&format!("deregister {id} {second} {copy}")).succeeded();
    assert_eq!(text(&run("euca-describe-images -o self")), "");
}
