//! Blocks of whole rows of a file of lines.

use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use memchr::memchr_iter;

use crate::data::error::{DataError, Place};

/// Maximum size of a row, and thus of a block, in bytes.
const LONGEST_ROW: usize = 256 << 20;

/// Finder of the ends of rows.
pub(super) trait RowEnds: Send {
    /// Returns the end of the last whole row. The bytes begin with a row; those of the previous call, to
    /// which a read has appended, come first.
    fn last(&mut self, bytes: &[u8]) -> Option<usize>;
}

/// Rows that end with a line feed.
pub(super) struct LineFeeds;

impl RowEnds for LineFeeds {
    fn last(&mut self, bytes: &[u8]) -> Option<usize> {
        memchr::memrchr(b'\n', bytes).map(|at| at + 1)
    }
}

/// Whole rows of a file.
#[derive(Clone)]
pub(super) struct TextBlock {
    /// The file.
    pub(super) path: Arc<Path>,
    /// The rows.
    pub(super) bytes: Vec<u8>,
    /// Offset of the first byte in the file.
    pub(super) offset: u64,
    /// Line of the first byte, from 1.
    pub(super) line: u64,
    /// True for the last block of the file.
    pub(super) is_last: bool,
}

impl TextBlock {
    /// Removes the first bytes, which may contain lines.
    pub(super) fn skip(&mut self, bytes: usize) {
        self.offset += bytes as u64;
        self.line += memchr_iter(b'\n', &self.bytes[..bytes]).count() as u64;
        self.bytes.drain(..bytes);
    }
}

/// Reader of blocks.
pub(super) struct TextBlocks {
    reader: Box<dyn Read + Send>,
    path: Arc<Path>,
    ends: Box<dyn RowEnds>,
    /// Number of bytes to read at once.
    size: usize,
    /// Bytes after the last block.
    rest: Vec<u8>,
    offset: u64,
    line: u64,
    is_over: bool,
}

impl TextBlocks {
    /// Blocks of about `size` bytes.
    pub(super) fn new(
        reader: Box<dyn Read + Send>,
        path: Arc<Path>,
        ends: Box<dyn RowEnds>,
        size: usize,
    ) -> Self {
        Self { reader, path, ends, size: size.max(1), rest: Vec::new(), offset: 0, line: 1, is_over: false }
    }

    /// Path of the file.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Reads the next block.
    pub(super) fn next(&mut self) -> Result<Option<TextBlock>, BlockError> {
        let mut bytes = std::mem::take(&mut self.rest);
        let mut end = None;
        while !self.is_over {
            let wanted = if bytes.len() < self.size { self.size - bytes.len() } else { bytes.len() };
            bytes.reserve_exact(wanted);
            let read = self.reader.by_ref().take(wanted as u64).read_to_end(&mut bytes)?;
            self.is_over = read < wanted;
            end = if self.is_over { None } else { self.ends.last(&bytes) };
            if end.is_some() {
                break;
            }
            if bytes.len() > LONGEST_ROW {
                let place = Place { path: self.path.to_path_buf(), line: self.line };
                return Err(BlockError::Row(DataError::LongRow { place }));
            }
        }
        if bytes.is_empty() {
            return Ok(None);
        }
        let end = end.unwrap_or(bytes.len());
        self.rest = bytes.split_off(end);
        let block = TextBlock {
            path: Arc::clone(&self.path),
            offset: self.offset,
            line: self.line,
            is_last: self.is_over && self.rest.is_empty(),
            bytes,
        };
        self.offset += end as u64;
        self.line += memchr_iter(b'\n', &block.bytes).count() as u64;
        Ok(Some(block))
    }
}

/// Failure to read a block.
pub(super) enum BlockError {
    /// The file cannot be read.
    Read(io::Error),
    /// A row cannot be.
    Row(DataError),
}

impl From<io::Error> for BlockError {
    fn from(error: io::Error) -> Self {
        BlockError::Read(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blocks(text: &'static str, size: usize) -> Vec<(String, u64, u64, bool)> {
        let path: Arc<Path> = Path::new("log.csv").into();
        let mut blocks = TextBlocks::new(Box::new(text.as_bytes()), path, Box::new(LineFeeds), size);
        let mut all = Vec::new();
        while let Ok(Some(block)) = blocks.next() {
            all.push((String::from_utf8(block.bytes).unwrap(), block.offset, block.line, block.is_last));
        }
        all
    }

    #[test]
    fn blocks_are_whole_rows_of_any_length() {
        let text = "one\ntwo\nthree\nthe fourth row is longer\nfive";
        for size in 1..60 {
            let blocks = blocks(text, size);
            let joined: String = blocks.iter().map(|block| block.0.as_str()).collect();
            assert_eq!(joined, text);
            let (mut offset, mut line) = (0, 1);
            for (at, (rows, from, first, is_last)) in blocks.iter().enumerate() {
                assert_eq!((*from, *first, *is_last), (offset, line, at + 1 == blocks.len()), "{size}");
                assert!(*is_last || rows.ends_with('\n'));
                offset += rows.len() as u64;
                line += rows.matches('\n').count() as u64;
            }
        }
        assert!(blocks("", 10).is_empty());
    }
}
