//! Attributes of images under the old tools' names: what they print, column by column.

use super::ec2_images::{golden, has, native};
use crate::support::ec2_server::{Ec2Server, assert_golden};
use crate::support::sandbox::Sandbox;

#[test]
fn attributes_are_lines_of_their_values() {
    let image = "ami-0abcdef1234567890";
    for (case, option) in [
        ("launch-permission", "-l"),
        ("product-codes", "-p"),
        ("block-device-mapping", "-B"),
        ("kernel", "--kernel"),
        ("ramdisk", "--ramdisk"),
        ("no-kernel", "--kernel"),
        ("description", "--description"),
    ] {
        let answer = ("DescribeImageAttribute", case);
        let (name, short) = ("describe-image-attribute", "ec2dimatt");
        golden(name, short, case, answer, &[image, option]);
        native(case, answer, &[name, image, option]);
    }
    let sandbox = Sandbox::new("compat-images-sriov");
    let server = Ec2Server::answering(&[("DescribeImageAttribute", "sriov")]);
    for name in ["ec2-describe-image-attribute", "ec2dimatt"] {
        let run = server.run(&sandbox, &[name, image, "--sriov"]);
        assert_golden(name, "sriov", &run);
    }
    has(&server.requests()[0], &[("Attribute", "sriovNetSupport")]);
    for (rest, want) in [
        (&["-l", "-p"][..], "one attribute at a time"),
        (&[], "one of these must be given: --launch-permission"),
    ] {
        let line = [&["euca-describe-image-attribute", image], rest].concat();
        let run = server.run(&sandbox, &line);
        run.failed(2, want);
    }
}

#[test]
fn changes_of_attributes_are_told_in_the_tools_words() {
    let image = "emi-B2FDCF9B";
    let answer = ("ModifyImageAttribute", "done");
    let (name, short) = ("modify-image-attribute", "ec2mimatt");
    let permissions = [
        "-l",
        "-a",
        "495219933132",
        "-a",
        "1111-2222-3333",
        "-r",
        "all",
    ];
    for (case, rest) in [
        ("launch-permission", &permissions[..]),
        ("description", &["--description", "Debian 13"]),
        ("product-codes", &["-p", "774F4FF8", "-p", "8ir0cexample"]),
    ] {
        let rest = [&[image], rest].concat();
        golden(name, short, case, answer, &rest);
        native(case, answer, &[&[name], &rest[..]].concat());
    }
    let answer = ("ResetImageAttribute", "done");
    let (name, short) = ("reset-image-attribute", "ec2rimatt");
    golden(name, short, "launch-permission", answer, &[image, "-l"]);
    native("launch-permission", answer, &[name, image, "-l"]);
}

#[test]
fn who_is_added_and_removed_is_in_the_request() {
    let sandbox = Sandbox::new("compat-images-modify");
    let server = Ec2Server::answering(&[("ModifyImageAttribute", "false")]);
    let arn = "arn:aws:organizations::123456789012:ou/o-1/ou-2";

    let line = "modify-image-attribute emi-1 -l -a 1111-2222-3333 -r all -a";
    let run = server.run(&sandbox, &line.split(' ').chain([arn]).collect::<Vec<_>>());

    let want = [
        ("LaunchPermission.Add.1.UserId", "111122223333"),
        ("LaunchPermission.Add.2.OrganizationalUnitArn", arn),
        ("LaunchPermission.Remove.1.Group", "all"),
    ];
    has(&server.request("ModifyImageAttribute"), &want);
    let want = "ModifyImageAttribute of emi-1 was answered with false, expected true";
    run.failed(3, want);
    for (rest, want) in [
        ("-a all", "--add is only allowed with --launch-permission"),
        ("-l", "needs at least one --add or --remove"),
        ("-l -a all -p 1", "only one attribute"),
        ("-l -a arn:x", "is nobody: expected all"),
    ] {
        let line = ["modify-image-attribute", "emi-1"];
        let line: Vec<_> = line.into_iter().chain(rest.split(' ')).collect();
        let run = server.run(&sandbox, &line);
        run.failed(2, want);
    }
}
