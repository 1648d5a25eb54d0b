//! JSON lines: an object per line. Columns are fields by their paths.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::Arc;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use turret_schema::Encoding;

use super::chunk::{Cells, Chunk, Reading};
use super::format::{Foreign, foreign_text};
use super::lines::Lines;
use super::missing::Missing;
use super::row_index::MOST_COLUMNS;
use super::text_blocks::{LineFeeds, TextBlock};
use super::text_file::{Parser, TextFile, lines, refused};
use super::{Blocks, Form, Opening, Size, SourceSpec};
use crate::data::error::{DataError, Place};
use crate::data::field::Field;
use crate::data::json::{Name, field_of_json, has_infinity, member_of_json, paths_of_json, without_nan};

/// Number of lines whose fields are the columns of a file.
const LINES: usize = 10_000;

/// The form.
pub(super) struct JsonLines;

impl Form for JsonLines {
    fn open(&self, opening: &Opening<'_>) -> Result<Box<dyn Blocks>, DataError> {
        let file = TextFile::open(opening, opening.reader()?, Box::new(LineFeeds))?;
        let text =
            file.first.as_ref().map_or_else(Default::default, |block| String::from_utf8_lossy(&block.bytes));
        if let Some((_, _, first)) = lines(&text).next()
            && let Some(format) = foreign(&text, first)
        {
            return Err(refused(&file.path, format));
        }
        let spec = opening.spec;
        let columns: Vec<String> = match (spec.is_named_by_file(), opening.columns) {
            (false, _) => spec.columns.iter().map(ToString::to_string).collect(),
            // All files of a source have the columns of the first.
            (true, Some(of_first)) => of_first.to_vec(),
            (true, None) => paths(&text),
        };
        let fields = Fields::new(columns, Missing::of(spec));
        drop(text);
        Ok(file.parsed_by(Objects(Arc::new(fields))))
    }

    fn size(&self, _: &SourceSpec, bytes: &[u8]) -> Size {
        let count = |wanted: u8| memchr::memchr_iter(wanted, bytes).count() as u64;
        Size { rows: count(b'\n'), further_cells: count(b':') }
    }
}

/// Returns the format of a text that is no JSON lines, by its first line.
fn foreign(text: &str, first: &str) -> Option<Foreign> {
    let first = first.trim_ascii();
    let is_object = first.starts_with('{') && first != "{";
    if is_object {
        return None;
    }
    let other = foreign_text(text);
    let lines = Foreign {
        format: "no file of JSON lines",
        remedy: "lines with separators are read by `csv(...)` or `tsv(...)`",
    };
    Some(other.unwrap_or(lines))
}

/// Paths of the fields in the first lines, in the order of their first occurrences.
fn paths(text: &str) -> Vec<String> {
    let (mut seen, mut found) = (HashSet::new(), Vec::new());
    for (_, _, line) in lines(text).take(LINES) {
        if found.len() > MOST_COLUMNS {
            break;
        }
        let mut add = |path: &str| {
            if !seen.contains(path) {
                seen.insert(path.to_owned());
                found.push(path.to_owned());
            }
        };
        // A faulty line is reported where it is read.
        let read = paths_of_json(line, &mut add);
        if let (true, Some(plain)) = (read.is_err(), without_nan(line)) {
            let _ = paths_of_json(&plain, &mut add);
        }
    }
    found
}

/// Columns of a file, and the fields of an object that they read.
struct Fields {
    columns: Vec<String>,
    /// Fields that each column reads: the first that an object has.
    reads: Vec<Vec<Path>>,
    /// Number of each field that is read.
    numbers: HashMap<Box<str>, u32>,
    names: Vec<Box<str>>,
    missing: Missing,
}

/// A field of an object, and the names below it.
struct Path {
    field: u32,
    below: Vec<Box<str>>,
}

impl Fields {
    fn new(columns: Vec<String>, missing: Missing) -> Self {
        let mut fields = Self {
            columns: Vec::new(),
            reads: Vec::new(),
            numbers: HashMap::new(),
            names: Vec::new(),
            missing,
        };
        for column in &columns {
            let whole = Path { field: fields.number(column), below: Vec::new() };
            let nested = column.split_once('.').map(|(first, rest)| Path {
                field: fields.number(first),
                below: rest.split('.').map(Into::into).collect(),
            });
            fields.reads.push([whole].into_iter().chain(nested).collect());
        }
        Self { columns, ..fields }
    }

