//! The client × operation table, `docs/walrus-clients.md`, which `AMIKIT_BLESS=1` writes anew.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use super::round::{Client, Round, Verdict, nothing_failed, operations};
use super::{amikit, awscli, boto2, boto3, minio, rclone, s3cmd};
use crate::support::sandbox::Sandbox;
use crate::support::small_cloud::{Kind, SmallCloud};

/// What stands above the table.
const HEAD: &str = "\
# Clients at Walrus

Made by `tests/journeys/walrus/` (`make bless`): each column is a client's round through the \
operations, in the versions of `scripts/peers.txt`, against `amikit-cloud` with SQLite and a \
directory. The same rounds run with PostgreSQL and with objects in another S3. An operation that a \
client does not have, or that its round leaves out, is a dash; one that failed would fail the test.
";

/// What stands above the table of our own commands.
const OUR_HEAD: &str = "
## Our own commands

By our names, by those of euca2ools (`euca-…`) and of ec2-ami-tools (`ec2-…`), at the port of S3, \
below the service paths, and through TLS. A command that a set of tools does not have is a dash.

";

#[test]
fn every_client_has_its_column() {
    let clients: Vec<&Client> = [
        &awscli::CLIENTS[..],
        &boto3::CLIENTS,
        &boto2::CLIENTS,
        &s3cmd::CLIENTS,
        &rclone::CLIENTS,
        &minio::CLIENTS,
    ]
    .into_iter()
    .flatten()
    .collect();

    let mut rounds = Vec::new();
    for client in &clients {
        let sandbox = Sandbox::new("walrus-table");
        let mut cloud = SmallCloud::start(&sandbox);
        let round = client.round(&sandbox, &cloud);
        nothing_failed(client.title, Kind::DEFAULT, &round);
        rounds.push(round);
        cloud.stop();
    }

    compare(&format!("{}{}", page(&clients, &rounds), our_commands()));
}

/// Our own commands, by all their names.
fn our_commands() -> String {
    let sandbox = Sandbox::new("walrus-table");
    let mut cloud = SmallCloud::start(&sandbox);
    let stage = amikit::Stage::new(&sandbox, &cloud);
    let ways = &amikit::WAYS;
    let rounds = ways.each_ref().map(|way| {
        let round = stage.round(way);
        nothing_failed(way.title, Kind::DEFAULT, &round);
        round
    });
    cloud.stop();

    let mut page = OUR_HEAD.to_owned();
    page.push_str(&head(&ways.each_ref().map(|way| way.title)));
    for command in amikit::COMMANDS {
        page.push_str(&row(command, &rounds));
    }
    page
}

fn page(clients: &[&Client], rounds: &[Round]) -> String {
    let mut page = HEAD.to_owned();
    for line in operations() {
        if let Some(heading) = line.strip_prefix("# ") {
            let titles: Vec<_> = clients.iter().map(|client| client.title).collect();
            let _ = write!(page, "\n## {heading}\n\n{}", head(&titles));
            continue;
        }
        page.push_str(&row(&line, rounds));
    }
    page
}

fn head(titles: &[&str]) -> String {
    let rule = ":---:|".repeat(titles.len());
    format!("| | {} |\n|---|{rule}\n", titles.join(" | "))
}

fn row(name: &str, rounds: &[Round]) -> String {
    let cells: Vec<_> = rounds.iter().map(|round| cell(&round[name])).collect();
    format!("| {name} | {} |\n", cells.join(" | "))
}

fn cell(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Done => "✓",
        Verdict::Failed(_) => "✗",
        Verdict::NotApplicable => "–",
    }
}

fn compare(page: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/walrus-clients.md");
    if std::env::var_os("AMIKIT_BLESS").is_some() {
        fs::write(&path, page).expect("write the table");
    }
    let golden = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        golden == page,
        "docs/walrus-clients.md is not up to date: make bless, and read the diff\n{page}"
    );
}
