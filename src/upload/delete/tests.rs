use super::*;
use crate::progress::Silent;
use crate::upload::downloader::tests::bundle::{address, manifest, objects, parts};
use crate::upload::downloader::tests::server::{Fault, Server};
use crate::upload::select::{BundleSelector, SelectError};

const OPTIONS: DeleteOptions = DeleteOptions {
    order: DeleteOrder::PartsFirst,
    jobs: NonZeroUsize::new(3).expect("three is not zero"),
};

/// Keys that look much like the bundle's and are not.
const FOREIGN: [&str; 6] = [
    "disk.img.part.0",
    "web/disk.img",
    "web/disk.img.part.0.bak",
    "web/disk.img.part.x",
    "web/disk.img2.manifest.xml",
    "web/disk.img2.part.0",
];

/// A server with a bundle of three parts, and what is foreign.
fn server() -> Server {
    let server = Server::start(objects(&parts(&[10, 20, 30])));
    for key in FOREIGN {
        server.put(key, "foreign");
    }
    server
}

fn plan(server: &Server, knowledge: Knowledge, clear: bool) -> Result<DeletePlan, DeleteError> {
    DeletePlan::make(&server.s3(), &address(), knowledge, clear)
}

#[test]
fn the_bundle_goes_and_all_else_stays() {
    for knowledge in [Knowledge::Manifest, Knowledge::Listing] {
        let server = server();
        let plan = plan(&server, knowledge, false).unwrap();

        let summary = delete(&server.s3(), &plan, OPTIONS, &Silent).unwrap();

        assert_eq!(server.keys(), FOREIGN, "{knowledge:?}");
        assert_eq!(summary.keys.len(), 4, "{knowledge:?}");
        assert_eq!(summary.bucket, None);
    }
}

#[test]
fn the_manifest_goes_last_or_first() {
    for (order, at) in [
        (DeleteOrder::PartsFirst, 3),
        (DeleteOrder::ManifestFirst, 0),
    ] {
        let server = server();
        let plan = plan(&server, Knowledge::Manifest, false).unwrap();
        server.log();

        delete(
            &server.s3(),
            &plan,
            DeleteOptions { order, ..OPTIONS },
            &Silent,
        )
        .unwrap();

        assert_eq!(
            server.log()[at],
            "DELETE web/disk.img.manifest.xml",
            "{order:?}"
        );
    }
}

#[test]
fn a_bundle_whose_manifest_is_gone_is_found_by_its_names() {
    let server = server();
    server.remove("web/disk.img.manifest.xml");

    let plan = plan(&server, Knowledge::Manifest, false).unwrap();
    delete(&server.s3(), &plan, OPTIONS, &Silent).unwrap();

    assert!(plan.without_manifest);
    assert_eq!(server.keys(), FOREIGN);
}

#[test]
fn a_bundle_that_is_not_there_is_an_error_unless_the_bucket_goes_too() {
    let server = Server::start(std::collections::BTreeMap::new());

    let error = plan(&server, Knowledge::Manifest, false).unwrap_err();
    let to_clear = plan(&server, Knowledge::Manifest, true).unwrap();
    let summary = delete(&server.s3(), &to_clear, OPTIONS, &Silent).unwrap();
    let listed = plan(&server, Knowledge::Listing, false).unwrap();

    assert_eq!(
        error.to_string(),
        "manifest 'images/web/disk.img.manifest.xml' does not exist on the server"
    );
    assert_eq!(summary.bucket.as_deref(), Some("images"));
    assert!(listed.is_empty());
}

#[test]
fn a_bucket_with_other_objects_stays() {
    let server = server();
    let plan = plan(&server, Knowledge::Manifest, true).unwrap();

    let error = delete(&server.s3(), &plan, OPTIONS, &Silent).unwrap_err();

    assert!(
        matches!(error, DeleteError::BucketNotEmpty { .. }),
        "{error}"
    );
    assert_eq!(server.keys(), FOREIGN);
}

#[test]
fn what_broke_off_is_finished_by_the_next_run() {
    let server = server();
    server.next_time("web/disk.img.part.1", Fault::Refuse(403, "AccessDenied"));
    let first = plan(&server, Knowledge::Manifest, false).unwrap();

    let error = delete(&server.s3(), &first, OPTIONS, &Silent).unwrap_err();

    assert!(
        matches!(error, DeleteError::Incomplete { total: 4, .. }),
        "{error}"
    );
    assert!(
        server
            .keys()
            .contains(&"web/disk.img.manifest.xml".to_owned())
    );
    let second = plan(&server, Knowledge::Manifest, false).unwrap();
    delete(&server.s3(), &second, OPTIONS, &Silent).unwrap();
    assert_eq!(server.keys(), FOREIGN);
}

#[test]
fn a_manifest_cannot_have_a_foreign_object_deleted() {
    let server = server();
    let hostile = manifest(&[("disk.img".to_owned(), vec![1])]);
    let bytes = crate::manifest::write::write(&hostile, None).unwrap();
    server.put("web/disk.img.manifest.xml", bytes);

    let error = plan(&server, Knowledge::Manifest, false).unwrap_err();

    assert!(matches!(error, DeleteError::NotAPart { .. }), "{error}");
}

#[test]
fn a_manifest_cannot_have_a_part_of_another_bundle_deleted() {
    let server = server();
    let other = ("disk.img2.part.0".to_owned(), vec![1]);
    let hostile = manifest(&[("disk.img.part.0".to_owned(), vec![1]), other.clone()]);
    let bytes = crate::manifest::write::write(&hostile, None).unwrap();
    server.put("web/disk.img.manifest.xml", bytes);
    let in_parts = plan(&server, Knowledge::Manifest, false).unwrap_err();
    let wholly_other = crate::manifest::write::write(&manifest(&[other]), None).unwrap();
    server.put("web/disk.img.manifest.xml", wholly_other);
    let in_all = plan(&server, Knowledge::Manifest, false).unwrap_err();

    for error in [in_parts, in_all] {
        assert!(matches!(error, DeleteError::ForeignPart { .. }), "{error}");
    }
}

#[test]
fn a_manifest_on_this_machine_names_the_parts() {
    let server = server();
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("disk.img.manifest.xml");
    let bytes = crate::manifest::write::write(&manifest(&parts(&[10, 20, 30])), None).unwrap();
    std::fs::write(&path, bytes).unwrap();
    let mut address = address();
    address.selector = BundleSelector::Local(path);
    let s3 = server.s3();

    let euca = DeletePlan::make(&s3, &address, Knowledge::Manifest, false).unwrap();
    let ec2 = DeletePlan::make(&s3, &address, Knowledge::Listing, false).unwrap();

    assert_eq!(euca.part_keys.len(), 3);
    assert_eq!(euca.manifest_keys, [""; 0]);
    assert_eq!(ec2.manifest_keys, ["web/disk.img.manifest.xml"]);
}

#[test]
fn a_named_manifest_that_is_gone_leaves_only_the_bucket() {
    let server = server();
    let mut address = address();
    address.selector = BundleSelector::Manifest("gone.manifest.xml".to_owned());
    let s3 = server.s3();

    let error = DeletePlan::make(&s3, &address, Knowledge::Manifest, false).unwrap_err();
    let plan = DeletePlan::make(&s3, &address, Knowledge::Manifest, true).unwrap();

    assert!(
        matches!(error, DeleteError::Select(SelectError::NoManifest { .. })),
        "{error}"
    );
    assert!(plan.is_empty() && plan.clears_bucket);
}
