//! A service that says what no service should.

use crate::support::ec2_server::{Answer, Ec2Server};
use crate::support::sandbox::{Outcome, Sandbox};

fn said(action: &str, body: &str) -> Answer {
    Answer {
        status: 200,
        headers: Vec::new(),
        body: format!("<{action}Response>{body}</{action}Response>"),
    }
}

/// Asserts that a terminal shows all that was printed, and does nothing of it.
#[track_caller]
fn is_plain(outcome: &Outcome) {
    let text = String::from_utf8_lossy(&outcome.stdout).into_owned() + &outcome.stderr;
    let moving = |c: char| c.is_control() && c != '\n';
    assert!(!text.contains(moving), "{text:?}");
    assert!(!text.contains("\nsecond line"), "{text}");
}

#[test]
fn ids_of_the_services_neither_begin_lines_nor_move_the_cursor() {
    // A line end, and what begins commands in Latin-1 as ESC does. XML cannot have ESC itself.
    let id = "i-1&#10;second line&#155;2J";
    for output in ["table", "json"] {
        let sandbox = Sandbox::new(&format!("ec2-hostile-ids-{output}"));
        let server = Ec2Server::start();
        let instance = |state: &str| {
            format!(
                "<reservationId>r-1</reservationId><instancesSet><item><instanceId>{id}\
                 </instanceId><instanceState><name>{state}</name></instanceState></item>\
                 </instancesSet>"
            )
        };
        server.answer("RunInstances", said("RunInstances", &instance("pending")));
        let set = format!(
            "<reservationSet><item>{}</item></reservationSet>",
            instance("terminated")
        );
        server.answer("DescribeInstances", said("DescribeInstances", &set));

        let started = server.run(&sandbox, &["run-instances", "ami-1", "--output", output]);
        let ended = ["run-instances", "ami-1", "--wait", "--output", output];
        let ended = server.run(&sandbox, &ended);

        is_plain(started.succeeded());
        ended.failed(3, "these instances were made: i-1");
        is_plain(&ended);
    }
}

#[test]
fn nobody_waits_for_a_reservation_without_instances() {
    let sandbox = Sandbox::new("ec2-hostile-empty-reservation");
    let server = Ec2Server::start();
    let none = "<reservationId>r-1</reservationId><instancesSet/>";
    server.answer("RunInstances", said("RunInstances", none));

    let outcome = server.run(&sandbox, &["run-instances", "ami-1", "--wait"]);

    outcome.failed(3, "reservation r-1 has no instances");
    assert_eq!(server.requests().len(), 1, "nothing was asked about all");
}

#[test]
fn an_empty_id_is_refused_before_anything_is_asked() {
    let sandbox = Sandbox::new("ec2-hostile-empty-id");
    let server = Ec2Server::start();

    for command in [
        "terminate-instances",
        "stop-instances",
        "describe-instances",
    ] {
        let outcome = server.run(&sandbox, &[command, "i-1", ""]);

        outcome.failed(2, "an id is empty");
    }
    assert_eq!(server.requests(), []);
}
