//! Ctrl-C. While a run is trained, the step at hand ends and the run is saved; asked twice, and at any other time, the program
//! ends at once and says what there is.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::error::{Error, STATUS_INTERRUPTED};
use crate::progress::say;

/// Whether the user wants training to end.
#[derive(Clone, Debug, Default)]
pub struct Interrupt(Arc<State>);

#[derive(Debug, Default)]
struct State {
    asked: AtomicBool,
    answer: Mutex<Answer>,
}

/// How Ctrl-C is answered.
#[derive(Debug)]
enum Answer {
    /// By whoever asks [`Interrupt::is_asked`].
    AfterStep,
    /// By the end of the program, with this as its last words.
    AtOnce(Error),
}

impl Default for Answer {
    fn default() -> Self {
        Self::AtOnce(Error::interrupted("Ctrl-C before training began; nothing was written"))
    }
}

impl Interrupt {
    /// One that Ctrl-C sets. To be called once in a process.
    pub fn on_ctrl_c() -> Result<Self, Error> {
        let interrupt = Self::default();
        let pressed = interrupt.clone();
        ctrlc::set_handler(move || pressed.press())
            .map_err(|error| Error::input(format_args!("Ctrl-C cannot be listened to: {error}")))?;
        Ok(interrupt)
    }

    fn press(&self) {
        match &*self.answer() {
            Answer::AfterStep if !self.0.asked.swap(true, Ordering::Relaxed) => {
                say("stopping after this step; Ctrl-C again ends at once");
                return;
            }
            Answer::AfterStep => say("stopped: Ctrl-C again; the run is as it was last saved"),
            Answer::AtOnce(words) => say(words),
        }
        std::process::exit(i32::from(STATUS_INTERRUPTED));
    }

    /// From now on Ctrl-C is asked for by [`Interrupt::is_asked`].
    pub(super) fn after_step(&self) {
        *self.answer() = Answer::AfterStep;
    }

    /// From now on Ctrl-C ends the program with these words.
    pub(super) fn at_once(&self, words: Error) {
        *self.answer() = Answer::AtOnce(words);
    }

    fn answer(&self) -> MutexGuard<'_, Answer> {
        self.0.answer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks training to end, as Ctrl-C does.
    pub fn ask(&self) {
        self.0.asked.store(true, Ordering::Relaxed);
    }

    /// Whether it was asked for.
    pub fn is_asked(&self) -> bool {
        self.0.asked.load(Ordering::Relaxed)
    }
}
