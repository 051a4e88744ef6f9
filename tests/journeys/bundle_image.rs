//! `bundle-image`: a disk image becomes a bundle that everybody can open.

use std::fs::{self, File};
use std::io::{self, BufReader, Read as _};
use std::path::{Path, PathBuf};

use amikit::units::Bytes;
use flate2::bufread::GzDecoder;

use crate::support::sandbox::{Bundle, FIXED_KEY, Sandbox, bundle_arguments};
use crate::support::{fixture, image, oracle};

/// 25 MiB with data at the front, in the middle (off every boundary) and at the very end.
fn holey_image(sandbox: &Sandbox) -> PathBuf {
    let extents = [
        (Bytes(0), Bytes::mib(3)),
        (Bytes(Bytes::mib(9).get() + 12_345), Bytes(777)),
        (Bytes::mib(14), Bytes::mib(6)),
        (Bytes(Bytes::mib(25).get() - 1), Bytes(1)),
    ];
    image::sparse(&sandbox.path("disk.img"), Bytes::mib(25), &extents)
}

fn with_fixed_key<'a>(options: &[&'a str]) -> Vec<&'a str> {
    [&FIXED_KEY, options].concat()
}

#[test]
fn openssl_and_tar_can_open_our_bundle() {
    let sandbox = Sandbox::new("openssl-opens");
    let image = holey_image(&sandbox);

    let bundle = sandbox.bundle(&image, "bundle", &[]);

    let opened = oracle::open(&sandbox, &bundle);
    oracle::assert_same_bytes(&opened.image, &image);
}

#[test]
fn openssl_and_tar_can_open_our_bundle_of_a_file_system() {
    let sandbox = Sandbox::new("openssl-opens-ext4");
    let image = image::ext4(
        &sandbox.path("disk.img"),
        Bytes::mib(64),
        &fixture("bundles"),
    );

    let bundle = sandbox.bundle(&image, "bundle", &[]);

    let opened = oracle::open(&sandbox, &bundle);
    oracle::assert_same_bytes(&opened.image, &image);
}

#[test]
fn openssl_and_tar_can_open_every_kind_of_bundle() {
    for (name, options) in [
        ("no-sparse", "--no-sparse"),
        ("fast", "--fast"),
        ("small", "--small"),
    ] {
        let sandbox = Sandbox::new(name);
        let image = holey_image(&sandbox);

        let bundle = sandbox.bundle(&image, "bundle", &[options]);

        let opened = oracle::open(&sandbox, &bundle);
        oracle::assert_same_bytes(&opened.image, &image);
    }
}

#[test]
fn the_tar_member_tells_nothing_about_the_machine() {
    let sandbox = Sandbox::new("tar-member");
    let image = holey_image(&sandbox);

    for options in [&[][..], &["--no-sparse"]] {
        let bundle = sandbox.bundle(&image, &format!("bundle{}", options.len()), options);

        let listing = oracle::tar_listing(&oracle::open(&sandbox, &bundle).tar);
        let fields: Vec<_> = listing.split_whitespace().collect();
        let want = [
            "-rw-r--r--",
            "0/0",
            "26214400",
            "1970-01-01",
            "00:00:00",
            "golden",
        ];
        assert_eq!(fields, want);
    }
}

#[test]
fn holes_are_left_out_unless_asked() {
    let sandbox = Sandbox::new("holes-left-out");
    let image = holey_image(&sandbox);
    let tar_size = |name, options: &[&str]| {
        let bundle = sandbox.bundle(&image, name, options);
        let tar = oracle::open(&sandbox, &bundle).tar;
        fs::metadata(tar).expect("look at the tar stream").len()
    };

    let sparse = tar_size("sparse", &[]);
    let plain = tar_size("plain", &["--no-sparse"]);

    assert!(sparse < Bytes::mib(10).get(), "{sparse} bytes");
    assert!(plain > Bytes::mib(25).get(), "{plain} bytes");
}

