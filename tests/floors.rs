//! Who may import whom, read from the tables of `ARCHITECTURE.md`.
//!
//! ```text
//! floor 4   cli, config      may print, read the environment, look at the clock
//! floor 2   bundle           │
//! floor 1   disk, manifest   │ use what is below, never beside or above
//! floor 0   units, crypto …  ▼
//! ```
//!
//! Tests inside the library are free: a test of the manifest may build what it likes.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::support::source_files;

/// Below this floor the library is deaf to its surroundings.
const USER_FLOOR: u32 = 4;

/// What a library that is deaf to its surroundings does not name.
const SURROUNDINGS: [&str; 14] = [
    "std::env",
    "env::var",
    "println!",
    "eprintln!",
    "print!",
    "eprint!",
    "process::exit",
    "SystemTime::now",
    "Instant::now",
    "OsRng",
    "thread_rng",
    "getrandom",
    "Command::new",
    "stdout()",
];

/// A top-level module of the library.
struct Part {
    floor: u32,
    /// Parts of the same floor that it may use.
    sideways: Vec<String>,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The rows of the table that follows `<!-- NAME -->` in ARCHITECTURE.md, without its head.
fn table(name: &str) -> Vec<Vec<String>> {
    let text = fs::read_to_string(root().join("ARCHITECTURE.md")).expect("read ARCHITECTURE.md");
    let marker = format!("<!-- {name} -->");
    let (_, after) = text
        .split_once(&marker)
        .unwrap_or_else(|| panic!("ARCHITECTURE.md has no {marker}"));
    after
        .trim_start()
        .lines()
        .take_while(|line| line.starts_with('|'))
        .skip(2)
        .map(|line| {
            let cells = line.trim_matches('|').split('|');
            cells.map(|cell| cell.trim().replace('`', "")).collect()
        })
        .collect()
}

fn parts() -> BTreeMap<String, Part> {
    let mut parts = BTreeMap::new();
    for row in table("floors") {
        let floor = row[0]
            .parse()
            .expect("the first column is a floor's number");
        let sideways = row[2].split(',').map(|name| name.trim().to_owned());
        let part = Part {
            floor,
            sideways: sideways.filter(|name| !name.is_empty()).collect(),
        };
        parts.insert(row[1].clone(), part);
    }
    parts
}

/// Every source file of the library with the part it belongs to and its code.
fn library() -> Vec<(PathBuf, String, String)> {
    let source = root().join("src");
    source_files(&source)
        .into_iter()
        .filter_map(|path| {
            let inside = path.strip_prefix(&source).expect("below src").to_owned();
            let part = inside.iter().next()?.to_string_lossy().into_owned();
            let part = part.trim_end_matches(".rs").to_owned();
            let is_test = inside
                .iter()
                .any(|name| name == "tests.rs" || name == "tests");
            if part == "lib" || part == "bin" || is_test {
                return None;
            }
            let code = code_of(&fs::read_to_string(&path).expect("read a source file"));
            Some((Path::new("src").join(inside), part, code))
        })
        .collect()
}

/// The code of a file: no comments, no text between quotes, nothing from tests inside it on.
fn code_of(source: &str) -> String {
    let before_tests = source.split("#[cfg(test)]\nmod tests {").next();
    let mut code = String::new();
    for line in before_tests.unwrap_or_default().lines() {
        let mut inside_text = false;
        let mut previous = ' ';
        for letter in line.chars() {
            match letter {
                '"' if previous != '\\' && previous != '\'' => inside_text = !inside_text,
                '/' if previous == '/' && !inside_text => {
                    code.pop();
                    break;
                }
                _ if inside_text => {}
                _ => code.push(letter),
            }
            previous = letter;
        }
        code.push('\n');
    }
    code
}

/// The parts that follow each `crate::` of the code, through the braces of a `use`.
fn imports(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (position, _) in code.match_indices("crate::") {
        let before = code[..position].chars().next_back().unwrap_or(' ');
        if before.is_alphanumeric() || before == '_' {
            continue; // some_crate::…
        }
        let after = &code[position + "crate::".len()..];
        let Some(tree) = after.strip_prefix('{') else {
            found.push(first_name(after));
            continue;
        };
        let mut depth = 1;
        let mut branch = String::new();
        for letter in tree.chars() {
            match letter {
                '{' => depth += 1,
                '}' => depth -= 1,
                _ => {}
            }
            if depth == 0 || (depth == 1 && letter == ',') {
                found.push(first_name(&branch));
                branch.clear();
            } else {
                branch.push(letter);
            }
            if depth == 0 {
                break;
            }
        }
    }
    found.retain(|name| !name.is_empty());
    found
}

fn first_name(path: &str) -> String {
    let letters = path.trim_start().chars();
    letters
        .take_while(|letter| letter.is_alphanumeric() || *letter == '_')
        .collect()
}

/// Paths that climb out of their part with `super`: they would be invisible to [`imports`].
fn climbs_out(path: &Path, code: &str) -> bool {
    let folders = path.iter().count() - 2; // src/ and the file itself
    let is_root_of_folder = path.file_name().is_some_and(|name| name == "mod.rs");
    let depth = if is_root_of_folder {
        folders
    } else {
        folders + 1
    };
    code.contains(&"super::".repeat(depth))
}

#[test]
fn every_part_has_its_floor() {
    let parts = parts();

    let mut missing: Vec<_> = library().into_iter().map(|(_, part, _)| part).collect();
    missing.dedup();
    missing.retain(|part| !parts.contains_key(part));

    assert!(
        missing.is_empty(),
        "no floor in ARCHITECTURE.md: {missing:?}"
    );
}

#[test]
fn imports_go_down() {
    let parts = parts();
    let mut wrong = Vec::new();

    for (path, part, code) in library() {
        if climbs_out(&path, &code) {
            wrong.push(format!("{} leaves {part} by super::", path.display()));
        }
        for used in imports(&code) {
            let (Some(from), Some(to)) = (parts.get(&part), parts.get(&used)) else {
                continue; // not a part: reported by every_part_has_its_floor, or by rustc
            };
            let sideways = from.sideways.contains(&used);
            if used != part && to.floor >= from.floor && !(sideways && to.floor == from.floor) {
                wrong.push(format!(
                    "{}: {part} (floor {}) uses {used} (floor {})",
                    path.display(),
                    from.floor,
                    to.floor
                ));
            }
        }
    }

    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_library_is_deaf_to_its_surroundings() {
    let parts = parts();
    let mut exceptions: BTreeMap<(String, String), bool> = table("surroundings")
        .into_iter()
        .map(|row| ((row[0].clone(), row[1].clone()), false))
        .collect();
    let mut wrong = Vec::new();

    for (path, part, code) in library() {
        if parts.get(&part).is_none_or(|part| part.floor >= USER_FLOOR) {
            continue;
        }
        for word in SURROUNDINGS.into_iter().filter(|word| names(&code, word)) {
            let place = (path.display().to_string(), word.to_owned());
            match exceptions.get_mut(&place) {
                Some(used) => *used = true,
                None => wrong.push(format!("{} names {word}", place.0)),
            }
        }
    }

    for ((path, word), used) in exceptions {
        if !used {
            wrong.push(format!("{path} no longer names {word}: drop its exception"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Whether the code has this word, and not only as the end of a longer one.
fn names(code: &str, word: &str) -> bool {
    code.match_indices(word).any(|(position, _)| {
        let before = code[..position].chars().next_back().unwrap_or(' ');
        !before.is_alphanumeric() && before != '_'
    })
}

#[test]
fn the_reader_of_imports_sees_every_shape() {
    let code = code_of(
        "use crate::units::Bytes;\n\
         use crate::{disk::{extents, zeros}, xml};\n\
         fn f() { crate::host::run(); amikit_crate::no(); } // crate::comment\n\
         const TEXT: &str = \"crate::text\";\n\
         #[cfg(test)]\nmod tests { use crate::cli; }\n",
    );
    let tests_first = code_of("#[cfg(test)]\nmod tests;\nuse crate::xml;\n");

    assert_eq!(imports(&code), ["units", "disk", "xml", "host"]);
    assert_eq!(imports(&tests_first), ["xml"]);
}

#[test]
fn super_is_seen_leaving_a_part() {
    assert!(climbs_out(Path::new("src/disk/mod.rs"), "super::units"));
    assert!(climbs_out(
        Path::new("src/disk/mbr.rs"),
        "super::super::units"
    ));
    assert!(!climbs_out(Path::new("src/disk/mbr.rs"), "super::Extent"));
}
