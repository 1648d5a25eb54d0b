//! Lines of a key and any number of further keys: a user and its items. Each pair is a row.

use turret_schema::Encoding;

use super::chunk::{Chunk, TextCells};
use super::lines::Lines;
use super::missing::Missing;
use super::text_blocks::{LineFeeds, TextBlock};
use super::text_file::{Parser, TextFile, lines, refused};
use super::{Blocks, Form, Opening, Size, SourceSpec};
use crate::data::error::DataError;
use crate::data::source::format::foreign_text;

/// The form.
pub(super) struct Adjacency;

impl Form for Adjacency {
    fn open(&self, opening: &Opening<'_>) -> Result<Box<dyn Blocks>, DataError> {
        let file = TextFile::open(opening, opening.reader()?, Box::new(LineFeeds))?;
        if let Some(block) = &file.first
            && let Some(format) = foreign_text(&String::from_utf8_lossy(&block.bytes))
        {
            return Err(refused(&file.path, format));
        }
        let columns = opening.spec.columns.iter().map(ToString::to_string).collect();
        Ok(file.parsed_by(Lists { columns, missing: Missing::of(opening.spec) }))
    }

    fn size(&self, _: &SourceSpec, bytes: &[u8]) -> Size {
        let words = bytes.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).count() as u64;
        let lines = memchr::memchr_iter(b'\n', bytes).count() as u64;
        let rows = words.saturating_sub(lines);
        Size { rows, further_cells: rows }
    }
}

/// Parser of the lines.
struct Lists {
    columns: Vec<String>,
    missing: Missing,
}

impl Parser for Lists {
    fn columns(&self) -> &[String] {
        &self.columns
    }

    fn parse(&self, mut block: TextBlock, _: bool) -> Result<Chunk, DataError> {
        let text = block.take_text(Encoding::Utf8)?;
        let (mut spans, mut found) = (Vec::with_capacity(text.len() / 4), Lines::default());
        for (before, start, line) in lines(&text) {
            let mut words = line.split_ascii_whitespace().map(|word| {
                let at = start + (word.as_ptr() as usize - line.as_ptr() as usize);
                let end = if self.missing.has(word) { at } else { at + word.len() };
                (at as u32, end as u32)
            });
            let Some(first) = words.next() else { continue };
            for word in words {
                spans.extend([first, word]);
                found.push(block.line + before);
            }
        }
        let cells = TextCells::new(text, spans, self.columns.len());
        Ok(Chunk::new(Box::new(cells), found))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::tests::rows_of;
    use turret_schema::FileForm;

    #[test]
    fn each_item_of_a_line_is_a_row() {
        let source = || SourceSpec::of("log", "log.txt", FileForm::Adjacency);
        let text = "0 10 11\n1\n2\t12\r\n\n3 10 12 13";
        let rows = rows_of(source(), &["user", "item"], text.as_bytes());
        assert_eq!(rows.unwrap(), ["1|0|10", "1|0|11", "3|2|12", "5|3|10", "5|3|12", "5|3|13"]);
    }
}
