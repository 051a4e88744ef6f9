//! Shows how far a journey is: bars on a terminal, or lines for programs.

use std::fmt;
use std::io::{self, Write as _};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use super::failure::Failure;
use super::session::{ProgressChoice, Session};
use super::signals::Signals;
use crate::progress::{Progress, Stage, Step};

/// Time between two lines of `--porcelain`; euca2ools writes ten a second at most.
const PORCELAIN_INTERVAL: Duration = Duration::from_millis(100);

/// The bar's parts: stage, bar, bytes, throughput, time left.
const BAR: &str = "{prefix:>10} [{wide_bar}] {bytes}/{total_bytes} {bytes_per_sec}, {eta} left";
const SPINNER: &str = "{prefix:>10} {spinner} {bytes} {bytes_per_sec}";

/// Watches one journey.
pub struct Watcher {
    display: Display,
    signals: Signals,
    words: Option<Box<Words>>,
}

/// What is said of a step: whole lines, or nothing.
type Words = dyn Fn(Step<'_>) -> String + Send + Sync;

enum Display {
    Nothing,
    /// One below the other, those of stages that go on at the same time.
    Bars(MultiProgress, Mutex<Vec<(Stage, ProgressBar)>>),
    Lines(Mutex<Vec<Line>>),
}

struct Line {
    stage: Stage,
    done: u64,
    total: Option<u64>,
    written: Option<Instant>,
}

impl Watcher {
    /// The watcher that the session's options ask for. Signals are caught from now on.
    ///
    /// # Errors
    /// When the system refuses signal handlers.
    pub fn new(session: &Session<'_>) -> Result<Self, Failure> {
        let signals = match session.signals.get() {
            Some(signals) => signals.clone(),
            None if session.surroundings.owns_process => Signals::catch()?,
            None => Signals::default(),
        };
        let signals = session.signals.get_or_init(|| signals).clone();
        let display = match session.progress {
            ProgressChoice::Off => Display::Nothing,
            ProgressChoice::Bars => Display::Bars(MultiProgress::new(), Mutex::default()),
            ProgressChoice::Porcelain => Display::Lines(Mutex::default()),
        };
        Ok(Self {
            display,
            signals,
            words: None,
        })
    }

    /// The watcher, telling every step on stdout at once, in these words.
    #[must_use]
    pub fn telling(mut self, words: impl Fn(Step<'_>) -> String + Send + Sync + 'static) -> Self {
        self.words = Some(Box::new(words));
        self
    }

    /// Tells from any thread whether the user wants to stop.
    #[must_use]
    pub fn stop_sign(&self) -> Arc<dyn Fn() -> bool + Send + Sync> {
        let signals = self.signals.clone();
        Arc::new(move || signals.came())
    }

    /// Takes the bars off the screen and tells a journey's result.
    ///
    /// # Errors
    /// The journey's.
    pub fn end<T>(&self, result: Result<T, impl Into<Failure>>) -> Result<T, Failure> {
        if let Display::Bars(_, bars) = &self.display {
            for (_, bar) in locked(bars).drain(..) {
                bar.finish_and_clear();
            }
        }
        result.map_err(Into::into)
    }
}

impl Progress for Watcher {
    fn begin(&self, stage: Stage, total: Option<u64>) {
        match &self.display {
            Display::Nothing => {}
            Display::Bars(all, bars) => {
                locked(bars).push((stage, all.add(bar(stage, total))));
            }
            Display::Lines(lines) => locked(lines).push(Line {
                stage,
                done: 0,
                total,
                written: None,
            }),
        }
    }

    fn advance(&self, stage: Stage, amount: u64) {
        match &self.display {
            Display::Nothing => {}
            Display::Bars(_, bars) => {
                if let Some((_, bar)) = locked(bars).iter().find(|(of, _)| *of == stage) {
                    bar.inc(amount);
                }
            }
            Display::Lines(lines) => {
                if let Some(line) = locked(lines).iter_mut().find(|line| line.stage == stage) {
                    line.done = line.done.saturating_add(amount);
                    let due = line
                        .written
                        .is_none_or(|at| at.elapsed() >= PORCELAIN_INTERVAL);
                    if due {
                        line.write();
                    }
                }
            }
        }
    }

    fn finish(&self, stage: Stage) {
        match &self.display {
            Display::Nothing => {}
            Display::Bars(_, bars) => {
                let mut bars = locked(bars);
                for (_, bar) in bars.iter().filter(|(of, _)| *of == stage) {
                    bar.finish_and_clear();
                }
                bars.retain(|(of, _)| *of != stage);
            }
            Display::Lines(lines) => {
                let mut lines = locked(lines);
                for line in lines.iter_mut().filter(|line| line.stage == stage) {
                    line.write();
                }
                lines.retain(|line| line.stage != stage);
            }
        }
    }

    /// A stdout that cannot be written is no reason to stop: the result's lines, which come
    /// last, tell.
    fn step(&self, step: Step<'_>) {
        let Some(words) = &self.words else {
            return;
        };
        let mut out = io::stdout().lock();
        let _ = out
            .write_all(words(step).as_bytes())
            .and_then(|()| out.flush());
    }

    fn interrupted(&self) -> bool {
        self.signals.came()
    }
}

impl fmt::Debug for Watcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watcher")
            .field("display", &self.display)
            .field("signals", &self.signals)
            .finish_non_exhaustive()
    }
}

impl Line {
    /// Writes `label done/total`. A closed stderr is no reason to stop the journey.
    fn write(&mut self) {
        let total = self
            .total
            .map_or_else(String::new, |total| total.to_string());
        let label = label(self.stage);
        let _ = writeln!(io::stderr(), "{label} {}/{total}", self.done);
        self.written = Some(Instant::now());
    }
}

impl fmt::Debug for Display {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nothing => "Nothing",
            Self::Bars(..) => "Bars",
            Self::Lines(_) => "Lines",
        })
    }
}

fn label(stage: Stage) -> &'static str {
    match stage {
        Stage::Scan => "scanning",
        Stage::Bundle => "bundling",
        Stage::Check => "checking",
        Stage::Unbundle => "unbundling",
        Stage::Upload => "uploading",
        Stage::Download => "downloading",
        Stage::Objects => "objects",
        Stage::Audit => "looking",
    }
}

fn bar(stage: Stage, total: Option<u64>) -> ProgressBar {
    let (bar, template) = match total {
        Some(total) => (ProgressBar::new(total), BAR),
        None => (ProgressBar::no_length(), SPINNER),
    };
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style.progress_chars("=> "));
    }
    bar.with_prefix(label(stage))
}

/// A bar whose thread panicked is still a bar.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
