//! Kernels, and what processor a program is for.
//!
//! Source: Linux' Documentation/arch/x86/boot.rst and arch/arm64/booting.rst; the ELF and PE
//! specifications.

use super::field::{array, be16, has, le16, le32, le64, text};
use super::report::{Kernel, KernelFormat};

/// Most program headers of an ELF file that are looked at; kernels have about five.
const MAX_PROGRAM_HEADERS: u16 = 64;

/// The kernel of which `head` is the beginning.
pub(super) fn recognise(head: &[u8]) -> Option<Kernel> {
    bz_image(head)
        .or_else(|| arm64_image(head))
        .or_else(|| vmlinux(head))
        .or_else(|| efi_program(head))
}

/// Boot protocol 2.00 and later: "`HdrS`" at 0x202.
fn bz_image(head: &[u8]) -> Option<Kernel> {
    if !has(head, 0x202, b"HdrS") || !has(head, 0x1fe, &[0x55, 0xaa]) {
        return None;
    }
    // kernel_version points, less 0x200, to a text within the set-up sectors.
    let version = le16(head, 0x20e).filter(|at| *at != 0).and_then(|at| {
        let at = usize::from(at) + 0x200;
        text(head, at, 256.min(head.len().saturating_sub(at)))
    });
    let protocol = le16(head, 0x206)?;
    // XLF_KERNEL_64 of xloadflags, since protocol 2.12. Before, the header does not tell.
    let architecture = (protocol >= 0x020c).then(|| {
        let is_64 = le16(head, 0x236).is_some_and(|flags| flags & 1 == 1);
        if is_64 { "x86_64" } else { "i386" }.to_owned()
    });
    Some(Kernel {
        format: KernelFormat::BzImage,
        version,
        architecture,
        efi: has(head, 0, b"MZ"),
    })
}

fn arm64_image(head: &[u8]) -> Option<Kernel> {
    has(head, 56, b"ARM\x64").then(|| Kernel {
        format: KernelFormat::Arm64Image,
        version: None,
        architecture: Some("arm64".to_owned()),
        efi: has(head, 0, b"MZ"),
    })
}

/// An ELF file that is loaded into the upper half of the address space, where only kernels are.
fn vmlinux(head: &[u8]) -> Option<Kernel> {
    let architecture = elf_architecture(head)?;
    let little = head.get(5) == Some(&1);
    let is_64 = head.get(4) == Some(&2);
    if !little || le16(head, 16) != Some(2) && le16(head, 16) != Some(3) {
        return None;
    }
    let (table, size, count) = if is_64 {
        (le64(head, 32)?, le16(head, 54)?, le16(head, 56)?)
    } else {
        (u64::from(le32(head, 28)?), le16(head, 42)?, le16(head, 44)?)
    };
    let table = usize::try_from(table).ok()?;
    let is_high = |index: u16| {
        let at = table.checked_add(usize::from(index) * usize::from(size))?;
        let is_load = le32(head, at)? == 1;
        let address_is_high = if is_64 {
            le64(head, at.checked_add(16)?)? >= 0xffff_0000_0000_0000
        } else {
            le32(head, at.checked_add(8)?)? >= 0xc000_0000
        };
        Some(is_load && address_is_high)
    };
    (0..count.min(MAX_PROGRAM_HEADERS))
        .any(|index| is_high(index) == Some(true))
        .then_some(Kernel {
            format: KernelFormat::Vmlinux,
            version: None,
            architecture: Some(architecture),
            efi: false,
        })
}

/// A PE file with the subsystem "EFI application".
fn efi_program(head: &[u8]) -> Option<Kernel> {
    if !has(head, 0, b"MZ") {
        return None;
    }
    let pe = usize::try_from(le32(head, 0x3c)?).ok()?;
    if !has(head, pe, b"PE\0\0") || le16(head, pe.checked_add(24 + 68)?)? != 10 {
        return None;
    }
    let architecture = match le16(head, pe + 4)? {
        0x014c => Some("i386"),
        0x8664 => Some("x86_64"),
        0xaa64 => Some("arm64"),
        0x5064 => Some("riscv64"),
        _ => None,
    };
    Some(Kernel {
        format: KernelFormat::EfiProgram,
        version: None,
        architecture: architecture.map(str::to_owned),
        efi: true,
    })
}

