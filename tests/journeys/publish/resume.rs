//! Runs that end anywhere, and the same command again: always one image, nothing sent twice.

use std::process::{Command, Stdio};

use super::{Stage, told};
use crate::support::faults::{Fault, FaultProxy};

const OPTIONS: [&str; 8] = [
    "--share",
    "111122223333",
    "--skip-audit",
    "--tag",
    "commit=1a2b3c",
    "--upload-jobs",
    "1",
    "--wait",
];

/// Which service a run is broken at.
#[derive(Clone, Copy)]
enum At {
    S3,
    Ec2,
}

impl At {
    fn proxy(self, stage: &Stage) -> &FaultProxy {
        match self {
            Self::S3 => &stage.s3,
            Self::Ec2 => &stage.ec2,
        }
    }

    /// Does this to the request of this number.
    fn fault(self, stage: &Stage, number: usize, fault: Fault) {
        let method = match self {
            Self::S3 => "PUT", // what counts: objects, and the bucket
            Self::Ec2 => "POST",
        };
        let proxy = self.proxy(stage);
        proxy.fault(method, "/", number..=number, fault);
    }
}

/// Begins to publish, and kills it when the cloud has heard the request of this number.
fn kill_at(stage: &Stage, name: &str, at: At, number: usize, fault: Fault) {
    let done = matches!(fault, Fault::StallInReply(_));
    at.fault(stage, number, fault);
    let mut command: Command = stage.sandbox.command(env!("CARGO_BIN_EXE_amikit"));
    let mut child = command
        .args(stage.arguments(name, &OPTIONS))
        .envs(stage.environment())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("start amikit");
    at.proxy(stage).wait_until(|passed| {
        let heard = passed.iter().find(|one| one.faulty);
        heard.is_some_and(|one| !done || one.status.is_some())
    });
    child.kill().expect("kill amikit");
    child.wait().expect("wait for it");
    for proxy in [&stage.s3, &stage.ec2] {
        proxy.reset();
    }
}

/// Runs it again to the end, and returns what it tells.
#[track_caller]
fn finish(stage: &Stage, name: &str) -> serde_json::Value {
    let mut options = OPTIONS.to_vec();
    options.extend(["--output", "json"]);
    let outcome = stage.publish(name, &options);
    assert_eq!(outcome.status, Some(0), "{name}: {}", outcome.stderr);
    let result = told(&outcome);
    assert_eq!(result["name"], name);
    result
}

/// Of each name there has to be one image, which is tagged and shared.
#[track_caller]
fn assert_one_image_each(stage: &Stage, results: &[serde_json::Value]) {
    let images = stage.all_images();
    for result in results {
        let name = &result["name"];
        let found: Vec<_> = images.iter().filter(|i| i["name"] == *name).collect();
        assert_eq!(found.len(), 1, "{name}: {found:?}");
        assert_eq!(found[0]["id"], result["image_id"], "{name}");
        assert_eq!(found[0]["tags"]["commit"], "1a2b3c", "{name}");
        assert_eq!(
            found[0]["allowed"].to_string(),
            "[\"111122223333\"]",
            "{name}"
        );
    }
}

/// Requests of a run that nothing disturbs.
fn undisturbed(stage: &Stage) -> (usize, usize) {
    stage.publish("undisturbed", &OPTIONS).succeeded();
    let puts = stage.s3.passed();
    let puts = puts.iter().filter(|one| one.method == "PUT").count();
    let numbers = (puts, stage.ec2_requests());
    stage.s3.reset();
    stage.ec2.reset();
    numbers
}

#[test]
fn after_kill_9_at_any_request_to_ec2_there_is_one_image() {
    let stage = Stage::new("publish-killed-ec2");
    let (_, requests) = undisturbed(&stage);
    assert!(requests >= 7, "{requests}");
    let mut results = Vec::new();
    for number in 1..=requests {
        // Before the service has heard of it, and after it has done it.
        for (when, fault) in [("before", Fault::Stall), ("after", Fault::StallInReply(0))] {
            let name = format!("killed-{when}-{number}");
            kill_at(&stage, &name, At::Ec2, number, fault);

            let result = finish(&stage, &name);
            results.push(result.clone());

            if number > 1 {
                assert_eq!(result["sent"], 0, "{name}: the bundle was there");
                assert_eq!(stage.puts(), 0, "{name}");
            }
            stage.s3.reset();
            stage.ec2.reset();
        }
    }
    assert_one_image_each(&stage, &results);
}

#[test]
fn after_kill_9_at_any_upload_only_the_rest_is_sent() {
    let stage = Stage::new("publish-killed-s3");
    let (puts, _) = undisturbed(&stage);
    assert!(puts >= 7, "{puts}");
    let mut before = 0;
    let mut results = Vec::new();
    for number in 2..=puts {
        let name = format!("killed-put-{number}");
        // The bucket is there from the first run, so that request 1 is the first part.
        kill_at(&stage, &name, At::S3, number - 1, Fault::Stall);

        let result = finish(&stage, &name);
        results.push(result.clone());

        let parts = result["parts"].as_array().expect("a list").len();
        let skipped = result["skipped"].as_u64().expect("a number");
        let skipped = usize::try_from(skipped).expect("small");
        assert!(
            skipped >= before && skipped <= parts,
            "{name}: {skipped} of {parts}"
        );
        before = skipped;
        stage.s3.reset();
        stage.ec2.reset();
    }
    assert!(before > 0, "nothing was ever there already");
    assert_one_image_each(&stage, &results);
}

#[test]
fn a_fault_of_ec2_after_the_upload_leaves_the_rest_to_the_next_run() {
    let stage = Stage::new("publish-faults-ec2");
    let (_, requests) = undisturbed(&stage);
    let faults = [
        ("drop", Fault::DropBeforeBody),
        ("lost", Fault::LoseReply),
        ("500", Fault::error(500, "InternalError")),
        ("cut", Fault::TruncateReply(20)),
    ];
    let mut results = Vec::new();
    for number in 1..=requests {
        for (what, fault) in &faults {
            let name = format!("fault-{what}-{number}");
            At::Ec2.fault(&stage, number, fault.clone());

            let outcome = stage.publish(&name, &OPTIONS);

            // A lost reply to RegisterImage is made good at once.
            if outcome.status != Some(0) {
                let wanted: &[i32] = if number == 1 { &[1, 3] } else { &[7] };
                let status = outcome.status.expect("it was not killed");
                assert!(
                    wanted.contains(&status),
                    "{name}: {status} {}",
                    outcome.stderr
                );
            }
            stage.s3.reset();
            stage.ec2.reset();
            let result = finish(&stage, &name);
            results.push(result.clone());
            if number > 1 {
                assert_eq!(result["sent"], 0, "{name}");
            }
        }
    }
    assert_one_image_each(&stage, &results);
}

#[test]
fn a_server_that_breaks_off_in_the_upload_is_exit_code_7_and_the_rest_is_sent() {
    let stage = Stage::new("publish-faults-s3");
    stage
        .s3
        .fault("PUT", "part.03", 1..=9, Fault::DropInBody(100));

    let outcome = stage.publish("broken", &OPTIONS);

    outcome.failed(7, "parts were on the server");
    assert_eq!(stage.images("broken").len(), 0);
    stage.s3.reset();
    let result = finish(&stage, "broken");
    assert_one_image_each(&stage, std::slice::from_ref(&result));
    assert_eq!(result["resumed"], true);
    assert!(result["skipped"].as_u64() >= Some(3), "{result}");
}
