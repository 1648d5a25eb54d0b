//! Progress on a terminal.

use std::io::{self, IsTerminal};

use indicatif::{ProgressBar, ProgressStyle};

use crate::progress::{Bar, ProgressForm};

/// Returns a bar if standard error is a terminal, else lines.
pub(super) fn progress_form() -> ProgressForm {
    if io::stderr().is_terminal() { ProgressForm::Bar(bar) } else { ProgressForm::Lines }
}

fn bar(what: &str, total: u64, done: u64) -> Box<dyn Bar> {
    let bar = ProgressBar::new(total).with_position(done);
    // The template is constant and parses. The default style is only a fallback.
    if let Ok(style) = ProgressStyle::with_template("{prefix} {bar:30} {percent:>3}%  {msg}  eta {eta}") {
        bar.set_style(style.progress_chars("=> "));
    }
    bar.set_prefix(what.to_owned());
    Box::new(bar)
}

impl Bar for ProgressBar {
    fn show(&self, done: u64, message: String) {
        self.set_message(message);
        self.set_position(done);
    }

    fn remove(&self) {
        self.finish_and_clear();
    }
}
