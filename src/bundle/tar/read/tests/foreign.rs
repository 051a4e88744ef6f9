//! Streams that other tars made.

use std::fs::{self, File};
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::process::Command;

use super::*;

const SIZE: u64 = 3 << 20;

/// A file with holes, saved under `name`; returns its content.
fn save_image(folder: &Path, name: &str) -> Vec<u8> {
    let extents: Vec<Extent> = (0..9)
        .map(|index| Extent {
            offset: index * (300 << 10),
            len: 4096 * (1 + index),
        })
        .collect();
    let file = File::create(folder.join(name)).unwrap();
    file.set_len(SIZE).unwrap();
    for extent in &extents {
        file.write_all_at(&sample::data(*extent), extent.offset)
            .unwrap();
    }
    sample::image(SIZE, &extents)
}

fn gnu_tar(folder: &Path, args: &[&str]) -> Vec<u8> {
    let output = Command::new("tar")
        .current_dir(folder)
        .args(args)
        .output()
        .unwrap();
    assert!(output.status.success(), "{args:?}: {output:?}");
    output.stdout
}

#[test]
fn every_format_of_gnu_tar_but_sparse_pax_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let long = "n".repeat(200);
    for name in ["disk", &long] {
        let image = save_image(folder.path(), name);
        for options in [
            &["--format=gnu"][..],
            &["--format=gnu", "--sparse"],
            &["--format=oldgnu"],
            &["--format=oldgnu", "--sparse"],
            &["--format=posix"],
            &["--format=gnu", "--sparse", "--blocking-factor=1"],
            &["--format=gnu", "--sparse", "--blocking-factor=2048"],
        ] {
            let stream = gnu_tar(folder.path(), &[&["-c"], options, &[name]].concat());

            let sink = read_in_steps(&stream, &[10_000]).unwrap();

            assert!(sink.image() == image, "{options:?}");
            if options.contains(&"--sparse") {
                assert!(
                    sink.pieces
                        .iter()
                        .map(|(_, data)| data.len())
                        .sum::<usize>()
                        < image.len()
                );
            }
        }
    }
    for format in ["--format=ustar", "--format=v7"] {
        let stream = gnu_tar(folder.path(), &["-c", format, "disk"]);
        assert!(read(&stream).is_ok(), "{format}");
    }
}

#[test]
fn gnu_tars_sparse_pax_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    save_image(folder.path(), "disk");

    let stream = gnu_tar(folder.path(), &["-c", "--format=posix", "--sparse", "disk"]);

    assert_eq!(
        read(&stream).unwrap_err(),
        "an extended header sets GNU.sparse.major, which no bundle has"
    );
}

#[test]
fn what_is_no_file_is_refused_as_gnu_tar_writes_it() {
    let folder = tempfile::tempdir().unwrap();
    let image = folder.path().join("disk");
    fs::write(&image, "data").unwrap();
    fs::create_dir(folder.path().join("folder")).unwrap();
    std::os::unix::fs::symlink("disk", folder.path().join("link")).unwrap();
    for (names, why) in [
        (
            &["folder"][..],
            "it holds a directory, expected a regular file",
        ),
        (
            &["link"],
            "it holds a symbolic link, expected a regular file",
        ),
        (
            &["disk", "link"],
            "there is something behind the image, such as a second member",
        ),
    ] {
        let stream = gnu_tar(folder.path(), &[&["-c", "--format=gnu"], names].concat());

        assert_eq!(read(&stream).unwrap_err(), why);
    }
}

#[test]
fn every_format_of_python_is_read() {
    const SCRIPT: &str = "
import io, sys, tarfile
image = bytes(range(256)) * 300
member = tarfile.TarInfo(sys.argv[2])
member.size = len(image)
member.mtime = 1234567890.5
format = getattr(tarfile, sys.argv[1])
with tarfile.open(fileobj=sys.stdout.buffer, mode='w|', format=format) as archive:
    archive.addfile(member, io.BytesIO(image))
";
    let image: Vec<u8> = (0..=255).cycle().take(256 * 300).collect();
    for format in ["GNU_FORMAT", "USTAR_FORMAT", "PAX_FORMAT"] {
        for name in ["disk", &"folder/".repeat(20)] {
            let mut python = Command::new("python3");
            let Ok(output) = python.args(["-c", SCRIPT, format, name]).output() else {
                return; // a second opinion, not a need
            };
            assert!(output.status.success(), "{output:?}");

            let sink = read(&output.stdout).unwrap();

            assert!(sink.image() == image, "{format}, {name}");
        }
    }
}
