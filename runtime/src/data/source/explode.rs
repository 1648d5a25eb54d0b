//! Lists of which each item is a row.

mod cells;

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use turret_schema::{ExplodeSpec, SourceSpec};

use self::cells::{ExplodedCells, ExplodedText, ItemRows};
use super::chunk::{Cells, Chunk};
use super::lines::Lines;
use super::missing::Missing;
use crate::data::columns::{Split, entries, key_and_weight, listed, unescape};
use crate::data::error::{DataError, FieldError, FieldFault, Place, SpecError};
use crate::data::field::Field;
use crate::data::key::trimmed;

/// Makes a row of each item of the lists in a field.
pub(super) struct Explode<'s> {
    spec: &'s ExplodeSpec,
    path: PathBuf,
    /// Column of the lists, and then of their items.
    column: usize,
    /// Number of columns of the file.
    width: usize,
    /// Names of the columns of the rows.
    columns: Vec<String>,
    missing: Missing,
}

/// An item of a list with its weight, which is missing if items have none.
type Item<'f> = (Field<'f>, Field<'f>);

impl<'s> Explode<'s> {
    /// Prepares to read a file with these columns. `None` if its rows are read as they are.
    pub(super) fn of(
        spec: &'s SourceSpec,
        path: &Path,
        columns: &[String],
    ) -> Result<Option<Self>, DataError> {
        let Some(explode) = &spec.explode else { return Ok(None) };
        let Some(column) = columns.iter().position(|column| *column == *explode.field) else {
            return Err(DataError::Header {
                source: spec.name.to_string(),
                wanted: explode.field.to_string(),
                names: columns.to_vec(),
            });
        };
        let is_other =
            |name: &&str| columns.iter().enumerate().any(|(at, other)| at != column && other == name);
        if let Some(name) = explode.columns().find(is_other) {
            let (source_name, field) = (spec.name.to_string(), explode.field.to_string());
            return Err(SpecError::ExplodedName { source_name, field, name: name.to_owned() }.into());
        }
        let (width, mut columns) = (columns.len(), columns.to_vec());
        columns[column] = explode.item.to_string();
        columns.extend(explode.weight.iter().map(ToString::to_string));
        let (path, missing) = (path.to_owned(), Missing::of(spec));
        Ok(Some(Self { spec: explode, path, column, width, columns, missing }))
    }

    /// Names of the columns of the rows.
    pub(super) fn columns(&self) -> &[String] {
        &self.columns
    }

