//! A bounded number of threads that work on a queue, which the work itself may add to.
//!
//! ```text
//! jobs ─► queue ─► worker ─► more jobs, in front: what was begun is ended first
//!            └───► worker ─► error: nothing new is begun, what runs comes to its end
//! ```

use std::collections::VecDeque;
use std::num::NonZeroUsize;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// The queue that workers share.
#[derive(Debug)]
pub(super) struct Pool<J, E> {
    state: Mutex<State<J, E>>,
    changed: Condvar,
}

#[derive(Debug)]
struct State<J, E> {
    waiting: VecDeque<J>,
    running: usize,
    error: Option<E>,
}

impl<J: Send, E: Send> Pool<J, E> {
    /// Does all jobs, and those that are added meanwhile, with at most `workers` threads.
    ///
    /// # Errors
    /// The first error of a job. Jobs that were waiting then are dropped.
    pub(super) fn run(
        workers: NonZeroUsize,
        jobs: impl IntoIterator<Item = J>,
        work: impl Fn(J, &Self) -> Result<(), E> + Sync,
    ) -> Result<(), E> {
        let pool = Self {
            state: Mutex::new(State {
                waiting: jobs.into_iter().collect(),
                running: 0,
                error: None,
            }),
            changed: Condvar::new(),
        };
        let worker = || {
            while let Some(job) = pool.next() {
                let running = Running(&pool);
                if let Err(error) = work(job, &pool) {
                    pool.locked().error.get_or_insert(error);
                }
                drop(running);
            }
        };
        std::thread::scope(|scope| {
            for _ in 1..workers.get() {
                scope.spawn(worker);
            }
            worker();
        });
        let state = pool.state.into_inner();
        match state.unwrap_or_else(PoisonError::into_inner).error {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }

    /// Adds jobs that are done before those that wait.
    pub(super) fn add(&self, jobs: impl DoubleEndedIterator<Item = J>) {
        let mut state = self.locked();
        for job in jobs.rev() {
            state.waiting.push_front(job);
        }
        drop(state);
        self.changed.notify_all();
    }

    /// Whether a job has failed, so that long ones may end early.
    pub(super) fn has_failed(&self) -> bool {
        self.locked().error.is_some()
    }

    /// The next job; none when all are done, or one has failed.
    fn next(&self) -> Option<J> {
        let mut state = self.locked();
        loop {
            if state.error.is_some() {
                return None;
            }
            if let Some(job) = state.waiting.pop_front() {
                state.running += 1;
                return Some(job);
            }
            if state.running == 0 {
                return None;
            }
            let woken = self.changed.wait(state);
            state = woken.unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// A queue whose thread panicked is still a queue: the panic goes on when all have ended.
    fn locked(&self) -> MutexGuard<'_, State<J, E>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A job that runs. Its end is told even when it panics, so that nobody waits for ever, and
/// nothing new is begun then: the panic goes on when what runs has ended.
struct Running<'a, J: Send, E: Send>(&'a Pool<J, E>);

impl<J: Send, E: Send> Drop for Running<'_, J, E> {
    fn drop(&mut self) {
        let mut state = self.0.locked();
        state.running -= 1;
        if std::thread::panicking() {
            state.waiting.clear();
        }
        drop(state);
        self.0.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    const THREE: NonZeroUsize = NonZeroUsize::new(3).unwrap();

    #[test]
    fn jobs_that_are_added_are_done_too() {
        let done = AtomicUsize::new(0);

        let result: Result<(), ()> = Pool::run(THREE, 0..10, |job, pool| {
            done.fetch_add(1, Ordering::Relaxed);
            if job < 10 {
                pool.add([job + 10, job + 20].into_iter());
            }
            Ok(())
        });

        assert_eq!(result, Ok(()));
        assert_eq!(done.into_inner(), 30);
    }

    #[test]
    fn after_an_error_nothing_new_is_begun() {
        let done = AtomicUsize::new(0);

        let result = Pool::run(NonZeroUsize::MIN, 0..10, |job, _| {
            done.fetch_add(1, Ordering::Relaxed);
            if job == 4 { Err(job) } else { Ok(()) }
        });

        assert_eq!(result, Err(4));
        assert_eq!(done.into_inner(), 5);
    }

    #[test]
    fn after_a_panic_nothing_new_is_begun() {
        let done = AtomicUsize::new(0);

        let run = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            Pool::<_, ()>::run(NonZeroUsize::new(2).unwrap(), 0..1000, |job, pool| {
                assert!(job != 0, "the first job panics");
                while !pool.locked().waiting.is_empty() {
                    std::thread::yield_now(); // until the panic is told
                }
                done.fetch_add(1, Ordering::Relaxed);
                Ok(())
            })
        }));

        assert!(run.is_err());
        assert!(done.into_inner() <= 1);
    }

    #[test]
    fn nothing_to_do_is_done_at_once() {
        let result: Result<(), ()> = Pool::run(THREE, std::iter::empty::<u8>(), |_, _| Ok(()));

        assert_eq!(result, Ok(()));
    }
}
