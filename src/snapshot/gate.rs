//! How many requests are under way at the same time, as the service bears them.
//!
//! ```text
//! enter ─► waits while as many as allowed are inside ─► request ─► leave
//!                                                          │ good: after as many as are allowed,
//!                                                          │       one more is
//!                                                          └ throttled: half as many are
//! ```
//!
//! The rule that TCP has (additive increase, multiplicative decrease). Requests that were begun
//! before the last decrease say nothing about it, so a burst of refusals halves once. It needs no
//! clock: the time is counted in requests.

use std::num::NonZeroUsize;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Lets in as many as the service bears.
#[derive(Debug)]
pub(super) struct Gate {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug)]
struct State {
    /// Most that are ever allowed.
    most: usize,
    /// Allowed now; at least one.
    limit: usize,
    inside: usize,
    /// Grows with every decrease.
    era: u64,
    /// Good requests since the limit changed.
    good: usize,
}

/// The right to make a request.
#[derive(Debug)]
pub(super) struct Pass<'a> {
    gate: &'a Gate,
    era: u64,
}

impl Gate {
    /// A gate for at most so many.
    pub(super) fn new(most: NonZeroUsize) -> Self {
        Self {
            state: Mutex::new(State {
                most: most.get(),
                limit: most.get(),
                inside: 0,
                era: 0,
                good: 0,
            }),
            changed: Condvar::new(),
        }
    }

    /// Waits until one more is allowed.
    pub(super) fn enter(&self) -> Pass<'_> {
        let mut state = self.locked();
        while state.inside >= state.limit {
            let woken = self.changed.wait(state);
            state = woken.unwrap_or_else(PoisonError::into_inner);
        }
        state.inside += 1;
        let era = state.era;
        Pass { gate: self, era }
    }

    /// How many are allowed now.
    #[cfg(test)]
    pub(super) fn limit(&self) -> usize {
        self.locked().limit
    }

    fn locked(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pass<'_> {
    /// The service did what was asked, at once.
    pub(super) fn good(&self) {
        let mut state = self.gate.locked();
        if state.limit == state.most {
            return;
        }
        state.good += 1;
        if state.good >= state.limit {
            state.limit += 1;
            state.good = 0;
            drop(state);
            self.gate.changed.notify_one();
        }
    }

    /// The service asked to slow down. Returns whether that is possible.
    pub(super) fn throttled(&self) -> bool {
        let mut state = self.gate.locked();
        if self.era < state.era {
            return true; // that has been answered
        }
        let possible = state.limit > 1;
        state.limit = (state.limit / 2).max(1);
        state.good = 0;
        state.era += 1;
        if possible {
            tracing::info!(requests = state.limit, "the service asks to slow down");
        }
        possible
    }
}

/// Also when a thread panics, so that nobody waits for ever.
impl Drop for Pass<'_> {
    fn drop(&mut self) {
        self.gate.locked().inside -= 1;
        self.gate.changed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gate(most: usize) -> Gate {
        Gate::new(NonZeroUsize::new(most).unwrap())
    }

    #[test]
    fn a_burst_of_refusals_halves_once() {
        let gate = gate(16);
        let passes: Vec<_> = (0..16).map(|_| gate.enter()).collect();

        assert!(passes.iter().all(Pass::throttled));

        assert_eq!(gate.limit(), 8);
    }

    #[test]
    fn a_window_of_good_requests_allows_one_more_up_to_the_most() {
        let gate = gate(4);
        gate.enter().throttled();
        assert_eq!(gate.limit(), 2);

        for expected in [2, 3, 3, 3, 4, 4, 4, 4, 4, 4] {
            gate.enter().good();
            assert_eq!(gate.limit(), expected);
        }
    }

    #[test]
    fn one_request_is_always_allowed_and_cannot_be_slowed_down() {
        let gate = gate(2);

        assert!(gate.enter().throttled());
        assert!(!gate.enter().throttled());

        assert_eq!(gate.limit(), 1);
        drop(gate.enter());
    }

    #[test]
    fn nobody_enters_beyond_the_limit_until_somebody_leaves() {
        let gate = gate(1);
        let first = gate.enter();
        let second = Mutex::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                drop(gate.enter());
                *second.lock().unwrap() = true;
            });
            assert!(!*second.lock().unwrap(), "the first is inside");
            drop(first);
        });

        assert!(second.into_inner().unwrap());
    }
}
