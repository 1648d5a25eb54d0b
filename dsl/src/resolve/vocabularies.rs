//! Which columns and tables share a vocabulary: all that meet in lookups, and whoever of them says what its keys are says it for all.

use super::columns::DeclaredKeys;
use crate::diag::{Diagnostic, Errors};
use crate::model::{
    ColumnId, ColumnKind, Keys, Loss, Model, Oov, Op, TableId, TableRows, Vocabulary, VocabularyId,
};
use crate::span::Span;

/// Joins columns and tables into vocabularies.
pub(super) fn join_vocabularies(
    model: &mut Model,
    columns: Vec<DeclaredKeys>,
    tables: Vec<DeclaredKeys>,
    errors: &mut Errors,
) {
    let first_table = model.columns.len();
    let mut groups: Vec<usize> = (0..first_table + model.tables.len()).collect();
    let lookups: Vec<(TableId, ColumnId, Span)> = model
        .nodes
        .iter()
        .filter_map(|node| match node.op {
            Op::Lookup(table, column) => Some((table, column, node.span)),
            _ => None,
        })
        .collect();
    for &(table, column, span) in &lookups {
        if matches!(model.columns[column.0].kind, ColumnKind::Bucket { .. }) {
            join_buckets(model, table, column, span, &lookups, errors);
            continue;
        }
        let (a, b) = (root(&groups, column.0), root(&groups, first_table + table.0));
        groups[a.max(b)] = a.min(b);
    }
    let declared: Vec<&DeclaredKeys> = columns.iter().chain(&tables).collect();
    for member in 0..groups.len() {
        if root(&groups, member) != member {
            continue;
        }
        let members: Vec<usize> =
            (member..groups.len()).filter(|&other| root(&groups, other) == member).collect();
        let needs_keys = members.iter().any(|&index| match model.columns.get(index) {
            Some(column) => column.kind.is_key() && !matches!(column.kind, ColumnKind::Bucket { .. }),
            None => false,
        });
        if !needs_keys {
            continue;
        }
        add_vocabulary(model, &members, &declared, errors);
    }
    check_keys_are_used(model, errors);
}

fn root(groups: &[usize], mut member: usize) -> usize {
    while groups[member] != member {
        member = groups[member];
    }
    member
}

fn add_vocabulary(model: &mut Model, members: &[usize], declared: &[&DeclaredKeys], errors: &mut Errors) {
    let first_table = model.columns.len();
    let mut keys: Option<&(Keys, Span)> = None;
    let mut oov: Option<&(Oov, Span)> = None;
    for &member in members {
        if let Some(found) = &declared[member].keys {
            match keys {
                Some(first) if first.0 != found.0 => errors.push(
                    Diagnostic::new(
                        "E0410",
                        found.1,
                        "columns that share a table share its keys, but these differ",
                    )
                    .note(first.1, "the keys are declared here too"),
                ),
                _ => keys = Some(found),
            }
        }
        if let Some(found) = &declared[member].oov {
            match oov {
                Some(first) if first.0 != found.0 => errors.push(
                    Diagnostic::new(
                        "E0410",
                        found.1,
                        "columns that share a table treat unknown keys alike, but these differ",
                    )
                    .note(first.1, "`oov` is declared here too"),
                ),
                _ => oov = Some(found),
            }
        }
    }
    let tables: Vec<usize> =
        members.iter().filter(|&&member| member >= first_table).map(|&member| member - first_table).collect();
    let pretrained = tables.iter().find_map(|&table| model.tables[table].pretrained.clone());
    let keys = match (keys, pretrained) {
        (Some((_, span)), Some(_)) => {
            errors.push(
                Diagnostic::new("E0410", *span, "the keys of pretrained vectors come with them")
                    .help("remove `vocab` or `hash` here"),
            );
            Keys::Learned { min_count: 1, max: None }
        }
        (None, Some(pretrained)) => Keys::File(pretrained.keys),
        (Some((keys, _)), None) => keys.clone(),
        (None, None) => Keys::Learned { min_count: 1, max: None },
    };
    let name = match tables.first() {
        Some(&table) => model.tables[table].name.clone(),
        None => model.columns[members[0]].name.clone(),
    };
    let id = VocabularyId(model.vocabularies.len());
    model.vocabularies.push(Vocabulary { name, keys, oov: oov.map_or(Oov::Bucket, |(oov, _)| *oov) });
    for &member in members {
        match model.columns.get_mut(member) {
            Some(column) => column.vocabulary = Some(id),
            None => model.tables[member - first_table].rows = TableRows::Keys(id),
        }
    }
}

/// A table of buckets belongs to one column.
fn join_buckets(
    model: &mut Model,
    table: TableId,
    column: ColumnId,
    span: Span,
    lookups: &[(TableId, ColumnId, Span)],
    errors: &mut Errors,
) {
    model.tables[table.0].rows = TableRows::Buckets(column);
    if let Some(other) = lookups.iter().find(|other| other.0 == table && other.1 != column) {
        errors.push(
            Diagnostic::new("E0411", span, "a table of buckets serves one column, but this one serves two")
                .note(other.2, "also looked up here")
                .help("give each column a table of its own"),
        );
    }
    if let Some(pretrained) = &model.tables[table.0].pretrained {
        let message = format!("buckets have no keys to find in `{}`", pretrained.keys);
        errors.push(Diagnostic::new("E0411", span, message));
    }
}

/// `oov = drop` makes sense in bags only.
fn check_keys_are_used(model: &Model, errors: &mut Errors) {
    for column in &model.columns {
        let Some(vocabulary) = column.vocabulary else { continue };
        if model.vocabularies[vocabulary.0].oov == Oov::Drop && matches!(column.kind, ColumnKind::Id { .. }) {
            errors.push(
                Diagnostic::new(
                    "E0412",
                    column.span,
                    "`oov = drop` drops keys from bags, but this column holds one key",
                )
                .help("use `bucket`, `zero` or `error`"),
            );
        }
    }
    for (_, loss) in &model.objective {
        if let Loss::InBatchSoftmax { accidental_hits: Some(column), .. } = loss {
            debug_assert!(matches!(model.columns[column.0].kind, ColumnKind::Id { .. }));
        }
    }
}
