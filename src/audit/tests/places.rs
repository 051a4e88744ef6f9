//! Where a file may be: homes, links, partitions of their own, tables of either kind.

use super::super::report::Severity::{Danger, Notice};
use super::*;

/// A home with a key, as a filesystem of 1 MiB, which is a fixture's partition.
fn home(path: &str) -> Vec<u8> {
    let made = Made::new(&[]);
    made.write(path, pem("OPENSSH PRIVATE").as_bytes());
    made.bytes(&["-t", "ext4", "-O", "^has_journal", "-L", "homes"], 1024)
}

fn fixture(name: &str) -> Vec<u8> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/images");
    let packed = fs::read(format!("{folder}/{name}.img.gz")).unwrap();
    let mut content = Vec::new();
    let mut packed = flate2::read::GzDecoder::new(packed.as_slice());
    std::io::Read::read_to_end(&mut packed, &mut content).unwrap();
    content
}

#[test]
fn homes_of_services_are_looked_into_at_fixed_places_only() {
    let key = pem("RSA PRIVATE");
    let made = Made::new(&[
        ("/etc/passwd", "jenkins:x:1:1::/var/lib/jenkins:/bin/sh\n"),
        ("/var/lib/jenkins/.ssh/id_rsa", &key),
        ("/var/lib/jenkins/.psql_history", "select 1;\n"),
        ("/var/lib/jenkins/data/key.pem", &key),
    ]);

    assert_eq!(
        paths(&made.audited()),
        [
            "/var/lib/jenkins/.ssh/id_rsa",
            "/var/lib/jenkins/.psql_history"
        ]
    );
}

#[test]
fn links_to_homes_are_followed_and_nothing_is_told_twice() {
    let made = Made::new(&[("/var/home/alice/.bash_history", "ls\n")]);
    made.link("/home", "var/home");
    made.link("/var/home/bob", "alice");
    made.link("/var/home/alice/.zsh_history", ".bash_history");
    made.link("/root", "root");
    made.link("/etc/shadow", "../../../../etc/none");

    let report = made.audited();

    assert_eq!(paths(&report), ["/home/alice/.bash_history"]);
    assert_eq!(report.not_looked_into.len(), 1, "{report:#?}");
    assert_eq!(
        report.not_looked_into[0].why,
        "it is damaged: symbolic links go in circles"
    );
}

#[test]
fn names_that_are_no_text_are_shown_and_cannot_move_the_cursor() {
    use std::os::unix::ffi::OsStrExt as _;
    let made = Made::new(&[]);
    let name = std::ffi::OsStr::from_bytes(b"home/al\x1b[2J\xffice/.ssh/id_x");
    let path = made.folder.path().join("tree").join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, pem("DSA PRIVATE")).unwrap();

    assert_eq!(
        paths(&made.audited()),
        ["/home/al\u{fffd}[2J\u{fffd}ice/.ssh/id_x"]
    );
}

#[test]
fn a_partition_of_homes_is_known_by_the_systems_fstab() {
    let root = Made::new(&[("/etc/fstab", "LABEL=homes  /home ext4 defaults 0 2\n")]);
    let root = root.bytes(&["-t", "ext4", "-O", "^has_journal"], 1024);
    let mut disk = fixture("gpt-two");
    disk[1 << 20..2 << 20].copy_from_slice(&root);
    disk[2 << 20..3 << 20].copy_from_slice(&home("/alice/.ssh/id_rsa"));

    let report = audited_bytes(&disk);

    assert_eq!(paths(&report), ["/home/alice/.ssh/id_rsa"]);
    assert_eq!(report.findings[0].partition, Some(2));
    assert_eq!(report.looked_into[1].mounted_on.as_deref(), Some("/home"));
}

#[test]
fn a_filesystem_of_unknown_place_is_taken_for_one_of_homes_too() {
    let report = audited_bytes(&home("/alice/.ssh/id_rsa"));

    assert_eq!(paths(&report), ["/alice/.ssh/id_rsa"]);
    assert_eq!(report.looked_into[0].mounted_on, None);
}

#[test]
fn both_kinds_of_table_are_looked_into() {
    let mut gpt = fixture("gpt-two");
    gpt[2 << 20..3 << 20].copy_from_slice(&home("/root/.ssh/id_rsa"));
    let mut mbr = fixture("mbr-one");
    mbr[1 << 20..2 << 20].copy_from_slice(&home("/root/.ssh/id_rsa"));

    let gpt = audited_bytes(&gpt);
    let mbr = audited_bytes(&mbr);

    assert_eq!(gpt.findings[0].partition, Some(2));
    assert_eq!(mbr.findings[0].partition, Some(1));
    // The EFI system partition is told, and does not make the audit a failure.
    assert_eq!(gpt.not_looked_into.len(), 1);
    assert!(gpt.not_looked_into[0].why.contains("FAT12"), "{gpt:#?}");
    assert!(gpt.is_complete() && mbr.is_complete());
}

