//! Lines with a separator between the columns: CSV, TSV and their kin.

use std::path::Path;
use std::sync::Arc;

use csv::{ReaderBuilder, StringRecord};
use memchr::{memchr, memchr3_iter};
use turret_schema::{Encoding, SourceSpec};

use super::chunk::{Chunk, TextCells};
use super::format::{decoded, foreign_format, foreign_text};
use super::lines::Lines;
use super::quotes::{QuotedEnds, RunsOn, ends_in_quotes};
use super::text_blocks::{BlockError, LineFeeds, RowEnds, TextBlock, TextBlocks};
use super::{Block, Blocks, Form, Opening, Size};
use crate::data::error::{DataError, Place};

/// The form.
pub(super) struct Separated;

/// Punctuation of a file, and the names of its columns.
struct Dialect {
    separator: u8,
    quote: bool,
    encoding: Encoding,
    columns: Vec<String>,
    is_named_by_file: bool,
}

impl Form for Separated {
    fn open(&self, opening: &Opening<'_>) -> Result<Box<dyn Blocks>, DataError> {
        let spec = opening.spec;
        let ends: Box<dyn RowEnds> = match spec.quote {
            true => Box::new(QuotedEnds::new(spec.separator)),
            false => Box::new(LineFeeds),
        };
        let path: Arc<Path> = opening.file.path().into();
        let mut blocks =
            TextBlocks::new(opening.file.reader(spec.encoding)?, Arc::clone(&path), ends, opening.block);
        let mut first = blocks.next().map_err(|error| opening.failed(error))?;
        let mut dialect = Dialect {
            separator: spec.separator,
            quote: spec.quote,
            encoding: spec.encoding,
            columns: spec.columns.iter().map(ToString::to_string).collect(),
            is_named_by_file: spec.is_named_by_file(),
        };
        if let Some(block) = &mut first {
            let refused = |format| DataError::Format { path: path.to_path_buf(), format };
            if let Some(format) = foreign_format(&block.bytes) {
                return Err(refused(format));
            }
            const MARK: &[u8] = "\u{feff}".as_bytes();
            if spec.encoding != Encoding::Latin1 && block.bytes.starts_with(MARK) {
                block.skip(MARK.len());
            }
            let text = dialect.text(block)?;
            if let Some(format) = foreign_text(&text) {
                return Err(refused(format));
            }
            if spec.is_named_by_file() || spec.header {
                let (names, end) = dialect.header(&text);
                if spec.is_named_by_file() {
                    dialect.columns = names;
                }
                block.skip(dialect.encoded(&text[..end]));
            }
        }
        if dialect.columns.is_empty() {
            return Err(DataError::Empty { path: path.to_path_buf() });
        }
        let dialect = Arc::new(dialect);
        let source = opening.what();
        Ok(Box::new(SeparatedBlocks { blocks, dialect, first, is_first: true, source }))
    }

    fn size(&self, spec: &SourceSpec, bytes: &[u8]) -> Size {
        let count = |wanted: u8| memchr::memchr_iter(wanted, bytes).count() as u64;
        Size { rows: count(b'\n'), further_cells: count(spec.separator) }
    }
}

/// Blocks of an open file.
struct SeparatedBlocks {
    blocks: TextBlocks,
    dialect: Arc<Dialect>,
    /// First block, after the header.
    first: Option<TextBlock>,
    is_first: bool,
    source: String,
}

impl Blocks for SeparatedBlocks {
    fn columns(&self) -> &[String] {
        &self.dialect.columns
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
        let block = block.map(|block| {
            let dialect = Arc::clone(&self.dialect);
            Box::new(SeparatedBlock { block, dialect, is_first }) as Box<dyn Block>
        });
        Ok(block)
    }
}

/// A block of rows.
struct SeparatedBlock {
    block: TextBlock,
    dialect: Arc<Dialect>,
    is_first: bool,
}

impl Block for SeparatedBlock {
    fn bytes(&self) -> usize {
        self.block.bytes.len()
    }

    fn parse(self: Box<Self>) -> Result<Chunk, DataError> {
        let Self { mut block, dialect, is_first } = *self;
        let is_quoted = dialect.quote && memchr(b'"', &block.bytes).is_some();
        let text = dialect.text_of(&mut block)?;
        let mut rows =
            Rows { block: &block, dialect: &dialect, is_first, spans: Vec::new(), chunk: Parsed::default() };
        let text = if is_quoted {
            rows.read_quoted(&text)?
        } else {
            rows.split(&text)?;
            text
        };
        let Rows { spans, chunk: Parsed { lines, refused, runs_on }, .. } = rows;
        let cells = TextCells::new(text, spans, dialect.columns.len());
        Ok(Chunk { refused, runs_on, ..Chunk::new(Box::new(cells), lines) })
    }
}

impl Dialect {
    /// Decodes a block.
    fn text(&self, block: &TextBlock) -> Result<String, DataError> {
        decoded(block.bytes.clone(), self.encoding).map_err(|byte| refused_byte(block, byte))
    }

    /// Decodes the bytes of a block, which they leave.
    fn text_of(&self, block: &mut TextBlock) -> Result<String, DataError> {
        let bytes = std::mem::take(&mut block.bytes);
        decoded(bytes, self.encoding).map_err(|byte| refused_byte(block, byte))
    }

    /// Number of bytes that a part of the text takes in the file.
    fn encoded(&self, text: &str) -> usize {
        match self.encoding {
            Encoding::Utf8 | Encoding::Utf16Le | Encoding::Utf16Be => text.len(),
            Encoding::Latin1 => text.chars().count(),
        }
    }

