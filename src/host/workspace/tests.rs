use std::io::Write as _;

use super::*;

fn names(directory: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn a_file_appears_when_it_is_published() {
    let dir = tempfile::tempdir().unwrap();
    let pending = PendingFile::create(dir.path(), "image").unwrap();
    pending.file().write_all(b"whole").unwrap();
    assert!(!dir.path().join("image").exists());

    pending.publish(false).unwrap();

    assert_eq!(names(dir.path()), ["image"]);
    assert_eq!(fs::read(dir.path().join("image")).unwrap(), b"whole");
}

#[test]
fn a_private_file_was_never_anybody_elses_to_read() {
    let dir = tempfile::tempdir().unwrap();

    let pending = PendingFile::private(dir.path(), "key").unwrap();

    // Nothing but its making has set the mode.
    let mode = pending.file().metadata().unwrap().mode();
    assert_eq!(mode & 0o777, 0o600);
    pending.publish(false).unwrap();
    let mode = fs::metadata(dir.path().join("key")).unwrap().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn a_file_that_is_dropped_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();

    drop(PendingFile::create(dir.path(), "image").unwrap());

    assert_eq!(names(dir.path()), [""; 0]);
}

#[test]
fn an_existing_file_is_replaced_only_on_demand() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("image"), b"old").unwrap();

    let error = PendingFile::create(dir.path(), "image")
        .unwrap()
        .publish(false)
        .unwrap_err();
    assert!(matches!(error, WorkspaceError::Exists { .. }));
    assert_eq!(fs::read(dir.path().join("image")).unwrap(), b"old");

    PendingFile::create(dir.path(), "image")
        .unwrap()
        .publish(true)
        .unwrap();
    assert_eq!(fs::read(dir.path().join("image")).unwrap(), b"");
    assert_eq!(names(dir.path()), ["image"]);
}

#[test]
fn two_cannot_make_the_same_thing_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let _file = PendingFile::create(dir.path(), "image").unwrap();
    let _folder = Workspace::create(dir.path(), "bundle").unwrap();

    let file = PendingFile::create(dir.path(), "image").unwrap_err();
    let folder = Workspace::create(dir.path(), "bundle").unwrap_err();

    assert!(matches!(file, WorkspaceError::Busy { .. }), "{file}");
    assert!(matches!(folder, WorkspaceError::Busy { .. }), "{folder}");
    PendingFile::create(dir.path(), "another").unwrap();
}

#[test]
fn what_a_killed_run_left_is_taken_over() {
    let dir = tempfile::tempdir().unwrap();
    let left = Workspace::create(dir.path(), "bundle").unwrap();
    fs::write(left.path().join("bundle.part.00"), b"half").unwrap();
    let path = left.path().to_owned();
    std::mem::forget(left); // keeps the lock as well; a killed process does not
    assert!(Workspace::create(dir.path(), "bundle").is_err());
    let copy = tempfile::tempdir().unwrap();
    let moved = copy.path().join(path.file_name().unwrap());
    fs::create_dir(&moved).unwrap();
    fs::write(moved.join("bundle.part.00"), b"half").unwrap();

    let workspace = Workspace::create(copy.path(), "bundle").unwrap();

    assert_eq!(names(workspace.path()), [""; 0]);
    drop(workspace);
    assert_eq!(names(copy.path()), [""; 0]);
}

#[test]
fn a_symbolic_link_at_the_hidden_name_is_not_followed() {
    let dir = tempfile::tempdir().unwrap();
    let victim = dir.path().join("victim");
    fs::write(&victim, b"precious").unwrap();
    std::os::unix::fs::symlink(&victim, hidden(dir.path(), "image")).unwrap();

    assert!(PendingFile::create(dir.path(), "image").is_err());

    assert_eq!(fs::read(&victim).unwrap(), b"precious");
}

#[test]
fn a_missing_directory_is_named() {
    let error = Workspace::create(Path::new("/nowhere/at/all"), "x").unwrap_err();

    assert_eq!(
        error.to_string(),
        "/nowhere/at/all is not a directory that can be written to"
    );
}

#[test]
fn what_was_left_is_replaced_and_never_written_into() {
    let dir = tempfile::tempdir().unwrap();
    let precious = dir.path().join("precious");
    fs::write(&precious, b"precious").unwrap();
    fs::hard_link(&precious, hidden(dir.path(), "image")).unwrap();

    let pending = PendingFile::create(dir.path(), "image").unwrap();
    pending.file().write_all(b"whole").unwrap();
    pending.publish(false).unwrap();

    assert_eq!(fs::read(precious).unwrap(), b"precious");
    assert_eq!(fs::read(dir.path().join("image")).unwrap(), b"whole");
}

#[test]
fn a_folder_that_was_left_is_emptied_whatever_is_in_it() {
    let dir = tempfile::tempdir().unwrap();
    let left = hidden(dir.path(), "bundle");
    fs::create_dir_all(left.join("folder")).unwrap();
    fs::write(left.join("folder/file"), b"x").unwrap();

    let workspace = Workspace::create(dir.path(), "bundle").unwrap();

    assert_eq!(names(workspace.path()), [""; 0]);
}
