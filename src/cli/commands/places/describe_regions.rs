//! `describe-regions`.

use clap::{Arg, ArgAction};

use crate::aws::ec2::{DescribeRegions, Region};
use crate::cli::dialect::Family;
use crate::cli::ec2::{Line, Row, connect, filter_arg, filters, reading_args, show};
use crate::cli::failure::Failure;
use crate::cli::session::Session;
use crate::cli::spec::{CommandSpec, Outcome};

/// The command.
pub static SPEC: CommandSpec = CommandSpec {
    name: "describe-regions",
    about: "List the regions of a cloud",
    details: "",
    examples: &["amikit describe-regions --output tsv"],
    args,
    sources: &[],
    rows: true,
    run,
};

fn args() -> Vec<Arg> {
    let mut args = vec![
        Arg::new("region-name")
            .value_name("REGION")
            .action(ArgAction::Append)
            .num_args(0..)
            .help("Regions to show (default: all)"),
        filter_arg(),
    ];
    args.extend(reading_args());
    args
}

fn run(session: &Session<'_>) -> Result<Outcome, Failure> {
    let request = DescribeRegions {
        names: session.values.each("region-name"),
        filters: filters(session)?,
    };
    let connected = connect(session)?;
    let regions = connected.ec2.call(&request)?;
    show(session, "regions", &regions)?;
    Ok(Outcome::Done)
}

impl Row for Region {
    const HEADS: &'static [&'static str] = &["region", "endpoint"];

    fn cells(&self) -> Vec<Option<String>> {
        vec![Some(self.region_name.clone()), self.region_endpoint.clone()]
    }

    fn lines(&self, _family: Family) -> Vec<Line> {
        let endpoint = self.region_endpoint.as_deref();
        vec![Line::new("REGION", &[Some(&self.region_name), endpoint])]
    }
}
