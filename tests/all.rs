//! Every test that is not beside the code it tests, in one program that links once.
//!
//! ```text
//! api/        what the small cloud answers, operation by operation
//! journeys/   what a user does, from command line to result
//! compat/     the old tools' names, and readers written as the old tools read
//! floors      who may import whom (reads ARCHITECTURE.md)
//! lengths     sizes, names and headers of source files
//! support/    the sandbox that journeys run in, and the oracles that judge them
//! ```

mod floors;
mod lengths;
mod support;

mod api {
    mod walrus;
}

mod compat {
    mod ec2;
    mod ec2_addresses;
    mod ec2_api_columns;
    mod ec2_api_options;
    mod ec2_bundle_tasks;
    mod ec2_image_attributes;
    mod ec2_images;
    mod ec2_instances;
    mod ec2_key_pairs;
    mod ec2_places;
    mod ec2_rules;
    mod ec2_run_instances;
    mod ec2_s3;
    mod ec2_security_groups;
    mod ec2_snapshots;
    mod ec2_stdin;
    mod ec2_tags;
    mod ec2_volumes;
    mod euca;
    mod euca_s3;
    mod readers;
}

mod journeys {
    mod audit_image;
    mod bad_inputs;
    mod bundle_and_upload;
    mod bundle_image;
    mod command_line;
    mod delete_bundle;
    mod doctor;
    mod download_and_unbundle;
    mod download_bundle;
    mod ec2;
    mod migrate;
    mod old_tools;
    mod programs;
    mod publish;
    mod replaced_bundle;
    mod s3_elsewhere;
    mod s3_faults;
    mod s3_hostile;
    mod s3_multipart;
    mod s3_peers;
    mod s3_proxies;
    mod s3_resume;
    mod s3_tls;
    mod snapshots;
    mod terminal;
    mod unbundle;
    mod upload_bundle;
    mod walrus;
}

use std::fs;
use std::path::Path;

#[test]
fn no_test_file_is_forgotten() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let files = support::source_files(&tests).into_iter();
    let listed: String = files
        .map(|file| fs::read_to_string(file).expect("read a test file"))
        .collect();

    let forgotten: Vec<_> = support::source_files(&tests)
        .into_iter()
        .filter(|file| {
            let module = file.file_stem().expect("a source file has a name");
            let line = format!("mod {};", module.to_string_lossy());
            !["all", "mod"].iter().any(|root| module == *root) && !listed.contains(&line)
        })
        .collect();

    assert!(
        forgotten.is_empty(),
        "no `mod` line for {forgotten:?} in tests/all.rs or the mod.rs beside it"
    );
}
