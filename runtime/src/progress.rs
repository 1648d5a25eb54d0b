//! Progress of long work: a bar if there is one, otherwise occasional lines on standard error.

use std::io::{self, Write};
use std::time::{Duration, Instant};

use crate::printable::printable_lines;

/// Interval between plain lines.
const LINE_EVERY: Duration = Duration::from_secs(10);

/// A bar that shows how much of some work is done.
pub trait Bar: Send {
    /// Shows the number of rows that are done, and a message.
    fn show(&self, done: u64, message: String);
    /// Removes the bar.
    fn remove(&self);
}

/// Form in which progress is shown. Only the command line knows whether there is a terminal, so it chooses.
#[derive(Clone, Copy, Debug, Default)]
pub enum ProgressForm {
    /// A line every ten seconds.
    #[default]
    Lines,
    /// A bar, made of the name of the work, the number of all rows, and the number of those that were done before.
    Bar(fn(what: &str, total: u64, done: u64) -> Box<dyn Bar>),
}

/// Progress of work over a known number of rows.
pub struct Progress {
    what: String,
    total: u64,
    before: u64,
    done: u64,
    started: Instant,
    display: Display,
}

enum Display {
    Bar(Box<dyn Bar>),
    Lines { last: Instant },
}

impl Progress {
    /// Starts work on `total` rows, `done` of which are already done.
    pub fn start(form: ProgressForm, what: impl Into<String>, total: usize, done: usize) -> Self {
        let what = what.into();
        let display = match form {
            ProgressForm::Bar(bar) => Display::Bar(bar(&what, total as u64, done as u64)),
            ProgressForm::Lines => Display::Lines { last: Instant::now() },
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

    /// Adds processed rows. `note` returns further information, such as the loss.
    pub fn add(&mut self, rows: usize, note: impl FnOnce() -> String) {
        self.done += rows as u64;
        let rate = self.rate();
        match &mut self.display {
            Display::Bar(bar) => {
                bar.show(self.done, joined(note(), rate));
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

    /// Finishes with a line that stays.
    pub fn finish(self, note: impl FnOnce() -> String) {
        if let Display::Bar(bar) = &self.display {
            bar.remove();
        }
        say(format_args!("{}  {}", self.what, joined(note(), self.rate())));
    }

    /// Finishes without a line.
    pub fn clear(self) {
        if let Display::Bar(bar) = &self.display {
            bar.remove();
        }
    }

    /// Rows per second since the start.
    fn rate(&self) -> f64 {
        (self.done - self.before) as f64 / self.started.elapsed().as_secs_f64().max(1e-9)
    }
}

/// Writes a line to standard error, with names escaped. A closed standard error is ignored.
pub fn say(line: impl std::fmt::Display) {
    let _ = writeln!(io::stderr(), "{}", printable_lines(line));
}

fn joined(note: String, rate: f64) -> String {
    let gap = if note.is_empty() { "" } else { "  " };
    format!("{note}{gap}{} rows/s", rounded(rate))
}

/// A count with its noun: `1 row`, `2_000 rows`.
pub fn counted(count: usize, noun: &str) -> String {
    format!("{} {noun}{}", rounded(count as f64), if count == 1 { "" } else { "s" })
}

/// All of a number of things: `the only row`, `all 2_000 rows`.
pub fn all_of(count: usize, noun: &str) -> String {
    if count == 1 { format!("the only {noun}") } else { format!("all {}", counted(count, noun)) }
}

/// A number with thousands separators.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nouns_agree_with_their_numbers() {
        for (count, counts, all) in [
            (0, "0 rows", "all 0 rows"),
            (1, "1 row", "the only row"),
            (2_000, "2_000 rows", "all 2_000 rows"),
        ] {
            assert_eq!((counted(count, "row").as_str(), all_of(count, "row").as_str()), (counts, all));
        }
    }
}
