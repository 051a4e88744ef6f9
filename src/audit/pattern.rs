//! Where rules look: path patterns, followed one name at a time.
//!
//! ```text
//! /etc/ssh/ssh_host_*_key     *  any characters of one name
//! ~/.ssh/*                    ~  every home directory
//! /etc/**/*.pem               ** any directories, or none
//! ```
//!
//! A walk carries the positions that it has reached in all patterns, and goes only where one of
//! them leads. A pattern with `**` is *deep*: it costs a look at every file below.

/// What a name in a path has to be.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    /// This, where `*` stands for any characters.
    Name(Vec<u8>),
    /// Any number of directories, also none.
    AnyDirectories,
}

/// A pattern of the rule with this index in the table.
#[derive(Debug, Clone)]
pub(super) struct Pattern {
    pub(super) rule: usize,
    parts: Vec<Part>,
}

/// How far a walk is in a pattern: the part that the next name has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Position {
    pattern: usize,
    part: usize,
}

/// Patterns that are followed together.
#[derive(Debug, Default)]
pub(super) struct Patterns(Vec<Pattern>);

/// Where a name leads to.
#[derive(Debug, Default)]
pub(super) struct Advance {
    /// In the directory of that name.
    pub(super) below: Vec<Position>,
    /// Rules that want the file of that name, as indices of the table.
    pub(super) rules: Vec<usize>,
}

/// Whether a pattern has `**` in it.
pub(super) fn is_deep(pattern: &str) -> bool {
    pattern.contains("**")
}

impl Patterns {
    /// Adds an absolute pattern without `~`.
    pub(super) fn push(&mut self, rule: usize, pattern: &str) {
        let parts = pattern
            .split('/')
            .filter(|part| !part.is_empty())
            .map(|part| match part {
                "**" => Part::AnyDirectories,
                name => Part::Name(name.as_bytes().to_vec()),
            })
            .collect();
        self.0.push(Pattern { rule, parts });
    }

    /// The positions at `/`.
    pub(super) fn at_root(&self) -> Vec<Position> {
        let patterns = 0..self.0.len();
        patterns
            .map(|pattern| Position { pattern, part: 0 })
            .collect()
    }

    /// The positions in the directory at `path`.
    pub(super) fn at(&self, path: &str) -> Vec<Position> {
        let names = path.split('/').filter(|name| !name.is_empty());
        names.fold(self.at_root(), |positions, name| {
            self.advance(&positions, name.as_bytes()).below
        })
    }

    /// Where `name` leads to from `positions`.
    pub(super) fn advance(&self, positions: &[Position], name: &[u8]) -> Advance {
        let mut advance = Advance::default();
        for position in positions {
            self.step(*position, name, &mut advance);
        }
        advance.below.sort_unstable();
        advance.below.dedup();
        advance.rules.sort_unstable();
        advance.rules.dedup();
        advance
    }

    fn step(&self, position: Position, name: &[u8], advance: &mut Advance) {
        let Position { pattern, part } = position;
        let next = Position {
            pattern,
            part: part + 1,
        };
        let Some(pattern) = self.0.get(pattern) else {
            return;
        };
        match pattern.parts.get(part) {
            Some(Part::AnyDirectories) => {
                advance.below.push(position);
                self.step(next, name, advance);
            }
            Some(Part::Name(wanted)) if matches(wanted, name) => {
                if next.part == pattern.parts.len() {
                    advance.rules.push(pattern.rule);
                } else {
                    advance.below.push(next);
                }
            }
            Some(Part::Name(_)) | None => {}
        }
    }
}

/// Whether `name` is what `wanted` says, in time that grows with the product of their lengths.
fn matches(wanted: &[u8], name: &[u8]) -> bool {
    let (mut at, mut in_name) = (0, 0);
    // Where to go on when what follows the last `*` does not fit: the star may take more.
    let mut star = None;
    loop {
        match (wanted.get(at), name.get(in_name)) {
            (None, None) => return true,
            (Some(b'*'), _) => {
                star = Some((at, in_name));
                at += 1;
            }
            (Some(wanted), Some(found)) if wanted == found => {
                at += 1;
                in_name += 1;
            }
            (_, found) => {
                let Some((star_at, taken)) = star else {
                    return false;
                };
                if found.is_none() {
                    return false;
                }
                star = Some((star_at, taken + 1));
                at = star_at + 1;
                in_name = taken + 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: [usize; 0] = [];

    fn rules(patterns: &[&str], path: &str) -> Vec<usize> {
        let mut all = Patterns::default();
        for (rule, pattern) in patterns.iter().enumerate() {
            all.push(rule, pattern);
        }
        let (folder, name) = path.rsplit_once('/').unwrap();
        let positions = all.at(folder);
        all.advance(&positions, name.as_bytes()).rules
    }

    #[test]
    fn a_star_takes_any_characters_of_one_name() {
        let wanted: &[u8] = b"ssh_host_*_key";
        assert!(matches(wanted, b"ssh_host_rsa_key"));
        assert!(matches(wanted, b"ssh_host_a_key_key"));
        assert!(!matches(wanted, b"ssh_host_rsa_key.pub"));
        assert!(!matches(wanted, b"ssh_host_key"));
        assert!(matches(b"*", b".hidden"));
        assert!(matches(b"a*b*c", b"aXbbYcc"));
        assert!(!matches(b"a*b*c", b"aXbbYcd"));
        assert!(!matches(b"", b"a"));
    }

    #[test]
    fn a_path_is_followed_name_by_name() {
        let patterns = ["/etc/shadow", "/etc/*/x", "/etc/**/*.pem"];

        assert_eq!(rules(&patterns, "/etc/shadow"), [0]);
        assert_eq!(rules(&patterns, "/etc/a/x"), [1]);
        assert_eq!(rules(&patterns, "/etc/a/b/x"), NONE);
        assert_eq!(rules(&patterns, "/etc/k.pem"), [2]);
        assert_eq!(rules(&patterns, "/etc/a/b/c/k.pem"), [2]);
        assert_eq!(rules(&patterns, "/var/k.pem"), NONE);
    }

    #[test]
    fn any_directories_may_stand_twice_and_cost_one_position_each() {
        let mut all = Patterns::default();
        all.push(0, "/h/**/lib/**/*");

        let positions = all.at("/h/lib/lib/lib/lib/lib");

        assert_eq!(positions.len(), 2);
        assert_eq!(rules(&["/h/**/lib/**/*"], "/h/a/lib/b/c/x"), [0]);
        assert_eq!(rules(&["/h/**/lib/**/*"], "/h/a/b/x"), NONE);
    }
}
