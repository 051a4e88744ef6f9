//! Changes that wait for `SQLite` share a transaction, and one sync to the disk.
//!
//! ```text
//! A ──► BEGIN, A, COMMIT ─► A is answered
//! B, C, D came meanwhile ─► BEGIN, B, C, D each in a savepoint, COMMIT ─► B, C, D are answered
//! ```
//!
//! They are made one after the other, in the order in which they came. One that fails, or panics,
//! takes back what it did itself and nothing else. Nobody is answered before the commit. It all
//! runs in a task of its own: a caller that goes away takes nobody along.

use std::any::Any;
use std::collections::VecDeque;
use std::fmt;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;

use sqlx::{Acquire as _, Any as AnyDatabase, AnyConnection, AnyPool, Transaction};
use tokio::sync::oneshot;

use super::{Change, StateError, StateResult};

/// The most changes of one transaction: the first of them waits for the last.
const MOST: usize = 64;

/// Changes on their way to the database. Clones are the same group.
#[derive(Clone)]
pub(super) struct Group(Arc<Shared>);

struct Shared {
    pool: AnyPool,
    begin: &'static str,
    waiting: Mutex<Waiting>,
}

#[derive(Default)]
struct Waiting {
    changes: VecDeque<Box<dyn Waiter>>,
    /// Whether a task makes them.
    is_served: bool,
}

/// A change somebody waits for.
trait Waiter: Send {
    /// Whether nobody waits any more.
    fn is_left(&self) -> bool;

    /// Makes the change.
    fn make<'c>(
        self: Box<Self>,
        db: &'c mut AnyConnection,
    ) -> Pin<Box<dyn Future<Output = Box<dyn Made>> + Send + 'c>>;

    /// Says that the change cannot be made.
    fn refuse(self: Box<Self>, error: StateError);
}

/// A change that was made, and is not committed.
trait Made: Send {
    /// Whether it succeeded.
    fn is_good(&self) -> bool;

    /// Answers whoever waits.
    fn tell(self: Box<Self>, committed: StateResult<()>);
}

struct Asked<F, T, E> {
    change: F,
    answer: oneshot::Sender<Result<T, E>>,
}

struct Answer<T, E> {
    result: Result<T, E>,
    answer: oneshot::Sender<Result<T, E>>,
}

impl<F, T, E> Waiter for Asked<F, T, E>
where
    F: for<'c> FnOnce(&'c mut AnyConnection) -> Change<'c, T, E> + Send + 'static,
    T: Send + 'static,
    E: From<StateError> + Send + 'static,
{
    fn is_left(&self) -> bool {
        self.answer.is_closed()
    }

    fn make<'c>(
        self: Box<Self>,
        db: &'c mut AnyConnection,
    ) -> Pin<Box<dyn Future<Output = Box<dyn Made>> + Send + 'c>> {
        let Self { change, answer } = *self;
        Box::pin(async move {
            let begun = catch_unwind(AssertUnwindSafe(|| change(db)));
            let result = match begun {
                Ok(mut made) => {
                    // What a panic leaves half done is taken back with the savepoint.
                    poll_fn(|context| {
                        let poll = AssertUnwindSafe(|| made.as_mut().poll(context));
                        match catch_unwind(poll) {
                            Ok(poll) => poll,
                            Err(payload) => Poll::Ready(Err(panicked(&*payload).into())),
                        }
                    })
                    .await
                }
                Err(payload) => Err(panicked(&*payload).into()),
            };
            let made: Box<dyn Made> = Box::new(Answer { result, answer });
            made
        })
    }

    fn refuse(self: Box<Self>, error: StateError) {
        let _ = self.answer.send(Err(error.into()));
    }
}

impl<T, E> Made for Answer<T, E>
where
    T: Send,
    E: From<StateError> + Send,
{
    fn is_good(&self) -> bool {
        self.result.is_ok()
    }

    fn tell(self: Box<Self>, committed: StateResult<()>) {
        let result = self.result.and_then(|value| match committed {
            Ok(()) => Ok(value),
            Err(error) => Err(error.into()),
        });
        let _ = self.answer.send(result);
    }
}

impl fmt::Debug for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Group").finish_non_exhaustive()
    }
}

