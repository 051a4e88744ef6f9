//! Makes a directory durable once for all who wait for it.
//!
//! ```text
//! A, B, C made entries ─► A syncs the directory ─► D, E came meanwhile ─► D syncs for both
//!                         └ B and C wait for it too, if it begins after they came
//! ```

use std::io;
use std::os::fd::BorrowedFd;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use rustix::io::Errno;

/// The rounds in which one directory is made durable.
#[derive(Debug, Default)]
pub(super) struct GroupSync {
    rounds: Mutex<Rounds>,
    ended: Condvar,
}

#[derive(Debug, Default)]
struct Rounds {
    /// Rounds that have begun.
    begun: u64,
    /// Whether the last of them runs.
    running: bool,
    /// The last round that failed, and how. Who waited for it must know.
    failed: Option<(u64, Errno)>,
}

impl GroupSync {
    /// Returns when every entry that was made before the call is durable.
    ///
    /// # Errors
    /// When the directory could not be made so.
    pub(super) fn sync(&self, directory: BorrowedFd<'_>) -> io::Result<()> {
        let mut rounds = self.rounds();
        // A round that runs may have begun before our entry was made: the next one is ours.
        let ours = rounds.begun + 1;
        loop {
            let ended = rounds.begun - u64::from(rounds.running);
            if ended >= ours {
                // A later round's success says nothing of ours; its failure says enough.
                return match rounds.failed {
                    Some((round, error)) if round >= ours => Err(error.into()),
                    _ => Ok(()),
                };
            }
            if !rounds.running {
                break;
            }
            rounds = self
                .ended
                .wait(rounds)
                .unwrap_or_else(PoisonError::into_inner);
        }
        rounds.begun += 1;
        rounds.running = true;
        let round = rounds.begun;
        drop(rounds);

        let synced = rustix::fs::fsync(directory);
        let mut rounds = self.rounds();
        rounds.running = false;
        if let Err(error) = synced {
            rounds.failed = Some((round, error));
        }
        drop(rounds);
        self.ended.notify_all();
        synced.map_err(io::Error::from)
    }

    fn rounds(&self) -> MutexGuard<'_, Rounds> {
        self.rounds.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::os::fd::AsFd as _;

    use super::*;

    #[test]
    fn many_threads_wait_for_fewer_rounds() {
        let folder = tempfile::tempdir().unwrap();
        let directory = File::open(folder.path()).unwrap();
        let group = GroupSync::default();

        std::thread::scope(|scope| {
            for _ in 0..16 {
                scope.spawn(|| {
                    for _ in 0..50 {
                        group.sync(directory.as_fd()).unwrap();
                    }
                });
            }
        });

        let rounds = group.rounds();
        assert!(!rounds.running);
        assert!((50..=800).contains(&rounds.begun), "{}", rounds.begun);
    }

    /// Linux refuses to synchronise a pipe.
    #[test]
    fn everybody_who_waited_for_a_round_that_failed_is_told() {
        let (_reader, writer) = io::pipe().unwrap();
        let group = GroupSync::default();

        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| assert!(group.sync(writer.as_fd()).is_err()));
            }
        });

        let folder = tempfile::tempdir().unwrap();
        let directory = File::open(folder.path()).unwrap();
        assert!(group.sync(directory.as_fd()).is_ok(), "a later one may do");
    }
}
