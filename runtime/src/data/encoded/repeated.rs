//! Test rows that repeat a training row.

use std::collections::HashSet;

use crate::checksum::Checksum;
use crate::data::source::SourceRows;

/// Returns the number of test rows that equal a training row in every cell.
pub(super) fn repeated(main: &SourceRows, train: &[u32], test: &[u32]) -> usize {
    let mut cells = Vec::new();
    let mut sum = |row: u32| {
        cells.clear();
        for column in 0..main.columns().len() {
            let text = main.text(row, column);
            // Lengths separate the cells.
            cells.extend_from_slice(&(text.len() as u64).to_le_bytes());
            cells.extend_from_slice(text.as_bytes());
        }
        Checksum::of(&cells)
    };
    let tested: Vec<Checksum> = test.iter().map(|&row| sum(row)).collect();
    let wanted: HashSet<Checksum> = tested.iter().copied().collect();
    let trained: HashSet<Checksum> =
        train.iter().map(|&row| sum(row)).filter(|sum| wanted.contains(sum)).collect();
    tested.iter().filter(|sum| trained.contains(sum)).count()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn cells_are_compared_one_by_one() {
        let mut table = SourceRows::default();
        table.begin_file(Path::new("log.csv"), vec!["user".to_owned(), "item".to_owned()], 0, 0).unwrap();
        for (line, cells) in
            [["a", "bc"], ["ab", "c"], ["a", "bc"], ["x", ""], ["", "x"]].into_iter().enumerate()
        {
            table.push(cells.into_iter(), line as u64 + 1).unwrap();
        }
        assert_eq!(repeated(&table, &[0], &[1, 2]), 1);
        assert_eq!(repeated(&table, &[3], &[4]), 0);
        assert_eq!(repeated(&table, &[0, 1, 2], &[0, 1, 2]), 3);
        assert_eq!(repeated(&table, &[], &[0]), 0);
    }
}
