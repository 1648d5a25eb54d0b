//! Files of text: their first block, and blocks that any thread parses.

use std::path::Path;
use std::sync::Arc;

use turret_schema::Encoding;

use super::chunk::Chunk;
use super::format::{Foreign, decoded, foreign_format};
use super::text_blocks::{BlockError, RowEnds, TextBlock, TextBlocks};
use super::{Block, Blocks, Opening};
use crate::data::error::DataError;

/// Byte order mark of UTF-8.
const MARK: &[u8] = "\u{feff}".as_bytes();

/// An open file, before its columns are known.
pub(super) struct TextFile {
    pub(super) path: Arc<Path>,
    /// First block, without a byte order mark. `None` for an empty file.
    pub(super) first: Option<TextBlock>,
    blocks: TextBlocks,
    source: String,
}

impl TextFile {
    /// Opens a file of text. Files of other formats are named.
    pub(super) fn open(
        opening: &Opening<'_>,
        reader: Box<dyn std::io::Read + Send>,
        ends: Box<dyn RowEnds>,
    ) -> Result<Self, DataError> {
        let path: Arc<Path> = opening.file.path().into();
        let mut blocks = TextBlocks::new(reader, Arc::clone(&path), ends, opening.block);
        let mut first = blocks.next().map_err(|error| opening.failed(error))?;
        if let Some(block) = &mut first {
            if let Some(format) = foreign_format(&block.bytes) {
                return Err(refused(&path, format));
            }
            if block.bytes.starts_with(MARK) {
                block.skip(MARK.len());
            }
        }
        Ok(Self { path, first, blocks, source: opening.what() })
    }

    /// Blocks of the file, the first one included.
    pub(super) fn parsed_by(self, parser: impl Parser + 'static) -> Box<dyn Blocks> {
        let Self { first, blocks, source, .. } = self;
        Box::new(ParsedBlocks { blocks, parser: Arc::new(parser), first, is_first: true, source })
    }
}

/// Error of a file of another format.
pub(super) fn refused(path: &Path, Foreign { format, remedy }: Foreign) -> DataError {
    DataError::Format { path: path.to_owned(), format, remedy }
}

/// Parser of the blocks of a file.
pub(super) trait Parser: Send + Sync {
    /// Names of the columns.
    fn columns(&self) -> &[String];
    /// Parses the rows of a block. `is_first` for the first of the file.
    fn parse(&self, block: TextBlock, is_first: bool) -> Result<Chunk, DataError>;
}

struct ParsedBlocks<P> {
    blocks: TextBlocks,
    parser: Arc<P>,
    /// First block, until it is passed on.
    first: Option<TextBlock>,
    is_first: bool,
    source: String,
}

impl<P: Parser + 'static> Blocks for ParsedBlocks<P> {
    fn columns(&self) -> &[String] {
        self.parser.columns()
    }

    fn next(&mut self) -> Result<Option<Box<dyn Block>>, DataError> {
        let block = match self.first.take() {
            Some(block) => Some(block),
            None => self.blocks.next().map_err(|error| match error {
                BlockError::Row(error) => error,
                BlockError::Read(error) => {
                    let path = self.blocks.path().to_path_buf();
                    DataError::Read { what: self.source.clone(), path, error }
                }
            })?,
        };
        let is_first = std::mem::replace(&mut self.is_first, false);
        Ok(block.map(|block| {
            let parser = Arc::clone(&self.parser);
            Box::new(ParsedBlock { block, parser, is_first }) as Box<dyn Block>
        }))
    }
}

struct ParsedBlock<P> {
    block: TextBlock,
    parser: Arc<P>,
    is_first: bool,
}

impl<P: Parser> Block for ParsedBlock<P> {
    fn bytes(&self) -> usize {
        self.block.bytes.len()
    }

    fn parse(self: Box<Self>) -> Result<Vec<Chunk>, DataError> {
        Ok(vec![self.parser.parse(self.block, self.is_first)?])
    }
}

impl TextBlock {
    /// Decodes the bytes, which leave the block.
    pub(super) fn take_text(&mut self, encoding: Encoding) -> Result<String, DataError> {
        decoded(std::mem::take(&mut self.bytes), encoding).map_err(|fault| DataError::Encoding {
            path: self.path.to_path_buf(),
            line: self.line + fault.lines_before,
            byte: self.offset as usize + fault.byte,
        })
    }
}

/// Lines of a text that are not blank, each with its number of earlier line feeds and its offset.
pub(super) fn lines(text: &str) -> impl Iterator<Item = (u64, usize, &str)> {
    let mut at = 0;
    text.split('\n').zip(0..).filter_map(move |(line, before)| {
        let start = at;
        at += line.len() + 1;
        (!line.trim_ascii().is_empty()).then_some((before, start, line))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_know_their_places() {
        let found: Vec<_> = lines("a\n\nb\r\n  \nc").collect();
        assert_eq!(found, [(0, 0, "a"), (2, 3, "b\r"), (4, 9, "c")]);
        assert_eq!(lines("").count(), 0);
    }
}
