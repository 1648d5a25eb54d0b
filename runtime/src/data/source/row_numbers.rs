//! Numbers of the rows of a source: in memory, or in a file if there are many.

use std::io;
use std::path::Path;

use bytemuck::Pod;

use crate::data::encoded::{ArrayWriter, Values};

/// Numbers that are written to a file at once. As many stay in memory.
pub(in crate::data) const PIECE: usize = 1 << 18;

/// Numbers of rows, while rows are appended.
pub(in crate::data) struct RowNumbers<T = u32> {
    /// The last numbers.
    memory: Vec<T>,
    /// Earlier numbers, and their count.
    file: Option<(ArrayWriter, usize)>,
}

impl<T> Default for RowNumbers<T> {
    fn default() -> Self {
        Self { memory: Vec::new(), file: None }
    }
}

impl<T: Pod> RowNumbers<T> {
    /// Count of the numbers.
    pub(in crate::data) fn len(&self) -> usize {
        self.memory.len() + self.in_file()
    }

    fn in_file(&self) -> usize {
        self.file.as_ref().map_or(0, |(_, count)| *count)
    }

    /// Returns whether [`RowNumbers::spill`] moves numbers to a file.
    pub(in crate::data) fn is_long(&self) -> bool {
        self.memory.len() >= PIECE
    }

    /// The numbers that are in memory: those since the last spill.
    pub(in crate::data) fn in_memory(&mut self) -> &mut [T] {
        &mut self.memory
    }

    /// Returns the numbers from a row on, all of which were appended since the last spill.
    #[inline]
    pub(in crate::data) fn since(&self, row: usize) -> &[T] {
        &self.memory[row - self.in_file()..]
    }

    /// Appends a number.
    #[inline]
    pub(in crate::data) fn push(&mut self, number: T) {
        self.memory.push(number);
    }

    /// Appends numbers.
    pub(in crate::data) fn extend(&mut self, numbers: impl IntoIterator<Item = T>) {
        self.memory.extend(numbers);
    }

    /// Moves the numbers to a file of this name in a folder, if there are many.
    pub(in crate::data) fn spill(&mut self, folder: &Path, file: u32) -> io::Result<()> {
        if self.is_long() { self.write(folder, file) } else { Ok(()) }
    }

    fn write(&mut self, folder: &Path, file: u32) -> io::Result<()> {
        if self.file.is_none() {
            self.file = Some((ArrayWriter::create(folder, file)?, 0));
        }
        if let Some((writer, count)) = &mut self.file {
            writer.append(&self.memory)?;
            *count += self.memory.len();
            self.memory.clear();
        }
        Ok(())
    }

    /// Returns the numbers. Those in a file of the folder are mapped, and need it as long as they are used.
    pub(in crate::data) fn finish(mut self, folder: Option<&Path>, file: u32) -> io::Result<Values<T>> {
        let Some(folder) = folder.filter(|_| self.file.is_some()) else { return Ok(self.memory.into()) };
        self.write(folder, file)?;
        let array = match self.file {
            Some((writer, _)) => writer.finish()?.open(folder),
            None => None,
        };
        array.and_then(|array| array.values()).ok_or_else(|| io::Error::other("a file changed"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_the_same_in_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let mut numbers = RowNumbers::default();
        for start in (0..3 * PIECE as u32 / 2).step_by(1000) {
            numbers.extend(start..start + 1000);
            let row = numbers.len() - 1;
            assert_eq!(numbers.since(row), [row as u32]);
            numbers.spill(folder.path(), 7).unwrap();
        }
        assert!(numbers.memory.len() < PIECE && numbers.file.is_some());
        let count = numbers.len();
        let values = numbers.finish(Some(folder.path()), 7).unwrap();
        assert!(values.len() == count && values.iter().copied().eq(0..count as u32));
        let mut few = RowNumbers::default();
        few.push(3);
        few.spill(Path::new("nowhere"), 0).unwrap();
        assert_eq!(few.finish(None, 0).unwrap(), [3]);
        let mut many = RowNumbers::default();
        many.extend(0..PIECE as u32);
        assert!(many.spill(&folder.path().join("nowhere"), 0).is_err());
    }
}
