//! Looks at an image and says what it is.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Seek as _, SeekFrom};
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;

use super::error::DiskError;
use super::filesystem;
use super::image::OpenImage;
use super::report::{
    Container, Content, DiskReport, FilesystemKind, PartitionRole, PartitionTable, SourceKind,
    Volume, VolumeState,
};
use super::window::Window;
use super::{gpt, inside, kernel, layout, mbr, recognise};

/// Partitions that are looked into. A table can list the same filesystem a thousand times.
const MAX_VOLUMES: usize = 32;

/// Sectors in a VHD footer and in the unit of `st_blocks`.
const SECTOR: u64 = 512;

/// Looks at the raw image, or the block device, at `path`, and reports what it is and holds.
///
/// Reads some hundred KiB, and never writes. Damage on the image becomes a warning.
///
/// # Errors
///
/// When the path cannot be opened or read, or is neither a regular file nor a block device;
/// a fifo is refused, not waited for.
pub fn inspect(path: &Path) -> Result<DiskReport, DiskError> {
    open(path).map(|image| image.report)
}

/// The same, and the image stays open.
pub(super) fn open(path: &Path) -> Result<OpenImage, DiskError> {
    let open_error = |source| DiskError::Open {
        path: path.to_owned(),
        source,
    };
    // Before opening, since opening some devices and fifos has effects …
    let before = std::fs::metadata(path).map_err(open_error)?;
    source_kind(path, &before)?;
    let mut file = OpenOptions::new()
        .read(true)
        .custom_flags(open_flags())
        .open(path)
        .map_err(open_error)?;
    // … and after it, since the path may name something else by now.
    let metadata = file.metadata().map_err(open_error)?;
    let source = source_kind(path, &metadata)?;
    let size = match source {
        SourceKind::File => metadata.len(),
        SourceKind::BlockDevice => file.seek(SeekFrom::End(0)).map_err(open_error)?,
    };
    let allocated = (source == SourceKind::File).then(|| metadata.blocks().saturating_mul(SECTOR));
    let mut warnings = Vec::new();
    let content =
        content(&file, size, &mut warnings).map_err(|(offset, source)| DiskError::Read {
            path: path.to_owned(),
            offset,
            source,
        })?;
    let report = DiskReport {
        path: path.to_owned(),
        source,
        size,
        allocated,
        sparse: allocated.is_some_and(|allocated| allocated < size),
        content,
        warnings,
    };
    Ok(OpenImage { file, report })
}

/// Without blocking, should a fifo have taken the image's place.
fn open_flags() -> i32 {
    let flags = rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::CLOEXEC;
    flags.bits().cast_signed()
}

fn source_kind(path: &Path, metadata: &Metadata) -> Result<SourceKind, DiskError> {
    let kind = metadata.file_type();
    let found = if kind.is_file() {
        return Ok(SourceKind::File);
    } else if kind.is_block_device() {
        return Ok(SourceKind::BlockDevice);
    } else if kind.is_dir() {
        "directory"
    } else if kind.is_fifo() {
        "fifo"
    } else if kind.is_socket() {
        "socket"
    } else {
        "character device"
    };
    Err(DiskError::NotAnImage {
        path: path.to_owned(),
        found,
    })
}

/// Where reading failed, and why.
type ReadError = (u64, io::Error);

