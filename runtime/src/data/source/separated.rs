//! Lines with a separator between the columns: CSV, TSV and their kin.

use std::io::Read;
use std::ops::Range;

use csv::{ReaderBuilder, StringRecord};
use memchr::{memchr, memchr3_iter, memmem};
use turret_schema::{Encoding, SourceSpec};

use super::chunk::{Chunk, TextCells};
use super::format::foreign_text;
use super::lines::Lines;
use super::missing::Missing;
use super::quotes::{QuotedEnds, Quoting, RunsOn, ends_in_quotes};
use super::skip_spaces::{Quotes, SkipSpaces};
use super::text_blocks::{LineFeeds, RowEnds, TextBlock};
use super::text_file::{Parser, TextFile, refused};
use super::{Blocks, Form, Opening, Size};
use crate::data::error::{DataError, Place};

/// The form.
pub(super) struct Separated;

/// Punctuation of a file, and the names of its columns.
struct Dialect {
    separator: memmem::Finder<'static>,
    /// Punctuation of quoted values, if there may be some. The separator is then one character.
    quoting: Option<Quoting>,
    comment: Option<u8>,
    /// True if the last column is the rest of a line.
    rest: bool,
    missing: Missing,
    encoding: Encoding,
    columns: Vec<String>,
    is_named_by_file: bool,
}

impl Form for Separated {
    fn open(&self, opening: &Opening<'_>) -> Result<Box<dyn Blocks>, DataError> {
        let spec = opening.spec;
        let mut dialect = Dialect::of(spec);
        let ends: Box<dyn RowEnds> = match dialect.quoting {
            Some(quoting) => Box::new(QuotedEnds::new(quoting)),
            None => Box::new(LineFeeds),
        };
        let mut reader: Box<dyn Read + Send> = opening.reader()?;
        if spec.skip_spaces {
            let quotes = dialect.quoting.map_or(Quotes::None, |quoting| Quotes::Double(quoting.escape));
            reader = Box::new(SkipSpaces::new(reader, &spec.separator, quotes));
        }
        let mut file = TextFile::open(opening, reader, ends)?;
        if let Some(block) = &mut file.first {
            let text = block.clone().take_text(spec.encoding)?;
            if let Some(format) = foreign_text(&text) {
                return Err(refused(&file.path, format));
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
            return Err(DataError::Empty { path: file.path.to_path_buf() });
        }
        Ok(file.parsed_by(dialect))
    }

    fn size(&self, spec: &SourceSpec, bytes: &[u8]) -> Size {
        let rows = memchr::memchr_iter(b'\n', bytes).count() as u64;
        Size { rows, further_cells: memmem::find_iter(bytes, &*spec.separator).count() as u64 }
    }
}

impl Parser for Dialect {
    fn columns(&self) -> &[String] {
        &self.columns
    }

    fn parse(&self, mut block: TextBlock, is_first: bool) -> Result<Chunk, DataError> {
        let is_quoted = self.quoting.filter(|_| memchr(b'"', &block.bytes).is_some());
        let text = block.take_text(self.encoding)?;
        let mut rows =
            Rows { block: &block, dialect: self, is_first, spans: Vec::new(), chunk: Parsed::default() };
        let text = match (is_quoted, self.separator.needle()) {
            (Some(quoting), _) => rows.read_quoted(&text, quoting)?,
            (None, &[separator]) if self.comment.is_none() && !self.rest => {
                rows.split(&text, separator)?;
                text
            }
            (None, _) => {
                rows.split_lines(&text)?;
                text
            }
        };
        let Rows { mut spans, chunk: Parsed { lines, refused, runs_on }, .. } = rows;
        if !self.missing.is_empty() {
            let is_missing =
                |(start, end): &(u32, u32)| self.missing.has(&text[*start as usize..*end as usize]);
            spans.iter_mut().filter(|span| is_missing(span)).for_each(|span| span.1 = span.0);
        }
        let mut cells = TextCells::new(text, spans, self.columns.len());
        if let &[separator] = self.separator.needle() {
            cells = cells.separated_by(separator);
        }
        Ok(Chunk { refused, runs_on, ..Chunk::new(Box::new(cells), lines) })
    }
}

impl Dialect {
    fn of(spec: &SourceSpec) -> Self {
        let byte = |character: Option<char>| character.and_then(|character| u8::try_from(character).ok());
        let (escape, comment) = (byte(spec.escape), byte(spec.comment));
        let separator = spec.separator.bytes().next().filter(|_| spec.quote);
        Self {
            separator: memmem::Finder::new(spec.separator.as_bytes()).into_owned(),
            quoting: separator.map(|separator| Quoting { separator, escape, comment }),
            comment,
            rest: spec.rest,
            missing: Missing::of(spec),
            encoding: spec.encoding,
            columns: spec.columns.iter().map(ToString::to_string).collect(),
            is_named_by_file: spec.is_named_by_file(),
        }
    }

