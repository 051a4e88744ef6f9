//! Goes through one filesystem, only where a pattern leads, and judges what the rules want.
//!
//! Two passes: first the places that rules name, then everything below homes and `/etc`, so that
//! what matters most is seen before the budget ends.

use std::collections::{BTreeMap, HashSet};

use super::evidence::Suspect;
use super::pattern::{Patterns, Position};
use super::report::{Finding, Unseen};
use super::rules::{self, Evidence, Rule};
use super::text::{counted, printable};
use crate::disk::{ExtError, ExtFs, Inode};
use crate::progress::{Progress, Stage};
use crate::units::Bytes;

/// Directories above a file; a deeper tree is told and not followed.
const MAX_DEPTH: usize = 24;
/// Names of one directory that are looked at.
const MAX_NAMES: usize = 50_000;
/// Findings of one audit, and places that are told not to have been seen.
const MAX_FINDINGS: usize = 2000;
const MAX_UNSEEN: usize = 50;

/// What all walks of an audit may do together.
pub(super) struct Limits {
    /// Names of directories.
    pub(super) names: u64,
    /// Files whose content is read only because of where they lie.
    pub(super) contents: u64,
}

/// One walk through one filesystem.
pub(super) struct Walk<'a> {
    pub(super) fs: &'a ExtFs<'a>,
    pub(super) partition: Option<u32>,
    /// What stands before every path in messages: where the system mounts the filesystem.
    pub(super) prefix: &'a str,
    pub(super) limits: &'a mut Limits,
    pub(super) progress: &'a dyn Progress,
    pub(super) findings: &'a mut Vec<Finding>,
    pub(super) unseen: &'a mut Vec<Unseen>,
    /// Inodes that have a finding.
    pub(super) found: HashSet<u32>,
    /// Files and bytes of each gathering rule.
    pub(super) gathered: BTreeMap<usize, (u64, u64)>,
    /// Files that a rule was for.
    pub(super) files: u64,
}

/// Why a walk ends early.
pub(super) enum Stop {
    Interrupted,
    /// A limit is reached, and told.
    Enough,
}

/// Which patterns are followed, and how.
#[derive(Clone, Copy)]
pub(super) struct Pass<'a> {
    pub(super) patterns: &'a Patterns,
    /// Everything below a place, instead of places: links are not followed then, as what they
    /// lead to has its own place.
    pub(super) deep: bool,
}