    /// Returns a row for each item of the lists of a chunk. Rows with a wrong list are refused.
    pub(super) fn rows(&self, chunk: Chunk) -> Chunk {
        let Chunk { cells, lines, mut refused, runs_on, without_items: _ } = chunk;
        let (mut found, mut without_items) = (Lines::default(), 0);
        let mut each = |field: &Field<'_>, row: usize, push: &mut dyn FnMut(Item<'_>)| {
            let line = lines.line(row as u32);
            match self.items(field) {
                Ok(items) => {
                    without_items += u64::from(items.is_empty());
                    items.into_iter().for_each(|item| {
                        found.push(line);
                        push(item);
                    });
                }
                Err(fault) => {
                    let place = Place { path: self.path.clone(), line };
                    let error = FieldError::new(&self.spec.field, field, fault);
                    refused.push((line, DataError::Row { place, error }));
                }
            }
        };
        let cells: Box<dyn Cells> = match cells.texts() {
            Some(texts) => {
                let mut exploded = ExplodedText::new(texts, self.column, self.spec.weight.is_some());
                for row in 0..texts.rows() {
                    each(&texts.field(row, self.column), row, &mut |item| exploded.push(row, item));
                }
                Box::new(exploded.into_cells())
            }
            None => {
                let mut items = ItemRows::default();
                for row in 0..cells.rows() {
                    each(&cells.field(row, self.column), row, &mut |item| items.push(row, item));
                }
                Box::new(ExplodedCells::new(cells, self.column, self.width, items))
            }
        };
        refused.sort_by_key(|&(line, _)| line);
        Chunk { refused, runs_on, without_items, ..Chunk::new(cells, found) }
    }

    /// Returns the items of a list that are not missing.
    fn items<'f>(&self, list: &'f Field<'_>) -> Result<Vec<Item<'f>>, FieldFault> {
        let mut items = match list {
            list if list.is_missing() => Vec::new(),
            Field::Text(text) => self.written(text)?,
            Field::List(items) => items.iter().map(|item| self.listed(item)).collect::<Result<_, _>>()?,
            Field::Pairs(pairs) if self.spec.weight.is_some() => {
                let item =
                    |(key, weight): &'f (Cow<'_, str>, Field<'_>)| Ok((Field::from(&**key), scalar(weight)?));
                pairs.iter().map(item).collect::<Result<_, _>>()?
            }
            Field::Bool(_) | Field::Int(_) | Field::Float(_) if self.spec.weight.is_none() => {
                vec![(list.borrowed(), Field::Missing)]
            }
            _ => return Err(self.no_list()),
        };
        for (item, weight) in &mut items {
            *item = self.missing.applied(std::mem::take(item));
            *weight = self.missing.applied(std::mem::take(weight));
        }
        items.retain(|(item, _)| !item.is_missing());
        Ok(items)
    }

    /// Reads the items of a text, as a bag does.
    fn written<'f>(&self, text: &'f str) -> Result<Vec<Item<'f>>, FieldFault> {
        let ExplodeSpec { separator, weight_separator, .. } = *self.spec;
        let is_weighted = self.spec.weight.is_some();
        if is_weighted {
            if let Some(entries) = entries(text).map_err(FieldFault::ObjectOfWeights)? {
                return Ok(entries
                    .into_iter()
                    .map(|(key, weight)| (of_text(key), Field::from(weight)))
                    .collect());
            }
        } else if let Some(items) = listed(text, separator).map_err(FieldFault::ListOfIds)? {
            return Ok(items.into_iter().map(|item| (of_text(item), Field::Missing)).collect());
        }
        let item = |item: &'f str| {
            if !is_weighted {
                return Ok((of_text(unescape(item, separator, None)), Field::Missing));
            }
            let (key, weight) = key_and_weight(item, separator, weight_separator)?;
            Ok((of_text(key), Field::from(trimmed(weight))))
        };
        Split::new(text, separator).map(trimmed).filter(|part| !part.is_empty()).map(item).collect()
    }

    /// Returns an item of a list: a scalar, or with weights a pair.
    fn listed<'f>(&self, item: &'f Field<'_>) -> Result<Item<'f>, FieldFault> {
        match item {
            item if self.spec.weight.is_none() => Ok((scalar(item)?, Field::Missing)),
            Field::Missing => Ok(Item::default()),
            Field::List(pair) if pair.len() == 2 => Ok((scalar(&pair[0])?, scalar(&pair[1])?)),
            _ => Err(FieldFault::ItemNotAPair { item: item.to_string().into() }),
        }
    }

    fn no_list(&self) -> FieldFault {
        match self.spec.weight {
            Some(_) => FieldFault::NotAWeightedBag { separator: self.spec.weight_separator },
            None => FieldFault::NotABag,
        }
    }
}

fn of_text(text: Cow<'_, str>) -> Field<'_> {
    match text {
        Cow::Borrowed(text) => text.into(),
        Cow::Owned(text) => text.into(),
    }
}

fn scalar<'f>(field: &'f Field<'_>) -> Result<Field<'f>, FieldFault> {
    match field {
        Field::Missing | Field::Text(_) | Field::Bool(_) | Field::Int(_) | Field::Float(_) => {
            Ok(field.borrowed())
        }
        Field::List(_) | Field::Pairs(_) | Field::UpTo(_) | Field::WeightedBy(_) => {
            Err(FieldFault::ItemNotAnId { item: field.to_string().into() })
        }
    }
}

#[cfg(test)]
mod tests;
