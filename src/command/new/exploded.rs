//! Lists of what was shown and clicked, of which each item is a row.

use std::path::Path;

use turret_runtime::data::{ExplodeSpec, Names, Sample, SourceSpec};

use super::super::draft::{Line, Taken, field, quoted};
use super::super::output::{Error, refused};
use super::items::{CLICK, shown};
use super::look::{Look, look};
use super::table::{Column, LIMIT, Table, columns};

/// Name of the lists in a file that does not name its fields.
const LISTS: &str = "shown";

/// Lists of which each item is a row.
pub(super) struct Exploded {
    /// Name of the lists.
    name: String,
    separator: char,
    /// Place of the items among the fields. It is that of the lists in the file.
    pub(super) item: usize,
    /// Place of the clicks, behind all fields of the file.
    pub(super) click: usize,
}

impl Exploded {
    /// Names of the fields of the file, of the names of those of rows.
    pub(super) fn columns(&self, fields: &[Column]) -> Vec<String> {
        let names = fields.iter().enumerate().filter(|&(at, _)| at != self.click);
        names.map(|(at, field)| if at == self.item { &self.name } else { &field.name }.clone()).collect()
    }
}

impl Table {
    /// Reads a row of each item, if a field has lists of what was shown and clicked. `source` has the lists.
    pub(super) fn exploded(self, source: SourceSpec, folder: &Path) -> Result<Self, Error> {
        let lists = self
            .fields
            .iter()
            .enumerate()
            .find_map(|(at, lists)| Some((at, shown(&lists.profile, &|row| self.field(row, at))?)));
        let Some((item, separator)) = lists else { return Ok(self) };
        let mut of_file: Vec<String> = self.fields.iter().map(|field| field.name.clone()).collect();
        let source = match self.is_named {
            true => source,
            false => {
                of_file[item] = LISTS.to_owned();
                source.columns(of_file.iter().cloned().collect::<Names>())
            }
        };
        let taken: Vec<&str> = of_file.iter().map(String::as_str).collect();
        let mut names = Taken::with(&taken);
        let (name, click) = (of_file[item].clone(), self.fields.len());
        let explode = ExplodeSpec::new(name.clone(), names.choose("item"))
            .separator(separator)
            .weight(names.choose("click"))
            .weight_separator(CLICK);
        let sample = Sample::read(&source.explode(explode), folder, LIMIT).map_err(refused)?;
        let fields = columns(&sample, |at, name, profile, value| {
            let found = match at {
                at if at == item => Look::Key,
                at if at < click && self.fields[at].look == Look::Key && self.is_unique(at) => Look::OfList,
                _ => look(name, profile, self.is_named, value),
            };
            (name.to_owned(), found)
        });
        Ok(Self { sample, fields, exploded: Some(Exploded { name, separator, item, click }), ..self })
    }

    /// Line that makes a row of each item.
    pub(super) fn explode(&self) -> Option<Line> {
        let Exploded { name, separator, item, click } = self.exploded.as_ref()?;
        let [item, click] = [item, click].map(|&at| field(&self.fields[at].name));
        let separator = match separator {
            ',' => String::new(),
            other => format!(", separator = {}", quoted(&other.to_string())),
        };
        let weight = quoted(&CLICK.to_string());
        let line = format!("explode({}, as = [{item}, {click}]{separator}, weight = {weight})", field(name));
        Some(
            Line::new(line)
                .unsure("the numbers 0 and 1 behind the items are taken as clicks on what was shown"),
        )
    }
}
