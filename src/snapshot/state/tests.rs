use serde_json::json;

use super::*;

const MOST: u32 = 100;

fn terms() -> Value {
    json!({"image": {"size": 5}, "endpoint": "https://ebs.example.com"})
}

fn begin(path: &Path) -> State {
    State::begin(path, terms(), MOST, true, "new".to_owned()).unwrap()
}

fn digest(index: u32) -> Sha256Digest {
    Sha256Digest::of(&index.to_le_bytes())
}

/// A state file as a run leaves it that had three blocks done.
fn left(folder: &Path) -> PathBuf {
    let path = beside(&folder.join("disk.img"));
    let mut state = State::begin(&path, terms(), MOST, true, "old".to_owned()).unwrap();
    state.token_leaves();
    state.set_started(Started {
        snapshot: "snap-1".to_owned(),
        encrypted: true,
    });
    for index in [7, 0, 99] {
        state.note_done(index, digest(index));
    }
    path
}

fn is_ignored(state: &State, why: &str) -> bool {
    matches!(&*state.notes, [SnapshotNote::StateIgnored { why: found, .. }] if found.contains(why))
}

#[test]
fn what_was_noted_is_known_to_the_next_run() {
    let folder = tempfile::tempdir().unwrap();
    let path = left(folder.path());

    let state = begin(&path);

    assert_eq!(path, folder.path().join(".disk.img.amikit-snapshot"));
    assert_eq!(state.token(), "old");
    assert_eq!(state.started().unwrap().snapshot, "snap-1");
    assert!(state.started().unwrap().encrypted);
    assert_eq!(state.count(), 3);
    assert_eq!(state.done(99), Some(digest(99)));
    assert_eq!(state.done(1), None);
    assert_eq!(state.notes, []);
}

#[test]
fn the_checksum_is_over_the_raw_digests_in_the_order_of_the_blocks() {
    let folder = tempfile::tempdir().unwrap();
    let state = begin(&left(folder.path()));

    let written = state.written();

    let raw = [digest(0).0, digest(7).0, digest(99).0].concat();
    assert_eq!(written.blocks, 3);
    assert_eq!(written.checksum, Sha256Digest::of(&raw));
    let nothing = State::in_memory(String::new()).written();
    assert_eq!(
        (nothing.blocks, nothing.checksum),
        (0, Sha256Digest::of(b""))
    );
}

#[test]
fn a_block_that_was_sent_again_counts_once_with_its_last_digest() {
    let folder = tempfile::tempdir().unwrap();
    let path = left(folder.path());
    let mut state = begin(&path);
    state.note_done(7, digest(8));
    drop(state);

    let state = begin(&path);

    assert_eq!((state.count(), state.done(7)), (3, Some(digest(8))));
}

#[test]
fn half_a_record_and_what_follows_a_damaged_one_are_not_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = left(folder.path());
    let bytes = fs::read(&path).unwrap();
    let records = bytes.len() - 3 * RECORD;
    for (cut, known) in [(bytes.len() - 1, 2), (records + RECORD, 1), (records, 0)] {
        fs::write(&path, &bytes[..cut]).unwrap();
        assert_eq!(begin(&path).count(), known, "{cut}");
    }
    let mut damaged = bytes.clone();
    damaged[records + RECORD + 5] ^= 1;
    fs::write(&path, &damaged).unwrap();

    assert_eq!(begin(&path).count(), 1);
}

#[test]
fn a_block_behind_the_end_is_not_believed() {
    let folder = tempfile::tempdir().unwrap();
    let path = left(folder.path());

    let state = State::begin(&path, terms(), 99, true, "new".to_owned()).unwrap();

    assert_eq!(state.count(), 2, "those before it");
}

#[test]
fn files_of_others_are_not_used_and_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = left(folder.path());
    let whole = fs::read(&path).unwrap();
    let version = String::from_utf8_lossy(&whole[..40]).replace(":1,", ":2,");
    for (bytes, why) in [
        (b"hello\n".to_vec(), "no state file"),
        (b"no line at all".to_vec(), "no state file"),
        (vec![0; 260 << 10], "no state file"),
        (vec![0; 300 << 10], "too large"),
        (
            [version.as_bytes(), &whole[40..]].concat(),
            "version 2, expected 1",
        ),
    ] {
        fs::write(&path, bytes).unwrap();
        let state = begin(&path);
        assert!(is_ignored(&state, why), "{:?}", state.notes);
        assert_eq!((state.token(), state.count()), ("new", 0));
    }
    fs::write(&path, whole).unwrap();

    let state = State::begin(&path, json!({}), MOST, true, "new".to_owned()).unwrap();

    assert!(is_ignored(&state, "another image"), "{:?}", state.notes);
}

#[test]
fn without_resuming_nothing_is_known() {
    let folder = tempfile::tempdir().unwrap();
    let path = left(folder.path());

    let state = State::begin(&path, terms(), MOST, false, "new".to_owned()).unwrap();

    assert_eq!((state.token(), state.count()), ("new", 0));
    assert!(state.started().is_none());
    assert_eq!(state.notes, []);
}

#[test]
fn only_one_run_at_a_time_has_the_state() {
    let folder = tempfile::tempdir().unwrap();
    let path = left(folder.path());
    let first = begin(&path);

    let second = State::begin(&path, terms(), MOST, true, "new".to_owned());

    assert!(matches!(second, Err(WorkspaceError::Busy { .. })));
    drop(first);
    begin(&path);
}

#[test]
fn nothing_is_left_of_what_came_to_nothing_or_to_an_end() {
    let folder = tempfile::tempdir().unwrap();
    let path = beside(&folder.path().join("disk.img"));
    drop(begin(&path));
    assert_eq!(
        fs::read_dir(folder.path()).unwrap().count(),
        0,
        "nothing was done"
    );
    let mut refused = begin(&path);
    refused.token_leaves();
    refused.token_is_refused();
    drop(refused);
    assert_eq!(
        fs::read_dir(folder.path()).unwrap().count(),
        0,
        "nothing was begun"
    );
    left(folder.path());

    assert_eq!(begin(&path).end(), []);

    assert_eq!(
        fs::read_dir(folder.path()).unwrap().count(),
        0,
        "all is done"
    );
}

#[test]
fn a_token_that_left_is_kept_and_another_takes_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let path = beside(&folder.path().join("disk.img"));
    let mut state = State::begin(&path, terms(), MOST, true, "first".to_owned()).unwrap();
    state.token_leaves();
    drop(state);

    let mut state = begin(&path);

    assert_eq!(state.token(), "first");
    state.note_done(1, digest(1));
    state.restart("second".to_owned());
    drop(state);
    let state = begin(&path);
    assert_eq!((state.token(), state.count()), ("second", 0));
}
