//! A report in words, for people.

use std::fmt;

use super::report::{
    Compression, Container, Content, DiskReport, FilesystemKind, Kernel, KernelFormat, Partition,
    PartitionTable, Scheme, System, Volume, VolumeState,
};
use crate::units::Bytes;

/// Longest name of a type or partition in the table of partitions.
const MAX_CELL: usize = 24;

/// Describes `report` in lines of about 100 columns, each ended by a newline.
#[must_use]
pub fn describe(report: &DiskReport) -> String {
    let mut page = Page::default();
    page.line(&format!(
        "{}: {}",
        report.path.display(),
        title(&report.content)
    ));
    page.field("size", Some(size_and_bytes(report.size)));
    page.field(
        "allocated",
        report.allocated.map(|allocated| {
            let note = if report.sparse { " (sparse)" } else { "" };
            format!("{}{note}", Bytes(allocated))
        }),
    );
    match &report.content {
        Content::Partitioned(table) => page.table(table),
        Content::Filesystem(volume) => page.volume(volume),
        Content::Kernel(kernel) => page.kernel(kernel),
        Content::Compressed { .. } => {
            page.field("note", Some("decompress a disk image to raw first"));
        }
        Content::Container { .. } => page.field("note", Some("convert it to raw first")),
        Content::Ramdisk { .. } | Content::Empty | Content::Unknown => {}
    }
    page.warnings(&report.warnings);
    page.text
}

fn title(content: &Content) -> String {
    match content {
        Content::Partitioned(table) => match table.partitions.len() {
            1 => format!("{} disk with 1 partition", table.scheme),
            count => format!("{} disk with {count} partitions", table.scheme),
        },
        Content::Filesystem(volume) => match volume.filesystem {
            FilesystemKind::Swap => "swap area".to_owned(),
            FilesystemKind::Luks => "LUKS container".to_owned(),
            FilesystemKind::Lvm2 => "LVM2 physical volume".to_owned(),
            kind => format!("{kind} filesystem, no partition table"),
        },
        Content::Kernel(kernel) => format!("kernel ({})", kernel.format),
        Content::Ramdisk { compression: None } => "ramdisk (cpio)".to_owned(),
        Content::Ramdisk {
            compression: Some(compression),
        } => format!("ramdisk ({compression} compressed cpio)"),
        Content::Compressed { compression } => {
            format!("{compression} compressed file (a disk image or a ramdisk)")
        }
        Content::Container { format } => format!("{format}, not a raw disk image"),
        Content::Empty => "empty: nothing but zeros where anything known would begin".to_owned(),
        Content::Unknown => "unknown content".to_owned(),
    }
}

fn size_and_bytes(size: u64) -> String {
    match size {
        ..1024 => Bytes(size).to_string(),
        _ => format!("{} ({size} bytes)", Bytes(size)),
    }
}

/// Lines under way.
#[derive(Default)]
struct Page {
    text: String,
    /// Blanks before each line.
    indent: usize,
}

impl Page {
    fn line(&mut self, line: &str) {
        self.text.extend(std::iter::repeat_n(' ', self.indent));
        self.text.push_str(line);
        self.text.push('\n');
    }

    /// A line `name  value`, when there is a value.
    fn field(&mut self, name: &str, value: Option<impl fmt::Display>) {
        if let Some(value) = value {
            self.line(&format!("  {name:<13} {value}"));
        }
    }

    /// A field of several values: one line each, named on the first.
    fn list(&mut self, name: &str, values: &[String]) {
        for (index, value) in values.iter().enumerate() {
            self.field(if index == 0 { name } else { "" }, Some(value));
        }
    }

    fn warnings(&mut self, warnings: &[String]) {
        for warning in warnings {
            self.field("warning", Some(warning));
        }
    }

    fn table(&mut self, table: &PartitionTable) {
        self.field("disk id", table.id.as_ref());
        self.field("sector size", Some(table.sector_size));
        self.warnings(&table.warnings);
        if table.partitions.is_empty() {
            return;
        }
        self.line("");
        self.line("   #  boot       start        size  type                      name");
        for partition in &table.partitions {
            self.partition_row(partition);
        }
        for partition in &table.partitions {
            if let Some(volume) = &partition.volume {
                self.line("");
                let heading = format!("partition {}: {}", partition.number, volume.filesystem);
                self.line(&heading);
                self.volume(volume);
            }
        }
    }

