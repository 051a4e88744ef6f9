//! `describe-instance-status`.

use clap::Arg;

use super::some_instances_arg;
use crate::aws::ec2::{DescribeInstanceStatus, InstanceStatus, StatusDetail};
use crate::cli::dialect::Family;
use crate::cli::ec2::{Line, Row, connect, filter_arg, filters, ids, reading_args, show};
use crate::cli::failure::Failure;
use crate::cli::session::Session;
use crate::cli::spec::{CommandSpec, Outcome, flag};

/// The command.
pub static SPEC: CommandSpec = CommandSpec {
    name: "describe-instance-status",
    about: "Show whether instances are well, and what is planned for them",
    details: "",
    examples: &["amikit describe-instance-status --hide-healthy"],
    args,
    sources: &[],
    rows: true,
    run,
};

fn args() -> Vec<Arg> {
    let mut args = vec![
        some_instances_arg(),
        flag("hide-healthy", "Leave out those whose checks all pass"),
        flag(
            "include-all-instances",
            "Show all instances, not only those that run",
        ),
        filter_arg(),
    ];
    args.extend(reading_args());
    args
}

fn run(session: &Session<'_>) -> Result<Outcome, Failure> {
    let request = DescribeInstanceStatus {
        instance_ids: ids(session, "instance")?,
        include_all_instances: session.values.flag("include-all-instances"),
        filters: filters(session)?,
        next_token: None,
    };
    let connected = connect(session)?;
    let mut all = connected.ec2.all(request)?;
    if session.values.flag("hide-healthy") {
        all.retain(|status| !status.is_healthy());
    }
    show(session, "instance_statuses", &all)?;
    Ok(Outcome::Done)
}

impl Row for InstanceStatus {
    const HEADS: &'static [&'static str] = &[
        "instance",
        "zone",
        "state",
        "instance status",
        "system status",
        "events",
    ];

    fn cells(&self) -> Vec<Option<String>> {
        let events = self.events_set.iter();
        let events: Vec<_> = events.filter_map(|event| event.code.clone()).collect();
        vec![
            Some(self.instance_id.clone()),
            self.availability_zone.clone(),
            self.instance_state.as_ref().and_then(|s| s.name.clone()),
            self.instance_status.status.clone(),
            self.system_status.status.clone(),
            Some(events.join(", ")),
        ]
    }

    fn lines(&self, _family: Family) -> Vec<Line> {
        let state = self.instance_state.as_ref();
        // The tools say so themselves: the API has no such word.
        let retirement = if self.events_set.is_empty() {
            "active"
        } else {
            "retiring"
        };
        // Times of one form, which are in order as texts.
        let starts = self.events_set.iter();
        let first = starts.filter_map(|event| event.not_before.as_deref()).min();
        let mut lines = vec![Line::new(
            "INSTANCE",
            &[
                Some(&self.instance_id),
                self.availability_zone.as_deref(),
                state.and_then(|state| state.name.as_deref()),
                state.and_then(|state| state.code.as_deref()),
                self.instance_status.status.as_deref(),
                self.system_status.status.as_deref(),
                Some(retirement),
                first,
            ],
        )];
        lines.extend(details("SYSTEMSTATUS", &self.system_status.details));
        lines.extend(details("INSTANCESTATUS", &self.instance_status.details));
        lines.extend(self.events_set.iter().map(|event| {
            let fields = [
                event.code.as_deref(),
                event.not_before.as_deref(),
                event.not_after.as_deref(),
                event.description.as_deref(),
            ];
            Line::new("EVENT", &fields)
        }));
        lines
    }
}

fn details(word: &'static str, details: &[StatusDetail]) -> impl Iterator<Item = Line> {
    details.iter().map(move |detail| {
        let fields = [
            detail.name.as_deref(),
            detail.status.as_deref(),
            detail.impaired_since.as_deref(),
        ];
        Line::new(word, &fields)
    })
}
