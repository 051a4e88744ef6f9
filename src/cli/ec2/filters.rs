//! `--filter NAME=VALUE`.

use clap::Arg;

use crate::aws::ec2::Filter;
use crate::cli::failure::Failure;
use crate::cli::session::Session;
use crate::cli::spec::list;

/// The option.
#[must_use]
pub fn filter_arg() -> Arg {
    list(
        "filter",
        "NAME=VALUE",
        "Only what matches; * and ? stand for anything. The values of one name are alternatives",
    )
    .short('F')
}

/// The conditions that were given; the values of one name stand together.
///
/// # Errors
/// When one of them has no equals sign or no name.
pub fn filters(session: &Session<'_>) -> Result<Vec<Filter>, Failure> {
    let mut filters: Vec<Filter> = Vec::new();
    for text in session.values.each("filter") {
        let Some((name, value)) = text.split_once('=').filter(|(name, _)| !name.is_empty()) else {
            let why = format!("\"{text}\" is no condition: expected NAME=VALUE");
            return Err(session.invalid("filter", &text, &why));
        };
        match filters.iter_mut().find(|filter| filter.name == name) {
            Some(filter) => filter.values.push(value.to_owned()),
            None => filters.push(Filter {
                name: name.to_owned(),
                values: vec![value.to_owned()],
            }),
        }
    }
    Ok(filters)
}
