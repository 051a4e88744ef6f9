//! `describe-availability-zones`.

use clap::{Arg, ArgAction};

use crate::aws::ec2::{AvailabilityZone, DescribeAvailabilityZones};
use crate::cli::dialect::Family;
use crate::cli::ec2::{Line, Row, connect, filter_arg, filters, reading_args, show};
use crate::cli::failure::Failure;
use crate::cli::session::Session;
use crate::cli::spec::{CommandSpec, Outcome};

/// The command.
pub static SPEC: CommandSpec = CommandSpec {
    name: "describe-availability-zones",
    about: "List the availability zones of a region",
    details: "On Eucalyptus, the zone \"verbose\" lists the free and the greatest number of \
              instances of each type, for administrators.",
    examples: &[
        "amikit describe-availability-zones",
        "amikit describe-availability-zones verbose",
    ],
    args,
    sources: &[],
    rows: true,
    run,
};

fn args() -> Vec<Arg> {
    let mut args = vec![
        Arg::new("zone")
            .value_name("ZONE")
            .action(ArgAction::Append)
            .num_args(0..)
            .help("Zones to show (default: all)"),
        filter_arg(),
    ];
    args.extend(reading_args());
    args
}

fn run(session: &Session<'_>) -> Result<Outcome, Failure> {
    let request = DescribeAvailabilityZones {
        names: session.values.each("zone"),
        filters: filters(session)?,
    };
    let connected = connect(session)?;
    let zones = connected.ec2.call(&request)?;
    show(session, "availability_zones", &zones)?;
    Ok(Outcome::Done)
}

impl Row for AvailabilityZone {
    const HEADS: &'static [&'static str] = &["zone", "state", "region", "messages"];

    fn cells(&self) -> Vec<Option<String>> {
        vec![
            Some(self.zone_name.clone()),
            self.zone_state.clone(),
            self.region_name.clone(),
            Some(self.messages.join(", ")),
        ]
    }

    /// euca2ools tell no region.
    fn lines(&self, family: Family) -> Vec<Line> {
        let messages = self.messages.join(", ");
        let mut fields = vec![Some(self.zone_name.as_str()), self.zone_state.as_deref()];
        if family == Family::Ec2Api {
            fields.push(self.region_name.as_deref());
        }
        fields.push(Some(&messages));
        vec![Line::new("AVAILABILITYZONE", &fields)]
    }
}
