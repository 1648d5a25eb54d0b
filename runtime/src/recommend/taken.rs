//! Items that a given record took: those of its history, if a column of earlier rows reads the keys of the catalog.

use std::collections::HashMap;

use turret_schema::{CatalogSpec, DataSpec, Description};

use crate::data::{AnyFeatures, Features, Field, FieldName, HISTORY, StoredFeatures, canonical};

/// Histories of keys of the catalog.
pub(super) struct TakenItems<'a> {
    features: &'a AnyFeatures,
    histories: Vec<History>,
    /// Candidates by canonical key. Empty without such a history.
    candidates: HashMap<&'a str, u32>,
}

/// A field of earlier rows whose items are keys of the catalog.
struct History {
    input: usize,
    /// Index among the fields of the input.
    field: usize,
    name: FieldName<'static>,
    /// Index of the column that reads it.
    column: usize,
}

impl<'a> TakenItems<'a> {
    pub(super) fn new(
        features: &'a AnyFeatures,
        inputs: &[usize],
        description: &Description,
        keys: &'a [String],
    ) -> Self {
        let data = &description.data;
        let mut histories = Vec::new();
        for &input in inputs {
            for read in features.reads(input) {
                let name = features.inputs()[input].fields[read.field];
                let is_key = data.catalog.as_ref().is_some_and(|catalog| holds_keys(&name, catalog, data));
                if is_key {
                    histories.push(History { input, field: read.field, name, column: read.column });
                }
            }
        }
        let candidates = if histories.is_empty() { &[] } else { keys };
        let candidates = candidates.iter().zip(0..).map(|(key, candidate)| (canonical(key), candidate));
        Self { features, histories, candidates: candidates.collect() }
    }

    /// Candidates of a record, ascending. `field` returns a field of the record.
    fn of<'f>(&self, field: impl Fn(&History) -> Option<&'f Field<'f>>) -> Vec<u32> {
        let parts = self.features.parts();
        let mut taken = Vec::new();
        for history in &self.histories {
            let column = parts[history.column].1.items();
            let keys = column.zip(field(history)).map(|(column, field)| column.keys_of(field));
            let keys = keys.unwrap_or_default();
            taken.extend(keys.iter().filter_map(|key| self.candidates.get(canonical(key)).copied()));
        }
        taken.sort_unstable();
        taken.dedup();
        taken
    }

    /// Candidates of a record with named fields.
    pub(super) fn of_named<'f, N: AsRef<str>>(&self, fields: &'f [(N, Field<'f>)]) -> Vec<u32> {
        self.of(|history| {
            let full = history.name.to_string();
            fields.iter().find(|(name, _)| name.as_ref() == full).map(|(_, field)| field)
        })
    }

    /// Candidates of the fields of an input.
    pub(super) fn of_input<'f>(&self, input: usize, fields: &'f [Field<'f>]) -> Vec<u32> {
        self.of(|history| (history.input == input).then(|| fields.get(history.field)).flatten())
    }
}

/// Returns whether a field of earlier rows has keys of the catalog: it is the key itself, or the column of the main source
/// that the key is joined to.
fn holds_keys(field: &FieldName<'_>, catalog: &CatalogSpec, data: &DataSpec) -> bool {
    let is_joined = data
        .joins
        .iter()
        .any(|join| join.source == catalog.source && join.right == catalog.key && join.left == field.name);
    field.source == HISTORY && (catalog.key == field.name || is_joined)
}
