//! The operating system inside a filesystem, by the files that every distribution has.

use super::budget::Budget;
use super::extfs::{ExtError, ExtFs};
use super::field::printable;
use super::kernel::elf_architecture;
use super::report::System;
use super::window::Window;

/// Bytes that are read from one filesystem before giving up: some thousand blocks, where an
/// ordinary inspection takes some hundred.
const BUDGET: u64 = 64 << 20;
/// Bytes of a text file that are read.
const MAX_FILE: usize = 64 << 10;
/// Names of a directory that are read.
const MAX_NAMES: usize = 1000;
/// Files that are told to be unreadable: a damaged filesystem would list every one.
const MAX_UNREADABLE: usize = 8;
/// Lines of `/etc/fstab` that are reported.
const MAX_FSTAB: usize = 64;

/// Where the name of the system is, first one that exists.
const OS_RELEASE: [&str; 2] = ["/etc/os-release", "/usr/lib/os-release"];
/// Where kernels are: in a system, and on a boot partition of its own.
const KERNEL_DIRECTORIES: [&str; 2] = ["/boot", "/"];
/// Where kernels' modules are.
const MODULE_DIRECTORIES: [&str; 2] = ["/lib/modules", "/usr/lib/modules"];
/// Programs that every system has, for their architecture.
const PROGRAMS: [&str; 3] = ["/bin/sh", "/usr/bin/env", "/sbin/init"];
/// Boot loader configurations: in a system, and on a boot partition of its own.
const BOOT_LOADERS: [&str; 14] = [
    "/boot/grub/grub.cfg",
    "/boot/grub2/grub.cfg",
    "/boot/grub/menu.lst",
    "/boot/grub/grub.conf",
    "/boot/extlinux/extlinux.conf",
    "/boot/extlinux.conf",
    "/boot/syslinux/syslinux.cfg",
    "/boot/loader/loader.conf",
    "/grub/grub.cfg",
    "/grub2/grub.cfg",
    "/grub/menu.lst",
    "/extlinux/extlinux.conf",
    "/extlinux.conf",
    "/loader/loader.conf",
];
/// Any of these means that cloud-init is installed.
const CLOUD_INIT: [&str; 2] = ["/etc/cloud/cloud.cfg", "/usr/bin/cloud-init"];

/// Looks into the ext filesystem that fills `window`. `None` when it holds no system and
/// nothing to boot one.
pub(super) fn look(window: Window<'_>, warnings: &mut Vec<String>) -> Option<System> {
    let budget = Budget::new(BUDGET);
    let fs = match ExtFs::open(window, &budget) {
        // A filesystem without a readable root cannot answer anything below.
        Ok(fs) => match fs.find("/") {
            Ok(_) => fs,
            Err(error) => return refuse(&error, warnings),
        },
        Err(error) => return refuse(&error, warnings),
    };
    let mut look = Look {
        fs,
        warnings,
        unreadable: 0,
    };
    let system = look.system();
    (system != System::default()).then_some(system)
}

fn refuse(error: &ExtError, warnings: &mut Vec<String>) -> Option<System> {
    warnings.push(format!("files are not readable: {error}"));
    None
}

struct Look<'a> {
    fs: ExtFs<'a>,
    warnings: &'a mut Vec<String>,
    unreadable: usize,
}

