//! Says how far long work is: a bar on a terminal, a line now and then elsewhere; always on standard error.

use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use crate::printable::printable_lines;

/// Between two plain lines.
const LINE_EVERY: Duration = Duration::from_secs(10);

/// Progress of one piece of work over a known number of rows.
pub struct Progress {
    what: String,
    total: u64,
    before: u64,
    done: u64,
    started: Instant,
    display: Display,
}

enum Display {
    Bar(ProgressBar),
    Lines { last: Instant },
}

impl Progress {
    /// Starts work on `total` rows, of which `done` were done before.
    pub fn start(what: impl Into<String>, total: usize, done: usize) -> Self {
        let what = what.into();
        let display = if io::stderr().is_terminal() {
            let bar = ProgressBar::new(total as u64).with_position(done as u64);
            // The template is a constant; should it not parse, the default style still shows everything.
            if let Ok(style) =
                ProgressStyle::with_template("{prefix} {bar:30} {percent:>3}%  {msg}  eta {eta}")
            {
                bar.set_style(style.progress_chars("=> "));
            }
            bar.set_prefix(what.clone());
            Display::Bar(bar)
        } else {
            Display::Lines { last: Instant::now() }
        };
        Self {
            what,
            total: total as u64,
            before: done as u64,
            done: done as u64,
            started: Instant::now(),
            display,
        }
    }

    /// Rows were done; `note` says what else there is to know, such as the loss.
    pub fn add(&mut self, rows: usize, note: impl FnOnce() -> String) {
        self.done += rows as u64;
        let rate = self.rate();
        match &mut self.display {
            Display::Bar(bar) => {
                bar.set_message(joined(note(), rate));
                bar.set_position(self.done);
            }
            Display::Lines { last } if last.elapsed() >= LINE_EVERY => {
                *last = Instant::now();
                let left = (self.total.saturating_sub(self.done)) as f64 / rate.max(1e-9);
                let percent = 100 * self.done / self.total.max(1);
                say(format_args!("{} {percent}%  {}  eta {left:.0}s", self.what, joined(note(), rate)));
            }
            Display::Lines { .. } => {}
        }
    }

    /// Ends the work with a line that stays.
    pub fn finish(self, note: impl FnOnce() -> String) {
        if let Display::Bar(bar) = &self.display {
            bar.finish_and_clear();
        }
        say(format_args!("{}  {}", self.what, joined(note(), self.rate())));
    }

    /// Ends the work without a word.
    pub fn clear(self) {
        if let Display::Bar(bar) = &self.display {
            bar.finish_and_clear();
        }
    }

    /// Rows a second since the start.
    fn rate(&self) -> f64 {
        (self.done - self.before) as f64 / self.started.elapsed().as_secs_f64().max(1e-9)
    }
}

/// Writes a line for people to standard error, printable whatever names are in it. That nobody reads it must not stop the work.
pub fn say(line: impl std::fmt::Display) {
    let _ = writeln!(io::stderr(), "{}", printable_lines(line));
}

fn joined(note: String, rate: f64) -> String {
    let gap = if note.is_empty() { "" } else { "  " };
    format!("{note}{gap}{} rows/s", rounded(rate))
}

/// A count and its noun in the right number: `1 thread`, `2 threads`.
pub fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// A number with its thousands apart, as people read it.
pub fn rounded(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut spaced = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            spaced.push('_');
        }
        spaced.push(digit);
    }
    spaced
}