#[test]
fn the_number_of_jobs_changes_nothing() {
    let sandbox = Sandbox::new("jobs");
    let image = holey_image(&sandbox);

    for mode in [&[][..], &["--no-sparse"]] {
        let bundle = |jobs| {
            let options = with_fixed_key(&[mode, &["--jobs", jobs]].concat());
            sandbox.bundle(&image, &format!("jobs-{jobs}-{}", mode.len()), &options)
        };
        let one = bundle("1");

        one.assert_same_as(&bundle("2"));
        one.assert_same_as(&bundle("4"));
    }
}

#[test]
fn holes_and_written_zeros_are_the_same() {
    let sandbox = Sandbox::new("written-zeros");
    let image = holey_image(&sandbox);
    let copy = image::written_out(&image, &sandbox.path("copy.img"));

    for mode in [&[][..], &["--no-sparse"]] {
        let options = with_fixed_key(mode);
        let holes = sandbox.bundle(&image, &format!("holes{}", mode.len()), &options);
        let zeros = sandbox.bundle(&copy, &format!("zeros{}", mode.len()), &options);

        holes.assert_same_as(&zeros);
    }
}

#[test]
fn the_file_system_of_the_image_changes_nothing() {
    let tmpfs = Path::new("/dev/shm");
    if !tmpfs.is_dir() {
        return; // a container without one
    }
    let disk = Sandbox::new("file-system-disk");
    let memory = Sandbox::inside(tmpfs, "amikit-file-system-memory");

    let on_disk = disk.bundle(&holey_image(&disk), "bundle", &FIXED_KEY);
    let in_memory = memory.bundle(&holey_image(&memory), "bundle", &FIXED_KEY);

    on_disk.assert_same_as(&in_memory);
}

#[test]
fn two_bundles_of_one_image_have_keys_of_their_own() {
    let sandbox = Sandbox::new("fresh-keys");
    let image = image::dense(&sandbox.path("disk.img"), Bytes::kib(100));
    let first_part = |bundle: &Bundle| fs::read(&bundle.parts()[0]).expect("read a part");

    let one = sandbox.bundle(&image, "one", &[]);
    let two = sandbox.bundle(&image, "two", &[]);

    assert_ne!(first_part(&one), first_part(&two));
}

#[test]
fn a_reader_that_stops_after_the_first_gzip_member_gets_everything() {
    let sandbox = Sandbox::new("one-member");
    let image = image::dense(&sandbox.path("disk.img"), Bytes::mib(12));
    let bundle = sandbox.bundle(&image, "bundle", &["--jobs", "2"]);
    let opened = oracle::open(&sandbox, &bundle);
    let gzip = File::open(&opened.gzip).expect("open the gzip file");
    let mut first_member = GzDecoder::new(BufReader::new(gzip));

    let length = io::copy(&mut first_member, &mut io::sink()).expect("inflate the first member");

    let mut rest = Vec::new();
    let mut file = first_member.into_inner();
    file.read_to_end(&mut rest).expect("read past the member");
    let tar = fs::metadata(&opened.tar).expect("look at the tar stream");
    assert_eq!(length, tar.len());
    assert!(rest.is_empty(), "{} bytes after the member", rest.len());
}

#[test]
fn parts_are_10_mib_but_the_last() {
    let sandbox = Sandbox::new("part-sizes");
    let image = image::dense(&sandbox.path("disk.img"), Bytes::mib(45));

    let bundle = sandbox.bundle(&image, "bundle", &[]);

    let sizes: Vec<_> = bundle
        .parts()
        .iter()
        .map(|part| fs::metadata(part).expect("look at a part").len())
        .collect();
    let (last, others) = sizes.split_last().expect("a bundle has a part");
    assert!(others.len() >= 2, "{sizes:?}");
    assert!(others.iter().all(|&size| size == Bytes::mib(10).get()));
    assert!(*last > 0 && *last <= Bytes::mib(10).get(), "{sizes:?}");
}