    fn number(&mut self, name: &str) -> u32 {
        let next = self.names.len() as u32;
        let number = *self.numbers.entry(name.into()).or_insert(next);
        if number == next {
            self.names.push(name.into());
        }
        number
    }
}

/// Parser of the lines.
struct Objects(Arc<Fields>);

impl Parser for Objects {
    fn columns(&self) -> &[String] {
        &self.0.columns
    }

    fn parse(&self, mut block: TextBlock, _: bool) -> Result<Chunk, DataError> {
        let mut text = block.take_text(Encoding::Utf8)?;
        let (mut found, mut wrong) = (Lines::default(), Vec::new());
        let mut objects = Spans { values: Vec::with_capacity(text.len() / 32), ends: Vec::new() };
        // Lines without `NaN`, which follow the text.
        let mut repaired = String::new();
        let mut order = Order::default();
        for (before, start, line) in lines(&text) {
            let mut scanned = scan(line, start, &self.0, &mut order, &mut objects.values);
            let first = objects.ends.last().copied().unwrap_or(0) as usize;
            if scanned.is_err()
                && let Some(plain) = without_nan(line)
            {
                objects.values.truncate(first);
                let at = text.len() + repaired.len();
                scanned = scan(&plain, at, &self.0, &mut order, &mut objects.values);
                repaired.push_str(&plain);
            }
            let line_number = block.line + before;
            match scanned {
                Ok(()) => {
                    objects.ends.push(objects.values.len() as u32);
                    found.push(line_number);
                }
                Err(error) => {
                    objects.values.truncate(first);
                    let place = Place { path: block.path.to_path_buf(), line: line_number };
                    let (column, reason) = (error.column(), reason(line, &error));
                    wrong.push((line_number, DataError::Json { place, column, reason }));
                }
            }
        }
        text.push_str(&repaired);
        let cells = ObjectCells { text, objects, fields: Arc::clone(&self.0) };
        Ok(Chunk { refused: wrong, ..Chunk::new(Box::new(cells), found) })
    }
}

/// Reason why a line is no JSON object.
fn reason(line: &str, error: &serde_json::Error) -> String {
    let start = line.trim_ascii_start();
    if start.starts_with("{'") || start.starts_with("{u'") || start.starts_with("{u\"") {
        return "this is a dictionary of Python, not JSON; write the file anew with `json.dumps(ast.literal_eval(line))`"
            .to_owned();
    }
    if has_infinity(line) {
        return "`Infinity` is not JSON".to_owned();
    }
    let message = error.to_string();
    message.split(" at line ").next().unwrap_or_default().to_owned()
}

/// Values of objects: number of the field, and span in the text.
struct Spans {
    values: Vec<(u32, u32, u32)>,
    /// End of each object among the values.
    ends: Vec<u32>,
}

/// Fields of the last object, in order. The next one probably has the same.
#[derive(Default)]
struct Order(Vec<Option<u32>>);

/// Appends the spans of the fields of an object that are read. `start` is the place of the line.
fn scan(
    line: &str,
    start: usize,
    fields: &Fields,
    order: &mut Order,
    values: &mut Vec<(u32, u32, u32)>,
) -> Result<(), serde_json::Error> {
    let line = line.trim_ascii_end();
    let mut json = serde_json::Deserializer::from_str(line);
    Scan { line, start, fields, order, values }.deserialize(&mut json)?;
    json.end()
}

struct Scan<'s> {
    line: &'s str,
    start: usize,
    fields: &'s Fields,
    order: &'s mut Order,
    values: &'s mut Vec<(u32, u32, u32)>,
}

impl<'de> DeserializeSeed<'de> for Scan<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Scan<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut place = 0;
        while let Some(Name(name)) = map.next_key()? {
            let value: &RawValue = map.next_value()?;
            let is_named = |number: &Option<u32>| match number {
                Some(number) => *self.fields.names[*number as usize] == *name,
                None => false,
            };
            let number = match self.order.0.get(place).filter(|number| is_named(number)) {
                Some(number) => *number,
                None => {
                    let number = self.fields.numbers.get(&*name).copied();
                    self.order.0.truncate(place);
                    self.order.0.push(number);
                    number
                }
            };
            place += 1;
            if let Some(number) = number {
                let at = self.start + (value.get().as_ptr() as usize - self.line.as_ptr() as usize);
                self.values.push((number, at as u32, (at + value.get().len()) as u32));
            }
        }
        Ok(())
    }
}

