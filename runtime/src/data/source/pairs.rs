//! Lines of a label and features with values: libsvm (`index:value`) and libffm (`field:index:value`).

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use turret_schema::{Encoding, FEATURES, LABEL, QUERY, VALUE};

use super::chunk::{Cells, Chunk};
use super::format::{Foreign, foreign_text};
use super::lines::Lines;
use super::missing::Missing;
use super::text_blocks::{LineFeeds, TextBlock};
use super::text_file::{Parser, TextFile, lines, refused};
use super::{Blocks, Form, Opening, Size, SourceSpec};
use crate::data::error::{DataError, Place};
use crate::data::field::Field;

/// Word before the query of a line.
const QUERY_WORD: &str = "qid:";

/// The form of libsvm.
pub(super) struct LibSvm;

/// The form of libffm.
pub(super) struct LibFfm;

/// A column of a file.
enum Column {
    Label,
    Query,
    /// All features, with their values.
    Features,
    /// Keys of the features of a field.
    Keys(Box<str>),
    /// Values of the features of a field.
    Values(Box<str>),
}

/// Columns of a file, and the form of its features.
struct Columns {
    names: Vec<String>,
    columns: Vec<Column>,
    /// Number of colons in a feature.
    colons: usize,
    missing: Missing,
}

impl Form for LibSvm {
    fn open(&self, opening: &Opening<'_>) -> Result<Box<dyn Blocks>, DataError> {
        let file = open(opening)?;
        let columns = [Column::Label, Column::Query, Column::Features];
        let names = [LABEL, QUERY, FEATURES].map(str::to_owned);
        let missing = Missing::of(opening.spec);
        Ok(file.parsed_by(Pairs(Arc::new(Columns {
            names: names.into(),
            columns: columns.into(),
            colons: 1,
            missing,
        }))))
    }

    fn size(&self, _: &SourceSpec, bytes: &[u8]) -> Size {
        size(bytes)
    }
}

impl Form for LibFfm {
    fn open(&self, opening: &Opening<'_>) -> Result<Box<dyn Blocks>, DataError> {
        let file = open(opening)?;
        let spec = opening.spec;
        let (mut names, mut columns) =
            (vec![LABEL.to_owned(), FEATURES.to_owned()], vec![Column::Label, Column::Features]);
        let fields: Vec<(String, Box<str>)> = match (spec.is_named_by_file(), opening.columns) {
            (false, _) => spec
                .columns
                .iter()
                .zip(0..)
                .map(|(name, field)| (name.to_string(), field.to_string().into()))
                .collect(),
            // All files of a source have the columns of the first.
            (true, Some(of_first)) => {
                let numbered = |name: &String| Some((name.clone(), name.strip_prefix(NUMBERED)?.into()));
                of_first.iter().filter(|name| !name.ends_with(VALUE)).filter_map(numbered).collect()
            }
            (true, None) => {
                let first = file.first.as_ref().map_or(&b""[..], |block| &block.bytes);
                let fields = numbers(&String::from_utf8_lossy(first));
                fields
                    .into_iter()
                    .map(|field| (format!("{NUMBERED}{field}"), field.to_string().into()))
                    .collect()
            }
        };
        for (name, field) in fields {
            names.extend([name.clone(), format!("{name}{VALUE}")]);
            columns.extend([Column::Keys(field.clone()), Column::Values(field)]);
        }
        let missing = Missing::of(spec);
        Ok(file.parsed_by(Pairs(Arc::new(Columns { names, columns, colons: 2, missing }))))
    }

    fn size(&self, _: &SourceSpec, bytes: &[u8]) -> Size {
        size(bytes)
    }
}

/// Beginning of the names of fields that only have numbers.
const NUMBERED: &str = "field_";

fn open(opening: &Opening<'_>) -> Result<TextFile, DataError> {
    let file = TextFile::open(opening, opening.reader()?, Box::new(LineFeeds))?;
    if let Some(block) = &file.first
        && let Some(format) = foreign_text(&String::from_utf8_lossy(&block.bytes))
    {
        return Err(refused(&file.path, Foreign { ..format }));
    }
    Ok(file)
}

fn size(bytes: &[u8]) -> Size {
    let count = |wanted: u8| memchr::memchr_iter(wanted, bytes).count() as u64;
    Size { rows: count(b'\n'), further_cells: count(b' ') }
}

/// Numbers of the fields in lines of libffm, ascending.
fn numbers(text: &str) -> BTreeSet<u32> {
    let of_word = |word: &str| word.split_once(':').and_then(|(field, _)| field.parse().ok());
    lines(text).flat_map(|(_, _, line)| line.split_ascii_whitespace().skip(1)).filter_map(of_word).collect()
}

/// Parser of the lines.
struct Pairs(Arc<Columns>);

impl Parser for Pairs {
    fn columns(&self) -> &[String] {
        &self.0.names
    }

