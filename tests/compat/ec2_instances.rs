//! Instances under the old tools' names: what they print, column by column, and what they ask.

use crate::support::ec2_server::{Answer, Ec2Server, assert_golden};
use crate::support::sandbox::Sandbox;

/// The forms of a native result.
const FORMS: [&str; 3] = ["table", "json", "tsv"];

const EUCA_ID: &str = "i-4DE90925";
const AWS_ID: &str = "i-0a1b2c3d4e5f60718";

#[test]
fn instances_of_an_old_eucalyptus_are_listed() {
    let sandbox = Sandbox::new("compat-instances");
    let server = Ec2Server::answering(&[("DescribeInstances", "eucalyptus2")]);

    for name in [
        "euca-describe-instances",
        "ec2-describe-instances",
        "ec2din",
    ] {
        assert_golden(name, "eucalyptus2", &server.run(&sandbox, &[name]));
    }
    let nil = server.run(
        &sandbox,
        &["euca-describe-instances", "--show-empty-fields"],
    );
    assert_golden("euca-describe-instances", "eucalyptus2-nil", &nil);
    for form in FORMS {
        let line = ["describe-instances", "--output", form];
        assert_golden(
            line[0],
            &format!("eucalyptus2-{form}"),
            &server.run(&sandbox, &line),
        );
    }
}

#[test]
fn instances_of_aws_come_in_pages_with_elements_of_the_future() {
    let sandbox = Sandbox::new("compat-instances-aws");
    for (name, form) in [
        ("euca-describe-instances", None),
        ("ec2-describe-instances", None),
        ("ec2din", None),
        ("describe-instances", Some("table")),
        ("describe-instances", Some("json")),
        ("describe-instances", Some("tsv")),
    ] {
        let server = Ec2Server::answering(&[
            ("DescribeInstances", "aws-first-page"),
            ("DescribeInstances", "aws-last-page"),
        ]);
        let mut line = vec![name];
        line.extend(form.iter().flat_map(|form| ["--output", form]));

        let run = server.run(&sandbox, &line);

        let case = form.map_or("aws".to_owned(), |form| format!("aws-{form}"));
        assert_golden(name, &case, &run);
        let requests = server.requests();
        assert_eq!(requests.len(), 2);
        assert_eq!(requests[1]["NextToken"], "more");
    }
}

#[test]
fn status_has_lines_for_checks_and_events() {
    let sandbox = Sandbox::new("compat-status");
    for case in ["aws", "eucalyptus"] {
        let server = Ec2Server::answering(&[("DescribeInstanceStatus", case)]);
        for name in [
            "euca-describe-instance-status",
            "ec2-describe-instance-status",
            "ec2dins",
        ] {
            assert_golden(name, case, &server.run(&sandbox, &[name]));
        }
        for form in FORMS {
            let line = ["describe-instance-status", "--output", form];
            assert_golden(
                line[0],
                &format!("{case}-{form}"),
                &server.run(&sandbox, &line),
            );
        }
    }
    let server = Ec2Server::answering(&[("DescribeInstanceStatus", "aws")]);
    let line = ["ec2dins", "-I", "-A"];
    assert_golden("ec2dins", "hide-healthy", &server.run(&sandbox, &line));
    let request = server.request("DescribeInstanceStatus");
    assert_eq!(request["IncludeAllInstances"], "true");
}