fn content(file: &File, size: u64, warnings: &mut Vec<String>) -> Result<Content, ReadError> {
    let disk = Window::new(file, size);
    let at = |offset: u64| move |source: io::Error| (offset, source);
    let head = disk.read(0, filesystem::HEAD).map_err(at(0))?;
    let tail_at = size.saturating_sub(SECTOR);
    let tail = disk.read(tail_at, 512).map_err(at(tail_at))?;
    if let Some(format) = recognise::container(&head, &tail) {
        return Ok(Content::Container { format });
    }
    if let Some(archive) = recognise::archive(&head) {
        return Ok(archive);
    }
    if let Some(kernel) = kernel::recognise(&head) {
        return Ok(Content::Kernel(kernel));
    }
    let whole = filesystem::recognise(&head);
    if let Some(table) = table(&disk, &head, whole.as_ref()).map_err(at(0))? {
        return Ok(partitioned(&disk, table, whole.as_ref(), warnings));
    }
    if recognise::is_iso9660(&head) {
        let format = Container::Iso9660;
        return Ok(Content::Container { format });
    }
    if let Some(mut volume) = whole {
        look_inside(&disk, &mut volume);
        return Ok(Content::Filesystem(Box::new(volume)));
    }
    if kernel::elf_architecture(&head).is_some() {
        warnings.push("this is an ELF program, but not a kernel".to_owned());
    }
    Ok(if head.iter().all(|byte| *byte == 0) {
        Content::Empty
    } else {
        Content::Unknown
    })
}

/// The partition table, unless what looks like one belongs to something else.
fn table(
    disk: &Window<'_>,
    head: &[u8],
    whole: Option<&Volume>,
) -> io::Result<Option<PartitionTable>> {
    let found = match gpt::read(disk, head)? {
        Some(table) => Some(table),
        // A FAT boot sector ends like an MBR, and holds code or text where the entries are.
        None if is_fat(whole) => None,
        None => mbr::read(disk, head)?,
    };
    // Bootable CD images describe themselves by a table whose partition covers the volume
    // descriptor; on a reused disk the descriptor is a left-over in front of all partitions.
    let covers_descriptor = |table: &PartitionTable| {
        let descriptor = 0x8000;
        let covers = |start: u64, len: u64| start <= descriptor && descriptor - start < len;
        table.partitions.iter().any(|p| covers(p.start, p.size))
    };
    Ok(found.filter(|table| !(recognise::is_iso9660(head) && covers_descriptor(table))))
}

fn is_fat(volume: Option<&Volume>) -> bool {
    use FilesystemKind::{Fat12, Fat16, Fat32};
    volume.is_some_and(|v| matches!(v.filesystem, Fat12 | Fat16 | Fat32))
}

fn partitioned(
    disk: &Window<'_>,
    mut table: PartitionTable,
    whole: Option<&Volume>,
    warnings: &mut Vec<String>,
) -> Content {
    if let Some(volume) = whole {
        warnings.push(format!(
            "before the partitions there are traces of {}",
            volume.filesystem
        ));
    }
    let problems = layout::problems(&table.partitions, disk.len());
    table.warnings.extend(problems);
    let mut looked_into = 0;
    for partition in &mut table.partitions {
        if partition.role == PartitionRole::Extended {
            continue;
        }
        if looked_into == MAX_VOLUMES {
            table.warnings.push(format!(
                "only the first {MAX_VOLUMES} partitions are looked into"
            ));
            break;
        }
        looked_into += 1;
        let window = disk.part(partition.start, partition.size);
        match window.read(0, filesystem::HEAD) {
            Ok(head) => partition.volume = filesystem::recognise(&head),
            Err(error) => table.warnings.push(format!(
                "partition {} is not readable: {error}",
                partition.number
            )),
        }
        if let Some(volume) = &mut partition.volume {
            look_inside(&window, volume);
        }
    }
    Content::Partitioned(table)
}

/// Adds what only reading the filesystem itself can tell.
fn look_inside(window: &Window<'_>, volume: &mut Volume) {
    use FilesystemKind::{Ext2, Ext3, Ext4};
    if let Some(size) = volume.size
        && size > window.len()
    {
        volume.warnings.push(format!(
            "it is {size} bytes long, but there is room for {}",
            window.len()
        ));
    }
    if matches!(volume.filesystem, Ext2 | Ext3 | Ext4) {
        volume.system = inside::look(*window, &mut volume.warnings);
        if volume.state == Some(VolumeState::NeedsRecovery) {
            let warning = "the journal is not replayed here: the last changes may be missing";
            volume.warnings.push(warning.to_owned());
        }
    }
}