struct ObjectCells {
    text: String,
    objects: Spans,
    fields: Arc<Fields>,
}

impl Cells for ObjectCells {
    fn rows(&self) -> usize {
        self.objects.ends.len()
    }

    fn field(&self, row: usize, column: usize) -> Field<'_> {
        let json = self.json(row, column);
        json.map_or(Field::Missing, |json| self.fields.missing.applied(field_of_json(json)))
    }

    fn written<'c>(&'c self, row: usize, column: usize, _: &'c mut Vec<u8>) -> Option<&'c str> {
        Some(self.json(row, column).unwrap_or_default())
    }

    fn reading(&self) -> Reading {
        Reading::Json(self.fields.missing.clone())
    }
}

impl ObjectCells {
    /// Returns a value as it is written. `None` if the object lacks it.
    fn json(&self, row: usize, column: usize) -> Option<&str> {
        let ends = &self.objects.ends;
        let first = row.checked_sub(1).map_or(0, |before| ends[before]);
        let values = &self.objects.values[first as usize..ends[row] as usize];
        for path in &self.fields.reads[column] {
            // Of equal names the last counts, as in Python.
            let Some(&(_, start, end)) = values.iter().rev().find(|&&(field, ..)| field == path.field) else {
                continue;
            };
            let json = &self.text[start as usize..end as usize];
            let below = path.below.iter().try_fold(json, |json, name| member_of_json(json, name));
            if below.is_some() {
                return below;
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use turret_schema::FileForm;

    use super::*;
    use crate::data::tests::{refused_of, rows_of};

    fn source() -> SourceSpec {
        SourceSpec::of("log", "log.json", FileForm::JsonLines)
    }

    #[test]
    fn fields_are_found_by_their_paths() {
        let text = br#"{"id": 1, "author": {"id": "a\n1", "name": {"first": "A"}}, "tags": ["x", 2]}

{"author": {"id": null}, "id": 2.5, "a.b": "NA", "score": NaN}
{"tags": {"k": 0.5}, "id": true, "late": [1]}
"#;
        let columns = ["id", "author.id", "author.name.first", "tags", "a.b", "score", "late"];
        let rows = rows_of(source().missing(["NA"]), &columns, text).unwrap();
        assert_eq!(rows, ["1|1|a\n1|A|[x, 2]|||", "3|2.5||||||", "4|true|||{k: 0.5}|||[1]"]);
        let named =
            rows_of(source().columns(["id", "author.id", "none"]), &["none", "author.id"], text).unwrap();
        assert_eq!(named, ["1||a\n1", "3||", "4||"]);
    }

    #[test]
    fn columns_are_the_fields_of_the_first_lines() {
        let text = "{\"b\": {\"c\": 1, \"d\": {}}, \"a\": 2}\n{\"e\": [{\"f\": 1}], \"a\": 1}\n";
        assert_eq!(paths(text), ["b", "b.c", "b.d", "a", "e"]);
    }

    #[test]
    fn other_files_and_lines_are_named() {
        for (text, expected) in [
            ("[{\"a\": 1},\n{\"a\": 2}]", "log.json: this is a JSON file"),
            ("{\n\"a\": 1\n}\n", "log.json: this is a JSON file"),
            (
                "a,b\n1,2\n",
                "log.json: this is no file of JSON lines; lines with separators are read by `csv(...)`",
            ),
            ("{\"a\": 1}\n{\"a\": }\n", "log.json:2:7: expected value"),
            ("{\"a\": 1}\n{\"a\": 1} {\n", "log.json:2:10: trailing characters"),
            ("{\"a\": 1}\n[1]\n", "log.json:2:"),
            ("{\"a\": 1}\n{'a': 1}\n", "log.json:2:2: this is a dictionary of Python"),
            ("{\"a\": 1}\n{\"a\": -Infinity}\n", "`Infinity` is not JSON"),
        ] {
            let message = refused_of(source(), text.as_bytes());
            assert!(message.contains(expected), "{text}: {message}");
        }
        let many: String = (0..70_000).map(|n| format!("\"c{n}\": 1,")).collect();
        let message = refused_of(source(), format!("{{{many}\"a\": 1}}\n").as_bytes());
        assert!(message.contains("more than 65536 columns"), "{message}");
    }
}
