//! Columns of several fields: `length = hist_len`, `weights = tag_weights` and `from = [hist_1..hist_10]`.

use super::data::{check_field, field_of};
use crate::arguments::{Bound, describe};
use crate::ast::{Expr, ExprKind, range_names};
use crate::diag::{Diagnostic, Errors, Reported};
use crate::model::{Compound, Model};

/// Resolves `length` or `weights`.
pub(super) fn resolve_compound(bound: &Bound<'_>, errors: &mut Errors) -> Result<Compound, Reported> {
    if let Some(value) = bound.get("length") {
        return field_of(bound, "length", value, errors).map(Compound::Length);
    }
    let Some(value) = bound.get("weights") else { return Ok(Compound::Nothing) };
    if let Some(weight) = bound.get("weight") {
        return Err(errors.push(
            Diagnostic::new("E0208", weight.span, "`weight` cannot be used with `weights`")
                .label("the character before a weight in the text of an item")
                .note(value.span, "these weights are in a field of their own")
                .help("remove it"),
        ));
    }
    field_of(bound, "weights", value, errors).map(Compound::Weights)
}

/// Resolves `from`: the first field, and the fields of further items if it is a list.
pub(super) fn resolve_from(
    from: Option<&Expr>,
    word: &str,
    compound: Compound,
    errors: &mut Errors,
) -> Result<(Option<Expr>, Compound), Reported> {
    let Some(Expr { kind: ExprKind::List(items), span }) = from else { return Ok((from.cloned(), compound)) };
    let span = *span;
    if !matches!(word, "ids" | "sequence") {
        return Err(errors.push(
            Diagnostic::new("E0205", span, format!("a column of kind `{word}` reads one field"))
                .label("a list of fields")
                .help("several fields are the items of a `sequence` or of `ids`"),
        ));
    }
    if compound != Compound::Nothing {
        return Err(errors.push(
            Diagnostic::new("E0208", span, "`length` cannot be used with a list of fields")
                .label("each field is one item")
                .help("remove `length`; fields that are empty or hold the `padding` are left out"),
        ));
    }
    let (mut first, mut fields) = (None, Vec::new());
    for item in items {
        let of_first = || first.clone().unwrap_or_else(|| item.clone());
        match &item.kind {
            ExprKind::Range(from, to) => {
                let names = range_names(from, to);
                fields.extend(names);
                first = Some(of_first());
            }
            ExprKind::Name(name) | ExprKind::Text(name) => {
                fields.push(name.clone());
                first = Some(of_first());
            }
            _ => {
                return Err(errors.push(
                    Diagnostic::new("E0205", item.span, "this is not the name of a field")
                        .label(describe(item))
                        .help("write `from = [item_1, item_2]`, or `from = [item_1..item_10]`"),
                ));
            }
        }
    }
    let mut fields = fields.into_iter();
    let (Some(first), Some(name)) = (first, fields.next()) else {
        return Err(errors.push(
            Diagnostic::new("E0205", span, "`from` is an empty list")
                .help("write `from = [item_1, item_2]`, or `from = [item_1..item_10]`"),
        ));
    };
    let first = Expr { kind: ExprKind::Text(name), span: first.span };
    Ok((Some(first), Compound::Items(fields.collect())))
}

/// Reports further fields that a source lacks, and fields that are read alone and with further ones.
pub(super) fn check_compounds(model: &Model, errors: &mut Errors) {
    for column in model.columns.iter().filter(|column| column.compound != Compound::Nothing) {
        let place = column.from.unwrap_or(column.kind_span);
        // Without `data` any record may have any field.
        for field in column.compound.fields().iter().filter(|_| !model.data.sources.is_empty()) {
            let _ = check_field(model, column.source, field, place, errors);
        }
        let reads_it = |other: &&crate::model::Column| {
            (other.source, &other.field, other.earlier) == (column.source, &column.field, column.earlier)
                && other.compound != column.compound
        };
        if let Some(other) = model.columns.iter().find(reads_it) {
            let message = format!(
                "`{}` reads the field `{}` in another way than `{}`",
                column.name, column.field, other.name
            );
            errors.push(
                Diagnostic::new("E0208", column.span, message)
                    .label("with further fields")
                    .note(other.span, "read here too")
                    .help("read it with the same further fields, or give the file another field for it"),
            );
        }
    }
}
