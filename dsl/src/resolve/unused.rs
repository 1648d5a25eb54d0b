//! What is declared and never used: it would cost memory and mislead readers.

use crate::diag::{Diagnostic, Errors};
use crate::model::{ColumnId, ColumnKind, Loss, Model, Op, TableId, TowerId};

/// Reports columns, tables and towers that nothing uses.
pub(super) fn check_unused(model: &Model, errors: &mut Errors) {
    let mut columns = vec![false; model.columns.len()];
    let mut tables = vec![false; model.tables.len()];
    let mut towers = vec![false; model.towers.len()];
    for node in &model.nodes {
        match node.op {
            Op::Column(ColumnId(column)) => columns[column] = true,
            Op::Lookup(TableId(table), ColumnId(column)) => {
                tables[table] = true;
                columns[column] = true;
            }
            Op::Tower(TowerId(tower)) => towers[tower] = true,
            Op::Layer(_) => {}
        }
    }
    for (_, loss) in &model.objective {
        match loss {
            Loss::Bce { label, .. } => columns[label.0] = true,
            Loss::InBatchSoftmax { probability, accidental_hits, .. } => {
                probability.iter().chain(accidental_hits).for_each(|column| columns[column.0] = true);
            }
            Loss::Bpr { .. } => {}
        }
    }
    for export in &model.exports {
        towers[export.0] = true;
    }
    let unused = |what: &str, name: &str| format!("the {what} `{name}` is never used");
    for (column, used) in model.columns.iter().zip(columns) {
        if !used && column.kind != ColumnKind::Weight {
            let message = unused("column", &column.name);
            errors
                .push(Diagnostic::new("E0501", column.span, message).help("use it in a tower, or remove it"));
        }
    }
    for (table, used) in model.tables.iter().zip(tables) {
        if !used {
            let message = unused("table", &table.name);
            let help = format!("look a column up in it, `{}[column]`, or remove it", table.name);
            errors.push(Diagnostic::new("E0503", table.span, message).help(help));
        }
    }
    for (tower, used) in model.towers.iter().zip(towers) {
        if !used {
            let message = unused("tower", &tower.name);
            errors.push(
                Diagnostic::new("E0504", tower.span, message)
                    .help("use it in the objective or in `export`, or remove it"),
            );
        }
    }
}
