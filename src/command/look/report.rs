//! Report on the columns of a spec: statistics of their values, and values that look like faults.

mod column;
mod finding;
mod history;
mod json;
mod leaks;
mod table;

use turret_dsl::model::{ColumnId, ColumnKind, ColumnRole};
use turret_dsl::plan::Plan;
use turret_runtime::data::{Example, Field, LogHistories, RawTable, Skipped, Vocabulary, repeated_rows};
use turret_runtime::progress::rounded;

use self::column::ColumnReport;
use self::leaks::Leaks;

/// Statistics of all columns.
pub(in crate::command) struct Report {
    columns: Vec<ColumnReport>,
    leaks: Leaks,
    rows: Rows,
    /// Name of the main source.
    source: String,
}

/// Numbers of rows.
#[derive(Clone, Debug)]
pub(super) struct Rows {
    /// Training rows.
    pub(super) train: usize,
    /// Validation rows. `None` if the split has no such part.
    pub(super) validate: Option<usize>,
    /// Test rows.
    pub(super) test: usize,
    /// Test rows that equal a training row in every field.
    pub(super) repeated: usize,
    /// Rows that are left out.
    pub(super) skipped: Skipped,
}

impl Rows {
    /// Rows of data that are examples. Repeated ones are counted in all rows only.
    pub(super) fn of(data: &RawTable, histories: Option<&LogHistories>, is_whole: bool) -> Self {
        let rows = |examples: &[Example]| examples.iter().map(|example| example.row).collect();
        let (train, validate, test) = match histories {
            Some(histories) => (histories.train.len(), histories.validate.len(), rows(&histories.test)),
            None => (data.train.len(), data.validate.len(), data.test.clone()),
        };
        Self {
            train,
            validate: data.spec().split.has_validation().then_some(validate),
            test: test.len(),
            repeated: if is_whole { repeated_rows(data, &test) } else { 0 },
            skipped: data.skipped.clone(),
        }
    }
}

/// A row of the main source, or of a joined one.
#[derive(Clone, Copy, Debug)]
pub(super) struct At {
    /// Place among the rows, if it is of the main source.
    pub(super) row: Option<usize>,
    /// True for a test row.
    pub(super) is_test: bool,
}

impl Report {
    /// Empty statistics for these numbers of examples, and this number of rows that are added.
    pub(super) fn new(plan: &Plan, rows: Rows, added: usize) -> Self {
        let model = &plan.model;
        Self {
            columns: model.columns.iter().map(|column| ColumnReport::new(column, &model.data)).collect(),
            leaks: Leaks::new(model.columns.len(), added),
            rows,
            source: model.data.sources.first().map_or(String::new(), |source| source.name.to_string()),
        }
    }

    /// Adds the value of a column, with its keys, the number of those before they are cut, and their vocabulary.
    pub(super) fn add(
        &mut self,
        column: ColumnId,
        at: At,
        field: &Field<'_>,
        keys: Option<(Vec<String>, usize)>,
        vocabulary: Option<&Vocabulary>,
    ) {
        let report = &mut self.columns[column.0];
        let value = report.add(field, at.row.is_some());
        if let Some((keys, all)) = &keys {
            report.add_keys(keys, *all, vocabulary, at.is_test);
        }
        if let Some(row) = at.row {
            self.leaks.add(column, row, value);
        }
    }

    /// Counts a rejected value of a column that counts as missing.
    pub(super) fn add_substituted(&mut self, column: ColumnId, is_substituted: bool) {
        self.columns[column.0].substituted += u64::from(is_substituted);
    }

    /// Adds the label of a row of the main source.
    pub(super) fn add_label(&mut self, column: ColumnId, at: At, label: f32) {
        if let Some(row) = at.row {
            self.leaks.add_label(column, row, label);
        }
    }

    /// Finds suspicious values, after all rows.
    pub(super) fn finish(&mut self, plan: &Plan, histories: Option<&LogHistories>) {
        for (index, column) in plan.model.columns.iter().enumerate() {
            let report = &mut self.columns[index];
            if let Some(histories) = histories {
                report.look_back(histories);
            }
            report.find();
            let is_feature = column.kind.is_feature() && !column.earlier && report.is_main;
            if is_feature {
                let names = |label: ColumnId| plan.model.columns[label.0].name.clone();
                report.findings.extend(self.leaks.of(ColumnId(index), names));
            }
        }
    }

    /// Notes on suspicious values.
    pub(super) fn remarks(&self) -> Vec<String> {
        let repeated = (self.rows.repeated > 0).then(|| {
            format!(
                "note: test rows that equal a training row in every field: {} of {}",
                rounded(self.rows.repeated as f64),
                rounded(self.rows.test as f64)
            )
        });
        let of_column = |column: &ColumnReport| -> Vec<String> {
            column.findings.iter().filter_map(|finding| finding.remark(&column.name)).collect()
        };
        repeated.into_iter().chain(self.columns.iter().flat_map(of_column)).collect()
    }
}

/// Returns whether a column has labels.
pub(super) fn is_label(kind: &ColumnKind) -> bool {
    kind.role() == ColumnRole::Label
}
