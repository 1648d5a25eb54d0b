//! The `input` block: columns and their fields.

use super::Names;
use super::compounds::resolve_from;
use super::default_sources::{Unnamed, unlisted};
use super::keys::DeclaredKeys;
use super::kinds::resolve_kind;
use crate::ast::{Expr, ExprKind, Input, range_names};
use crate::diag::{Diagnostic, Errors, Reported};
use crate::model::{
    Column, ColumnId, ColumnKind, Compound, HISTORY, Keep, MissingBag, Model, SourceId, SourceSpec,
};
use crate::span::Span;

/// Maximum number of columns of a model.
const MAX_COLUMNS: usize = 4096;

/// Resolves the columns. Returns the key settings of each.
pub(super) fn resolve_columns(
    inputs: &[&Input],
    model: &mut Model,
    names: &mut Names,
    errors: &mut Errors,
) -> Vec<DeclaredKeys> {
    let mut declared = Vec::new();
    for column in inputs.iter().flat_map(|input| &input.columns) {
        for (name, span) in column_names(&column.names) {
            if errors.is_full() {
                return declared;
            }
            if let Some(first) = names.columns.get(&name) {
                errors.push(
                    Diagnostic::new("E0104", span, format!("the column `{name}` is declared twice"))
                        .label("declared again")
                        .note(model.columns[first.0].span, "first here"),
                );
                continue;
            }
            if model.columns.len() == MAX_COLUMNS {
                errors.push(Diagnostic::new(
                    "E0207",
                    span,
                    format!("a model has at most {MAX_COLUMNS} columns"),
                ));
                return declared;
            }
            let found = resolve_kind(&column.kind, errors).and_then(|found| {
                let (from, compound) = resolve_from(found.from, found.word, found.compound.clone(), errors)?;
                let place = find_field(model, names, &name, span, from.as_ref(), errors)?;
                Ok((found, compound, place))
            });
            let (found, compound, Place { source, field, earlier, is_named, unlisted }) = match found {
                Ok(found) => found,
                Err(reported) => {
                    names.wrong_columns.insert(name, reported);
                    continue;
                }
            };
            let id = ColumnId(model.columns.len());
            names.columns.insert(name.clone(), id);
            if !is_named {
                names.unnamed.push(Unnamed { column: id, unlisted });
            }
            let docs = column.docs.clone();
            let check = |errors: &mut Errors| match compound {
                _ if !earlier => Ok(()),
                Compound::Nothing => check_earlier(&found.kind, &column.kind, errors),
                _ => Err(errors.push(
                    Diagnostic::new("E0208", column.kind.span, "an earlier row has one item")
                        .label("further fields belong to lists")
                        .help("remove `length`"),
                )),
            };
            if let Err(reported) = check(errors) {
                names.wrong_columns.insert(name.clone(), reported);
            }
            model.columns.push(Column {
                name,
                docs,
                span,
                kind_span: column.kind.span,
                from: found.from.map(|from| from.span),
                source,
                field,
                compound,
                earlier,
                word: found.word,
                kind: found.kind,
                vocabulary: None,
            });
            declared.push(found.keys);
        }
    }
    declared
}

fn column_names(names: &Expr) -> Vec<(String, Span)> {
    match &names.kind {
        ExprKind::Name(name) => vec![(name.clone(), names.span)],
        ExprKind::Range(first, last) => range_names(first, last).map(|name| (name, names.span)).collect(),
        _ => Vec::new(),
    }
}

/// Field of a column.
struct Place {
    source: SourceId,
    field: String,
    earlier: bool,
    /// True if the spec names the source.
    is_named: bool,
    /// Place of the field name if no source lists it.
    unlisted: Option<Span>,
}

