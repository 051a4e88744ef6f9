//! Tells what several threads do in the order in which one would have done it.
//!
//! ```text
//! done: 0 ─► told 0      2 ─► waits      1 ─► told 1, told 2
//! ```

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use crate::progress::{Progress, Step};

/// What is told of the items of a list, each when all before it are told.
pub struct InOrder<'a> {
    progress: &'a dyn Progress,
    waiting: Mutex<Waiting>,
}

#[derive(Debug, Default)]
struct Waiting {
    /// Index of the item that is to be told next.
    next: usize,
    /// Items that are done before their turn: their names, and whether they were skipped.
    early: BTreeMap<usize, (String, bool)>,
}

impl std::fmt::Debug for InOrder<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("InOrder")
            .field("waiting", &self.waiting)
            .finish_non_exhaustive()
    }
}

impl<'a> InOrder<'a> {
    /// Nothing is done yet.
    #[must_use]
    pub fn new(progress: &'a dyn Progress) -> Self {
        Self {
            progress,
            waiting: Mutex::default(),
        }
    }

    /// An item is done. Each is told once.
    pub fn done(&self, index: usize, name: &str) {
        self.tell(index, name, false);
    }

    /// An item was not to be touched.
    pub fn skipped(&self, index: usize, name: &str) {
        self.tell(index, name, true);
    }

    /// The lock is held while telling, so that nobody overtakes.
    fn tell(&self, index: usize, name: &str, skipped: bool) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.early.insert(index, (name.to_owned(), skipped));
        loop {
            let next = waiting.next;
            let Some((name, skipped)) = waiting.early.remove(&next) else {
                return;
            };
            self.progress.step(if skipped {
                Step::Skipped(&name)
            } else {
                Step::Done(&name)
            });
            waiting.next += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::Stage;

    #[derive(Default)]
    struct Listener(Mutex<String>);

    impl Progress for Listener {
        fn begin(&self, _: Stage, _: Option<u64>) {}
        fn advance(&self, _: Stage, _: u64) {}
        fn finish(&self, _: Stage) {}
        fn interrupted(&self) -> bool {
            false
        }
        fn step(&self, step: Step<'_>) {
            let word = match step {
                Step::Done(name) => format!("+{name}"),
                Step::Skipped(name) => format!("-{name}"),
                other => panic!("{other:?}"),
            };
            self.0.lock().unwrap().push_str(&word);
        }
    }

    #[test]
    fn who_is_early_waits_for_those_before() {
        let listener = Listener::default();
        let order = InOrder::new(&listener);
        let told = || listener.0.lock().unwrap().clone();

        order.done(2, "c");
        assert_eq!(told(), "");
        order.skipped(0, "a");
        assert_eq!(told(), "-a");
        order.done(1, "b");

        assert_eq!(told(), "-a+b+c");
    }
}
