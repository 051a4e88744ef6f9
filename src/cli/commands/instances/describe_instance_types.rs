//! `describe-instance-types`.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::fmt::Write as _;

use clap::{Arg, ArgAction};

use crate::aws::ec2::{DescribeInstanceTypes, InstanceType};
use crate::cli::dialect::Family;
use crate::cli::ec2::{Line, Row, connect, filter_arg, filters, ids, plain, reading_args, show};
use crate::cli::failure::Failure;
use crate::cli::session::Session;
use crate::cli::spec::{CommandSpec, Outcome, flag};

/// The command.
pub static SPEC: CommandSpec = CommandSpec {
    name: "describe-instance-types",
    about: "List the types that instances can have",
    details: "Eucalyptus also tells how many instances of each type can still be run: \
              --show-capacity, --by-zone.",
    examples: &[
        "amikit describe-instance-types --show-capacity",
        "amikit describe-instance-types t3.micro --output json",
    ],
    args,
    sources: &[],
    rows: true,
    run,
};

/// Heads of the columns in euca2ools' table.
const EUCA_HEADS: [&str; 7] = [
    "Name",
    "CPUs",
    "Memory (MiB)",
    "Disk (GiB)",
    "Used",
    "Total",
    "Used %",
];

fn args() -> Vec<Arg> {
    let mut args = vec![
        Arg::new("instance-type")
            .value_name("TYPE")
            .action(ArgAction::Append)
            .num_args(0..)
            .help("Types to show (default: all)"),
        flag("by-zone", "Eucalyptus: show what each zone has"),
        flag(
            "show-capacity",
            "Eucalyptus: show how many instances can still be run",
        ),
        filter_arg(),
    ];
    args.extend(reading_args());
    args
}

fn run(session: &Session<'_>) -> Result<Outcome, Failure> {
    let by_zone = session.values.flag("by-zone");
    let capacity = session.values.flag("show-capacity");
    let request = DescribeInstanceTypes {
        instance_types: ids(session, "instance-type")?,
        availability: by_zone || capacity,
        filters: filters(session)?,
        next_token: None,
    };
    let connected = connect(session)?;
    let types = connected.ec2.all(request)?;
    if session.is_native() {
        let rows: Vec<_> = types
            .into_iter()
            .flat_map(|found| rows(found, by_zone))
            .collect();
        show(session, "instance_types", &rows)?;
    } else if by_zone {
        for zone in zones(&types) {
            session.line(&format!("AVAILABILITYZONE\t{}", plain(zone)))?;
            session.print(&table(&cells(&types, Some(zone)), capacity))?;
            session.line("")?;
        }
    } else {
        session.print(&table(&cells(&types, None), capacity))?;
    }
    Ok(Outcome::Done)
}

/// A type as a row; by zone, one for each zone.
fn rows(found: InstanceType, by_zone: bool) -> Vec<InstanceType> {
    if !by_zone {
        return vec![found];
    }
    let zones = found.availability.iter();
    zones
        .map(|zone| InstanceType {
            availability: vec![zone.clone()],
            ..found.clone()
        })
        .collect()
}

impl Row for InstanceType {
    const HEADS: &'static [&'static str] = &[
        "type",
        "vcpus",
        "memory MiB",
        "disk GB",
        "architectures",
        "zones",
        "available",
        "max",
    ];

    fn cells(&self) -> Vec<Option<String>> {
        let zones = self.availability.iter();
        let zones: Vec<_> = zones.map(|zone| zone.zone_name.as_str()).collect();
        let (free, most) = totals(self, None);
        let known = !zones.is_empty();
        vec![
            Some(self.instance_type.clone()),
            self.vcpus.map(|count| count.to_string()),
            self.memory_mib.map(|size| size.to_string()),
            self.disk_gb.map(|size| size.to_string()),
            Some(self.architectures.join(",")),
            Some(zones.join(",")),
            known.then(|| free.to_string()),
            known.then(|| most.to_string()),
        ]
    }

    /// The old tools' table is not made of lines of their own.
    fn lines(&self, _family: Family) -> Vec<Line> {
        let cells = Row::cells(self);
        let fields: Vec<_> = cells.iter().map(Option::as_deref).collect();
        vec![Line::new("INSTANCETYPE", &fields)]
    }
}

/// How many more, and how many in all, of a zone or of all of them.
fn totals(found: &InstanceType, zone: Option<&str>) -> (u64, u64) {
    let zones = found.availability.iter();
    let zones = zones.filter(|one| zone.is_none_or(|zone| one.zone_name == zone));
    zones.fold((0, 0), |(free, most), zone| {
        let free = zone.available.saturating_add(free);
        (free, zone.max.saturating_add(most))
    })
}

/// The zones, each once, in order.
fn zones(types: &[InstanceType]) -> Vec<&str> {
    let all = types.iter().flat_map(|found| &found.availability);
    let all: BTreeSet<_> = all.map(|zone| zone.zone_name.as_str()).collect();
    all.into_iter().collect()
}

/// The cells of euca2ools' table.
fn cells(types: &[InstanceType], zone: Option<&str>) -> Vec<[String; 7]> {
    let number = |value: Option<u64>| value.map(|value| value.to_string()).unwrap_or_default();
    let in_zone = |found: &&InstanceType| {
        zone.is_none_or(|zone| found.availability.iter().any(|one| one.zone_name == zone))
    };
    let types = types.iter().filter(in_zone);
    types
        .map(|found| {
            let (free, most) = totals(found, zone);
            let used = most.saturating_sub(free);
            [
                plain(&found.instance_type),
                number(found.vcpus.map(u64::from)),
                number(found.memory_mib),
                number(found.disk_gb),
                used.to_string(),
                most.to_string(),
                percent(used, most),
            ]
        })
        .collect()
}

/// So many of so many in percent, a half to the even side as euca2ools have it; empty if there
/// are none.
fn percent(part: u64, whole: u64) -> String {
    let (part, whole) = (u128::from(part) * 100, u128::from(whole));
    let (Some(floor), Some(rest)) = (part.checked_div(whole), part.checked_rem(whole)) else {
        return String::new();
    };
    let up = match (2 * rest).cmp(&whole) {
        Ordering::Less => 0,
        Ordering::Equal => floor % 2,
        Ordering::Greater => 1,
    };
    format!("{}%", floor + up)
}

/// euca2ools' table: the first column to the left, others to the right.
fn table(rows: &[[String; 7]], capacity: bool) -> String {
    let heads = EUCA_HEADS.map(str::to_owned);
    let mut widths = [0; 7];
    for row in rows.iter().chain([&heads]) {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut text = String::new();
    for row in std::iter::once(&heads).chain(rows) {
        let [name, cpu, memory, disk, used, total, share] = row;
        let [w0, w1, w2, w3, w4, w5, w6] = widths;
        // A String takes everything.
        let _ = write!(
            text,
            "INSTANCETYPE\t{name:<w0$}  {cpu:>w1$}  {memory:>w2$}  {disk:>w3$}"
        );
        if capacity {
            let _ = write!(text, "  {used:>w4$} / {total:>w5$}  {share:>w6$}");
        }
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_half_percent_goes_to_the_even_side() {
        let shares = [(1, 8), (3, 8), (1, 200), (2, 3), (0, 4), (4, 4), (0, 0)];

        let got = shares.map(|(used, most)| percent(used, most));

        assert_eq!(got, ["12%", "38%", "0%", "67%", "0%", "100%", ""]);
    }
}