    fn parse(&self, mut block: TextBlock, _: bool) -> Result<Chunk, DataError> {
        let text = block.take_text(Encoding::Utf8)?;
        let (mut rows, mut found, mut wrong) = (Vec::new(), Lines::default(), Vec::new());
        for (before, start, line) in lines(&text) {
            // A comment ends a line.
            let line = line.split('#').next().unwrap_or_default();
            let at = |part: &str| (start + (part.as_ptr() as usize - line.as_ptr() as usize)) as u32;
            let span = |part: &str| (at(part), at(part) + part.len() as u32);
            let Some((label, rest)) = first_word(line) else { continue };
            let (query, features) = match first_word(rest) {
                Some((word, features)) if word.starts_with(QUERY_WORD) => {
                    (&word[QUERY_WORD.len()..], features)
                }
                _ => (&rest[..0], rest),
            };
            let line_number = block.line + before;
            let is_wrong = |word: &&str| !is_feature(word, self.0.colons);
            if let Some(word) = features.split_ascii_whitespace().find(is_wrong) {
                let place = Place { path: block.path.to_path_buf(), line: line_number };
                let has_fields = self.0.colons == 2;
                wrong.push((line_number, DataError::Feature { place, word: word.to_owned(), has_fields }));
                continue;
            }
            rows.push(Row { label: span(label), query: span(query), features: span(features) });
            found.push(line_number);
        }
        let cells = PairCells { text, rows, columns: Arc::clone(&self.0) };
        Ok(Chunk { refused: wrong, ..Chunk::new(Box::new(cells), found) })
    }
}

/// First word of a text, and the rest.
fn first_word(text: &str) -> Option<(&str, &str)> {
    let text = text.trim_ascii_start();
    let end = text.find(|letter: char| letter.is_ascii_whitespace()).unwrap_or(text.len());
    (end > 0).then(|| text.split_at(end))
}

/// Returns whether a word has this number of colons, with a number behind the last.
fn is_feature(word: &str, colons: usize) -> bool {
    let value = word.rsplit_once(':').map(|(_, value)| value);
    word.matches(':').count() == colons
        && !word.starts_with(':')
        && !word.contains("::")
        && value.is_some_and(|value| value.parse::<f64>().is_ok())
}

/// Spans of a line.
struct Row {
    label: (u32, u32),
    query: (u32, u32),
    features: (u32, u32),
}

struct PairCells {
    text: String,
    rows: Vec<Row>,
    columns: Arc<Columns>,
}

impl PairCells {
    fn part(&self, (start, end): (u32, u32)) -> &str {
        &self.text[start as usize..end as usize]
    }

    /// Field, index and value of each feature of a row. The field is empty in libsvm.
    fn features(&self, row: &Row) -> impl Iterator<Item = (&str, &str, &str)> {
        let has_fields = self.columns.colons == 2;
        self.part(row.features).split_ascii_whitespace().filter_map(move |word| {
            let (field, pair) = if has_fields { word.split_once(':')? } else { ("", word) };
            let (index, value) = pair.split_once(':')?;
            Some((field, index, value))
        })
    }

    /// The only part of a field, or the list of several.
    fn of_field<'c>(
        &'c self,
        row: &'c Row,
        field: &'c str,
        part: impl Fn((&'c str, &'c str)) -> &'c str + 'c,
    ) -> Field<'c> {
        let found = self.features(row).filter(move |(of, ..)| *of == field);
        let mut parts: Vec<Field<'_>> = found.map(|(_, index, value)| part((index, value)).into()).collect();
        match parts.len() {
            0 => Field::Missing,
            1 => parts.swap_remove(0),
            _ => Field::List(parts),
        }
    }
}

impl Cells for PairCells {
    fn rows(&self) -> usize {
        self.rows.len()
    }

    fn field(&self, row: usize, column: usize) -> Field<'_> {
        let row = &self.rows[row];
        let field = match &self.columns.columns[column] {
            Column::Label => self.part(row.label).into(),
            Column::Query => self.part(row.query).into(),
            Column::Features => {
                let pair = |(_, index, value)| (Cow::Borrowed(index), Field::from(value));
                Field::Pairs(self.features(row).map(pair).collect())
            }
            Column::Keys(field) => self.of_field(row, field, |(index, _)| index),
            Column::Values(field) => self.of_field(row, field, |(_, value)| value),
        };
        self.columns.missing.applied(field)
    }
}

#[cfg(test)]
mod tests {
    use turret_schema::FileForm;

    use super::*;
    use crate::data::tests::{refused_of, rows_of};

    #[test]
    fn lines_of_libsvm() {
        let source = || SourceSpec::of("log", "log.svm", FileForm::LibSvm);
        let text = "-1 451:1 4149:0.5 # first\n\n+1 qid:7 3:2\r\n0\n";
        let rows = rows_of(source(), &[LABEL, QUERY, FEATURES], text.as_bytes()).unwrap();
        assert_eq!(rows, ["1|-1||{451: 1, 4149: 0.5}", "3|+1|7|{3: 2}", "4|0||{}"]);
    }

    #[test]
    fn lines_of_libffm() {
        let source = || SourceSpec::of("log", "log.ffm", FileForm::LibFfm);
        let text = b"1 0:5:1 1:7:0.25 0:6:2\n0 1:8:3\n";
        let rows = rows_of(source(), &["label", "field_0", "field_1", "field_1.value", "features"], text);
        assert_eq!(rows.unwrap(), ["1|1|[5, 6]|7|0.25|{5: 1, 7: 0.25, 6: 2}", "2|0||8|3|{8: 3}"]);
        let named = source().columns(["user", "price"]).missing(["7"]);
        let rows = rows_of(named, &["price", "price.value"], text).unwrap();
        assert_eq!(rows, ["1||0.25", "2|8|3"]);
    }

    #[test]
    fn other_words_are_named() {
        for (form, word) in [
            (FileForm::LibSvm, "451"),
            (FileForm::LibSvm, "1:2:3"),
            (FileForm::LibSvm, "a:b"),
            (FileForm::LibFfm, "1:2"),
            (FileForm::LibFfm, ":1:2"),
        ] {
            let source = SourceSpec::of("log", "log.txt", form);
            let message = refused_of(source, format!("1 {word}\n").as_bytes());
            assert!(message.contains(&format!("log.txt:1: `{word}` is not a feature")), "{message}");
        }
    }
}
