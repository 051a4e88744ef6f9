//! `amikit-cloud user`, beside a running cloud and without one.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use amikit::units::Bytes;
use serde_json::Value;

use crate::support::image;
use crate::support::sandbox::{Outcome, Sandbox};
use crate::support::small_cloud::{Address, Kind, SmallCloud, every_combination};

/// A second after a key is taken away nothing opens with it; the rest is for a busy machine.
const SOON: Duration = Duration::from_secs(20);

fn printed(outcome: &Outcome) -> String {
    String::from_utf8_lossy(&outcome.stdout).into_owned()
}

/// The value that a command printed.
fn json(outcome: &Outcome) -> Value {
    outcome.succeeded();
    serde_json::from_slice(&outcome.stdout).expect("one line of JSON")
}

fn admin(cloud: &SmallCloud, sandbox: &Sandbox, words: &str) -> Outcome {
    let words: Vec<&str> = words.split(' ').collect();
    cloud.administer(sandbox, &words)
}

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value[name].as_str().unwrap_or_default()
}

/// Runs one of our own S3 commands with the keys of a user.
fn as_user(
    cloud: &SmallCloud,
    sandbox: &Sandbox,
    (id, secret): (&str, &str),
    words: &[&str],
) -> Outcome {
    let mut variables = cloud.environment(Address::Root);
    for (name, value) in &mut variables {
        match *name {
            "AWS_ACCESS_KEY_ID" => id.clone_into(value),
            "AWS_SECRET_ACCESS_KEY" => secret.clone_into(value),
            _ => {}
        }
    }
    let variables: Vec<_> = variables.iter().map(|(k, v)| (*k, v.as_str())).collect();
    sandbox.run_with(words, &variables)
}

/// What a user asks of a bucket.
const ASK: [&str; 4] = ["uploads", "list", "-b", "jo-bucket"];

#[test]
fn a_user_works_at_once_changes_keys_and_goes() {
    every_combination("walrus-users", |sandbox, cloud| {
        let made = json(&admin(
            cloud,
            sandbox,
            "user add jo --email jo@example.org --show-secret --output json",
        ));
        let first = (
            text(&made, "access_key_id").to_owned(),
            text(&made, "secret_access_key").to_owned(),
        );
        let eucarc = fs::read_to_string(format!("{}/eucarc", text(&made, "credentials")));
        let eucarc = eucarc.expect("read the folder");
        assert!(eucarc.contains(cloud.said("cloud")), "{eucarc}");
        assert!(eucarc.contains(&first.0) && eucarc.contains(&first.1));
        let disk = image::dense(&sandbox.path("disk.img"), Bytes::mib(1));
        sandbox.bundle(&disk, "bundle", &[]);
        let put = [
            "upload-bundle",
            "-b",
            "jo-bucket",
            "-m",
            "bundle/golden.manifest.xml",
        ];
        as_user(cloud, sandbox, (&first.0, &first.1), &put).succeeded();

        let again = admin(cloud, sandbox, "user add jo");
        again.failed(1, "there is a user jo already");
        admin(cloud, sandbox, "user add ../x").failed(2, "cannot be the name of a user");
        admin(cloud, sandbox, "user add ann --email JO@example.org").failed(1, "the user jo");

        // The next key, then the old one goes: never a moment without.
        let next = json(&admin(
            cloud,
            sandbox,
            "user keys add jo --show-secret --output json",
        ));
        let second = (
            text(&next, "access_key_id"),
            text(&next, "secret_access_key"),
        );
        for keys in [(first.0.as_str(), first.1.as_str()), second] {
            as_user(cloud, sandbox, keys, &ASK).succeeded();
        }
        admin(cloud, sandbox, "user keys add jo").failed(1, "has 2 access keys");
        let removed = admin(cloud, sandbox, &format!("user keys remove jo {}", first.0));
        assert!(printed(removed.succeeded()).contains(second.0));
        refused_soon(|| as_user(cloud, sandbox, (&first.0, &first.1), &ASK));
        as_user(cloud, sandbox, second, &ASK).succeeded();

        let listed = json(&admin(cloud, sandbox, "user list --output json"));
        let users = listed["users"].as_array().expect("a list");
        let names: Vec<_> = users.iter().map(|user| text(user, "name")).collect();
        assert_eq!(names, ["admin", "jo"]);
        assert_eq!(users[1]["keys"], serde_json::json!([second.0]));
        assert_eq!(users[1]["buckets"], 1);
        assert!(!listed.to_string().contains(second.1));

        admin(cloud, sandbox, "user delete jo").failed(1, "jo has 1 buckets");
        admin(cloud, sandbox, "user delete jo --with-buckets").failed(2, "--yes");
        admin(cloud, sandbox, "user delete admin").failed(1, "admin cannot be deleted");
        admin(cloud, sandbox, "user delete jo --with-buckets --yes").succeeded();
        refused_soon(|| as_user(cloud, sandbox, second, &ASK));
        admin(cloud, sandbox, "user list --output json").succeeded();
        admin(cloud, sandbox, "user keys list jo").failed(1, "there is no user jo");
    });
}