#[test]
fn changes_of_state_are_told_before_and_now() {
    let sandbox = Sandbox::new("compat-state");
    for (action, case, names) in [
        (
            "TerminateInstances",
            "eucalyptus2",
            [
                "euca-terminate-instances",
                "ec2-terminate-instances",
                "ec2kill",
            ],
        ),
        (
            "StartInstances",
            "aws",
            ["euca-start-instances", "ec2-start-instances", "ec2start"],
        ),
        (
            "StopInstances",
            "aws",
            ["euca-stop-instances", "ec2-stop-instances", "ec2stop"],
        ),
    ] {
        let server = Ec2Server::answering(&[(action, case)]);
        for name in names {
            assert_golden(name, case, &server.run(&sandbox, &[name, EUCA_ID, AWS_ID]));
        }
        let native = names[0].trim_start_matches("euca-");
        for form in FORMS {
            let line = [native, EUCA_ID, "--output", form];
            assert_golden(native, form, &server.run(&sandbox, &line));
        }
        let first = &server.requests()[0];
        assert_eq!(first["InstanceId.1"], EUCA_ID);
        assert_eq!(first["InstanceId.2"], AWS_ID);
    }
    let server = Ec2Server::answering(&[("StopInstances", "aws")]);
    server.run(&sandbox, &["ec2stop", AWS_ID, "-f"]).succeeded();
    assert_eq!(server.request("StopInstances")["Force"], "true");
}

#[test]
fn rebooting_prints_nothing_and_tells_a_false_answer() {
    let sandbox = Sandbox::new("compat-reboot");
    let names = ["euca-reboot-instances", "ec2-reboot-instances", "ec2reboot"];
    let server = Ec2Server::answering(&[("RebootInstances", "eucalyptus")]);
    for name in names {
        assert_golden(name, "eucalyptus", &server.run(&sandbox, &[name, EUCA_ID]));
    }
    let json = ["reboot-instances", EUCA_ID, "--output", "json"];
    assert_golden(json[0], "json", &server.run(&sandbox, &json));
    server.answer(
        "RebootInstances",
        Answer::fixture("RebootInstances", "refused"),
    );
    server.run(&sandbox, &json).succeeded();

    let refused = server.run(&sandbox, &json);

    refused.failed(3, "");
}

#[test]
fn consoles_cannot_control_the_terminal_unless_asked() {
    let sandbox = Sandbox::new("compat-console");
    let names = [
        "euca-get-console-output",
        "ec2-get-console-output",
        "ec2gcons",
    ];
    for case in ["eucalyptus", "nothing"] {
        let server = Ec2Server::answering(&[("GetConsoleOutput", case)]);
        for name in names {
            assert_golden(name, case, &server.run(&sandbox, &[name, EUCA_ID]));
            let raw = server.run(&sandbox, &[name, EUCA_ID, "-r"]);
            assert_golden(name, &format!("{case}-raw"), &raw);
        }
        for form in ["table", "json"] {
            let line = ["get-console-output", EUCA_ID, "--output", form];
            assert_golden(
                line[0],
                &format!("{case}-{form}"),
                &server.run(&sandbox, &line),
            );
        }
    }
    let server = Ec2Server::answering(&[("GetConsoleOutput", "eucalyptus")]);
    let raw = server.run(&sandbox, &["get-console-output", EUCA_ID, "-r", "--latest"]);
    let want = b"Booting the kernel.\r\n\x1b[1;32mWelcome\x1b[0m\ttab\n\x00\x07caf\xc3\xa9 \xff\n";
    assert_eq!(raw.succeeded().stdout, want);
    assert_eq!(server.request("GetConsoleOutput")["Latest"], "true");
}

#[test]
fn passwords_are_opened_with_the_private_key() {
    let sandbox = Sandbox::new("compat-password");
    let server = Ec2Server::answering(&[("GetPasswordData", "aws")]);
    let key = format!(
        "{}/fixtures/keys/THROWAWAY-euca-user.pem",
        env!("CARGO_MANIFEST_DIR")
    );
    let other = key.replace("euca", "ec2");

    for name in [
        "euca-get-password",
        "ec2-get-password",
        "ec2gpass",
        "get-password",
    ] {
        assert_golden(
            name,
            "aws",
            &server.run(&sandbox, &[name, AWS_ID, "-k", &key]),
        );
        let wrong = server.run(&sandbox, &[name, AWS_ID, "-k", &other]);
        let code = if name == "get-password" { 6 } else { 1 };
        wrong.failed(code, "");
        assert_eq!(wrong.stdout, b"");
    }
    let data = "euca-get-password-data";
    assert_golden(data, "aws", &server.run(&sandbox, &[data, AWS_ID]));
    let json = ["get-password", AWS_ID, "-k", &key, "--output", "json"];
    assert_golden(json[0], "aws-json", &server.run(&sandbox, &json));

    let server = Ec2Server::answering(&[("GetPasswordData", "nothing")]);
    assert_golden(data, "nothing", &server.run(&sandbox, &[data, AWS_ID]));
    let none = server.run(&sandbox, &["euca-get-password", AWS_ID, "-k", &key]);
    none.failed(1, "has told no password");
}

