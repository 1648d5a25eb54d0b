//! Lines on which rows begin, as runs of rows on consecutive lines or on one line.

/// Lines of rows that are numbered from 0.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Lines {
    runs: Vec<Run>,
    rows: u32,
}

/// Rows on consecutive lines, or on one line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Run {
    /// Line of the first row.
    line: u64,
    /// First row.
    row: u32,
    /// True if all rows are on one line.
    is_one_line: bool,
}

impl Run {
    /// Line of a row of the run.
    fn line(&self, row: u32) -> u64 {
        if self.is_one_line { self.line } else { self.line + u64::from(row - self.row) }
    }
}

impl Lines {
    /// Appends the line of a row.
    pub(in crate::data) fn push(&mut self, line: u64) {
        let row = self.rows;
        self.rows += 1;
        match self.runs.last_mut() {
            // The second row of a run decides on its kind.
            Some(run) if run.row + 1 == row && run.line == line => run.is_one_line = true,
            Some(run) if run.line(row) == line => {}
            _ => self.runs.push(Run { line, row, is_one_line: false }),
        }
    }

    /// Appends the lines of further rows.
    pub(super) fn append(&mut self, further: &Lines) {
        let ends = further.runs.iter().skip(1).map(|run| run.row).chain([further.rows]);
        for (run, end) in further.runs.iter().zip(ends) {
            // After three rows of a run, the last run of all lines is of its kind.
            let pushed = end.min(run.row + 3);
            (run.row..pushed).for_each(|row| self.push(run.line(row)));
            self.rows += end - pushed;
        }
    }

    /// Number of rows.
    pub(super) fn rows(&self) -> u32 {
        self.rows
    }

    /// Returns the line of a row; 0 if there is no such row.
    pub(crate) fn line(&self, row: u32) -> u64 {
        match self.runs[..self.runs.partition_point(|run| run.row <= row)].last() {
            Some(run) if row < self.rows => run.line(row),
            _ => 0,
        }
    }

    /// Number of rows before a line. Rows ascend by their lines.
    pub(super) fn before(&self, line: u64) -> u32 {
        let next = self.runs.partition_point(|run| run.line < line);
        let Some(run) = next.checked_sub(1).map(|last| self.runs[last]) else { return 0 };
        let end = self.runs.get(next).map_or(self.rows, |next| next.row);
        if run.is_one_line { end } else { end.min(run.row + (line - run.line) as u32) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn lines(all: &[u64]) -> Lines {
        let mut lines = Lines::default();
        all.iter().for_each(|&line| lines.push(line));
        lines
    }

    #[test]
    fn consecutive_lines_are_one_run() {
        let regular = lines(&(2..10_000).collect::<Vec<_>>());
        assert_eq!((regular.runs.len(), regular.line(0), regular.line(9_997)), (1, 2, 9_999));
        assert_eq!(regular.line(9_998), 0);
    }

    #[test]
    fn rows_of_one_line_are_one_run() {
        let repeated = lines(&[2, 2, 2, 3, 3, 4, 5, 5]);
        assert_eq!(repeated.runs.len(), 4);
        assert_eq!((0..8).map(|row| repeated.line(row)).collect::<Vec<_>>(), [2, 2, 2, 3, 3, 4, 5, 5]);
    }

    proptest! {
        #[test]
        fn every_line_is_found_again(steps in prop::collection::vec(0_u64..4, 0..60), cut in 0_usize..60) {
            let all: Vec<u64> = steps.iter().scan(0, |line, step| { *line += step; Some(*line) }).collect();
            let cut = cut.min(all.len());
            let mut joined = lines(&all[..cut]);
            joined.append(&lines(&all[cut..]));
            prop_assert_eq!(&joined, &lines(&all));
            for (row, &line) in (0..).zip(&all) {
                prop_assert_eq!(joined.line(row), line);
            }
            for line in 0..=all.last().map_or(0, |last| last + 1) {
                let before = all.iter().filter(|&&own| own < line).count();
                prop_assert_eq!(joined.before(line) as usize, before);
            }
        }
    }
}
