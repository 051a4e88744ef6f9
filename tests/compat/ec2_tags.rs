//! Tags under the old tools' names: what they ask for and print, column by column.

use crate::support::ec2_server::{Ec2Server, assert_golden};
use crate::support::sandbox::Sandbox;

/// What the native commands print, besides the old tools' lines.
const FORMS: [&str; 3] = ["table", "json", "tsv"];

#[test]
fn a_list_of_tags_goes_on_to_its_last_page() {
    let sandbox = Sandbox::new("compat-tags");
    let server = || Ec2Server::answering(&[("DescribeTags", "first"), ("DescribeTags", "last")]);
    for name in ["euca-describe-tags", "ec2-describe-tags", "ec2dtag"] {
        let server = server();
        assert_golden(name, "two-pages", &server.run(&sandbox, &[name]));
        let requests = server.requests();
        assert_eq!(requests.len(), 2);
        assert_eq!(requests[0].get("NextToken"), None);
        assert_eq!(requests[1]["NextToken"], "eyJ2IjoiMiJ9");
    }
    for form in FORMS {
        let line = ["describe-tags", "--output", form];
        assert_golden(line[0], form, &server().run(&sandbox, &line));
    }
}

#[test]
fn every_resource_gets_every_tag() {
    let sandbox = Sandbox::new("compat-create-tags");
    let server = Ec2Server::answering(&[("CreateTags", "done")]);
    let rest = [
        "emi-1A2B3C4D",
        "vol-1A2B3C4D",
        "--tag",
        "web",
        "--tag",
        "stack=Production",
    ];
    for name in [
        "euca-create-tags",
        "ec2-create-tags",
        "ec2addtag",
        "ec2ctag",
        "ec2tag",
    ] {
        let line = [&[name][..], &rest].concat();
        assert_golden(name, "two-by-two", &server.run(&sandbox, &line));
    }
    for form in FORMS {
        let line = [&["create-tags", "--output", form][..], &rest].concat();
        assert_golden(line[0], form, &server.run(&sandbox, &line));
    }
    let request = &server.requests()[0];
    for (name, value) in [
        ("ResourceId.1", "emi-1A2B3C4D"),
        ("ResourceId.2", "vol-1A2B3C4D"),
        ("Tag.1.Key", "web"),
        ("Tag.1.Value", ""),
        ("Tag.2.Key", "stack"),
        ("Tag.2.Value", "Production"),
    ] {
        assert_eq!(request[name], value, "{name}");
    }
    let nothing = ["euca-create-tags", "vol-1A2B3C4D"];
    server.run(&sandbox, &nothing).failed(2, "--tag");
}

#[test]
fn a_tag_goes_whatever_its_value_or_only_with_that_value() {
    let sandbox = Sandbox::new("compat-delete-tags");
    let server = Ec2Server::answering(&[("DeleteTags", "done")]);
    let rest = [
        "vol-1A2B3C4D",
        "--tag",
        "any",
        "--tag",
        "empty=",
        "--tag",
        "one=1",
    ];
    for (name, case) in [
        ("euca-delete-tags", "nothing"),
        ("ec2-delete-tags", "gone"),
        ("ec2deltag", "gone"),
    ] {
        let line = [&[name][..], &rest].concat();
        assert_golden(name, case, &server.run(&sandbox, &line));
    }
    for form in FORMS {
        let line = [&["delete-tags", "--output", form][..], &rest].concat();
        assert_golden(line[0], form, &server.run(&sandbox, &line));
    }
    let request = &server.requests()[0];
    assert_eq!(request["Tag.1.Key"], "any");
    assert_eq!(request.get("Tag.1.Value"), None);
    assert_eq!(request["Tag.2.Value"], "");
    assert_eq!(request["Tag.3.Value"], "1");
}