    /// Number of bytes that a part of the text takes in the file.
    fn encoded(&self, text: &str) -> usize {
        match self.encoding {
            Encoding::Utf8 | Encoding::Utf16Le | Encoding::Utf16Be => text.len(),
            Encoding::Latin1 => text.chars().count(),
        }
    }

    fn reader<'t>(&self, text: &'t str, quoting: Quoting) -> csv::Reader<&'t [u8]> {
        ReaderBuilder::new()
            .delimiter(quoting.separator)
            .escape(quoting.escape)
            .comment(quoting.comment)
            .has_headers(false)
            .flexible(true)
            .from_reader(text.as_bytes())
    }

    /// Returns the cells of the first row, and its end.
    fn header(&self, text: &str) -> (Vec<String>, usize) {
        let named = |cells: Vec<&str>| cells.into_iter().map(|name| name.trim().to_owned()).collect();
        match self.quoting {
            Some(quoting) => {
                let mut reader = self.reader(text, quoting);
                let mut record = StringRecord::new();
                // Text in memory can be read, and it is UTF-8.
                let _ = reader.read_record(&mut record);
                (named(record.iter().collect()), reader.position().byte() as usize)
            }
            None => match plain_lines(text, self.comment).next() {
                Some((_, line)) => {
                    let mut cells = Vec::new();
                    self.cells(&text[line.clone()], usize::MAX, |cell| cells.push(cell));
                    let names = cells.into_iter().map(|cell| &text[line.clone()][cell]).collect();
                    (named(names), line.end)
                }
                None => (Vec::new(), text.len()),
            },
        }
    }

    /// Passes on the cells of a line without quotes, at most `most` of them.
    fn cells(&self, line: &str, most: usize, mut each: impl FnMut(Range<usize>)) {
        let (bytes, length) = (line.as_bytes(), self.separator.needle().len());
        let (mut start, mut count) = (0, 1);
        while count < most
            && let Some(found) = self.separator.find(&bytes[start..])
        {
            each(start..start + found);
            start += found + length;
            count += 1;
        }
        each(start..bytes.len());
    }
}

/// Lines that are neither empty nor comments, each with the number of line feeds before it.
fn plain_lines(text: &str, comment: Option<u8>) -> impl Iterator<Item = (u64, Range<usize>)> {
    let bytes = text.as_bytes();
    let ends = memchr::memchr2_iter(b'\n', b'\r', bytes).chain([bytes.len()]);
    let (mut before, mut start) = (0, 0);
    let lines = ends.map(move |end| {
        let line = (before, start..end);
        before += u64::from(bytes.get(end) == Some(&b'\n'));
        start = end + 1;
        line
    });
    lines.filter(move |(_, line)| {
        !line.is_empty() && comment.is_none_or(|comment| bytes[line.start] != comment)
    })
}

/// Parsed rows besides their cells.
#[derive(Default)]
struct Parsed {
    lines: Lines,
    refused: Vec<(u64, DataError)>,
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

    /// Splits lines without quotes.
    fn split_lines(&mut self, text: &str) -> Result<(), DataError> {
        let most = if self.dialect.rest { self.width() } else { usize::MAX };
        for (before, line) in plain_lines(text, self.dialect.comment) {
            let start = line.start;
            let spans = &mut self.spans;
            self.dialect.cells(&text[line], most, |cell| {
                spans.push(((start + cell.start) as u32, (start + cell.end) as u32));
            });
            self.end_row(text, self.block.line + before)?;
        }
        Ok(())
    }

