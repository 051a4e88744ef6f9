//! Formats that are known by their magic: other disk formats, compressed files, ramdisks.

use std::io::Read as _;

use flate2::read::GzDecoder;

use super::field::has;
use super::report::{Compression, Container, Content};

/// First bytes of a cpio archive in the "new" formats, the only ones that kernels unpack.
const CPIO: [&[u8]; 2] = [b"070701", b"070702"];

/// Which other format the image is in. `tail` is its last 512 bytes: a VHD of fixed size is
/// a raw disk with a footer.
pub(super) fn container(head: &[u8], tail: &[u8]) -> Option<Container> {
    const MAGIC: &[(usize, &[u8], Container)] = &[
        (0, b"QFI\xfb", Container::Qcow2),
        (0, b"KDMV", Container::Vmdk),
        (0, b"COWD", Container::Vmdk),
        (0, b"# Disk DescriptorFile", Container::Vmdk),
        (0x40, &[0x7f, 0x10, 0xda, 0xbe], Container::Vdi),
        (0, b"vhdxfile", Container::Vhdx),
        (0, b"conectix", Container::Vhd),
        (257, b"ustar", Container::Tar),
    ];
    MAGIC
        .iter()
        .find(|(at, magic, _)| has(head, *at, magic))
        .map(|(_, _, container)| *container)
        .or_else(|| has(tail, 0, b"conectix").then_some(Container::Vhd))
}

/// Whether an ISO 9660 volume descriptor stands where it must.
pub(super) fn is_iso9660(head: &[u8]) -> bool {
    has(head, 0x8000, b"\x01CD001")
}

/// The ramdisk or compressed file of which `head` is the beginning.
pub(super) fn archive(head: &[u8]) -> Option<Content> {
    if is_cpio(head) {
        return Some(Content::Ramdisk { compression: None });
    }
    // The legacy LZ4 frame is what `lz4 -l` makes for kernels, and little else.
    if has(head, 0, &[0x02, 0x21, 0x4c, 0x18]) {
        return Some(Content::Ramdisk {
            compression: Some(Compression::Lz4),
        });
    }
    let compression = compression(head)?;
    if compression == Compression::Gzip && is_cpio(&inflate_start(head)) {
        return Some(Content::Ramdisk {
            compression: Some(compression),
        });
    }
    Some(Content::Compressed { compression })
}

fn is_cpio(bytes: &[u8]) -> bool {
    CPIO.iter().any(|magic| has(bytes, 0, magic))
}

fn compression(head: &[u8]) -> Option<Compression> {
    const MAGIC: &[(&[u8], Compression)] = &[
        (&[0x1f, 0x8b, 0x08], Compression::Gzip),
        (b"BZh", Compression::Bzip2),
        (b"\xfd7zXZ\0", Compression::Xz),
        (&[0x28, 0xb5, 0x2f, 0xfd], Compression::Zstd),
        (&[0x04, 0x22, 0x4d, 0x18], Compression::Lz4),
    ];
    if let Some((_, compression)) = MAGIC.iter().find(|(magic, _)| has(head, 0, magic)) {
        return Some(*compression);
    }
    // LZMA has no magic: the usual properties, and "size unknown" as pipes write it.
    (has(head, 0, &[0x5d, 0, 0]) && has(head, 5, &[0xff; 8])).then_some(Compression::Lzma)
}

/// The first bytes of a gzip file's content; none when it cannot be inflated.
fn inflate_start(head: &[u8]) -> Vec<u8> {
    let mut start = Vec::new();
    let mut content = GzDecoder::new(head).take(16);
    match content.read_to_end(&mut start) {
        Ok(_) => start,
        Err(_) => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::write::GzEncoder;

    use super::*;

    fn gzip(content: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(content).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn a_gzip_with_cpio_inside_is_a_ramdisk_and_any_other_is_not() {
        let ramdisk = gzip(&[b"070701".as_slice(), &[b'0'; 200]].concat());

        assert_eq!(
            archive(&ramdisk),
            Some(Content::Ramdisk {
                compression: Some(Compression::Gzip)
            })
        );
        assert_eq!(
            archive(&gzip(b"a disk image")),
            Some(Content::Compressed {
                compression: Compression::Gzip
            })
        );
    }

    #[test]
    fn a_broken_gzip_is_still_a_gzip() {
        assert_eq!(
            archive(&[0x1f, 0x8b, 0x08, 0xff]),
            Some(Content::Compressed {
                compression: Compression::Gzip
            })
        );
    }

    #[test]
    fn other_formats_are_known_by_head_or_tail() {
        let mut vdi = vec![0; 512];
        vdi[0x40..0x44].copy_from_slice(&[0x7f, 0x10, 0xda, 0xbe]);

        assert_eq!(container(b"QFI\xfb\0\0\0\x03", &[]), Some(Container::Qcow2));
        assert_eq!(container(&vdi, &[]), Some(Container::Vdi));
        assert_eq!(container(&[0; 512], b"conectix"), Some(Container::Vhd));
        assert_eq!(container(&[0; 512], &[0; 512]), None);
    }
}