impl Group {
    /// A group whose transactions begin with this statement.
    pub(super) fn new(pool: AnyPool, begin: &'static str) -> Self {
        Self(Arc::new(Shared {
            pool,
            begin,
            waiting: Mutex::default(),
        }))
    }

    /// As [`State::write`](super::State::write).
    pub(super) async fn write<T, E>(
        &self,
        change: impl for<'c> FnOnce(&'c mut AnyConnection) -> Change<'c, T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StateError> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let asked = Box::new(Asked { change, answer });
        let is_first = {
            let mut waiting = self.0.waiting();
            waiting.changes.push_back(asked);
            !std::mem::replace(&mut waiting.is_served, true)
        };
        if is_first {
            tokio::spawn(Arc::clone(&self.0).serve());
        }
        answered
            .await
            .unwrap_or_else(|_| Err(lost("the program ends").into()))
    }
}

impl Shared {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes what waits, until nothing does.
    async fn serve(self: Arc<Self>) {
        let mut served = Served {
            shared: &self,
            is_over: false,
        };
        while let Some(batch) = served.next() {
            match self.pool.begin_with(self.begin).await {
                Ok(transaction) => make(transaction, batch).await,
                Err(error) => refuse(batch, &error),
            }
        }
    }
}

/// A task that makes changes. Should it end before its time, those that wait are told so.
struct Served<'a> {
    shared: &'a Shared,
    is_over: bool,
}

impl Served<'_> {
    /// The next changes; with none left the task is over.
    fn next(&mut self) -> Option<Vec<Box<dyn Waiter>>> {
        let mut waiting = self.shared.waiting();
        waiting.changes.retain(|change| !change.is_left());
        let most = waiting.changes.len().min(MOST);
        self.is_over = most == 0;
        waiting.is_served = most > 0;
        (most > 0).then(|| waiting.changes.drain(..most).collect())
    }
}

impl Drop for Served<'_> {
    fn drop(&mut self) {
        if !self.is_over {
            let mut waiting = self.shared.waiting();
            waiting.changes.clear();
            waiting.is_served = false;
        }
    }
}

/// Makes changes in one transaction, and answers them.
async fn make(mut transaction: Transaction<'static, AnyDatabase>, mut batch: Vec<Box<dyn Waiter>>) {
    if batch.len() == 1
        && let Some(change) = batch.pop()
    {
        let made = change.make(&mut transaction).await;
        let ended = if made.is_good() {
            transaction.commit().await
        } else {
            transaction.rollback().await
        };
        return made.tell(ended.map_err(StateError::from));
    }
    let mut all = Vec::with_capacity(batch.len());
    let mut batch = batch.into_iter();
    let mut broken = None;
    for change in batch.by_ref() {
        let mut savepoint = match transaction.begin().await {
            Ok(savepoint) => savepoint,
            Err(error) => {
                broken = Some(error);
                change.refuse(lost("no savepoint"));
                break;
            }
        };
        let made = change.make(&mut savepoint).await;
        let ended = if made.is_good() {
            savepoint.commit().await
        } else {
            savepoint.rollback().await
        };
        all.push(made);
        if let Err(error) = ended {
            broken = Some(error);
            break;
        }
    }
    // What cannot be told apart any more is taken back whole.
    let ended = match broken {
        None => transaction.commit().await,
        Some(error) => transaction.rollback().await.and(Err(error)),
    };
    if let Err(error) = &ended {
        refuse(batch.collect(), error);
    }
    for made in all {
        made.tell(match &ended {
            Ok(()) => Ok(()),
            Err(error) => Err(lost(&error.to_string())),
        });
    }
}

fn refuse(batch: Vec<Box<dyn Waiter>>, error: &sqlx::Error) {
    for change in batch {
        change.refuse(lost(&error.to_string()));
    }
}

fn lost(why: &str) -> StateError {
    let why = why.to_owned();
    StateError::Lost { why }
}

fn panicked(payload: &(dyn Any + Send)) -> StateError {
    let text = payload.downcast_ref::<&str>().map(ToString::to_string);
    let text = text.or_else(|| payload.downcast_ref::<String>().cloned());
    let why = text.unwrap_or_else(|| "a panic without text".to_owned());
    tracing::error!(why, "a change of the database panicked");
    StateError::Lost { why }
}