/// `mbr-one` has a swap area in partition 5, from sector 4160 on.
#[test]
fn swap_is_judged_by_what_is_in_it() {
    let start = 4160 * 512;
    let memory = |change: &dyn Fn(&mut [u8])| {
        let mut disk = fixture("mbr-one");
        change(&mut disk[start..]);
        let report = audited_bytes(&disk);
        let of_memory = report
            .findings
            .into_iter()
            .find(|f| f.kind == FindingKind::Memory);
        of_memory.map(|f| (f.severity, f.partition, f.detail))
    };

    assert_eq!(memory(&|_| ()), None);
    let (severity, partition, detail) = memory(&|swap| swap[9000] = 1).unwrap();
    assert_eq!((severity, partition), (Danger, Some(5)));
    assert!(detail.contains("used"), "{detail}");
    let sleeping = |swap: &mut [u8]| swap[4086..4096].copy_from_slice(b"S1SUSPEND\0");
    let (severity, _, detail) = memory(&sleeping).unwrap();
    assert_eq!(severity, Danger);
    assert!(detail.contains("hibernation"), "{detail}");
}

#[test]
fn a_large_swap_that_seems_unused_is_a_notice() {
    let folder = TempDir::new().unwrap();
    let image = folder.path().join("swap");
    let mut head = vec![0; 4096];
    head[4086..].copy_from_slice(b"SWAPSPACE2");
    fs::write(&image, &head).unwrap();
    fs::File::options()
        .write(true)
        .open(&image)
        .unwrap()
        .set_len(1 << 30)
        .unwrap();

    let report = audited(&image, &AuditOptions::default());

    assert_eq!(report.count(Notice), 1, "{report:#?}");
    assert_eq!(report.verdict(), Verdict::Notices);
}

#[test]
fn what_cannot_be_read_is_told_and_the_audit_is_not_complete() {
    for (name, why) in [
        ("xfs-head", "it is xfs; only ext2, ext3 and ext4 are read"),
        (
            "btrfs-head",
            "it is btrfs; only ext2, ext3 and ext4 are read",
        ),
    ] {
        let report = audited_bytes(&fixture(name));

        assert_eq!(report.not_looked_into[0].why, why);
        assert_eq!(report.verdict(), Verdict::Incomplete);
    }
    let mut luks = vec![0; 1 << 20];
    luks[..8].copy_from_slice(b"LUKS\xba\xbe\x00\x02");
    let others = [luks, b"QFI\xfb\0\0\0\x03".to_vec(), b"noise".repeat(1000)];
    for other in others {
        assert_eq!(audited_bytes(&other).verdict(), Verdict::Incomplete);
    }
    assert_eq!(audited_bytes(&[0; 4096]).verdict(), Verdict::Clean);
}

/// Features that the reader does not know must not make an audit look clean.
#[test]
fn every_kind_of_ext_is_looked_into_or_told() {
    let kinds: [(&[&str], u32); 8] = [
        (&["-t", "ext2", "-b", "1024"], 4096),
        (&["-t", "ext3", "-b", "4096"], 8192),
        (&["-t", "ext4", "-O", "64bit,metadata_csum"], 8192),
        (
            &[
                "-t",
                "ext4",
                "-b",
                "4096",
                "-I",
                "128",
                "-O",
                "^extents,^64bit",
            ],
            8192,
        ),
        (&["-t", "ext4", "-O", "bigalloc"], 16384),
        (&["-t", "ext4", "-b", "1024", "-g", "1024"], 16384),
        (&["-t", "ext4", "-O", "inline_data"], 8192),
        (&["-t", "ext4", "-O", "meta_bg,^resize_inode"], 8192),
    ];
    for (options, kib) in kinds {
        let made = Made::new(&[("/etc/hostname", "x\n")]);
        made.write("/home/alice/.ssh/id_rsa", pem("RSA PRIVATE").as_bytes());
        for number in 0..300 {
            made.write(&format!("/home/alice/.ssh/known/{number}-of-many"), b"x");
        }

        let report = audited_bytes(&made.bytes(options, kib));

        let is_found = paths(&report) == ["/home/alice/.ssh/id_rsa"];
        let is_new = options[3..]
            .iter()
            .any(|o| o.contains("inline") || o.contains("meta_bg"));
        assert!(is_found || is_new, "{options:?}: {report:#?}");
        assert!(
            is_found || !report.is_complete(),
            "{options:?}: {report:#?}"
        );
    }
}