/// Checks that a column of earlier rows holds an ordered list.
fn check_earlier(kind: &ColumnKind, place: &Expr, errors: &mut Errors) -> Result<(), Reported> {
    let help = match kind {
        ColumnKind::Sequence(items, _) if items.max.1 == Keep::Error => {
            "long histories are always cut: write `keep = last` or `keep = first`".to_owned()
        }
        ColumnKind::Sequence(items, _) if items.missing == MissingBag::Error => {
            "a first row has no history; `history(..., min = 1)` leaves such rows out".to_owned()
        }
        ColumnKind::Sequence(..) => return Ok(()),
        _ => "write `sequence(from = history.field, max = 50)`; `mean`, `sum` and `max` pool a sequence like a bag".to_owned(),
    };
    Err(errors.push(
        Diagnostic::new("E0416", place.span, "this kind of column cannot hold earlier rows")
            .label("a row has any number of earlier rows, in order")
            .help(help),
    ))
}

/// Returns the field of a column: `from = field`, `from = source.field`, or the field with the name of the
/// column.
fn find_field(
    model: &Model,
    names: &Names,
    name: &str,
    span: Span,
    from: Option<&Expr>,
    errors: &mut Errors,
) -> Result<Place, Reported> {
    let of = |source: usize, field: &str| {
        let (source, field) = (SourceId(source), field.to_string());
        Ok(Place { source, field, earlier: false, is_named: true, unlisted: None })
    };
    if let Some(Expr { kind: ExprKind::Text(field), span }) = from {
        check_name(field, *span, errors)?;
    }
    let (field, span) = match from.map(|from| (&from.kind, from.span)) {
        None => (name, span),
        Some((ExprKind::Name(field) | ExprKind::Text(field), span)) => (field.as_str(), span),
        Some((ExprKind::Member(named, field), from_span)) => {
            let ExprKind::Name(source_name) = &named.kind else {
                return Err(not_a_field(from_span, errors));
            };
            check_name(&field.text, field.span, errors)?;
            if names.wrong_source {
                return of(0, &field.text);
            }
            if source_name == HISTORY {
                if model.data.history.is_none() {
                    return Err(errors.push(
                        Diagnostic::new("E0105", named.span, "`data` declares no `history`")
                            .label("earlier rows need a `history`")
                            .help("add `history(by = user_id, order = timestamp)` to `data`"),
                    ));
                }
                let found = field_in(model, &field.text, field.span);
                // A log has the fields of all sources; any source without listed columns may have this one.
                let source = match found.unlisted {
                    None => Some(found.source),
                    Some(_) => model.data.sources.iter().position(SourceSpec::is_named_by_file).map(SourceId),
                };
                let Some(source) = source else {
                    return Err(errors.push(unlisted(model, &field.text, field.span, None)));
                };
                return Ok(Place { source, earlier: true, is_named: true, unlisted: None, ..found });
            }
            let Some(source) = model.source(source_name) else {
                return Err(errors.push(super::data::unknown_source(model, source_name, named.span)));
            };
            let _ = super::data::check_field(model, source, &field.text, field.span, errors);
            return of(source.0, &field.text);
        }
        Some((_, span)) => return Err(not_a_field(span, errors)),
    };
    Ok(field_in(model, field, span))
}

/// Reports a field name that cannot occur in a header.
fn check_name(field: &str, span: Span, errors: &mut Errors) -> Result<(), Reported> {
    let label = match field {
        _ if field.trim().is_empty() => "it is empty",
        _ if field.trim() != field => "it begins or ends with white space",
        _ => return Ok(()),
    };
    Err(errors.push(
        Diagnostic::new("E0205", span, "this is not the name of a field")
            .label(label)
            .help("copy the name from the first line of the file, or name the fields with `columns = [...]`"),
    ))
}

fn not_a_field(span: Span, errors: &mut Errors) -> Reported {
    errors.push(
        Diagnostic::new("E0205", span, "`from` must be a field, or `source.field`")
            .help("write `from = timestamp`, or `from = ratings.timestamp`"),
    )
}

/// Returns the first source that lists a field; preliminarily the main one if none does.
fn field_in(model: &Model, field: &str, span: Span) -> Place {
    let listed = model.data.sources.iter().position(|source| source.lists(field));
    let unlisted = if listed.is_none() { Some(span) } else { None };
    let (source, field) = (SourceId(listed.unwrap_or(0)), field.to_string());
    Place { source, field, earlier: false, is_named: false, unlisted }
}
