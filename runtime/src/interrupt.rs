//! Signals that end a program: Ctrl-C, SIGTERM and SIGHUP. In training, the current step is finished and the
//! run is saved. A second signal, and a signal at any other time, ends the program immediately with a message
//! about its state.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::error::{Error, Stopped, StoppedAt};
use crate::progress::say;
use crate::signals::{self, Signal};

/// Signals that follow the first one within this time are the same request: `timeout` and terminals signal a
/// process and its group.
const ONE_REQUEST: Duration = Duration::from_secs(1);

/// Request to end training.
#[derive(Clone, Debug, Default)]
pub struct Interrupt(Arc<State>);

#[derive(Debug, Default)]
struct State {
    /// Number of the first signal; 0 for none.
    asked: AtomicU8,
    answer: Mutex<Answer>,
}

/// Response to a signal.
#[derive(Debug, Default)]
enum Answer {
    /// The program ends; nothing was written.
    #[default]
    BeforeTraining,
    /// Training ends after its step, as reported by [`Interrupt::asked`]. `since` is the time of the first
    /// signal.
    AfterStep { since: Option<Instant> },
    /// The program ends; everything is saved in the folder of a run.
    Saved { run: PathBuf },
}

impl Interrupt {
    /// An interrupt that is set by Ctrl-C and, on Unix, by SIGTERM and SIGHUP, unless they are ignored, as
    /// under `nohup`. `end` is called if a signal ends the program immediately. Call this once in a process,
    /// before it starts threads.
    pub fn on_signals(end: impl Fn(Stopped) + Send + 'static) -> Result<Self, Error> {
        let interrupt = Self::default();
        let asked = interrupt.clone();
        let answer = move |signal| {
            if let Some(at) = asked.answer_to(signal) {
                end(Stopped { signal, at });
            }
        };
        signals::listen(answer).map_err(Error::Signals)?;
        Ok(interrupt)
    }

    /// Records a signal. Returns the state of the work if the program should end immediately.
    fn answer_to(&self, signal: Signal) -> Option<StoppedAt> {
        match &mut *self.answer() {
            Answer::AfterStep { since: since @ None } => {
                *since = Some(Instant::now());
                self.0.asked.store(signal.number(), Ordering::Relaxed);
                say(format_args!("stopping after this step; {signal} again ends at once"));
                None
            }
            Answer::AfterStep { since: Some(first) } if first.elapsed() < ONE_REQUEST => None,
            Answer::AfterStep { .. } => Some(StoppedAt::WithinStep),
            Answer::BeforeTraining => Some(StoppedAt::BeforeTraining),
            Answer::Saved { run } => Some(StoppedAt::AfterTraining { run: run.clone() }),
        }
    }

    /// Makes later signals end training after its step.
    pub fn after_step(&self) {
        *self.answer() = Answer::AfterStep { since: None };
    }

    /// Makes later signals end the program immediately, because the run is saved in this folder.
    pub(crate) fn saved(&self, run: PathBuf) {
        *self.answer() = Answer::Saved { run };
    }

    fn answer(&self) -> MutexGuard<'_, Answer> {
        self.0.answer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Requests the end of training, like Ctrl-C.
    pub fn ask(&self) {
        self.0.asked.store(Signal::Interrupt.number(), Ordering::Relaxed);
    }

    /// Returns the signal that requested the end, if any.
    pub fn asked(&self) -> Option<Signal> {
        Signal::of(self.0.asked.load(Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signals_that_come_together_are_one_request() {
        let interrupt = Interrupt::default();
        interrupt.after_step();
        assert_eq!(interrupt.asked(), None);
        (0..3).for_each(|_| assert_eq!(interrupt.answer_to(Signal::Interrupt), None));
        assert_eq!(interrupt.asked(), Some(Signal::Interrupt));
    }
}