impl Look<'_> {
    fn system(&mut self) -> System {
        let mut system = System::default();
        if let Some(text) = OS_RELEASE.iter().find_map(|path| self.text(path)) {
            system.pretty_name = os_release_value(&text, "PRETTY_NAME");
            system.id = os_release_value(&text, "ID");
            system.version_id = os_release_value(&text, "VERSION_ID");
        }
        let hostname = self.text("/etc/hostname");
        system.hostname = hostname.and_then(|text| first_line(&text));
        system.architecture = PROGRAMS.iter().find_map(|path| {
            let head = self.file(path, 64)?;
            elf_architecture(&head)
        });
        for directory in KERNEL_DIRECTORIES {
            for name in self.names(directory) {
                let path = format!("{}/{name}", directory.trim_end_matches('/'));
                if is_kernel_name(&name) && self.is_file(&path) {
                    system.kernels.push(path);
                } else if is_initrd_name(&name) && self.is_file(&path) {
                    system.initrds.push(path);
                }
            }
        }
        for directory in MODULE_DIRECTORIES {
            let names = self.names(directory);
            system.modules.extend(names);
        }
        // /lib is often a link to /usr/lib.
        system.modules.sort();
        system.modules.dedup();
        for path in BOOT_LOADERS {
            if self.exists(path) {
                system.boot_loaders.push(path.to_owned());
            }
        }
        if let Some(text) = self.text("/etc/fstab") {
            system.fstab = fstab_lines(&text);
        }
        system.cloud_init = CLOUD_INIT.iter().any(|path| self.exists(path));
        system
    }

    /// Notes why something is not readable, but not that it is not there.
    fn noted<T>(&mut self, path: &str, result: Result<T, ExtError>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(ExtError::NotFound) => None,
            Err(error) => {
                self.unreadable += 1;
                if self.unreadable > MAX_UNREADABLE {
                    return None;
                }
                self.warnings
                    .push(format!("{path} is not readable: {error}"));
                None
            }
        }
    }

    /// The first `limit` bytes of a regular file.
    fn file(&mut self, path: &str, limit: usize) -> Option<Vec<u8>> {
        let content = self.fs.find(path).and_then(|inode| {
            if inode.is_regular() {
                self.fs.read(&inode, limit)
            } else {
                Err(ExtError::NotFound)
            }
        });
        self.noted(path, content)
    }

    fn text(&mut self, path: &str) -> Option<String> {
        let content = self.file(path, MAX_FILE)?;
        Some(String::from_utf8_lossy(&content).into_owned())
    }

    fn exists(&mut self, path: &str) -> bool {
        let found = self.fs.find(path);
        self.noted(path, found).is_some()
    }

    /// Whether `path` is a regular file, or a link to one.
    fn is_file(&mut self, path: &str) -> bool {
        let found = self.fs.find(path);
        let inode = self.noted(path, found);
        inode.is_some_and(|inode| inode.is_regular())
    }

    fn names(&mut self, path: &str) -> Vec<String> {
        let names = self.fs.list(path, MAX_NAMES);
        let names = self.noted(path, names).unwrap_or_default();
        names.iter().filter_map(|name| printable(name)).collect()
    }
}

fn is_kernel_name(name: &str) -> bool {
    let stems = ["vmlinuz", "vmlinux", "bzImage", "kernel-"];
    stems.iter().any(|stem| name.starts_with(stem))
}

fn is_initrd_name(name: &str) -> bool {
    name.starts_with("initrd") || name.starts_with("initramfs")
}

/// The value of `key` in an os-release file: `KEY=value`, quotes taken off (os-release(5)).
fn os_release_value(text: &str, key: &str) -> Option<String> {
    let value = text
        .lines()
        .filter_map(|line| line.trim().split_once('='))
        .find_map(|(name, value)| (name == key).then_some(value))?
        .trim();
    let quoted = ['"', '\''].into_iter().find_map(|quote| {
        let inner = value.strip_prefix(quote)?;
        inner.strip_suffix(quote)
    });
    printable(quoted.unwrap_or(value))
}

fn first_line(text: &str) -> Option<String> {
    text.lines()
        .map(str::trim)
        .find(|line| !line.is_empty() && !line.starts_with('#'))
        .and_then(printable)
}

/// The lines of an fstab that say something, with single blanks between their fields.
fn fstab_lines(text: &str) -> Vec<String> {
    text.lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| printable(&line))
        .take(MAX_FSTAB)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn os_release_values_lose_their_quotes() {
        let text = "NAME=x\nPRETTY_NAME=\"Debian GNU/Linux 12\"\nID='debian'\nVERSION_ID=12\n";

        let value = |key| os_release_value(text, key);

        assert_eq!(value("PRETTY_NAME").unwrap(), "Debian GNU/Linux 12");
        assert_eq!(value("ID").unwrap(), "debian");
        assert_eq!(value("VERSION_ID").unwrap(), "12");
        assert_eq!(value("VARIANT"), None);
        assert_eq!(os_release_value("ID=\"", "ID").unwrap(), "\"");
    }

    #[test]
    fn fstab_keeps_what_is_mounted() {
        let lines = fstab_lines("# a\n\nLABEL=root\t/  ext4 defaults 0 1\n  # b\n");

        assert_eq!(lines, ["LABEL=root / ext4 defaults 0 1"]);
    }
}
