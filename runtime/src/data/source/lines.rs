//! Lines on which rows begin, as runs of rows on consecutive lines.

/// Lines of rows that are numbered from 0.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Lines {
    /// First row of a run, and its line.
    runs: Vec<(u32, u64)>,
    rows: u32,
}

impl Lines {
    /// Appends the line of a row.
    pub(in crate::data) fn push(&mut self, line: u64) {
        self.go_on(line);
        self.rows += 1;
    }

    /// Begins a run unless the next row, on this line, continues the last one.
    fn go_on(&mut self, line: u64) {
        if self.runs.last().is_none_or(|&(row, first)| first + u64::from(self.rows - row) != line) {
            self.runs.push((self.rows, line));
        }
    }

    /// Appends the lines of further rows.
    pub(super) fn append(&mut self, further: &Lines) {
        let before = self.rows;
        for &(row, line) in &further.runs {
            self.rows = before + row;
            self.go_on(line);
        }
        self.rows = before + further.rows;
    }

    /// Number of rows.
    pub(super) fn rows(&self) -> u32 {
        self.rows
    }

    /// Returns the line of a row; 0 if there is no such row.
    pub(crate) fn line(&self, row: u32) -> u64 {
        match self.runs[..self.runs.partition_point(|&(first, _)| first <= row)].last() {
            Some(&(first, line)) if row < self.rows => line + u64::from(row - first),
            _ => 0,
        }
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

    proptest! {
        #[test]
        fn every_line_is_found_again(steps in prop::collection::vec(1_u64..4, 0..60), cut in 0_usize..60) {
            let all: Vec<u64> = steps.iter().scan(0, |line, step| { *line += step; Some(*line) }).collect();
            let cut = cut.min(all.len());
            let mut joined = lines(&all[..cut]);
            joined.append(&lines(&all[cut..]));
            prop_assert_eq!(&joined, &lines(&all));
            for (row, &line) in (0..).zip(&all) {
                prop_assert_eq!(joined.line(row), line);
            }
        }
    }
}
