//! Which command that speaks to EC2 is tested how: docs/ec2-coverage.md, made of what the tree has.
//!
//! ```text
//! tables of commands and dialects ──► a row for each name
//! src/cli/commands/**               ──► its requests: those that its source names
//! tests/** with a Moto              ──► run against moto
//! tests/** with an Ec2Server        ──► run against answers of fixtures/ec2
//! fixtures/ec2/golden/NAME/         ──► what it prints is compared
//! ```
//!
//! A test runs a name if one of its string literals begins with it. A tool's other names print what
//! its first one does: the tests compare all of them with its golden outputs.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use super::{GROUPS, all};
use crate::cli::dialect::{self, Family};
use crate::cli::spec::CommandSpec;

/// What the tree tells of a name.
struct Facts {
    on_moto: bool,
    on_fixtures: bool,
    /// Golden outputs of it.
    golden: usize,
}

/// The tests' sources, and the requests that there are.
struct Tree {
    moto: String,
    fixtures: String,
    actions: BTreeSet<String>,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every source file below a folder, in order.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut paths: Vec<_> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .map(|entry| entry.expect("list a folder of the tree").path())
        .collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            files.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

impl Tree {
    fn read() -> Self {
        let texts = |folder: &str| {
            let files = sources(&root().join(folder)).into_iter();
            files.map(|file| fs::read_to_string(file).expect("read a source file"))
        };
        // A folder's mod.rs may start the server for all the files beside it.
        let with = |word: &str| {
            let files = sources(&root().join("tests")).into_iter();
            let texts = files.filter_map(|file| {
                let text = fs::read_to_string(&file).expect("read a test file");
                let stage = fs::read_to_string(file.with_file_name("mod.rs")).unwrap_or_default();
                let is_root = file.with_file_name("all.rs").exists();
                let runs = text.contains(word) || !is_root && stage.contains(word);
                runs.then_some(text)
            });
            texts.collect()
        };
        let mut actions = BTreeSet::new();
        for text in texts("src/aws") {
            let after = text.split("const ACTION: &'static str = \"").skip(1);
            actions.extend(after.filter_map(|rest| Some(rest.split_once('"')?.0.to_owned())));
        }
        Self {
            moto: with("Moto::start"),
            fixtures: with("Ec2Server::"),
            actions,
        }
    }

    fn facts(&self, name: &str) -> Facts {
        let begins = [format!("\"{name}\""), format!("\"{name} ")];
        let runs = |text: &str| begins.iter().any(|literal| text.contains(literal));
        let first = dialect::find(name).map_or(name, |(_, command)| command.name);
        let golden = fs::read_dir(root().join("fixtures/ec2/golden").join(first));
        let is_compared = name == first || runs(&self.fixtures);
        Facts {
            on_moto: runs(&self.moto),
            on_fixtures: runs(&self.fixtures),
            golden: golden.map_or(0, |files| if is_compared { files.count() } else { 0 }),
        }
    }

    /// The requests that a command's source names: its file's, or its folder's.
    fn requests(&self, spec: &CommandSpec) -> Vec<&str> {
        let module = spec.name.replace('-', "_");
        let files = sources(&root().join("src/cli/commands")).into_iter();
        let own = files.filter(|file| {
            file.with_extension("").ends_with(&module)
                || file
                    .parent()
                    .is_some_and(|folder| folder.ends_with(&module))
        });
        let text: String = own
            .map(|file| fs::read_to_string(file).expect("read a source file"))
            .collect();
        let words: BTreeSet<_> = text.split(|c: char| !c.is_alphanumeric()).collect();
        let known = self.actions.iter().map(String::as_str);
        known.filter(|action| words.contains(action)).collect()
    }
}

/// The old names of a command, short ones too.
fn old_names(spec: &CommandSpec) -> Vec<&'static str> {
    let commands = dialect::all().filter(|(_, command)| command.command == spec.name);
    let names = commands.flat_map(|(_, command)| {
        std::iter::once(command.name).chain(command.aliases.iter().copied())
    });
    names.collect()
}

