//! Lists of items as text, JSON lines or CSV.

use std::io::{self, Write};

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::Recommendations;
use super::shown::{ITEM_FIELDS, Shown};
use crate::error::{Error, RefusedRecord};
use crate::printable::{printable, printable_json};
use crate::progress::say;

/// Format of lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListFormat {
    /// For people: a heading for each user, and a line per item.
    Text,
    /// A line per user: `{"user": "42", "items": [{"key": "50", "score": 1.5}, ...]}`.
    Jsonl,
    /// A line per item, with a header.
    Csv,
}

/// A list, and whose it is.
pub(super) struct Line<'l> {
    /// Key of the user, if it is known.
    pub(super) user: Option<&'l str>,
    /// Record or test row.
    pub(super) place: &'l str,
    pub(super) list: &'l Recommendations<'l>,
    /// Relevant candidates of a test row, ascending.
    pub(super) relevant: &'l [u32],
}

/// Writer of lists.
pub struct Lists<'o> {
    output: &'o mut dyn Write,
    format: ListFormat,
    shown: &'o Shown,
    /// Keys of the catalog, if the lists are those of test rows.
    keys: Option<&'o [String]>,
}

impl<'o> Lists<'o> {
    /// A writer of lists, with columns of the catalog.
    pub fn to(output: &'o mut dyn Write, format: ListFormat, shown: &'o Shown) -> Self {
        Self { output, format, shown, keys: None }
    }

    /// Names the relevant items of each list by the keys of the catalog.
    #[must_use]
    pub fn with_relevant(self, keys: &'o [String]) -> Self {
        Self { keys: Some(keys), ..self }
    }

    /// Writes the header of a table.
    pub fn begin(&mut self) -> Result<(), Error> {
        if self.format != ListFormat::Csv {
            return Ok(());
        }
        let fields = ITEM_FIELDS.iter().copied().filter(|&field| self.keys.is_some() || field != "relevant");
        let header: Vec<&str> = fields.chain(self.shown.names.iter().map(String::as_str)).collect();
        self.csv(&[header])
    }

    /// Writes the list of a user.
    pub fn user(&mut self, user: &str, list: &Recommendations<'_>) -> Result<(), Error> {
        self.write(&Line { user: Some(user), place: "", list, relevant: &[] })
    }

    pub(super) fn write(&mut self, line: &Line<'_>) -> Result<(), Error> {
        match self.format {
            ListFormat::Text => self.text(line),
            ListFormat::Jsonl => {
                let json = JsonLine { line, shown: self.shown, keys: self.keys };
                let json = printable_json(&json).map_err(io::Error::from)?;
                Ok(writeln!(self.output, "{json}")?)
            }
            ListFormat::Csv => {
                let rows: Vec<Vec<String>> = (1..)
                    .zip(&line.list.items)
                    .map(|(rank, item)| {
                        let relevant = line.relevant.binary_search(&item.candidate).is_ok();
                        let own = [
                            line.user.unwrap_or_default().to_owned(),
                            rank.to_string(),
                            item.key.to_owned(),
                            item.score.to_string(),
                            line.list.is_popular.to_string(),
                        ];
                        let relevant = self.keys.map(|_| relevant.to_string());
                        own.into_iter()
                            .chain(relevant)
                            .chain(self.shown.texts(item.candidate).iter().cloned())
                            .collect()
                    })
                    .collect();
                self.csv(&rows)
            }
        }
    }

    /// Writes the answer of a rejected record: the reason, or in a table a message on standard error.
    pub(super) fn refuse(&mut self, refused: &RefusedRecord) -> Result<(), Error> {
        match self.format {
            ListFormat::Jsonl => {
                let answer = serde_json::json!({ "error": refused.fault.to_string() });
                let json = printable_json(&answer).map_err(io::Error::from)?;
                writeln!(self.output, "{json}")?;
            }
            ListFormat::Text | ListFormat::Csv => say(format_args!("warning: {refused}")),
        }
        Ok(())
    }

    /// Flushes the output.
    pub fn flush(&mut self) -> Result<(), Error> {
        Ok(self.output.flush()?)
    }

    fn csv<S: AsRef<[u8]>>(&mut self, rows: &[Vec<S>]) -> Result<(), Error> {
        let mut writer = csv::Writer::from_writer(&mut *self.output);
        rows.iter().try_for_each(|row| writer.write_record(row)).map_err(io::Error::from)?;
        Ok(writer.flush()?)
    }

