//! Threads that work through a list of blocks, as many at once as the gate lets in.
//!
//! ```text
//! jobs, made when they are needed ─► worker ─► done
//!                     ▲                 ├─► throttled to the end: back, and slower
//!                     └─────────────────┘
//!                                       └─► error: nothing new is begun, what runs ends
//! ```

use std::num::NonZeroUsize;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::gate::Gate;

/// How the service took a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pace {
    /// At once.
    Good,
    /// After it had asked to slow down.
    Throttled,
    /// It was not asked.
    Idle,
}

/// What the workers share.
struct Queue<I, J, E> {
    jobs: I,
    again: Vec<J>,
    error: Option<E>,
}

/// Does all jobs with at most so many threads. A job whose error is one of throttling goes back
/// to the others as long as there is something to slow down.
///
/// # Errors
/// The first error of a job; jobs that were not begun then are dropped.
pub(super) fn run<J: Send, E: Send>(
    workers: NonZeroUsize,
    gate: &Gate,
    jobs: impl Iterator<Item = J> + Send,
    work: impl Fn(&J) -> Result<Pace, E> + Sync,
    is_throttling: impl Fn(&E) -> bool + Sync,
) -> Result<(), E> {
    let queue = Mutex::new(Queue {
        jobs,
        again: Vec::new(),
        error: None,
    });
    let worker = || {
        loop {
            let pass = gate.enter();
            let Some(job) = next(&mut locked(&queue)) else {
                return;
            };
            match work(&job) {
                Ok(Pace::Good) => pass.good(),
                Ok(Pace::Throttled) => {
                    pass.throttled();
                }
                Ok(Pace::Idle) => {}
                Err(error) if is_throttling(&error) && pass.throttled() => {
                    locked(&queue).again.push(job);
                }
                Err(error) => {
                    locked(&queue).error.get_or_insert(error);
                }
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..workers.get() {
            scope.spawn(worker);
        }
        worker();
    });
    let queue = queue.into_inner();
    match queue.unwrap_or_else(PoisonError::into_inner).error {
        Some(error) => Err(error),
        None => Ok(()),
    }
}

fn next<J, E>(queue: &mut Queue<impl Iterator<Item = J>, J, E>) -> Option<J> {
    if queue.error.is_some() {
        return None;
    }
    queue.again.pop().or_else(|| queue.jobs.next())
}

/// A queue whose thread panicked is still a queue: the panic goes on when all have ended.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    const FOUR: NonZeroUsize = NonZeroUsize::new(4).unwrap();

    #[test]
    fn what_is_throttled_is_done_later_and_slower() {
        let gate = Gate::new(FOUR);
        let refused = AtomicUsize::new(0);
        let done = AtomicUsize::new(0);

        let result = run(
            FOUR,
            &gate,
            0..50,
            |_| {
                if refused.fetch_add(1, Ordering::Relaxed) < 2 {
                    return Err("slow down");
                }
                done.fetch_add(1, Ordering::Relaxed);
                Ok(Pace::Idle)
            },
            |error| *error == "slow down",
        );

        assert_eq!(result, Ok(()));
        assert_eq!(done.into_inner(), 50);
        assert!(gate.limit() < 4);
    }

    #[test]
    fn endless_throttling_is_an_error_in_the_end() {
        let gate = Gate::new(FOUR);

        let result = run(FOUR, &gate, 0..50, |_| Err("slow down"), |_| true);

        assert_eq!(result, Err("slow down"));
        assert_eq!(gate.limit(), 1);
    }

    #[test]
    fn after_an_error_nothing_new_is_begun() {
        let done = AtomicUsize::new(0);

        let result = run(
            NonZeroUsize::MIN,
            &Gate::new(NonZeroUsize::MIN),
            0..10,
            |job| {
                done.fetch_add(1, Ordering::Relaxed);
                if *job == 4 { Err(*job) } else { Ok(Pace::Good) }
            },
            |_| false,
        );

        assert_eq!(result, Err(4));
        assert_eq!(done.into_inner(), 5);
    }

    #[test]
    fn a_panic_ends_all_and_goes_on() {
        let run = std::panic::catch_unwind(|| {
            let gate = Gate::new(NonZeroUsize::new(2).unwrap());
            run::<_, ()>(
                FOUR,
                &gate,
                0..100,
                |job| {
                    assert!(*job != 7, "this job panics");
                    Ok(Pace::Good)
                },
                |()| false,
            )
        });

        assert!(run.is_err());
    }
}
