//! What every name of ec2-api-tools takes: tags that are hidden, requests that only ask, words.

use crate::support::ec2_server::{Answer, Ec2Server};
use crate::support::old_tools::said;
use crate::support::sandbox::Sandbox;

#[test]
fn tags_are_hidden_but_where_they_are_the_result() {
    let sandbox = Sandbox::new("compat-api-tags");
    let server = Ec2Server::answering(&[
        ("DescribeImages", "eucalyptus-4-own"),
        ("DescribeTags", "last"),
    ]);
    let run = |line: &[&str]| said(server.run(&sandbox, line).succeeded()).to_owned();

    let shown = run(&["ec2dim", "-a"]);
    let hidden = run(&["ec2dim", "-a", "--hide-tags"]);
    let tags = run(&["ec2dtag", "--hide-tags"]);

    assert!(shown.contains("TAG\timage\t"), "{shown}");
    let without: String = shown
        .split_inclusive('\n')
        .filter(|line| !line.starts_with("TAG"))
        .collect();
    assert_eq!(hidden, without);
    assert!(tags.starts_with("TAG\t"), "{tags}");
}

#[test]
fn whether_a_change_would_be_granted_can_be_asked() {
    let sandbox = Sandbox::new("compat-api-dry-run");
    for option in ["-D", "--auth-dry-run"] {
        let server = Ec2Server::start();
        let granted = Answer::refusal(412, "DryRunOperation", "would have succeeded");
        server.answer("TerminateInstances", granted);

        let run = server.run(&sandbox, &["ec2kill", "i-1", option]);

        run.succeeded();
        assert_eq!(server.request("TerminateInstances")["DryRun"], "true");
        assert_eq!(said(&run), "");
    }
}

#[test]
fn verbose_tells_more_on_standard_error() {
    let sandbox = Sandbox::new("compat-api-verbose");
    let server = Ec2Server::answering(&[("DescribeImages", "none")]);

    let quiet = server.run(&sandbox, &["ec2-describe-images", "-a"]);
    let verbose = server.run(&sandbox, &["ec2-describe-images", "-a", "-v", "-v"]);

    assert_eq!(quiet.succeeded().stderr, "");
    assert!(verbose.succeeded().stderr.contains("DescribeImages"));
    assert_eq!(verbose.stdout, quiet.stdout);
}

#[test]
fn each_attribute_of_an_image_has_a_second_short_name() {
    let sandbox = Sandbox::new("compat-api-attributes");
    let server = Ec2Server::answering(&[
        ("DescribeImageAttribute", "launch-permission"),
        ("ModifyImageAttribute", "done"),
        ("ResetImageAttribute", "done"),
    ]);

    for (one, other, rest) in [
        ("ec2dimatt", "ec2datt", "-l"),
        ("ec2mimatt", "ec2matt", "-la all"),
        ("ec2rimatt", "ec2ratt", "-l"),
    ] {
        let run = |name: &str| {
            let line = format!("{name} ami-1 {rest}");
            let line: Vec<_> = line.split(' ').collect();
            server.run(&sandbox, &line)
        };
        let short = run(other);
        assert!(!short.succeeded().stdout.is_empty(), "{other}");
        assert_eq!(said(&run(one)), said(&short));
    }
}
