//! Printing of results within slices: a table for each division.

use std::io::Write;

use crate::error::Error;
use crate::evaluate::{Report, SliceReport};
use crate::printable::printable;
use crate::progress::rounded;

use super::report::figure;

/// Space between columns.
const GAP: &str = "   ";

/// Prints the results of a report within slices, with the name of its part if `is_named`.
pub(super) fn write_slices(stdout: &mut impl Write, report: &Report, is_named: bool) -> Result<(), Error> {
    for slices in report.slices.chunk_by(|a, b| a.by == b.by) {
        let by = match is_named {
            true => format!("{} by {}", report.part, slices[0].by),
            false => format!("by {}", slices[0].by),
        };
        for line in table(by, slices) {
            writeln!(stdout, "{line}")?;
        }
    }
    Ok(())
}

/// Lines of the slices of a division, aligned.
fn table(by: String, slices: &[SliceReport]) -> Vec<String> {
    let mut metrics: Vec<&str> = Vec::new();
    for found in slices.iter().flat_map(|slice| &slice.metrics) {
        if !metrics.contains(&&*found.name) {
            metrics.push(&found.name);
        }
    }
    let titles = [by, "rows".to_owned()].into_iter().chain(metrics.iter().map(|&name| name.to_owned()));
    let cells = |slice: &SliceReport| {
        let found = metrics.iter().map(|name| {
            let found = slice.metrics.iter().find(|found| found.name == *name);
            found.map_or_else(|| "-".to_owned(), figure)
        });
        let value = format!("  {}", printable(&slice.value));
        [value, rounded(slice.rows as f64)].into_iter().chain(found).collect::<Vec<_>>()
    };
    let lines: Vec<Vec<String>> = std::iter::once(titles.collect()).chain(slices.iter().map(cells)).collect();
    let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..metrics.len() + 2).map(width).collect();
    let line = |cells: &Vec<String>| {
        let padded = cells.iter().zip(&widths).enumerate().map(|(column, (cell, &width))| match column {
            1 => format!("{cell:>width$}"),
            _ => format!("{cell:<width$}"),
        });
        padded.collect::<Vec<_>>().join(GAP).trim_end().to_owned()
    };
    lines.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::Measured;
    use crate::program::Metric;

    #[test]
    fn figures_are_aligned() {
        let found = |name: &str, value, interval| Measured {
            metric: Metric::Auc(0),
            name: name.to_owned(),
            value,
            interval,
        };
        let slice = |value: &str, rows, metrics| SliceReport {
            by: "age".to_owned(),
            value: value.to_owned(),
            rows,
            metrics,
        };
        let slices = [
            slice("below 18", 1234, vec![found("auc", 0.5, Some((0.25, 0.75))), found("logloss", 1.0, None)]),
            slice("18 or more", 7, vec![found("logloss", 0.25, None)]),
        ];
        assert_eq!(
            table("by age".to_owned(), &slices),
            [
                "by age          rows   auc                       logloss",
                "  below 18     1_234   0.5000 [0.2500, 0.7500]   1.0000",
                "  18 or more       7   -                         0.2500",
            ]
        );
    }
}