/// Whether a command speaks to EC2 or to the EBS direct APIs, or is one of ec2-api-tools'.
fn is_ec2(spec: &CommandSpec) -> bool {
    let speaks = (spec.args)().iter().any(|arg| {
        let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
        help.contains("AWS_ENDPOINT_URL_EC2") || help.contains("AWS_ENDPOINT_URL_EBS")
    });
    speaks
        || dialect::all().any(|(dialect, command)| {
            dialect.manner.family == Family::Ec2Api && command.command == spec.name
        })
}

/// The page, and the names that nothing tests.
fn page() -> (String, Vec<&'static str>) {
    let tree = Tree::read();
    let mut tables = String::new();
    let mut untested = Vec::new();
    let (mut commands, mut on_moto, mut old, mut golden) = (0, 0, 0, 0);
    for group in GROUPS {
        let specs: Vec<_> = group.commands.iter().filter(|spec| is_ec2(spec)).collect();
        if specs.is_empty() {
            continue;
        }
        let title = group.title;
        let head =
            "| name | requests | moto | fixtures | golden outputs |\n|---|---|---|---|---|\n";
        let _ = write!(tables, "\n## {title}\n\n{head}");
        for spec in specs {
            let names = std::iter::once(spec.name).chain(old_names(spec));
            for (index, name) in names.enumerate() {
                let facts = tree.facts(name);
                let is_tested = match index {
                    0 => facts.on_moto || facts.on_fixtures || facts.golden > 0,
                    _ => facts.golden > 0, // what an old name prints is its point
                };
                if !is_tested {
                    untested.push(name);
                }
                if index == 0 {
                    commands += 1;
                    on_moto += usize::from(facts.on_moto);
                } else {
                    old += 1;
                    golden += usize::from(facts.golden > 0);
                }
                let requests = match index {
                    0 => tree.requests(spec).join(", "),
                    _ => "″".to_owned(),
                };
                let _ = writeln!(tables, "{}", row(name, &requests, &facts));
            }
        }
    }
    let text = format!(
        "# How the commands for EC2 are tested\n\n\
         Generated from the tree; `make bless` renews it. The native command stands first, below \
         it the old tools' names for it.\n\n\
         * **moto**: a journey runs it against [moto](https://github.com/getmoto/moto)'s server.\n\
         * **fixtures**: a test runs it against answers of `fixtures/ec2`, in the shape of Amazon's \
         or Eucalyptus'.\n\
         * **golden outputs**: files of `fixtures/ec2/golden/NAME/` that its output is compared \
         with; a tool's other names are compared with those of its first.\n\n\
         {commands} commands, {on_moto} of them on moto; {old} old names, {golden} of them with \
         golden output.\n{tables}"
    );
    (text, untested)
}

fn row(name: &str, requests: &str, facts: &Facts) -> String {
    let yes = |fact| if fact { "yes" } else { "" };
    let golden = match facts.golden {
        0 => String::new(),
        count => count.to_string(),
    };
    let cells = [
        &*format!("`{name}`"),
        requests,
        yes(facts.on_moto),
        yes(facts.on_fixtures || facts.golden > 0),
        &golden,
    ];
    let cells = cells.map(|cell| match cell {
        "" => " ".to_owned(),
        cell => format!(" {cell} "),
    });
    format!("|{}|", cells.join("|"))
}

/// With `AMIKIT_BLESS=1` the page is written instead.
#[test]
fn every_command_and_old_name_for_ec2_is_tested_and_the_page_says_how() {
    let path = root().join("docs/ec2-coverage.md");
    let (page, untested) = page();
    if std::env::var_os("AMIKIT_BLESS").is_some_and(|value| value == "1") {
        fs::write(&path, &page).expect("write the page");
    }

    let written = fs::read_to_string(&path).unwrap_or_default();

    assert!(
        untested.is_empty(),
        "run by no test, or an old name without golden output: {untested:?}"
    );
    assert!(
        written == page,
        "docs/ec2-coverage.md is out of date: run make bless"
    );
}

#[test]
fn commands_that_do_not_speak_to_ec2_are_not_in_the_page() {
    let ec2: Vec<_> = all()
        .filter(|spec| is_ec2(spec))
        .map(|spec| spec.name)
        .collect();

    assert!(ec2.contains(&"describe-regions"), "{ec2:?}");
    for other in ["bundle-image", "upload-bundle", "version"] {
        assert!(!ec2.contains(&other), "{other}");
    }
}
