//! Bundles and servers that are not what they should be.

use super::bundle::{manifest, noise};
use super::*;
use crate::host::workspace::ResumableFile;
use crate::manifest::write::write;

/// Downloads what must not be downloaded; tells the error and what is left in the directory.
fn refused(scene: &Scene) -> (DownloadError, Vec<String>) {
    let error = scene.download().unwrap_err();
    (error, scene.names())
}

#[test]
fn a_part_with_other_bytes_is_fetched_twice_and_then_refused() {
    let scene = Scene::new();
    scene.server.put("web/disk.img.part.1", noise(9, 200_000));

    let (error, names) = refused(&scene);

    assert!(
        matches!(&error, DownloadError::PartDigest { key, .. } if key == "web/disk.img.part.1"),
        "{error}"
    );
    assert!(
        !names.iter().any(|name| name.ends_with("part.1")),
        "{names:?}"
    );
    assert!(!names.iter().any(|name| name.ends_with("xml")), "{names:?}");
    let log = scene.server.log();
    let gets = log
        .iter()
        .filter(|entry| *entry == "GET web/disk.img.part.1");
    assert_eq!(gets.count(), 2);
    assert_eq!(
        ResumableFile::left(scene.directory.path(), "disk.img.part.1"),
        0
    );
}

#[test]
fn bytes_that_were_changed_on_their_way_are_fetched_again() {
    let scene = Scene::new();
    let wrong = noise(9, 200_000);
    scene
        .server
        .next_time("web/disk.img.part.1", Fault::Send(wrong));

    scene.download().unwrap();

    assert_eq!(scene.files(), scene.objects);
}

#[test]
fn a_part_that_never_ends_is_cut_off() {
    let scene = Scene::new();
    scene.server.put("web/disk.img.part.2", noise(9, 600_000));

    let (error, names) = refused(&scene);

    assert!(
        matches!(error, DownloadError::PartTooLong { .. }),
        "{error}"
    );
    assert!(
        !names.iter().any(|name| name.ends_with("part.2")),
        "{names:?}"
    );
}

#[test]
fn a_missing_part_is_named() {
    let scene = Scene::new();
    scene.server.remove("web/disk.img.part.1");

    let (error, _) = refused(&scene);

    assert_eq!(
        error.to_string(),
        "part 'images/web/disk.img.part.1' does not exist on the server"
    );
}

#[test]
fn a_manifest_with_paths_is_refused_before_any_part_is_asked_for() {
    for name in ["../x", "/etc/passwd", "a/b", ".."] {
        let scene = Scene::new();
        let parts = [(name.to_owned(), vec![1])];
        let bytes = write(&manifest(&parts), None).unwrap();
        scene.server.put("web/disk.img.manifest.xml", bytes);

        let (error, names) = refused(&scene);

        assert!(
            matches!(error, DownloadError::Select(SelectError::Manifest(_))),
            "{error}"
        );
        assert_eq!(names, [""; 0]);
        assert_eq!(scene.server.log(), ["GET web/disk.img.manifest.xml"]);
    }
}

#[test]
fn names_that_would_take_each_others_place_are_refused() {
    for names in [
        ["x.part.0", "x.part.0"],
        ["x.part.0", "disk.img.manifest.xml"],
        ["x.part.0", ".amikit-0123456789abcdef"],
    ] {
        let scene = Scene::new();
        let parts = names.map(|name| (name.to_owned(), vec![1]));
        let bytes = write(&manifest(&parts), None).unwrap();
        scene.server.put("web/disk.img.manifest.xml", bytes);

        let (error, left) = refused(&scene);

        assert!(matches!(error, DownloadError::FileName { .. }), "{error}");
        assert_eq!(left, [""; 0]);
    }
}

#[test]
fn a_bundle_that_is_larger_than_the_disk_is_not_begun() {
    let scene = Scene::new();
    let mut huge = manifest(&parts(&[10]));
    huge.image.bundled_size = 1 << 60;
    scene
        .server
        .put("web/disk.img.manifest.xml", write(&huge, None).unwrap());

    let (error, names) = refused(&scene);

    assert!(matches!(error, DownloadError::NoSpace { .. }), "{error}");
    assert_eq!(names, [""; 0]);
}

#[test]
fn parts_that_are_too_short_together_make_no_bundle() {
    let scene = Scene::new();
    let mut more = manifest(&parts(&[300_000, 200_000, 7]));
    more.image.bundled_size += 1;
    scene
        .server
        .put("web/disk.img.manifest.xml", write(&more, None).unwrap());

    let (error, names) = refused(&scene);

    assert!(
        matches!(
            error,
            DownloadError::BundledSize {
                found: 500_007,
                expected: 500_008
            }
        ),
        "{error}"
    );
    assert!(!names.iter().any(|name| name.ends_with("xml")), "{names:?}");
}

#[test]
fn a_folder_of_a_parts_name_is_never_replaced() {
    let scene = Scene::new();
    fs::create_dir(scene.directory.path().join("disk.img.part.0")).unwrap();
    let options = DownloadOptions {
        replace: true,
        ..scene.options()
    };

    let error = download(&scene.server.s3(), options, &Silent).unwrap_err();

    assert!(matches!(error, DownloadError::InTheWay { .. }), "{error}");
}

#[test]
fn a_service_that_refuses_a_part_is_not_asked_for_ever() {
    let scene = Scene::new();
    scene
        .server
        .next_time("web/disk.img.part.0", Fault::Refuse(403, "AccessDenied"));

    let (error, _) = refused(&scene);

    assert!(
        matches!(&error, DownloadError::Aws(error) if error.is_code("AccessDenied")),
        "{error}"
    );
}
