//! Vocabularies shared by columns and tables: all that are connected by lookups share one, and any of them
//! may declare its keys.

use std::collections::BTreeMap;

use super::keys::DeclaredKeys;
use crate::diag::{Diagnostic, Errors};
use crate::model::{
    ColumnId, ColumnKind, Keys, Model, Oov, Op, TableId, TableRows, Vocabulary, VocabularyId,
};
use crate::span::Span;

/// Groups columns and tables into vocabularies.
pub(super) fn join_vocabularies(
    model: &mut Model,
    columns: Vec<DeclaredKeys>,
    mut tables: Vec<DeclaredKeys>,
    errors: &mut Errors,
) {
    // Tables that layers add declare no keys.
    let declared_tables = tables.len();
    tables.resize(model.tables.len(), DeclaredKeys::default());
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
    let mut first_lookup: BTreeMap<usize, (ColumnId, Span)> = BTreeMap::new();
    for &(table, column, span) in &lookups {
        if matches!(model.columns[column.0].kind, ColumnKind::Bucket(_)) {
            model.tables[table.0].rows = TableRows::Buckets(column);
        }
        check_buckets(model, table, column, span, &mut first_lookup, errors);
        if matches!(model.columns[column.0].kind, ColumnKind::Bucket(_)) {
            continue;
        }
        let (a, b) = (root(&mut groups, column.0), root(&mut groups, first_table + table.0));
        groups[a.max(b)] = a.min(b);
    }
    let declared: Vec<&DeclaredKeys> = columns.iter().chain(&tables).collect();
    let mut joined: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for member in 0..groups.len() {
        joined.entry(root(&mut groups, member)).or_default().push(member);
    }
    for members in joined.into_values() {
        let needs_keys = members.iter().any(|&index| match model.columns.get(index) {
            Some(column) => column.kind.is_key() && !matches!(column.kind, ColumnKind::Bucket(_)),
            None => false,
        });
        if needs_keys {
            let name = vocabulary_name(model, &members, declared_tables);
            add_vocabulary(model, name, &members, &declared, errors);
        }
    }
    check_keys_are_used(model, errors);
}

/// Returns the root of a group, with path compression.
fn root(groups: &mut [usize], mut member: usize) -> usize {
    while groups[member] != member {
        groups[member] = groups[groups[member]];
        member = groups[member];
    }
    member
}

/// Name of a declared table, else of a column.
fn vocabulary_name(model: &Model, members: &[usize], declared_tables: usize) -> String {
    let mut tables = members.iter().filter_map(|member| member.checked_sub(model.columns.len()));
    match tables.find(|&table| table < declared_tables) {
        Some(table) => model.tables[table].name.clone(),
        None => model.columns[members[0]].name.clone(),
    }
}

fn add_vocabulary(
    model: &mut Model,
    name: String,
    members: &[usize],
    declared: &[&DeclaredKeys],
    errors: &mut Errors,
) {
    let first_table = model.columns.len();
    let mut keys: Option<&(Keys, Span)> = None;
    let mut oov: Option<&(Oov, Span)> = None;
    for &member in members {
        if let Some(found) = &declared[member].keys {
            match keys {
                Some(first) if first.0 != found.0 => {
                    errors.push(
                        Diagnostic::new(
                            "E0410",
                            found.1,
                            "columns that share a table share its keys, but these differ",
                        )
                        .label("these keys differ from those of the other column")
                        .note(first.1, "the keys are declared here too")
                        .help("declare them once, in the `embedding` or in one of its columns"),
                    );
                }
                _ => keys = Some(found),
            }
        }
        if let Some(found) = &declared[member].oov {
            match oov {
                Some(first) if first.0 != found.0 => {
                    errors.push(
                        Diagnostic::new(
                            "E0410",
                            found.1,
                            "columns that share a table share one policy for unknown keys, but these differ",
                        )
                        .label("another treatment")
                        .note(first.1, "`oov` is declared here too")
                        .help("declare it once, in the `embedding` or in one of its columns"),
                    );
                }
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
            Keys::learned()
        }
        (None, Some(pretrained)) => Keys::File(pretrained.keys),
        (Some((keys, _)), None) => keys.clone(),
        (None, None) => Keys::learned(),
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

/// Checks that a table of buckets belongs to one column.
fn check_buckets(
    model: &Model,
    table: TableId,
    column: ColumnId,
    span: Span,
    first_lookup: &mut BTreeMap<usize, (ColumnId, Span)>,
    errors: &mut Errors,
) {
    let (first, first_span) = *first_lookup.entry(table.0).or_insert((column, span));
    let is_bucket = |column: ColumnId| matches!(model.columns[column.0].kind, ColumnKind::Bucket(_));
    let table = &model.tables[table.0];
    if first != column && (is_bucket(first) || is_bucket(column)) {
        let message =
            format!("`{}` would hold the buckets of one column and the rows of another", table.name);
        errors.push(
            Diagnostic::new("E0411", span, message)
                .label(format!("a column of kind `{}`", model.columns[column.0].word))
                .note(first_span, format!("a column of kind `{}`", model.columns[first.0].word))
                .help("give each column of buckets a table of its own"),
        );
    }
    if let (true, Some(pretrained)) = (is_bucket(column), &table.pretrained) {
        let message = format!("buckets have no keys to find in `{}`", pretrained.keys);
        errors.push(
            Diagnostic::new("E0411", span, message)
                .label("a column of kind `bucket`")
                .note(table.span, "the table is pretrained")
                .help("look the column up in a table that is trained"),
        );
    }
}

/// Checks that `oov = drop` is used only for bags.
fn check_keys_are_used(model: &Model, errors: &mut Errors) {
    for column in &model.columns {
        let Some(vocabulary) = column.vocabulary else { continue };
        if model.vocabularies[vocabulary.0].oov == Oov::Drop && matches!(column.kind, ColumnKind::Id(_)) {
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
}