impl Walk<'_> {
    /// Follows the patterns from the root directory on.
    pub(super) fn run(&mut self, pass: Pass<'_>, positions: &[Position]) -> Result<(), Stop> {
        let root = self.fs.find("/");
        match self.readable(b"/", root)? {
            Some(root) => self.directory(pass, &root, &mut Vec::new(), positions, 0),
            None => Ok(()),
        }
    }

    fn directory(
        &mut self,
        pass: Pass<'_>,
        directory: &Inode,
        path: &mut Vec<u8>,
        positions: &[Position],
        depth: usize,
    ) -> Result<(), Stop> {
        if depth > MAX_DEPTH {
            self.tell(path, "it is too deep in directories");
            return Ok(());
        }
        for (name, number) in self.names(directory, path)? {
            let next = pass.patterns.advance(positions, &name);
            if next.below.is_empty() && next.rules.is_empty() {
                continue;
            }
            if self.progress.interrupted() {
                return Err(Stop::Interrupted);
            }
            let length = path.len();
            path.push(b'/');
            path.extend(name);
            if let Some(inode) = self.inode(pass, number, path)? {
                if inode.is_directory() && !next.below.is_empty() {
                    self.directory(pass, &inode, path, &next.below, depth + 1)?;
                } else if inode.is_regular() && !next.rules.is_empty() {
                    self.file(pass, inode, &next.rules, path)?;
                }
            }
            path.truncate(length);
        }
        Ok(())
    }

    /// The names of a directory but `.` and `..`, and their inodes' numbers.
    fn names(&mut self, directory: &Inode, path: &[u8]) -> Result<Vec<(Vec<u8>, u32)>, Stop> {
        let mut names = Vec::new();
        let mut is_cut = false;
        let visited = self.fs.visit(directory, &mut |name, number| {
            if name != b"." && name != b".." {
                is_cut = names.len() == MAX_NAMES;
                if !is_cut {
                    names.push((name.to_vec(), number));
                }
            }
            !is_cut
        });
        if is_cut {
            self.tell(
                path,
                &format!("of its names only the first {MAX_NAMES} were looked at"),
            );
        }
        // What was read before the damage is good.
        self.readable(path, visited)?;
        let Some(left) = self.limits.names.checked_sub(names.len() as u64) else {
            self.tell(
                path,
                "there are too many files: neither it nor what follows was looked at",
            );
            return Err(Stop::Enough);
        };
        self.limits.names = left;
        Ok(names)
    }

    /// The inode of an entry, through links where they are followed.
    fn inode(&mut self, pass: Pass<'_>, number: u32, path: &[u8]) -> Result<Option<Inode>, Stop> {
        let inode = self.fs.inode(number);
        let Some(inode) = self.readable(path, inode)? else {
            return Ok(None);
        };
        if !inode.is_symlink() {
            return Ok(Some(inode));
        }
        if pass.deep {
            return Ok(None);
        }
        let target = self.fs.find(path);
        self.readable(path, target)
    }

    /// Judges a file by the rules that want it, in their order.
    fn file(
        &mut self,
        pass: Pass<'_>,
        inode: Inode,
        rules: &[usize],
        path: &[u8],
    ) -> Result<(), Stop> {
        if self.found.contains(&inode.number) {
            return Ok(());
        }
        self.files += 1;
        self.progress.advance(Stage::Audit, 1);
        let (number, size) = (inode.number, inode.size);
        let mut suspect = Suspect::new(self.fs, inode);
        for (index, rule) in rules.iter().filter_map(|i| Some((*i, rules::at(*i)?))) {
            if let Evidence::Gathered(_) = rule.evidence {
                if size > 0 {
                    let (files, bytes) = self.gathered.entry(index).or_default();
                    *files += 1;
                    *bytes = bytes.saturating_add(size);
                    self.found.insert(number);
                }
                continue;
            }
            if pass.deep && !suspect.is_read() && !self.may_read(path) {
                return Ok(());
            }
            let proof = suspect.proof(rule.evidence);
            if let Some(Some(detail)) = self.readable(path, proof)? {
                self.found.insert(number);
                return self.report(rule, Some(path), detail);
            }
        }
        Ok(())
    }

    /// Takes one from the files that may be read for where they lie. The last is told.
    fn may_read(&mut self, path: &[u8]) -> bool {
        let Some(left) = self.limits.contents.checked_sub(1) else {
            return false;
        };
        self.limits.contents = left;
        if left == 0 {
            self.tell(
                path,
                "there are too many files: what follows was not searched for keys",
            );
        }
        left > 0
    }

    /// Reports what was gathered.
    pub(super) fn report_gathered(&mut self) -> Result<(), Stop> {
        for (index, (files, bytes)) in std::mem::take(&mut self.gathered) {
            if let Some(rule) = rules::at(index) {
                let detail = format!("{}, {}", counted(files, "file"), Bytes(bytes));
                self.report(rule, None, detail)?;
            }
        }
        Ok(())
    }

    fn report(&mut self, rule: &Rule, path: Option<&[u8]>, detail: String) -> Result<(), Stop> {
        if self.findings.len() >= MAX_FINDINGS {
            self.tell(
                b"",
                "there are too many findings: the rest was not looked at",
            );
            return Err(Stop::Enough);
        }
        let path = match (path, rule.evidence) {
            (Some(path), _) => self.shown(path),
            (None, Evidence::Gathered(place)) => place.to_owned(),
            (None, _) => self.shown(b"/"),
        };
        self.findings.push(Finding {
            severity: rule.severity,
            kind: rule.kind,
            partition: self.partition,
            path: Some(path),
            detail,
            remedy: rule.remedy,
        });
        Ok(())
    }

    /// Tells why something is not readable, but not that it is not there. A used up budget ends
    /// the walk.
    fn readable<T>(&mut self, path: &[u8], result: Result<T, ExtError>) -> Result<Option<T>, Stop> {
        match result {
            Ok(value) => Ok(Some(value)),
            Err(ExtError::NotFound) => Ok(None),
            Err(ExtError::TooMuch) => {
                self.tell(
                    path,
                    "neither it nor what follows was looked at: too much to read",
                );
                Err(Stop::Enough)
            }
            Err(error) => {
                self.tell(path, &error.to_string());
                Ok(None)
            }
        }
    }

    fn tell(&mut self, path: &[u8], why: &str) {
        let (path, why) = match self.unseen.len() {
            ..MAX_UNSEEN => (Some(self.shown(path)), why),
            MAX_UNSEEN => (None, "more could not be looked at than is told here"),
            _ => return,
        };
        self.unseen.push(Unseen {
            partition: self.partition,
            path,
            why: why.to_owned(),
            matters: true,
        });
    }

    /// A path as the system in the image has it.
    fn shown(&self, path: &[u8]) -> String {
        let shown = format!("{}{}", self.prefix, printable(path));
        if shown.is_empty() {
            "/".to_owned()
        } else {
            shown
        }
    }
}