/// What processor an ELF file is for: EC2's name (i386, `x86_64`, arm64) or the common one.
/// `None` when this is no ELF file.
pub(super) fn elf_architecture(head: &[u8]) -> Option<String> {
    let [b'\x7f', b'E', b'L', b'F', class, order, ..] = array::<16>(head, 0)? else {
        return None;
    };
    let machine = match order {
        1 => le16(head, 18)?,
        2 => be16(head, 18)?,
        _ => return None,
    };
    Some(match (machine, class, order) {
        (3, ..) => "i386".to_owned(),
        (62, ..) => "x86_64".to_owned(), // x32 programs too: they need that processor
        (183, ..) => "arm64".to_owned(),
        (40, ..) => "arm".to_owned(),
        (20, ..) => "ppc".to_owned(),
        (21, _, 1) => "ppc64le".to_owned(),
        (21, ..) => "ppc64".to_owned(),
        (22, 2, _) => "s390x".to_owned(),
        (243, 2, _) => "riscv64".to_owned(),
        (258, ..) => "loongarch64".to_owned(),
        _ => format!("ELF machine {machine}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(bytes: &mut [u8], at: usize, what: &[u8]) {
        bytes[at..at + what.len()].copy_from_slice(what);
    }

    #[test]
    fn a_bzimage_tells_its_version_architecture_and_efi_stub() {
        let mut head = vec![0; 4096];
        put(&mut head, 0, b"MZ");
        put(&mut head, 0x1fe, &[0x55, 0xaa]);
        put(&mut head, 0x202, b"HdrS\x0f\x02");
        put(&mut head, 0x20e, &0x300_u16.to_le_bytes());
        put(&mut head, 0x236, &1_u16.to_le_bytes());
        put(&mut head, 0x500, b"6.1.0-13-cloud-amd64 (builder) #1 SMP\0");

        let kernel = recognise(&head).unwrap();

        assert_eq!(kernel.format, KernelFormat::BzImage);
        assert_eq!(
            kernel.version.as_deref(),
            Some("6.1.0-13-cloud-amd64 (builder) #1 SMP")
        );
        assert_eq!(kernel.architecture.as_deref(), Some("x86_64"));
        assert!(kernel.efi);
    }

    #[test]
    fn a_version_outside_the_head_is_unknown() {
        let mut head = vec![0; 0x240];
        put(&mut head, 0x1fe, &[0x55, 0xaa]);
        put(&mut head, 0x202, b"HdrS\x0f\x02");
        put(&mut head, 0x20e, &0xffff_u16.to_le_bytes());

        assert_eq!(recognise(&head).unwrap().version, None);
    }

    #[test]
    fn an_elf_kernel_is_loaded_high_and_a_program_is_not() {
        let mut head = vec![0; 256];
        put(&mut head, 0, b"\x7fELF\x02\x01\x01");
        put(&mut head, 16, &[2, 0, 62, 0]);
        put(&mut head, 32, &64_u64.to_le_bytes());
        put(&mut head, 54, &[56, 0, 1, 0]);
        put(&mut head, 64, &1_u32.to_le_bytes());
        assert_eq!(recognise(&head), None);
        put(&mut head, 80, &0xffff_ffff_8100_0000_u64.to_le_bytes());

        assert_eq!(recognise(&head).unwrap().format, KernelFormat::Vmlinux);
    }

    #[test]
    fn an_arm64_image_is_known_by_its_magic() {
        let mut head = vec![0; 64];
        put(&mut head, 56, b"ARM\x64");

        let kernel = recognise(&head).unwrap();

        assert_eq!(kernel.architecture.as_deref(), Some("arm64"));
        assert!(!kernel.efi);
    }
}
