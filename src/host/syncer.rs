//! Makes files durable while others are still being written.
//!
//! A disk that is told to write only at the end idles until then, and whoever waits for it
//! idles after that. So a thread of its own waits for the disk in the meantime.

use std::fs::File;
use std::io;
use std::sync::mpsc::{self, SyncSender, TrySendError};
use std::thread::JoinHandle;

/// Files that may wait. More would only hold descriptors.
const WAITING: usize = 8;

/// A thread that makes files durable, in order.
pub struct Syncer {
    running: Option<(SyncSender<File>, JoinHandle<io::Result<()>>)>,
}

impl Default for Syncer {
    fn default() -> Self {
        let (files, queue) = mpsc::sync_channel::<File>(WAITING);
        let thread = std::thread::spawn(move || queue.iter().try_for_each(|file| file.sync_data()));
        Self {
            running: Some((files, thread)),
        }
    }
}

impl Syncer {
    /// Queues a file, and waits if the disk is far behind.
    ///
    /// # Errors
    /// When a file before it could not be made durable.
    pub fn queue(&mut self, file: File) -> io::Result<()> {
        match &self.running {
            Some((files, _)) if files.send(file).is_ok() => Ok(()),
            _ => self.end(),
        }
    }

    /// Queues a file that is still being written, so that the disk begins early. Does nothing
    /// if the disk is behind: it has enough to do.
    ///
    /// # Errors
    /// When a file before it could not be made durable.
    pub fn offer(&mut self, file: &File) -> io::Result<()> {
        let Some((files, _)) = &self.running else {
            return self.end();
        };
        match files.try_send(file.try_clone()?) {
            Ok(()) | Err(TrySendError::Full(_)) => Ok(()),
            Err(TrySendError::Disconnected(_)) => self.end(),
        }
    }

    /// Waits until all files are durable.
    ///
    /// # Errors
    /// When one could not be made so.
    pub fn finish(mut self) -> io::Result<()> {
        match self.running.take() {
            Some((files, thread)) => {
                drop(files);
                thread.join().unwrap_or_else(|_| Err(ended_early()))
            }
            None => Err(ended_early()),
        }
    }

    /// The error with which the thread ended before its time.
    fn end(&mut self) -> io::Result<()> {
        match self.running.take().map(|(_, thread)| thread.join()) {
            Some(Ok(Err(error))) => Err(error),
            _ => Err(ended_early()),
        }
    }
}

fn ended_early() -> io::Error {
    io::Error::other("the thread that waits for the disk ended early")
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn files_are_taken_whole_or_in_the_making() {
        let mut syncer = Syncer::default();
        for _ in 0..3 * WAITING {
            let mut file = tempfile::tempfile().unwrap();
            file.write_all(b"some").unwrap();
            syncer.offer(&file).unwrap();
            file.write_all(b"more").unwrap();
            syncer.queue(file).unwrap();
        }

        assert!(syncer.finish().is_ok());
    }

    /// Linux refuses to synchronise a pipe.
    #[test]
    fn a_file_that_cannot_be_made_durable_is_an_error_at_the_latest_at_the_end() {
        let (_reader, writer) = io::pipe().unwrap();
        let mut syncer = Syncer::default();

        let queued = syncer.queue(File::from(std::os::fd::OwnedFd::from(writer)));

        assert!(queued.and_then(|()| syncer.finish()).is_err());
    }
}
