//! Many threads between one that produces and one that consumes, in order.
//!
//! ```text
//!            ┌─► worker ─┐
//! produce ───┼─► worker ─┼───► consume         blank items go back the same way
//!            └─► worker ─┘
//! ```
//!
//! Items are numbered when they are produced and consumed in that order, however long a worker
//! takes. There is a fixed number of them, which are used again and again: memory is bounded,
//! and a slow consumer makes the producer wait. Whoever fails drops its ends of the channels;
//! the others notice, stop, and the first failure is returned.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Mutex, PoisonError};

/// A numbered result, or nothing when a thread panics: the panic goes on in the caller.
type Done<Item, Failure> = Option<(u64, Result<Item, Failure>)>;

/// Wakes the collector when its thread panics; it would wait for the lost item for ever.
struct Alarm<Item, Failure>(Sender<Done<Item, Failure>>);

impl<Item, Failure> Drop for Alarm<Item, Failure> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let _ = self.0.send(None);
        }
    }
}

/// Runs the pipe until `produce` returns false, or something fails.
///
/// `produce` fills a used item (empty it first), every worker made by `worker` turns items
/// into results, and `consume` gets them in order, in the calling thread.
///
/// # Errors
/// The first failure: of the earliest item if several fail.
pub(super) fn run<Item, Failure, Work>(
    jobs: NonZeroUsize,
    mut produce: impl FnMut(&mut Item) -> Result<bool, Failure> + Send,
    worker: impl Fn() -> Work + Sync,
    mut consume: impl FnMut(&mut Item) -> Result<(), Failure>,
) -> Result<(), Failure>
where
    Item: Default + Send,
    Failure: Send,
    Work: FnMut(&mut Item) -> Result<(), Failure>,
{
    let jobs = jobs.get();
    let (blank_sender, blanks) = mpsc::channel::<Item>();
    let (work_sender, work) = mpsc::channel::<(u64, Item)>();
    let (done_sender, done) = mpsc::channel::<Done<Item, Failure>>();
    for _ in 0..2 * jobs + 2 {
        let _ = blank_sender.send(Item::default()); // the receiver is right here
    }
    let work = Mutex::new(work);
    std::thread::scope(|scope| {
        let alarm = Alarm(done_sender.clone());
        scope.spawn(move || {
            for number in 0.. {
                let Ok(mut item) = blanks.recv() else { break };
                match produce(&mut item) {
                    Ok(true) => {
                        if work_sender.send((number, item)).is_err() {
                            break;
                        }
                    }
                    Ok(false) => break,
                    Err(failure) => {
                        let _ = alarm.0.send(Some((number, Err(failure))));
                        break;
                    }
                }
            }
        });
        for _ in 0..jobs {
            let (work, worker, alarm) = (&work, &worker, Alarm(done_sender.clone()));
            scope.spawn(move || serve(work, worker(), &alarm));
        }
        drop(done_sender);
        let result = collect(&done, &blank_sender, &mut consume);
        // Whoever still works finds these gone and stops.
        drop((done, blank_sender));
        result
    })
}

/// One worker: takes items until there are no more, or nobody wants the results.
fn serve<Item, Failure>(
    work: &Mutex<Receiver<(u64, Item)>>,
    mut worker: impl FnMut(&mut Item) -> Result<(), Failure>,
    alarm: &Alarm<Item, Failure>,
) {
    loop {
        let next = work.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok((number, mut item)) = next else { break };
        let result = worker(&mut item).map(|()| item);
        let failed = result.is_err();
        if alarm.0.send(Some((number, result))).is_err() || failed {
            break;
        }
    }
}

/// Brings results into order and consumes them.
fn collect<Item, Failure>(
    done: &Receiver<Done<Item, Failure>>,
    blanks: &Sender<Item>,
    consume: &mut impl FnMut(&mut Item) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut early = BTreeMap::new();
    let mut next = 0;
    while let Ok(Some((number, result))) = done.recv() {
        early.insert(number, result);
        while let Some(result) = early.remove(&next) {
            let mut item = result?;
            consume(&mut item)?;
            next += 1;
            let _ = blanks.send(item); // the producer may have ended
        }
    }
    // A failed worker ends, so there may be a gap before the failure; nothing comes any more.
    early
        .into_values()
        .find_map(Result::err)
        .map_or(Ok(()), Err)
}

#[cfg(test)]
mod tests {
    use super::*;

    const JOBS: NonZeroUsize = NonZeroUsize::new(3).unwrap();

    /// Sends 0 to `count` through the pipe; workers double, and fail at `bad`.
    fn double(count: u64, bad: Option<u64>, refuse: Option<u64>) -> Result<Vec<u64>, String> {
        let mut next = 0;
        let mut seen = Vec::new();
        run(
            JOBS,
            |item: &mut u64| {
                *item = next;
                next += 1;
                Ok(*item < count)
            },
            || {
                |item: &mut u64| {
                    if Some(*item) == bad {
                        return Err(format!("worker refuses {item}"));
                    }
                    if item.is_multiple_of(3) {
                        std::thread::yield_now();
                    }
                    *item *= 2;
                    Ok(())
                }
            },
            |item| {
                if refuse == Some(*item) {
                    return Err(format!("consumer refuses {item}"));
                }
                seen.push(*item);
                Ok(())
            },
        )
        .map(|()| seen)
    }

    #[test]
    fn results_come_in_order() {
        assert_eq!(
            double(1000, None, None),
            Ok((0..1000).map(|n| n * 2).collect())
        );
        assert_eq!(double(0, None, None), Ok(vec![]));
    }

    #[test]
    fn a_worker_that_fails_ends_the_pipe() {
        assert_eq!(
            double(1000, Some(500), None),
            Err("worker refuses 500".to_owned())
        );
        assert_eq!(
            double(1000, Some(0), None),
            Err("worker refuses 0".to_owned())
        );
        assert_eq!(
            double(1000, Some(999), None),
            Err("worker refuses 999".to_owned())
        );
    }

    #[test]
    fn a_consumer_that_fails_ends_the_pipe() {
        assert_eq!(
            double(u64::MAX, None, Some(20)),
            Err("consumer refuses 20".to_owned())
        );
    }

    #[test]
    #[should_panic(expected = "a scoped thread panicked")]
    fn a_worker_that_panics_does_not_hang_the_pipe() {
        let _ = run(
            JOBS,
            |_: &mut u8| Ok::<_, ()>(true),
            || |_: &mut u8| panic!("on purpose"),
            |_| Ok(()),
        );
    }

    #[test]
    fn a_producer_that_fails_ends_the_pipe_after_what_it_made() {
        let mut left = 10;
        let mut seen = 0;
        let result = run(
            JOBS,
            |(): &mut ()| {
                left -= 1;
                if left == 0 { Err("no more") } else { Ok(true) }
            },
            || |(): &mut ()| Ok(()),
            |()| {
                seen += 1;
                Ok(())
            },
        );

        assert_eq!(result, Err("no more"));
        assert_eq!(seen, 9);
    }
}
