//! Options that every native command has.

use clap::{Arg, ArgAction};

/// The options.
#[must_use]
pub fn args() -> Vec<Arg> {
    const HEADING: &str = "Global options";
    let args = [
        Arg::new("output")
            .long("output")
            .value_name("FORMAT")
            .help("Form of the result: table, json, or tsv of lists [env: AMIKIT_OUTPUT] [default: table]"),
        Arg::new("quiet")
            .long("quiet")
            .short('q')
            .action(ArgAction::SetTrue)
            .help("Print errors only"),
        Arg::new("verbose")
            .long("verbose")
            .short('v')
            .action(ArgAction::Count)
            .help("Tell more on stderr; repeat for still more [env: AMIKIT_LOG (a filter)]"),
        Arg::new("color")
            .long("color")
            .value_name("WHEN")
            .value_parser(["auto", "always", "never"])
            .help("Use colours [env: NO_COLOR, CLICOLOR_FORCE] [default: auto]"),
        Arg::new("progress")
            .long("show-progress")
            .action(ArgAction::SetTrue)
            .overrides_with("no-progress")
            .help("Show progress bars even if stderr is no terminal"),
        Arg::new("no-progress")
            .long("no-progress")
            .action(ArgAction::SetTrue)
            .overrides_with("progress")
            .help("Show no progress bars"),
    ];
    let seldom = |arg: &Arg| !matches!(arg.get_id().as_str(), "output" | "quiet" | "verbose");
    args.map(|arg| {
        let hidden = seldom(&arg);
        arg.help_heading(HEADING).hide_short_help(hidden)
    })
    .into()
}
