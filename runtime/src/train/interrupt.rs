//! Ctrl-C, asked for once: the step at hand ends, and the run is saved. Asked twice, the program ends at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::error::{Error, STATUS_INTERRUPTED};
use crate::progress::say;

/// Whether the user wants training to end.
#[derive(Clone, Debug, Default)]
pub struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// One that Ctrl-C sets. To be called once in a process.
    pub fn on_ctrl_c() -> Result<Self, Error> {
        let interrupt = Self::default();
        let asked = interrupt.clone();
        ctrlc::set_handler(move || {
            if asked.0.swap(true, Ordering::Relaxed) {
                std::process::exit(i32::from(STATUS_INTERRUPTED));
            }
            say("stopping after this step; Ctrl-C again ends at once");
        })
        .map_err(|error| Error::input(format_args!("Ctrl-C cannot be listened to: {error}")))?;
        Ok(interrupt)
    }

    /// Asks training to end, as Ctrl-C does.
    pub fn ask(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether it was asked for.
    pub fn is_asked(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