#[test]
fn types_of_both_clouds_are_listed() {
    let sandbox = Sandbox::new("compat-types");
    let name = "euca-describe-instance-types";
    for case in ["eucalyptus", "aws"] {
        let server = Ec2Server::answering(&[("DescribeInstanceTypes", case)]);
        for (suffix, more) in [("", None), ("-capacity", Some("--show-capacity"))] {
            let mut line = vec![name];
            line.extend(more);
            let case = format!("{case}{suffix}");
            assert_golden(name, &case, &server.run(&sandbox, &line));
        }
        for form in FORMS {
            let line = ["describe-instance-types", "--output", form];
            assert_golden(
                line[0],
                &format!("{case}-{form}"),
                &server.run(&sandbox, &line),
            );
        }
    }
    let server = Ec2Server::answering(&[("DescribeInstanceTypes", "eucalyptus")]);
    let line = [name, "m1.xlarge", "--by-zone", "--show-capacity"];
    assert_golden(name, "by-zone", &server.run(&sandbox, &line));
    let line = ["describe-instance-types", "--by-zone", "--output", "tsv"];
    assert_golden(line[0], "by-zone", &server.run(&sandbox, &line));
    let first = &server.requests()[0];
    assert_eq!(first["InstanceType.1"], "m1.xlarge");
    assert_eq!(first["Availability"], "true");
}

/// The words and columns that users of the tools have shown.
#[test]
fn ec2_api_tools_tell_interfaces_in_words_of_their_own() {
    let sandbox = Sandbox::new("compat-instances-api");
    let server = Ec2Server::answering(&[
        ("DescribeInstances", "aws-first-page"),
        ("DescribeInstances", "aws-last-page"),
    ]);

    let run = server.run(&sandbox, &["ec2-describe-instances"]);

    let text = String::from_utf8_lossy(&run.succeeded().stdout).into_owned();
    let lines: Vec<_> = text.lines().collect();
    assert!(
        lines[1].contains("\t2026-11-21T09:00:00+0000\tus-east-1a\t"),
        "{text}"
    );
    let end = "\tsg-1a2b3c4d\tdefault\tfalse\tarn:aws:iam::123456789012:instance-profile/web";
    assert!(lines[1].ends_with(end), "{text}");
    assert_eq!(lines[1].split('\t').count(), 32);
    let interface = [
        "NIC\teni-0a1b2c3d4e5f60718\tsubnet-1a2b3c4d\tvpc-1a2b3c4d\t123456789012\tin-use\t\
         10.0.0.12\tip-10-0-0-12.ec2.internal\ttrue",
        "NICATTACHMENT\teni-attach-0a1b2c3d\t0\tattached\t2026-11-21T09:00:00.000Z\ttrue",
        "NICASSOCIATION\t203.0.113.9\tamazon\t10.0.0.12",
        "GROUP\tsg-1a2b3c4d\tweb",
        "PRIVATEIPADDRESS\t10.0.0.12\tip-10-0-0-12.ec2.internal\t\
         ec2-203-0-113-9.compute-1.amazonaws.com",
        "PRIVATEIPADDRESS\t10.0.0.13\t\t",
    ];
    assert_eq!(lines[3..9], interface);
}
