//! The journey: every area of the image, and what comes of it.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use super::error::AuditError;
use super::memory;
use super::mounts;
use super::pattern::{self, Patterns, Position};
use super::report::{AuditReport, LookedInto, Unseen};
use super::rules;
use super::walk::{Limits, Pass, Stop, Walk};
use crate::disk::{Area, Budget, Content, DiskReport, ExtError, ExtFs, FilesystemKind, OpenImage};
use crate::progress::{Progress, Stage};

/// Bytes of a table of accounts that are read for homes.
const MAX_PASSWD: usize = 64 << 10;
/// Bytes at the beginning of a partition that tell whether anything is in it.
const BLANK: usize = 132 << 10;
/// Partition types that firmware and boot loaders use, and no system keeps files in.
const NO_FILES: [&str; 4] = [
    "EFI system",
    "BIOS boot",
    "PowerPC PReP boot",
    "Microsoft reserved",
];

/// How far an audit goes. All limits are for the whole image; what is beyond is told.
#[derive(Debug, Clone, Copy)]
pub struct AuditOptions {
    /// Bytes that are read. Also the bound of the time that a hostile image can take.
    pub budget: u64,
    /// Names of files and directories that are looked at.
    pub names: u64,
    /// Files below homes and `/etc` that are searched for keys, at most 64 KiB each.
    pub contents: u64,
}

impl Default for AuditOptions {
    /// Enough for a system with a hundred thousand files in its homes, and seconds on a disk
    /// without moving parts.
    fn default() -> Self {
        Self {
            budget: 512 << 20,
            names: 1_000_000,
            contents: 100_000,
        }
    }
}

/// Looks for what should not be in the raw image, or on the block device, at `image` when others
/// get it.
///
/// # Errors
/// When the image cannot be opened or read, or the user wants to stop. What cannot be read on
/// it is in the report.
pub fn audit(
    image: &Path,
    options: &AuditOptions,
    progress: &dyn Progress,
) -> Result<AuditReport, AuditError> {
    let image = OpenImage::open(image)?;
    let budget = Budget::new(options.budget);
    let disk = image.report();
    let mut audit = Audit {
        fstab: mounts::fstab(disk),
        budget: &budget,
        limits: Limits {
            names: options.names,
            contents: options.contents,
        },
        report: AuditReport {
            image: disk.path.clone(),
            size: disk.size,
            findings: Vec::new(),
            looked_into: Vec::new(),
            not_looked_into: Vec::new(),
            warnings: warnings(disk),
        },
        progress,
    };
    progress.begin(Stage::Audit, None);
    if let Some(why) = no_areas(&disk.content) {
        audit.unseen(None, why, true);
    }
    for area in image.areas() {
        audit.area(&area)?;
    }
    progress.finish(Stage::Audit);
    let mut report = audit.report;
    report.findings.sort_by(|a, b| {
        let key = |f: &super::Finding| (f.severity, f.kind, f.partition);
        key(a).cmp(&key(b)).then_with(|| a.path.cmp(&b.path))
    });
    Ok(report)
}

/// Why an image without areas was not looked into; none if there is nothing to be seen.
fn no_areas(content: &Content) -> Option<String> {
    Some(match content {
        Content::Partitioned(_) | Content::Filesystem(_) | Content::Kernel(_) | Content::Empty => {
            return None;
        }
        Content::Ramdisk { .. } => "it is a ramdisk, which is not unpacked".to_owned(),
        Content::Compressed { compression } => {
            format!("it is compressed with {compression}: decompress it first")
        }
        Content::Container { format } => {
            format!("it is {format}, no raw image: convert it first")
        }
        Content::Unknown => "its content is not known".to_owned(),
    })
}

/// What inspecting has warned of, with the partition that it is about.
fn warnings(disk: &DiskReport) -> Vec<String> {
    let mut warnings = disk.warnings.clone();
    match &disk.content {
        Content::Partitioned(table) => {
            warnings.extend(table.warnings.iter().cloned());
            for partition in &table.partitions {
                let own = partition.volume.iter().flat_map(|volume| &volume.warnings);
                let number = partition.number;
                warnings.extend(own.map(|text| format!("partition {number}: {text}")));
            }
        }
        Content::Filesystem(volume) => warnings.extend(volume.warnings.iter().cloned()),
        _ => {}
    }
    warnings
}

/// An audit under way.
struct Audit<'a> {
    fstab: Vec<&'a str>,
    budget: &'a Budget,
    limits: Limits,
    report: AuditReport,
    progress: &'a dyn Progress,
}

impl<'a> Audit<'a> {
    fn unseen(&mut self, partition: Option<u32>, why: impl Into<String>, matters: bool) {
        self.report.not_looked_into.push(Unseen {
            partition,
            path: None,
            why: why.into(),
            matters,
        });
    }