/// Asserts that a key opens nothing within a moment. Until then it may open what is gone.
fn refused_soon(ask: impl Fn() -> Outcome) {
    let begun = Instant::now();
    loop {
        let outcome = ask();
        if outcome.stderr.contains("no such access key") {
            assert_ne!(outcome.status, Some(0));
            return;
        }
        assert!(
            begun.elapsed() < SOON,
            "a key that is gone opens things still: {}",
            outcome.stderr
        );
        thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn users_are_made_without_a_running_cloud_and_find_it_when_it_runs() {
    let sandbox = Sandbox::new("walrus-users-stopped");
    let mut cloud = SmallCloud::of(&sandbox, Kind::DEFAULT).start();
    cloud.stop();
    assert!(!cloud.data().join("endpoints.json").exists());

    let made = json(&admin(
        &cloud,
        &sandbox,
        "user add jo --admin --output json",
    ));
    assert!(made.get("secret_access_key").is_none());
    let folder = text(&made, "credentials").to_owned();
    let key = text(&made, "access_key_id").to_owned();
    let read = |name: &str| fs::read_to_string(format!("{folder}/{name}")).expect("read a file");
    let private = read("jo-pk.pem");
    cloud.restart();

    let eucarc = read("eucarc");
    assert!(
        eucarc.contains(cloud.said("cloud")),
        "renewed at the start: {eucarc}"
    );
    assert!(eucarc.contains(&key));
    assert_eq!(read("jo-pk.pem"), private);

    // A copy has the same key; a folder that is lost costs a new one, and no history.
    let to = sandbox.path("for jo");
    let to = to.to_str().expect("a path in UTF-8");
    let copied = cloud.administer(
        &sandbox,
        &["user", "credentials", "jo", "--to", to, "--output", "json"],
    );
    assert_eq!(json(&copied)["new_certificate"], false);
    assert_eq!(
        fs::read_to_string(format!("{to}/jo-pk.pem")).expect("read it"),
        private
    );
    let occupied = sandbox.path("");
    let occupied = occupied.to_str().expect("a path in UTF-8");
    let refused = cloud.administer(&sandbox, &["user", "credentials", "jo", "--to", occupied]);
    refused.failed(2, "is no credentials folder, and not empty");
    fs::remove_dir_all(&folder).expect("lose the folder");
    let again = admin(&cloud, &sandbox, "user credentials jo");
    assert!(
        again.succeeded().stderr.contains("a new one was made"),
        "{}",
        again.stderr
    );
    assert_ne!(read("jo-pk.pem"), private);
    let history = json(&admin(
        &cloud,
        &sandbox,
        "user certificates jo --output json",
    ));
    assert_eq!(history["certificates"].as_array().map(Vec::len), Some(2));

    let gone = json(&admin(&cloud, &sandbox, "user delete jo --output json"));
    let aside = text(&gone, "credentials");
    assert!(
        fs::exists(format!("{aside}/jo-pk.pem")).expect("look"),
        "{aside}"
    );
    assert!(!fs::exists(&folder).expect("look"));
    cloud.stop();
}
