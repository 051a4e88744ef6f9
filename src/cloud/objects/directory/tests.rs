use std::fs;
use std::io::Read as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::sync::mpsc;

use tempfile::TempDir;

use super::*;

/// A store in a folder of its own.
struct Stage {
    folder: TempDir,
    store: Option<DirectoryStore>,
}

impl Stage {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = DirectoryStore::open(&folder.path().join("objects")).unwrap();
        Self {
            folder,
            store: Some(store),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join("objects").join(name)
    }

    fn store(&self) -> &DirectoryStore {
        self.store.as_ref().unwrap()
    }

    fn reopen(&mut self) -> Result<(), StoreError> {
        self.store = None;
        self.store = Some(DirectoryStore::open(&self.path(""))?);
        Ok(())
    }

    fn finish(&self, id: &BlobId, bytes: &[u8]) {
        let mut writer = self.store().create(id).unwrap();
        writer.write_all(bytes).unwrap();
        writer.finish().unwrap();
    }

    fn read(&self, id: &BlobId) -> Result<Vec<u8>, StoreError> {
        let blob = self.store().handle(id)?;
        let mut bytes = Vec::new();
        let mut reader = blob.range(0, blob.size())?;
        reader.read_to_end(&mut bytes).unwrap();
        Ok(bytes)
    }
}

const ID: BlobId = BlobId::from_bits([0xab; 16]);
const NAME: &str = "abababababababababababababababab";

fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn only_the_owner_sees_anything() {
    let stage = Stage::new();

    stage.finish(&ID, b"secret");
    let unsettled = mode(&stage.path("incoming").join(NAME));
    stage.store().settle(&ID).unwrap();

    for folder in ["", "incoming", "blobs", "blobs/00", "blobs/ff"] {
        assert_eq!(mode(&stage.path(folder)), 0o700, "{folder}");
    }
    let settled = mode(&stage.path("blobs/ab").join(NAME));
    let lock = mode(&stage.path("lock"));
    assert_eq!([unsettled, settled, lock], [0o600; 3]);
}

#[test]
fn one_program_at_a_time_uses_a_directory() {
    let stage = Stage::new();

    let second = DirectoryStore::open(&stage.path(""));

    let Err(error @ StoreError::InUse { .. }) = second else {
        panic!("{second:?}");
    };
    assert!(error.to_string().contains("objects/lock"), "{error}");
}

#[test]
fn a_writer_keeps_the_lock_and_a_lock_that_nobody_holds_stops_nobody() {
    let mut stage = Stage::new();
    let writer = stage.store().create(&ID).unwrap();

    let early = stage.reopen();
    drop(writer);

    assert!(matches!(early, Err(StoreError::InUse { .. })));
    assert!(stage.path("lock").exists());
    stage.reopen().unwrap();
}

#[test]
fn what_a_crash_left_in_incoming_is_settled_or_discarded() {
    let mut stage = Stage::new();
    let other = BlobId::from_bits([1; 16]);
    stage.finish(&ID, b"committed");
    stage.finish(&other, b"not committed");

    stage.reopen().unwrap();
    let mut found = stage.store().unsettled().unwrap();
    found.sort();
    assert_eq!(found, [other, ID]);
    stage.store().settle(&ID).unwrap();
    assert!(stage.store().discard(&other).unwrap());

    stage.reopen().unwrap();
    assert_eq!(stage.store().unsettled().unwrap(), []);
    assert_eq!(stage.read(&ID).unwrap(), b"committed");
    assert!(matches!(
        stage.read(&other),
        Err(StoreError::NotFound { .. })
    ));
    assert!(!stage.store().discard(&other).unwrap(), "again");
}

/// A rename that was on the disk only by half: both names of one file.
#[test]
fn a_blob_in_both_places_is_read_settled_and_deleted_as_one() {
    let stage = Stage::new();
    stage.finish(&ID, b"twice");
    let unsettled = stage.path("incoming").join(NAME);
    fs::hard_link(&unsettled, stage.path("blobs/ab").join(NAME)).unwrap();

    stage.store().settle(&ID).unwrap();
    assert_eq!(stage.read(&ID).unwrap(), b"twice");

    assert!(stage.store().delete(&ID).unwrap());
    assert!(matches!(stage.read(&ID), Err(StoreError::NotFound { .. })));
    assert_eq!(stage.store().unsettled().unwrap(), []);
}

#[test]
fn a_blob_that_was_not_settled_is_deleted_too() {
    let stage = Stage::new();
    stage.finish(&ID, b"replaced at once");

    assert!(stage.store().delete(&ID).unwrap());

    assert!(!stage.store().delete(&ID).unwrap());
    assert!(matches!(
        stage.store().settle(&ID),
        Err(StoreError::NotFound { .. })
    ));
}