    fn reader<'t>(&self, text: &'t str) -> csv::Reader<&'t [u8]> {
        ReaderBuilder::new()
            .delimiter(self.separator)
            .quoting(self.quote)
            .has_headers(false)
            .flexible(true)
            .from_reader(text.as_bytes())
    }

    /// Returns the cells of the first row, and its end.
    fn header(&self, text: &str) -> (Vec<String>, usize) {
        let mut reader = self.reader(text);
        let mut record = StringRecord::new();
        // Text in memory can be read, and it is UTF-8.
        let _ = reader.read_record(&mut record);
        let end = reader.position().byte() as usize;
        (record.iter().map(|name| name.trim().to_owned()).collect(), end)
    }
}

/// Error of bytes that are not in the encoding of the file.
fn refused_byte(block: &TextBlock, fault: super::format::NotUtf8) -> DataError {
    DataError::Encoding {
        path: block.path.to_path_buf(),
        line: block.line + fault.lines_before,
        byte: block.offset as usize + fault.byte,
    }
}

/// Parsed rows besides their cells.
#[derive(Default)]
struct Parsed {
    lines: Lines,
    refused: Vec<DataError>,
    runs_on: RunsOn,
}

/// Rows of a block while they are parsed.
struct Rows<'b> {
    block: &'b TextBlock,
    dialect: &'b Dialect,
    is_first: bool,
    spans: Vec<(u32, u32)>,
    chunk: Parsed,
}

impl Rows<'_> {
    fn width(&self) -> usize {
        self.dialect.columns.len()
    }

    fn place(&self, line: u64) -> Place {
        Place { path: self.block.path.to_path_buf(), line }
    }

    /// Splits text without quotes.
    fn split(&mut self, text: &str) -> Result<(), DataError> {
        let bytes = text.as_bytes();
        self.spans.reserve(bytes.len() / 8);
        let (mut line, mut row, mut cell) = (self.block.line, 0, 0);
        for at in memchr3_iter(self.dialect.separator, b'\n', b'\r', bytes) {
            let byte = bytes[at];
            if byte == self.dialect.separator {
                self.spans.push((cell as u32, at as u32));
            } else {
                // An empty line is no row.
                if at > row {
                    self.spans.push((cell as u32, at as u32));
                    self.end_row(text, line)?;
                }
                line += u64::from(byte == b'\n');
                row = at + 1;
            }
            cell = at + 1;
        }
        if row < bytes.len() {
            self.spans.push((cell as u32, bytes.len() as u32));
            self.end_row(text, line)?;
        }
        Ok(())
    }

    /// Reads text with quotes. Returns the text of the cells.
    fn read_quoted(&mut self, text: &str) -> Result<String, DataError> {
        let mut reader = self.dialect.reader(text);
        let mut cells = String::with_capacity(text.len());
        let mut record = StringRecord::new();
        // Text in memory can be read, and it is UTF-8.
        while reader.read_record(&mut record).unwrap_or(false) {
            let position = record.position().cloned().unwrap_or_else(csv::Position::new);
            let begins = first_line(text.as_bytes(), &position);
            let line = self.block.line + begins - 1;
            let is_last = self.block.is_last && reader.position().byte() >= text.len() as u64;
            if is_last && ends_in_quotes(&text.as_bytes()[position.byte() as usize..], self.dialect.separator)
            {
                return Err(DataError::Quote { place: self.place(line) });
            }
            if reader.position().line() > begins + 1 {
                self.chunk.runs_on.look_at(&record, self.width(), self.dialect.separator, line);
            }
            for cell in &record {
                let start = cells.len() as u32;
                cells.push_str(cell);
                self.spans.push((start, cells.len() as u32));
            }
            self.end_row(&cells, line)?;
        }
        Ok(cells)
    }

    /// Ends a row, whose spans are the last.
    fn end_row(&mut self, text: &str, line: u64) -> Result<(), DataError> {
        let width = self.width();
        let rows = self.chunk.lines.rows() as usize;
        let row = &self.spans[rows * width..];
        let found = row.len();
        if std::mem::replace(&mut self.is_first, false)
            && !self.dialect.is_named_by_file
            && are_names(
                row.iter().map(|&(start, end)| &text[start as usize..end as usize]),
                &self.dialect.columns,
            )
        {
            return Err(DataError::NamesTwice { place: self.place(line) });
        }
        if found == width {
            self.chunk.lines.push(line);
        } else {
            self.spans.truncate(rows * width);
            self.chunk.refused.push(DataError::Columns { place: self.place(line), expected: width, found });
        }
        Ok(())
    }
}

/// Returns whether a row contains the names of its columns: at least half of them, and more than one if there
/// are several columns.
fn are_names<'t>(row: impl ExactSizeIterator<Item = &'t str>, columns: &[String]) -> bool {
    if row.len() != columns.len() {
        return false;
    }
    let equal = row.zip(columns).filter(|(cell, name)| cell.trim().eq_ignore_ascii_case(name)).count();
    2 * equal >= columns.len() && equal >= columns.len().min(2)
}

/// Returns the line on which a record begins. The position in the csv crate is the end of the previous
/// record, which is before the line feed of a CRLF and before empty lines.
fn first_line(text: &[u8], position: &csv::Position) -> u64 {
    let before = text.iter().skip(position.byte() as usize).take_while(|byte| matches!(byte, b'\r' | b'\n'));
    position.line() + before.filter(|&&byte| byte == b'\n').count() as u64
}
