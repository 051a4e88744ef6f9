//! Where in the system a filesystem belongs, and whose homes there are.

use crate::disk::{Area, Content, DiskReport, Partition, System, Volume};

/// Homes of services that are looked into; a hostile table of accounts has thousands.
const MAX_HOMES: usize = 16;
/// Homes that every system may have; `/etc/skel` becomes everybody's.
const HOMES: [&str; 3] = ["/root", "/home/*", "/etc/skel"];
/// Directories that accounts name and that are nobody's home, with what is below some.
const NO_HOMES: [&str; 9] = [
    "/bin",
    "/sbin",
    "/usr",
    "/dev",
    "/proc",
    "/run",
    "/var/run",
    "/nonexistent",
    "/home",
];
/// Longest path of a home or mount point that is believed.
const MAX_PATH: usize = 256;

/// The homes of a system with this passwd(5), as patterns.
pub(super) fn homes(passwd: &[u8]) -> Vec<String> {
    let mut homes: Vec<String> = HOMES.map(str::to_owned).to_vec();
    let named = passwd
        .split(|byte| *byte == b'\n')
        .filter_map(|line| line.split(|byte| *byte == b':').nth(5))
        .filter_map(|home| std::str::from_utf8(home).ok())
        .map(|home| home.trim_end_matches('/'))
        .filter(|home| is_plain(home) && !is_no_home(home));
    for home in named {
        if homes.len() == HOMES.len() + MAX_HOMES {
            break;
        }
        if !homes.iter().any(|known| known == home) {
            homes.push(home.to_owned());
        }
    }
    homes
}

/// `pattern` for each home, or alone if it is for none. Below the homes of services, which may
/// be large databases, only fixed places are looked at.
pub(super) fn expanded(pattern: &str, homes: &[String], is_deep: bool) -> Vec<String> {
    let Some(rest) = pattern.strip_prefix('~') else {
        return vec![pattern.to_owned()];
    };
    let homes = if is_deep {
        &homes[..homes.len().min(2)]
    } else {
        homes
    };
    homes.iter().map(|home| format!("{home}{rest}")).collect()
}

fn is_no_home(home: &str) -> bool {
    let below = |folder: &str| {
        let rest = home.strip_prefix(folder);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    home == "/root" || NO_HOMES.into_iter().any(below)
}

/// Whether `path` is absolute, of plain names, and no pattern.
fn is_plain(path: &str) -> bool {
    let names = path.strip_prefix('/').unwrap_or_default();
    path.len() <= MAX_PATH
        && !names.is_empty()
        && names
            .split('/')
            .all(|name| !matches!(name, "" | "." | ".."))
        && !path.contains(|c: char| c == '*' || c.is_control())
}

/// Every line of an fstab on the disk.
pub(super) fn fstab(report: &DiskReport) -> Vec<&str> {
    let volumes: Vec<&Volume> = match &report.content {
        Content::Partitioned(table) => {
            let partitions = table.partitions.iter();
            partitions.filter_map(|p| p.volume.as_ref()).collect()
        }
        Content::Filesystem(volume) => vec![volume],
        _ => Vec::new(),
    };
    let systems = volumes.iter().filter_map(|volume| volume.system.as_ref());
    let lines = systems.flat_map(|System { fstab, .. }| fstab);
    lines.map(String::as_str).collect()
}

/// Where a system with these lines of fstab mounts `area`: by label, UUID, or partition.
pub(super) fn mount_point(area: &Area<'_>, fstab: &[&str]) -> Option<String> {
    let volume = area.volume?;
    let mounted = fstab.iter().find_map(|line| {
        let (what, rest) = line.split_once(' ')?;
        let place = rest.split(' ').next()?;
        is_named(what, volume, area.partition).then_some(place)
    });
    // What is known from the time of building may be the builder's mount point.
    let last = volume.last_mounted_on.as_deref();
    let last = last.filter(|place| ["/home", "/root", "/var", "/var/log", "/tmp"].contains(place));
    let place = mounted.or(last)?;
    is_plain(place).then(|| place.to_owned())
}

fn is_named(what: &str, volume: &Volume, partition: Option<&Partition>) -> bool {
    let Some((tag, value)) = what.split_once('=') else {
        // /dev/vda3, /dev/nvme0n1p3: only the number is the same on every machine.
        let number = partition.map(|partition| partition.number.to_string());
        let stem = number.and_then(|number| what.strip_suffix(&number));
        return what.starts_with("/dev/") && stem.is_some_and(|s| !s.ends_with(char::is_numeric));
    };
    let value = value.trim_matches('"');
    let is = |known: Option<&String>| known.is_some_and(|known| known.eq_ignore_ascii_case(value));
    match tag {
        "LABEL" => is(volume.label.as_ref()),
        "UUID" => is(volume.uuid.as_ref()),
        "PARTUUID" => is(partition.and_then(|partition| partition.guid.as_ref())),
        "PARTLABEL" => is(partition.and_then(|partition| partition.name.as_ref())),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn homes_of_services_are_homes_and_places_of_programs_are_not() {
        let passwd =
            b"root:x:0:0::/root:/bin/sh\nbin:x:1:1::/bin:/x\nnobody:x:2:2::/nonexistent:/x\n\
                       pg:x:3:3::/var/lib/postgresql/:/bin/sh\nalice:x:4:4::/home/alice:/bin/sh\n\
                       www:x:5:5::/usr/share/www:/x\nbad:x:6:6::/a/../b:/x\nworse:x:7:7::/*:/x\n\
                       r:x:8:8::/:/x\nsys:x:9:9::/var/run/x:/x\nshort:x\n";

        let homes = homes(passwd);

        assert_eq!(
            homes,
            ["/root", "/home/*", "/etc/skel", "/var/lib/postgresql"]
        );
        assert_eq!(
            expanded("~/.netrc", &homes, false).last().unwrap(),
            "/var/lib/postgresql/.netrc"
        );
        assert_eq!(
            expanded("~/**/*", &homes, true),
            ["/root/**/*", "/home/*/**/*"]
        );
        assert_eq!(expanded("/etc/shadow", &homes, false), ["/etc/shadow"]);
    }

    #[test]
    fn a_table_of_a_million_accounts_gives_few_homes() {
        let passwd: Vec<String> = (0..1000)
            .map(|n| format!("u{n}:x:1:1::/srv/{n}:/x"))
            .collect();

        assert_eq!(
            homes(passwd.join("\n").as_bytes()).len(),
            HOMES.len() + MAX_HOMES
        );
    }
}