    fn partition_row(&mut self, partition: &Partition) {
        let kind = partition.type_name.unwrap_or(&partition.type_code);
        let row = format!(
            "{:>4}  {:<4}  {:>10}  {:>10}  {:<MAX_CELL$}  {}",
            partition.number,
            if partition.bootable { "yes" } else { "" },
            Bytes(partition.start).to_string(),
            Bytes(partition.size).to_string(),
            shortened(kind),
            partition.name.as_deref().map_or(String::new(), shortened),
        );
        self.line(row.trim_end());
    }

    fn volume(&mut self, volume: &Volume) {
        self.field("label", volume.label.as_ref());
        self.field("uuid", volume.uuid.as_ref());
        let size = volume.size.map(|size| match volume.free {
            Some(free) => format!("{}, {} free", Bytes(size), Bytes(free)),
            None => Bytes(size).to_string(),
        });
        self.field("capacity", size);
        self.field("block size", volume.block_size);
        self.field("state", volume.state);
        self.field("last mounted", volume.last_mounted_on.as_ref());
        let features = wrap(&volume.features, 80);
        self.list("features", &features);
        if let Some(system) = &volume.system {
            self.system(system);
        }
        self.warnings(&volume.warnings);
    }

    fn system(&mut self, system: &System) {
        let name = system.pretty_name.as_ref().or(system.id.as_ref());
        self.field("system", name);
        self.field("architecture", system.architecture.as_ref());
        self.field("hostname", system.hostname.as_ref());
        self.list("kernel", &system.kernels);
        self.list("initrd", &system.initrds);
        self.list("modules", &system.modules);
        self.list("boot loader", &system.boot_loaders);
        self.list("fstab", &system.fstab);
        let cloud_init = if system.cloud_init {
            "installed"
        } else {
            "not found"
        };
        // A boot partition has none and needs none.
        self.field("cloud-init", name.map(|_| cloud_init));
    }

    fn kernel(&mut self, kernel: &Kernel) {
        self.field("version", kernel.version.as_ref());
        self.field("architecture", kernel.architecture.as_ref());
        self.field("UEFI", Some(if kernel.efi { "yes" } else { "no" }));
    }
}

/// `text`, cut to fit a cell of the table.
fn shortened(text: &str) -> String {
    if text.chars().count() <= MAX_CELL {
        return text.to_owned();
    }
    let mut cut: String = text.chars().take(MAX_CELL - 1).collect();
    cut.push('…');
    cut
}

/// Words with blanks between, in lines of at most `width` columns where words allow.
fn wrap(words: &[String], width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in words {
        match lines.last_mut() {
            Some(line) if line.len() + 1 + word.len() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.clone()),
        }
    }
    lines
}

/// `Display` by a table of names.
macro_rules! names {
    ($type:ty { $($variant:ident => $name:literal),+ $(,)? }) => {
        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self { $(Self::$variant => $name),+ })
            }
        }
    };
}

names!(Scheme { Mbr => "MBR", Gpt => "GPT" });
names!(KernelFormat {
    BzImage => "bzImage",
    Arm64Image => "arm64 Image",
    Vmlinux => "ELF vmlinux",
    EfiProgram => "EFI program",
});
names!(Compression {
    Gzip => "gzip",
    Bzip2 => "bzip2",
    Xz => "xz",
    Lzma => "lzma",
    Zstd => "zstd",
    Lz4 => "lz4",
});
names!(Container {
    Qcow2 => "qcow2",
    Vmdk => "VMDK",
    Vdi => "VDI",
    Vhd => "VHD",
    Vhdx => "VHDX",
    Iso9660 => "ISO 9660",
    Tar => "tar archive",
});
names!(FilesystemKind {
    Ext2 => "ext2",
    Ext3 => "ext3",
    Ext4 => "ext4",
    Xfs => "xfs",
    Btrfs => "btrfs",
    Fat12 => "FAT12",
    Fat16 => "FAT16",
    Fat32 => "FAT32",
    Swap => "swap",
    Squashfs => "squashfs",
    Iso9660 => "ISO 9660",
    Luks => "LUKS",
    Lvm2 => "LVM2",
});
names!(VolumeState {
    Clean => "clean",
    Dirty => "dirty: not unmounted, or in use",
    NeedsRecovery => "its journal has to be replayed",
    Errors => "the kernel found errors: run fsck",
});