    fn text(&mut self, line: &Line<'_>) -> Result<(), Error> {
        match line.user {
            Some(user) => write!(self.output, "user {}", printable(user))?,
            None => write!(self.output, "{}", printable(line.place))?,
        }
        let about = match line.list {
            list if list.items.is_empty() => ": no item is left",
            list if list.is_popular => ": popular items, because the model knows nothing of this user",
            _ => "",
        };
        writeln!(self.output, "{about}")?;
        let items = &line.list.items;
        let row = |(rank, item): (usize, &super::Item<'_>)| {
            let score = match line.list.is_popular {
                true => item.score.to_string(),
                false => format!("{:.4}", item.score),
            };
            let mark = if line.relevant.binary_search(&item.candidate).is_ok() { "*" } else { "" };
            let shown = self.shown.texts(item.candidate).iter().map(|text| printable(text).to_string());
            let own = [format!("{rank}{mark}"), printable(item.key).to_string(), score];
            own.into_iter().chain(shown).collect::<Vec<String>>()
        };
        let rows: Vec<Vec<String>> = (1..).zip(items).map(row).collect();
        let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..rows.first().map_or(0, Vec::len)).map(width).collect();
        for row in &rows {
            let mut text = String::new();
            for (column, (cell, &width)) in row.iter().zip(&widths).enumerate() {
                // Ranks and scores are numbers.
                text.push_str(&match column {
                    0 | 2 => format!("  {cell:>width$}"),
                    _ => format!("  {cell:<width$}"),
                });
            }
            writeln!(self.output, "{}", text.trim_end())?;
        }
        Ok(())
    }
}

/// A list as JSON.
struct JsonLine<'l> {
    line: &'l Line<'l>,
    shown: &'l Shown,
    keys: Option<&'l [String]>,
}

impl Serialize for JsonLine<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Line { user, list, relevant, .. } = self.line;
        let items: Vec<JsonItem<'_>> =
            list.items.iter().map(|item| JsonItem { item, shown: self.shown }).collect();
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("user", user)?;
        map.serialize_entry("items", &items)?;
        if list.is_popular {
            map.serialize_entry("popular", &true)?;
        }
        if let Some(keys) = self.keys {
            let relevant: Vec<&str> = relevant.iter().map(|&id| keys[id as usize].as_str()).collect();
            map.serialize_entry("relevant", &relevant)?;
        }
        map.end()
    }
}

struct JsonItem<'l> {
    item: &'l super::Item<'l>,
    shown: &'l Shown,
}

impl Serialize for JsonItem<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("key", self.item.key)?;
        map.serialize_entry("score", &self.item.score)?;
        for (name, text) in self.shown.names.iter().zip(self.shown.texts(self.item.candidate)) {
            map.serialize_entry(name, text)?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recommend::Item;

    fn written(format: ListFormat, lists: &[(Option<&str>, Recommendations<'_>, &[u32])]) -> String {
        let keys = ["a", "b,c", "d"].map(str::to_owned);
        let shown =
            Shown::of(&["title", "movies.key"], &[&["One", "1"], &["Two\u{1b}", ""], &["Three", "3"]]);
        let mut output = Vec::new();
        let mut writer = Lists::to(&mut output, format, &shown);
        if lists.iter().any(|(.., relevant)| !relevant.is_empty()) {
            writer = writer.with_relevant(&keys);
        }
        writer.begin().unwrap();
        for (user, list, relevant) in lists {
            writer.write(&Line { user: *user, place: "r.csv:2", list, relevant }).unwrap();
        }
        String::from_utf8(output).unwrap()
    }

    fn list<'c>(items: &[(&'c str, u32, f32)], is_popular: bool) -> Recommendations<'c> {
        let items = items.iter().map(|&(key, candidate, score)| Item { key, candidate, score }).collect();
        Recommendations { items, is_popular }
    }

    #[test]
    fn lists_have_three_forms() {
        let lists = [
            (Some("42"), list(&[("b,c", 1, 10.25), ("a", 0, 0.1)], false), &[][..]),
            (None, list(&[("d", 2, 7.0)], true), &[]),
            (Some("7"), list(&[], false), &[]),
        ];
        assert_eq!(
            written(ListFormat::Jsonl, &lists),
            "{\"user\":\"42\",\"items\":[{\"key\":\"b,c\",\"score\":10.25,\"title\":\"Two\\u001b\",\"movies.key\":\"\"},\
             {\"key\":\"a\",\"score\":0.1,\"title\":\"One\",\"movies.key\":\"1\"}]}\n\
             {\"user\":null,\"items\":[{\"key\":\"d\",\"score\":7.0,\"title\":\"Three\",\"movies.key\":\"3\"}],\"popular\":true}\n\
             {\"user\":\"7\",\"items\":[]}\n"
        );
        assert_eq!(
            written(ListFormat::Csv, &lists),
            "user,rank,key,score,popular,title,movies.key\n42,1,\"b,c\",10.25,false,Two\u{1b},\n\
             42,2,a,0.1,false,One,1\n,1,d,7,true,Three,3\n"
        );
        assert_eq!(
            written(ListFormat::Text, &lists),
            "user 42\n  1  b,c  10.2500  Two\\u{1b}\n  2  a     0.1000  One        1\n\
             r.csv:2: popular items, because the model knows nothing of this user\n  1  d  7  Three  3\n\
             user 7: no item is left\n"
        );
    }

    #[test]
    fn relevant_items_of_test_rows_are_named() {
        let lists = [(Some("42"), list(&[("b,c", 1, 1.0), ("a", 0, 0.5)], false), &[0, 2][..])];
        assert!(written(ListFormat::Jsonl, &lists).ends_with("],\"relevant\":[\"a\",\"d\"]}\n"));
        let csv = written(ListFormat::Csv, &lists);
        assert!(
            csv.starts_with("user,rank,key,score,popular,relevant,title")
                && csv.contains("a,0.5,false,true,")
        );
        assert!(written(ListFormat::Text, &lists).contains("  2*  a"));
    }
}