    /// Splits text without quotes and comments at a separator of one character.
    fn split(&mut self, text: &str, separator: u8) -> Result<(), DataError> {
        let bytes = text.as_bytes();
        self.spans.reserve(bytes.len() / 8);
        let (mut line, mut row, mut cell) = (self.block.line, 0, 0);
        for at in memchr3_iter(separator, b'\n', b'\r', bytes) {
            let byte = bytes[at];
            if byte == separator {
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
    fn read_quoted(&mut self, text: &str, quoting: Quoting) -> Result<String, DataError> {
        let mut reader = self.dialect.reader(text, quoting);
        let mut cells = String::with_capacity(text.len());
        let mut record = StringRecord::new();
        // Text in memory can be read, and it is UTF-8.
        while reader.read_record(&mut record).unwrap_or(false) {
            let position = record.position().cloned().unwrap_or_else(csv::Position::new);
            let begins = first_line(text.as_bytes(), &position, quoting.comment);
            let line = self.block.line + begins - 1;
            let is_last = self.block.is_last && reader.position().byte() >= text.len() as u64;
            if is_last && ends_in_quotes(&text.as_bytes()[position.byte() as usize..], quoting) {
                return Err(DataError::Quote { place: self.place(line) });
            }
            if reader.position().line() > begins + 1 {
                self.chunk.runs_on.look_at(&record, self.width(), quoting.separator, line);
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
            let error = DataError::Columns { place: self.place(line), expected: width, found };
            self.chunk.refused.push((line, error));
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
/// record, which is before the line feed of a CRLF, before empty lines and before comments.
fn first_line(text: &[u8], position: &csv::Position, comment: Option<u8>) -> u64 {
    let mut at = position.byte() as usize;
    let mut line = position.line();
    while let Some(&byte) = text.get(at) {
        match byte {
            b'\n' | b'\r' => line += u64::from(byte == b'\n'),
            byte if comment == Some(byte)
                && text[..at].last().is_none_or(|before| matches!(before, b'\n' | b'\r')) =>
            {
                at += memchr(b'\n', &text[at..]).unwrap_or(text.len());
                line += 1;
            }
            _ => break,
        }
        at += 1;
    }
    line
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use proptest::prelude::*;

    use super::*;
    use crate::data::field::Field;

    fn parsed(text: &str, read: impl Fn(&mut Rows<'_>, &str) -> String) -> Vec<String> {
        let dialect = Dialect::of(&SourceSpec::csv("log", "log.csv").columns(["a", "b"]));
        let block = TextBlock {
            path: Path::new("log.csv").into(),
            bytes: Vec::new(),
            offset: 0,
            line: 1,
            is_last: false,
        };
        let mut rows = Rows {
            block: &block,
            dialect: &dialect,
            is_first: false,
            spans: Vec::new(),
            chunk: Parsed::default(),
        };
        let text = read(&mut rows, text);
        let Rows { spans, chunk: Parsed { lines, refused, .. }, .. } = rows;
        let cells = Chunk::new(Box::new(TextCells::new(text, spans, 2)), lines.clone());
        let cell = |row: usize, column| match cells.field(row, column) {
            Field::Missing => String::new(),
            field => field.to_string(),
        };
        let rows = (0..cells.rows())
            .map(|row| format!("{}:{}|{}", lines.line(row as u32), cell(row, 0), cell(row, 1)));
        rows.chain(refused.iter().map(|(_, error)| error.to_string())).collect()
    }

    proptest! {
        #[test]
        fn all_ways_to_split_find_the_same_cells(text in "[ab,\\n\\r é]{0,40}") {
            let quoting = Quoting { separator: b',', escape: None, comment: None };
            let quoted = parsed(&text, |rows, text| rows.read_quoted(text, quoting).unwrap());
            let whole = |rows: &mut Rows<'_>, text: &str| {
                rows.split(text, b',').unwrap();
                text.to_owned()
            };
            let by_line = |rows: &mut Rows<'_>, text: &str| {
                rows.split_lines(text).unwrap();
                text.to_owned()
            };
            prop_assert_eq!(&parsed(&text, whole), &quoted);
            prop_assert_eq!(&parsed(&text, by_line), &quoted);
        }
    }
}
