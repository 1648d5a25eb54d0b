//! Signals that end a program: Ctrl-C, SIGTERM and SIGHUP. While a run is trained, the step at hand ends and the run is saved; asked
//! twice, and at any other time, the program ends at once and says what there is.

use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::error::Error;
use crate::progress::say;
use crate::signals::{self, Signal};

/// Signals that follow the first one sooner are the same request: `timeout` and terminals signal a process and its group.
const ONE_REQUEST: Duration = Duration::from_secs(1);

/// Request of the user that training end.
#[derive(Clone, Debug, Default)]
pub struct Interrupt(Arc<State>);

#[derive(Debug, Default)]
struct State {
    /// Number of the signal that asked; 0 for none.
    asked: AtomicU8,
    answer: Mutex<Answer>,
}

/// Answer to a signal.
#[derive(Debug, Default)]
enum Answer {
    /// By the end of the program, which has written nothing.
    #[default]
    BeforeTraining,
    /// By whoever asks [`Interrupt::asked`], since the first signal.
    AfterStep { since: Option<Instant> },
    /// By the end of the program, where all is saved: where, and what to do next.
    Saved { run: String, help: String },
}

impl Interrupt {
    /// One that Ctrl-C sets, and on Unix SIGTERM and SIGHUP, unless they are ignored as under `nohup`. To be called once in a
    /// process, before it starts threads.
    pub fn on_ctrl_c() -> Result<Self, Error> {
        let interrupt = Self::default();
        let pressed = interrupt.clone();
        signals::listen(move |signal| pressed.answer_to(signal))
            .map_err(|error| Error::input(format_args!("signals cannot be listened to: {error}")))?;
        Ok(interrupt)
    }

    fn answer_to(&self, signal: Signal) {
        let words = match &mut *self.answer() {
            Answer::AfterStep { since: since @ None } => {
                *since = Some(Instant::now());
                self.0.asked.store(signal.number(), Ordering::Relaxed);
                say(format_args!("stopping after this step; {signal} again ends at once"));
                return;
            }
            Answer::AfterStep { since: Some(first) } if first.elapsed() < ONE_REQUEST => return,
            Answer::AfterStep { .. } => {
                Error::stopped(signal, format_args!("{signal} again; the run is as it was last saved"))
            }
            Answer::BeforeTraining => {
                Error::stopped(signal, format_args!("{signal} before training began; nothing was written"))
            }
            Answer::Saved { run, help } => {
                Error::stopped(signal, format_args!("{signal} after training; the run is saved in {run}"))
                    .help(help)
            }
        };
        say(&words);
        std::process::exit(i32::from(words.status()));
    }

    /// From now on a signal is asked for by [`Interrupt::asked`].
    pub(crate) fn after_step(&self) {
        *self.answer() = Answer::AfterStep { since: None };
    }

    /// From now on a signal ends the program with the words that a run is saved, and what to do with it.
    pub(crate) fn saved(&self, run: String, help: String) {
        *self.answer() = Answer::Saved { run, help };
    }

    fn answer(&self) -> MutexGuard<'_, Answer> {
        self.0.answer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks training to end, as Ctrl-C does.
    pub fn ask(&self) {
        self.0.asked.store(Signal::Interrupt.number(), Ordering::Relaxed);
    }

    /// The signal by which it was asked for, if it was.
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
        // A second request would end this process.
        (0..3).for_each(|_| interrupt.answer_to(Signal::Interrupt));
        assert_eq!(interrupt.asked(), Some(Signal::Interrupt));
    }
}
