//! Columns of the catalog that are shown with the items.

use turret_schema::CatalogSpec;

use crate::data::{Catalog, DataFolder};
use crate::error::Error;

/// Texts of columns of the catalog.
#[derive(Debug, Default)]
pub struct Shown {
    /// Names of the columns; `source.column` for one that is named like a field of an item.
    pub(super) names: Vec<String>,
    /// Texts of each candidate.
    texts: Vec<Vec<String>>,
}

/// Fields of an item, in JSON and in tables.
pub(super) const ITEM_FIELDS: [&str; 6] = ["user", "rank", "key", "score", "popular", "relevant"];

impl Shown {
    /// Reads columns of the candidates.
    ///
    /// # Errors
    /// The catalog has no such column, or its files cannot be read.
    pub fn new<B>(
        spec: &CatalogSpec,
        catalog: &Catalog<B>,
        data: &DataFolder,
        columns: &[String],
    ) -> Result<Self, Error> {
        if columns.is_empty() {
            return Ok(Self::default());
        }
        let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
        let texts = data.texts_of(&spec.source, &catalog.rows, &columns)?;
        let name = |column: &&str| match ITEM_FIELDS.contains(column) {
            true => format!("{}.{column}", spec.source),
            false => (*column).to_owned(),
        };
        Ok(Self { names: columns.iter().map(name).collect(), texts })
    }

    /// Columns with these names and texts.
    #[cfg(test)]
    pub(super) fn of(names: &[&str], texts: &[&[&str]]) -> Self {
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        Self { names: owned(names), texts: texts.iter().map(|texts| owned(texts)).collect() }
    }

    /// Texts of a candidate.
    pub(super) fn texts(&self, candidate: u32) -> &[String] {
        self.texts.get(candidate as usize).map_or(&[], Vec::as_slice)
    }
}
