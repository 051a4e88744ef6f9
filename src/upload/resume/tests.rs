use std::fs;

use super::*;
use crate::crypto::digest::Sha1Digest;
use crate::upload::CannedAcl;

const ENDPOINT: &str = "https://s3.example.com";

fn to() -> BucketPath {
    "images/debian".parse().unwrap()
}

fn entry(etag: &str) -> Entry {
    Entry {
        size: 3,
        sha1: Sha1Digest::of(b"abc"),
        etag: etag.to_owned(),
        acl: Some(CannedAcl::AwsExecRead),
    }
}

fn begun() -> Begun {
    Begun {
        upload_id: "id \"with\" \n odd letters".to_owned(),
        size: 100,
        sha1: Sha1Digest::of(b"abc"),
        chunk: 10,
        acl: None,
    }
}

fn begin(manifest: &Path, to: &BucketPath) -> State {
    State::begin(manifest, ENDPOINT, to, true).unwrap()
}

/// A state file as a run leaves it that stored one part and began another.
fn left(folder: &Path) -> (PathBuf, PathBuf) {
    let manifest = folder.join("disk.manifest.xml");
    let mut state = begin(&manifest, &to());
    state.note_stored("debian/a", entry("e1"));
    state.note_begun("debian/b", begun());
    drop(state);
    (manifest, folder.join(".disk.manifest.xml.amikit-upload"))
}

fn is_ignored(state: &State, why: &str) -> bool {
    matches!(state.notes(), [UploadNote::StateIgnored { why: found, .. }] if found.contains(why))
}

#[test]
fn what_was_noted_is_known_to_the_next_run() {
    let folder = tempfile::tempdir().unwrap();
    let (manifest, _) = left(folder.path());

    let state = begin(&manifest, &to());

    assert_eq!(state.stored("debian/a"), Some(&entry("e1")));
    assert_eq!(state.begun("debian/b"), Some(&begun()));
    assert!(state.is_resumed());
    assert_eq!(state.notes(), []);
}

#[test]
fn later_lines_count_and_a_stored_part_is_begun_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let (manifest, _) = left(folder.path());
    let mut state = begin(&manifest, &to());
    state.note_stored("debian/a", entry("e2"));
    state.note_stored("debian/b", entry("e3"));
    drop(state);

    let state = begin(&manifest, &to());

    assert_eq!(state.stored("debian/a"), Some(&entry("e2")));
    assert_eq!(state.stored("debian/b"), Some(&entry("e3")));
    assert_eq!(state.begun("debian/b"), None);
}

#[test]
fn half_a_line_of_a_killed_run_is_not_read() {
    let folder = tempfile::tempdir().unwrap();
    let (manifest, file) = left(folder.path());
    let whole = fs::read(&file).unwrap();
    let first = whole.iter().position(|byte| *byte == b'\n').unwrap() + 1;

    for end in first..whole.len() {
        fs::write(&file, &whole[..end]).unwrap();
        let state = State::load(&manifest, ENDPOINT, &to());
        assert_eq!(state.notes(), [], "cut at {end}");
        assert_eq!(state.begun("debian/b"), None);
    }
}

#[test]
fn a_state_of_another_place_is_ignored() {
    let folder = tempfile::tempdir().unwrap();
    let (manifest, _) = left(folder.path());

    let elsewhere = State::load(&manifest, "http://other:8773", &to());
    let other_bucket = State::load(&manifest, ENDPOINT, &"backup/debian".parse().unwrap());

    assert!(is_ignored(&elsewhere, "another place"));
    assert!(is_ignored(&other_bucket, "another place"));
    assert_eq!(elsewhere.stored("debian/a"), None);
}

#[test]
fn hostile_files_are_ignored_and_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let (manifest, file) = left(folder.path());
    let good = fs::read_to_string(&file).unwrap();
    let header = good.lines().next().unwrap();
    for (content, why) in [
        (String::new(), "no state file"),
        ("\u{0}\u{1}\n".repeat(1000), "no state file"),
        (format!("[{}\n", "[".repeat(100_000)), "no state file"),
        (good.replace(":1,", ":2,"), "version 2"),
        (format!("{header}\n{{\"key\":\"x\"}}\n"), "damaged"),
        (format!("{header}\n{}\n", "a".repeat(1 << 20)), "damaged"),
        (good.replace("aws-exec-read", "everything"), "damaged"),
    ] {
        fs::write(&file, &content).unwrap();
        let state = begin(&manifest, &to());
        assert!(is_ignored(&state, why), "{why}: {:?}", state.notes());
        assert_eq!(state.stored("debian/a"), None);
        drop(state);
        assert!(!file.exists(), "an empty state is of no use");
    }
}

#[test]
fn a_link_in_the_files_place_is_replaced_and_its_target_untouched() {
    let folder = tempfile::tempdir().unwrap();
    let (manifest, file) = left(folder.path());
    let target = folder.path().join("precious");
    fs::write(&target, "precious").unwrap();
    fs::remove_file(&file).unwrap();
    std::os::unix::fs::symlink(&target, &file).unwrap();

    let mut state = begin(&manifest, &to());
    state.note_stored("debian/a", entry("e1"));

    assert_eq!(state.notes().len(), 1);
    assert_eq!(fs::read_to_string(&target).unwrap(), "precious");
    assert!(file.symlink_metadata().unwrap().is_file());
}

#[test]
fn a_file_that_everybody_can_write_is_not_believed() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let (manifest, file) = left(folder.path());
    fs::set_permissions(file, fs::Permissions::from_mode(0o666)).unwrap();

    let state = begin(&manifest, &to());

    assert!(is_ignored(&state, "others can write it"));
    assert_eq!(state.stored("debian/a"), None);
}

#[test]
fn only_one_run_at_a_time_has_the_state() {
    let folder = tempfile::tempdir().unwrap();
    let manifest = folder.path().join("disk.manifest.xml");
    let first = begin(&manifest, &to());

    let second = State::begin(&manifest, ENDPOINT, &to(), true);

    assert!(matches!(second, Err(UploadError::Busy { .. })));
    drop(first);
    begin(&manifest, &to());
}

#[test]
fn an_upload_that_succeeds_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (manifest, file) = left(folder.path());
    assert!(file.exists());

    assert_eq!(begin(&manifest, &to()).end(), []);

    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn without_resuming_only_what_was_begun_is_known() {
    let folder = tempfile::tempdir().unwrap();
    let (manifest, _) = left(folder.path());

    let state = State::begin(&manifest, ENDPOINT, &to(), false).unwrap();

    assert_eq!(state.stored("debian/a"), None);
    assert_eq!(state.begun("debian/b"), Some(&begun()));
    assert!(!state.is_resumed());
}
