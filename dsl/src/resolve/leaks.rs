//! Check for features that contain the label.

use crate::diag::{Diagnostic, Errors};
use crate::model::{Column, Model};
use turret_schema::ColumnRole;

/// Reports features that read the field of a label, under any name. Fields of earlier rows are allowed.
pub(super) fn check_leaks(model: &Model, errors: &mut Errors) {
    let is_label = |column: &&Column| column.kind.role() == ColumnRole::Label;
    let is_feature = |column: &&Column| !column.earlier && column.kind.is_feature();
    for label in model.columns.iter().filter(is_label) {
        let reads_it = |column: &&Column| {
            column.source == label.source && column.fields().any(|field| *field == label.field)
        };
        for column in model.columns.iter().filter(is_feature).filter(reads_it) {
            errors.push(
                Diagnostic::new(
                    "E0305",
                    column.span,
                    format!("`{}` reads the field of the label `{}`", column.name, label.name),
                )
                .label("a feature")
                .note(label.span, "declared as a label here")
                .help("a model that reads its label learns nothing else; it may read labels of earlier rows: `sequence(from = history.field, max = 50)`"),
            );
        }
    }
}
