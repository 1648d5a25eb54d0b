//! Numbers of encoded rows.

use super::NONE;

/// Encoded row of each row of a source. No memory is taken as long as they are the same.
pub(super) struct Numbering {
    rows: usize,
    next: u32,
    /// Encoded row of each row, with [`NONE`] for others.
    of_rows: Option<Vec<u32>>,
}

impl Numbering {
    /// Numbers of a source with this many rows, none of which is encoded yet.
    pub(super) fn new(rows: usize) -> Self {
        Self { rows, next: 0, of_rows: None }
    }

    /// Numbers the next encoded row.
    pub(super) fn push(&mut self, row: u32) {
        if self.of_rows.is_none() && row != self.next {
            self.of_rows = Some(self.listed());
        }
        if let Some(of_rows) = &mut self.of_rows {
            of_rows[row as usize] = self.next;
        }
        self.next += 1;
    }

    /// Returns the encoded row of each row.
    pub(super) fn into_rows(self) -> Vec<u32> {
        match self.of_rows {
            Some(of_rows) => of_rows,
            None => self.listed(),
        }
    }

    /// Returns the encoded row of each row, unless they are the same.
    pub(super) fn unless_as_read(self) -> Option<Vec<u32>> {
        let is_as_read = self.of_rows.is_none() && self.next as usize == self.rows;
        (!is_as_read).then(|| self.into_rows())
    }

    /// Rows in their order, as far as they are numbered.
    fn listed(&self) -> Vec<u32> {
        let numbered = |row| if row < self.next { row } else { NONE };
        (0..self.rows as u32).map(numbered).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbered(rows: &[u32]) -> Numbering {
        let mut numbering = Numbering::new(4);
        rows.iter().for_each(|&row| numbering.push(row));
        numbering
    }

    #[test]
    fn rows_are_numbered_in_their_order() {
        for (rows, expected) in [
            (&[0, 1, 2, 3][..], [0, 1, 2, 3]),
            (&[0, 1], [0, 1, NONE, NONE]),
            (&[0, 2, 3], [0, NONE, 1, 2]),
            (&[1], [NONE, 0, NONE, NONE]),
            (&[], [NONE; 4]),
        ] {
            assert_eq!(numbered(rows).into_rows(), expected);
            let other = (expected != [0, 1, 2, 3]).then(|| expected.to_vec());
            assert_eq!(numbered(rows).unless_as_read(), other);
        }
    }
}
