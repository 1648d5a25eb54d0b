//! Notes on repeated rows, on keys that look missing and on files.

use super::super::join::JoinedKeys;
use super::super::main_rows::MainRows;
use super::super::row_index::RowIndex;
use super::super::structure::Join;
use super::super::table::Table;
use super::RawTable;
use crate::data::error::DataError;
use crate::data::key::{looks_missing, taken_as_keys};
use crate::progress::counted;
use turret_schema::KeepRow;

impl RawTable {
    /// Adds a note on the rows of the main source that are not used because another one has the same keys.
    pub(super) fn note_repeated(&mut self) {
        let (Some(distinct), Some(&first)) = (&self.spec.distinct, self.structure.repeated.first()) else {
            return;
        };
        let fields: Vec<String> = distinct.fields.iter().map(|field| format!("`{field}`")).collect();
        self.notes.push(format!(
            "note: {} of `{}` left out, because another row has the same {}, of which the {} is kept; the first of \
             them is {}",
            counted(self.structure.repeated.len(), "row"),
            self.spec.sources[0].name,
            fields.join(" and "),
            kept(distinct.keep),
            self.place(first)
        ));
    }

    /// Leaves out the rows of a joined source with the key of another one.
    pub(super) fn leave_out_repeated(&mut self, join: &Join) {
        let source = join.source;
        let name = &self.spec.sources[source].name;
        let place = |row: u32| self.table(source).index().place(row);
        let JoinedKeys { repeated, replaced, .. } = &join.keys;
        let mut notes = Vec::new();
        if let Some(&first) = repeated.first() {
            notes.push(format!(
                "note: {} of `{name}` left out, because an earlier row is equal; the first of them is {}",
                counted(repeated.len(), "row"),
                place(first)
            ));
        }
        if let (Some(&first), Some(keep)) = (replaced.first(), join.keys.keep) {
            notes.push(format!(
                "note: {} of `{name}` left out, because another row has the same key, of which the {} is kept; the first \
                 of them is {}",
                counted(replaced.len(), "row"),
                kept(keep),
                place(first)
            ));
        }
        self.notes.append(&mut notes);
        repeated.iter().chain(replaced).for_each(|&row| self.leave_out_row(source, row));
    }

    /// Adds a note if grouping columns contain common spellings of missing values.
    pub(super) fn note_missing_keys(&mut self) -> Result<(), DataError> {
        let mut found = Vec::new();
        for keys in &self.structure.keys {
            let looks_missing: Vec<bool> = keys.keys().iter().map(looks_missing).collect();
            let is_so = |&row: &u32| looks_missing.get(keys.numbers()[row as usize] as usize) == Some(&true);
            if looks_missing.contains(&true) {
                let mut rows = (0..self.index(0).rows()).filter(is_so);
                found.extend(rows.next().map(|first| (0, keys.column(), first, 1 + rows.count())));
            }
        }
        if let Some(catalog) = &self.spec.catalog {
            let source = self.source(&catalog.source)?;
            let column = self.column(source, &catalog.key)?;
            if source > 0 {
                let table = self.table(source);
                let is_so = |&row: &u32| table.key(row, column).is_some_and(|key| looks_missing(&key));
                let mut rows = (0..table.rows()).filter(is_so);
                found.extend(rows.next().map(|first| (source, column, first, 1 + rows.count())));
            }
        }
        for (source, column, first, count) in found {
            let (index, values) = (self.index(source), taken_as_keys(count));
            let (place, name) = (index.place(first), &index.columns()[column]);
            self.notes.push(format!("warning: {place}: column `{name}`: {values}"));
        }
        Ok(())
    }
}

/// Notes on the files of all sources.
pub(in crate::data::source) fn notes(main: &MainRows, tables: &[Table]) -> Vec<String> {
    let joined = tables.iter().map(Table::index);
    [main.index()].into_iter().chain(joined).flat_map(RowIndex::notes).cloned().collect()
}

/// Word for a kept row.
fn kept(keep: KeepRow) -> &'static str {
    match keep {
        KeepRow::First => "first",
        KeepRow::Last => "last",
    }
}
