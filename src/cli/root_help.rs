//! The help of the whole program: its commands in groups, which clap has not for subcommands.
//!
//! ```text
//! amikit -h       Bundles                           amikit --help    Bundles:
//!                   bundle-image  unbundle  …                          bundle-image   Bundle …
//! ```
//!
//! Both come from [`GROUPS`], so a new command is in them.

use super::commands::GROUPS;

/// What the program is, in a line.
pub const ABOUT: &str =
    "Turn disk images into cloud machine images, register and run them, and back";

/// What it is, what else it answers to, and how it ends.
pub const LONG_ABOUT: &str = "\
Turn disk images into cloud machine images, register and run them, and back

For Amazon's EC2 and S3, Eucalyptus, and any S3. The commands are also euca2ools', \
ec2-ami-tools' and ec2-api-tools' own, under the old names: see amikit install-links.

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 a service said no, 4 damaged or not authentic, \
5 not in time, 6 keys, certificates or configuration, 7 done in part: run it again, \
130 interrupted";

/// How the parts of the help stand; the commands are what clap calls "before help".
pub const TEMPLATE: &str = "\
{about-with-newline}
{usage-heading} {usage}

{before-help}Options:
{options}{after-help}";

/// The shortest ways through the program.
pub const EXAMPLES: &str = "\
Examples:
  amikit bundle-image -i disk.img -d bundle -r x86_64 -u 123456789012 \\
      -k pk.pem -c cert.pem --ec2cert cloud-cert.pem
  amikit verify bundle/disk.img.manifest.xml -k pk.pem -c cert.pem
  amikit unbundle -m bundle/disk.img.manifest.xml -d restored -k pk.pem -c cert.pem
  amikit doctor --region eu-west-1

amikit COMMAND --help has every option of a command; amikit --help tells what each one does.";

/// Columns of a line of help.
const WIDTH: usize = 100;

/// Each group's title, and below it the names of its commands.
#[must_use]
pub fn names() -> String {
    let groups = GROUPS.iter().map(|group| {
        let names: Vec<_> = group.commands.iter().map(|spec| spec.name).collect();
        format!("{}:\n{}", group.title, filled(&names, "  ", 2))
    });
    groups.collect::<Vec<_>>().join("\n") + "\n"
}

/// Each group's title, and below it its commands with what they do.
#[must_use]
pub fn list() -> String {
    let all = GROUPS.iter().flat_map(|group| group.commands);
    let column = all.map(|spec| spec.name.len()).max().unwrap_or(0) + 4;
    let indent = " ".repeat(column);
    let groups = GROUPS.iter().map(|group| {
        let lines = group.commands.iter().map(|spec| {
            let words: Vec<_> = spec.about.split_whitespace().collect();
            let about = filled(&words, " ", column);
            let name = format!("  {}", spec.name);
            about.replacen(&indent, &format!("{name:column$}"), 1)
        });
        format!("{}:\n{}", group.title, lines.collect::<Vec<_>>().join("\n"))
    });
    groups.collect::<Vec<_>>().join("\n\n") + "\n"
}

/// Words in lines of at most [`WIDTH`] columns that begin with `indent` spaces. A word that is
/// longer has a line of its own.
fn filled(words: &[&str], gap: &str, indent: usize) -> String {
    let mut lines: Vec<String> = Vec::new();
    for word in words {
        match lines.last_mut() {
            Some(line) if line.chars().count() + gap.len() + word.chars().count() <= WIDTH => {
                line.push_str(gap);
                line.push_str(word);
            }
            _ => lines.push(" ".repeat(indent) + word),
        }
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::commands;
    use crate::cli::tests::run;

    #[test]
    fn both_helps_have_every_command_in_its_group_once() {
        for line in ["amikit -h", "amikit --help"] {
            let help = run(line, &[]).out;

            for group in GROUPS {
                let (_, rest) = help.split_once(&format!("\n{}:\n", group.title)).unwrap();
                let end = rest.find(":\n").unwrap();
                for spec in group.commands {
                    let found = rest[..end]
                        .split_whitespace()
                        .filter(|word| *word == spec.name);
                    assert!(found.count() >= 1, "{} in {line}:\n{help}", spec.name);
                }
            }
            let widest = help.lines().map(|text| text.chars().count()).max();
            assert!(widest <= Some(WIDTH), "{line}:\n{help}");
        }
    }

    #[test]
    fn the_short_help_fits_a_screen_and_the_long_one_tells_each_command() {
        let short = run("amikit -h", &[]).out;
        let long = run("amikit --help", &[]).out;

        assert!(short.lines().count() <= 60, "{short}");
        let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let long = words(&long);
        for spec in commands::all() {
            let line = words(&format!("{} {}", spec.name, spec.about));
            assert!(long.contains(&line), "{line}");
        }
        for code in ["3 a service", "5 not in time", "7 done in part"] {
            assert!(long.contains(code), "{code}");
        }
    }

    #[test]
    fn words_are_filled_to_the_width() {
        let words = ["a".repeat(60), "b".repeat(37), "c".to_owned()];
        let words: Vec<_> = words.iter().map(String::as_str).collect();

        let lines = filled(&words, " ", 2);

        assert_eq!(lines.lines().next().unwrap().len(), WIDTH);
        assert_eq!(lines.lines().last(), Some("  c"));
        assert_eq!(filled(&[], " ", 2), "");
    }
}
