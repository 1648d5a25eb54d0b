//! The report as a table.

use std::fmt::Write;

use turret_runtime::printable::{printable, printable_lines};
use turret_runtime::progress::{counted, rounded};

use super::Report;
use super::column::ColumnReport;

/// Number of frequent keys that are shown.
const TOP: usize = 3;
/// Longest key that is shown whole, in letters.
const LONGEST: usize = 24;
/// Headings.
const HEADINGS: [&str; 7] = ["column", "kind", "filled", "distinct", "unknown", "values", "remarks"];

impl Report {
    /// Table of the columns.
    pub(in crate::command) fn text(&self) -> String {
        let (train, test) = (self.rows.train, self.rows.test);
        let validate = self.rows.validate;
        let mut text = format!(
            "{} of `{}`: {} of training, {}{} of test\n",
            counted(train + validate.unwrap_or(0) + test, "row"),
            printable(&self.source),
            rounded(train as f64),
            validate.map_or(String::new(), |rows| format!("{} of validation, ", rounded(rows as f64))),
            rounded(test as f64)
        );
        if !self.rows.skipped.is_empty() {
            let _ = writeln!(text, "{}", printable_lines(&self.rows.skipped));
        }
        let rows: Vec<[String; 7]> = self.columns.iter().map(cells).collect();
        let headings = HEADINGS.map(str::to_owned);
        let all: Vec<&[String; 7]> = [&headings].into_iter().chain(&rows).collect();
        let width = |at: usize| all.iter().map(|row| row[at].chars().count()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..HEADINGS.len()).map(width).collect();
        for row in all {
            let mut line = String::new();
            for (cell, width) in row.iter().zip(&widths) {
                let _ = write!(line, "{cell:width$}  ");
            }
            let _ = writeln!(text, "{}", line.trim_end());
        }
        text
    }
}

fn cells(column: &ColumnReport) -> [String; 7] {
    let distinct = column.distinct();
    let about = if distinct.is_exact() { "" } else { "about " };
    let findings = column.findings.iter().map(|finding| finding.word().to_owned());
    let substituted =
        (column.substituted > 0).then(|| format!("{} substituted", rounded(column.substituted as f64)));
    let remarks: Vec<String> = substituted.into_iter().chain(findings).collect();
    [
        printable(&column.name).to_string(),
        column.kind.to_owned(),
        percent(column.filled()),
        format!("{about}{}", rounded(distinct.count() as f64)),
        column.unknown_share().map_or(String::new(), percent),
        shown(column),
        remarks.join(", "),
    ]
}

/// Quantiles of numbers and lengths, and the most frequent keys.
fn shown(column: &ColumnReport) -> String {
    let mut parts = Vec::new();
    if let Some(lengths) = column.lengths.at(&[0.0, 0.5, 0.95, 1.0]) {
        let [least, median, long, most] = lengths[..] else { return String::new() };
        parts.push(format!("{least} to {most} keys, median {median}, 95% up to {long}"));
    }
    if !column.has_keys
        && let Some(numbers) = column.values.numbers.at(&[0.01, 0.5, 0.99])
    {
        let least = column.values.numbers.least().unwrap_or_default();
        let greatest = column.values.numbers.greatest().unwrap_or_default();
        let between: Vec<String> = numbers.into_iter().map(figure).collect();
        parts.push(format!("{} .. {} .. {}", figure(least), between.join(" .. "), figure(greatest)));
    }
    if column.has_keys {
        let top = column.most_frequent(TOP).into_iter();
        let top: Vec<String> =
            top.map(|(key, _, share)| format!("{} {}", short(&key), percent(share))).collect();
        parts.push(top.join(", "));
    }
    parts.retain(|part| !part.is_empty());
    parts.join("; ")
}

/// A key, cut if it is long.
fn short(key: &str) -> String {
    let cut: String = key.chars().take(LONGEST).collect();
    let mark = if cut.len() < key.len() { "..." } else { "" };
    format!("`{}{mark}`", printable(cut))
}

/// A share in percent.
fn percent(share: f64) -> String {
    match share * 100.0 {
        0.0 => "0%".to_owned(),
        percent if percent < 0.1 => "under 0.1%".to_owned(),
        percent if percent > 99.9 && percent < 100.0 => "over 99.9%".to_owned(),
        percent if percent.fract() == 0.0 || percent >= 10.0 => format!("{percent:.0}%"),
        percent => format!("{percent:.1}%"),
    }
}

/// A number with about four digits.
pub(super) fn figure(value: f64) -> String {
    match value.abs() {
        size if (1000.0..1e15).contains(&size) => rounded(value),
        size if size >= 1e15 || size > 0.0 && size < 1e-3 => format!("{value:.3e}"),
        _ => ((value * 1000.0).round() / 1000.0).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_short() {
        assert_eq!(
            [0.0, 0.0004, 0.5, 0.12345, 9.0, 17_668.4, 1e20].map(figure),
            ["0", "4.000e-4", "0.5", "0.123", "9", "17_668", "1.000e20"]
        );
        assert_eq!(
            [0.0, 0.0005, 0.012, 0.25, 0.99999, 1.0].map(percent),
            ["0%", "under 0.1%", "1.2%", "25%", "over 99.9%", "100%"]
        );
        assert_eq!(short(&"x".repeat(30)), format!("`{}...`", "x".repeat(24)));
    }
}