#[test]
fn links_in_the_place_of_folders_are_refused() {
    for folder in ["incoming", "blobs", "blobs/7f"] {
        let mut stage = Stage::new();
        let away = stage.folder.path().join("away");
        fs::rename(stage.path(folder), &away).unwrap();
        symlink(&away, stage.path(folder)).unwrap();

        let opened = stage.reopen();

        let Err(error @ StoreError::Kind { .. }) = opened else {
            panic!("{folder}: {opened:?}");
        };
        assert!(error.to_string().contains("symbolic link"), "{error}");
    }
}

#[test]
fn a_shelf_that_becomes_a_link_is_not_followed() {
    let stage = Stage::new();
    let away = stage.folder.path().join("away");
    fs::rename(stage.path("blobs/ab"), &away).unwrap();
    symlink(&away, stage.path("blobs/ab")).unwrap();
    stage.finish(&ID, b"stays here");

    let settled = stage.store().settle(&ID);

    assert!(
        matches!(settled, Err(StoreError::Kind { .. })),
        "{settled:?}"
    );
    assert!(stage.read(&ID).is_err());
    assert!(stage.store().delete(&ID).is_err());
    assert_eq!(fs::read_dir(&away).unwrap().count(), 0);
}

#[test]
fn what_is_no_file_is_neither_opened_nor_listed_nor_written_through() {
    let stage = Stage::new();
    let secret = stage.folder.path().join("secret");
    fs::write(&secret, "not a blob").unwrap();
    let place = stage.path("blobs/ab").join(NAME);
    let incoming = stage.path("incoming").join(NAME);
    symlink(&secret, &place).unwrap();
    symlink(&secret, &incoming).unwrap();

    let read = stage.read(&ID);
    assert!(matches!(&read, Err(StoreError::Kind { found, .. }) if *found == "symbolic link"));
    let written = stage.store().create(&ID).map(drop);
    assert!(matches!(written, Err(StoreError::Exists { .. })));
    assert_eq!(stage.store().unsettled().unwrap(), []);
    let mut count = 0;
    let mut visit = |_| {
        count += 1;
        ControlFlow::Continue(())
    };
    stage.store().list(&mut visit).unwrap();
    assert_eq!(count, 0);

    fs::remove_file(&place).unwrap();
    rustix::fs::mkfifoat(rustix::fs::CWD, &place, layout::OWN_FILE).unwrap();
    let read = stage.read(&ID);
    assert!(
        matches!(&read, Err(StoreError::Kind { found, .. }) if *found == "fifo"),
        "{read:?}"
    );
}

#[test]
fn folders_that_others_can_write_to_are_refused() {
    let mut stage = Stage::new();
    let open = fs::Permissions::from_mode(0o770);
    fs::set_permissions(stage.path("incoming"), open).unwrap();

    let opened = stage.reopen();

    assert!(
        matches!(opened, Err(StoreError::Exposed { mode: 0o770, .. })),
        "{opened:?}"
    );
}

#[test]
fn strange_names_and_blobs_on_the_wrong_shelf_are_left_alone() {
    let stage = Stage::new();
    fs::write(stage.path("incoming/README"), "").unwrap();
    fs::write(stage.path("blobs/00").join(NAME), "").unwrap();
    stage.finish(&ID, b"1");

    let mut found = Vec::new();
    let mut visit = |blob| {
        found.push(blob);
        ControlFlow::Continue(())
    };
    stage.store().list(&mut visit).unwrap();

    let expected = BlobInfo {
        id: ID,
        size: 1,
        settled: false,
    };
    assert_eq!(found, [expected]);
}

#[test]
fn a_file_that_was_cut_short_is_an_error_of_its_size() {
    let stage = Stage::new();
    stage.finish(&ID, &[7; 100]);
    let mut reader = stage.store().open(&ID, 10, 90).unwrap();
    let file = fs::File::options()
        .write(true)
        .open(stage.path("incoming").join(NAME));
    file.unwrap().set_len(50).unwrap();

    let error = reader.read_to_end(&mut Vec::new()).unwrap_err();

    let error = StoreError::of(error).unwrap();
    assert!(
        matches!(
            error,
            StoreError::Size {
                found: 50,
                expected: 100,
                ..
            }
        ),
        "{error}"
    );
}

/// Readers look in both places while blobs move from one to the other.
#[test]
fn a_blob_is_found_at_every_moment_of_settling() {
    let stage = Stage::new();
    let (send, receive) = mpsc::channel::<BlobId>();

    std::thread::scope(|scope| {
        let stage = &stage;
        scope.spawn(move || {
            for id in receive {
                for _ in 0..20 {
                    assert_eq!(stage.read(&id).unwrap(), b"here");
                }
            }
        });
        for number in 0..200_u8 {
            let id = BlobId::from_bits([number; 16]);
            stage.finish(&id, b"here");
            send.send(id).unwrap();
            stage.store().settle(&id).unwrap();
            stage.store().settle(&id).unwrap();
        }
        drop(send);
    });
}