    fn area(&mut self, area: &Area<'a>) -> Result<(), AuditError> {
        use FilesystemKind::{Ext2, Ext3, Ext4, Luks, Lvm2, Swap};
        let partition = area.partition.map(|partition| partition.number);
        let type_name = area.partition.and_then(|partition| partition.type_name);
        let has_files = !type_name.is_some_and(|name| NO_FILES.contains(&name));
        match area.volume.map(|volume| volume.filesystem) {
            Some(Ext2 | Ext3 | Ext4) => match self.tree(area)? {
                Ok(()) => {}
                Err(error) => self.unseen(partition, error.to_string(), true),
            },
            None | Some(Swap) => match self.unnamed(area) {
                Ok(true) => {}
                Ok(false) => self.unseen(partition, "its content is not known", has_files),
                Err(error) => self.unseen(partition, error.to_string(), true),
            },
            Some(Luks) => self.unseen(partition, "it is encrypted (LUKS)", true),
            Some(Lvm2) => {
                let why = "it belongs to a volume group (LVM), which is not put together";
                self.unseen(partition, why, true);
            }
            Some(kind) => {
                let why = format!("it is {kind}; only ext2, ext3 and ext4 are read");
                self.unseen(partition, why, has_files);
            }
        }
        Ok(())
    }

    /// Looks at what is no filesystem: whether it is known what it is, if anything.
    fn unnamed(&mut self, area: &Area<'_>) -> Result<bool, ExtError> {
        if let Some(finding) = memory::in_area(area, self.budget)? {
            self.report.findings.push(finding);
            return Ok(true);
        }
        let head = area.read(0, BLANK, self.budget)?;
        Ok(area.volume.is_some() || head.iter().all(|byte| *byte == 0))
    }

    /// Looks into an ext filesystem. The inner error is that it cannot be opened.
    fn tree(&mut self, area: &Area<'a>) -> Result<Result<(), ExtError>, AuditError> {
        let fs = match area
            .ext(self.budget)
            .and_then(|fs| fs.find("/").map(|_| fs))
        {
            Ok(fs) => fs,
            Err(error) => return Ok(Err(error)),
        };
        let is_system = fs.find("/etc").is_ok_and(|inode| inode.is_directory());
        let mounted_on = match mounts::mount_point(area, &self.fstab) {
            _ if is_system => Some("/".to_owned()),
            place => place,
        };
        let partition = area.partition.map(|partition| partition.number);
        let homes = mounts::homes(&passwd(&fs));
        let mut walk = Walk {
            fs: &fs,
            partition,
            prefix: mounted_on
                .as_deref()
                .unwrap_or_default()
                .trim_end_matches('/'),
            limits: &mut self.limits,
            progress: self.progress,
            findings: &mut self.report.findings,
            unseen: &mut self.report.not_looked_into,
            found: HashSet::new(),
            gathered: BTreeMap::new(),
            files: 0,
        };
        let walked = [false, true].into_iter().try_for_each(|deep| {
            let patterns = patterns(&homes, deep);
            let positions = positions(&patterns, mounted_on.as_deref());
            let pass = Pass {
                patterns: &patterns,
                deep,
            };
            walk.run(pass, &positions)
        });
        // What was gathered before a limit was reached is told, too.
        let told = walk.report_gathered();
        if matches!(walked, Err(Stop::Interrupted)) || matches!(told, Err(Stop::Interrupted)) {
            return Err(AuditError::Interrupted);
        }
        let looked_into = LookedInto {
            partition,
            what: area
                .volume
                .map_or_else(String::new, |v| v.filesystem.to_string()),
            files: walk.files,
            system: area
                .volume
                .and_then(|volume| volume.system.as_ref())
                .and_then(|system| system.pretty_name.clone()),
            mounted_on,
        };
        self.report.looked_into.push(looked_into);
        Ok(Ok(()))
    }
}

/// The table of accounts; nothing if it cannot be read, which the rule for it tells.
fn passwd(fs: &ExtFs<'_>) -> Vec<u8> {
    let content = fs
        .find("/etc/passwd")
        .and_then(|inode| fs.read(&inode, MAX_PASSWD));
    content.unwrap_or_default()
}

/// The rules' patterns for these homes: those with `**`, or those without.
fn patterns(homes: &[String], deep: bool) -> Patterns {
    let mut patterns = Patterns::default();
    for (index, rule) in rules::all() {
        for place in rule
            .places
            .iter()
            .filter(|place| pattern::is_deep(place) == deep)
        {
            for place in mounts::expanded(place, homes, deep) {
                patterns.push(index, &place);
            }
        }
    }
    patterns
}

/// Where a walk begins. A filesystem of which nobody knows where it belongs may be of data,
/// homes, or both.
fn positions(patterns: &Patterns, mounted_on: Option<&str>) -> Vec<Position> {
    match mounted_on {
        Some(place) => patterns.at(place),
        None => [patterns.at_root(), patterns.at("/home")].concat(),
    }
}