#[test]
fn an_exact_multiple_leaves_no_empty_part() {
    let sandbox = Sandbox::new("exact-multiple");
    let image = image::dense(&sandbox.path("disk.img"), Bytes::mib(12));
    let whole = sandbox.bundle(&image, "whole", &FIXED_KEY);
    let size = |part: &PathBuf| fs::metadata(part).expect("look at a part").len();
    let total = size(&whole.parts()[0]); // a multiple of AES's 16 bytes

    for parts in [1, 2, 4] {
        let part_size = (total / parts).to_string();
        let options = with_fixed_key(&["--part-size", &part_size]);
        let bundle = sandbox.bundle(&image, &format!("in-{parts}"), &options);

        let sizes: Vec<_> = bundle.parts().iter().map(size).collect();
        let count = usize::try_from(parts).expect("a small number");
        assert_eq!(sizes, vec![total / parts; count]);
        let opened = oracle::open(&sandbox, &bundle);
        oracle::assert_same_bytes(&opened.image, &image);
    }
}

#[test]
fn a_small_image_has_one_part_named_with_two_digits() {
    let sandbox = Sandbox::new("part-name");
    let image = image::dense(&sandbox.path("disk.img"), Bytes::kib(1));

    let bundle = sandbox.bundle(&image, "bundle", &[]);

    assert_eq!(bundle.parts(), [bundle.folder.join("golden.part.00")]);
}

#[test]
fn an_image_of_zeros_is_bundled() {
    let sandbox = Sandbox::new("zeros");
    let image = image::sparse(&sandbox.path("disk.img"), Bytes::mib(700), &[]);

    let bundle = sandbox.bundle(&image, "bundle", &[]);

    let opened = oracle::open(&sandbox, &bundle);
    oracle::assert_same_bytes(&opened.image, &image);
    let part = fs::metadata(&bundle.parts()[0]).expect("look at the part");
    assert!(part.len() < 1024, "{} bytes", part.len());
}

#[test]
fn a_missing_image_leaves_nothing_behind() {
    let sandbox = Sandbox::new("missing-image");
    let folder = sandbox.folder("bundle");
    let before = sandbox.listing();

    let outcome = sandbox.run(bundle_arguments(&sandbox.path("none.img"), &folder, &[]));

    outcome.failed(1, "none.img");
    assert_eq!(sandbox.listing(), before);
}

#[test]
fn a_bundle_is_replaced_only_by_force() {
    let sandbox = Sandbox::new("force");
    let image = image::dense(&sandbox.path("disk.img"), Bytes::kib(64));
    let bundle = sandbox.bundle(&image, "bundle", &FIXED_KEY);
    let before = sandbox.listing();

    let refused = sandbox.run(bundle_arguments(&image, &bundle.folder, &[]));

    refused.failed(1, "golden");
    assert_eq!(sandbox.listing(), before);
    sandbox.bundle(&image, "bundle", &["--force"]);
}

#[test]
fn a_key_that_is_no_key_is_refused_before_any_work() {
    let sandbox = Sandbox::new("no-key");
    let image = image::dense(&sandbox.path("disk.img"), Bytes::kib(64));
    let folder = sandbox.folder("bundle");
    let certificate = crate::support::key("euca-user.crt");
    let mut arguments = bundle_arguments(&image, &folder, &[]);
    let key = arguments.iter().position(|argument| argument == "-k");
    arguments[key.expect("bundle_arguments passes -k") + 1] = certificate.into();
    let before = sandbox.listing();

    let outcome = sandbox.run(arguments);

    assert_ne!(outcome.status, Some(0));
    assert!(
        outcome.stderr.contains("euca-user.crt"),
        "{}",
        outcome.stderr
    );
    assert_eq!(sandbox.listing(), before);
}
