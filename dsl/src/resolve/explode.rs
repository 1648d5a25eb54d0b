//! `explode(...)`: rows of the main source that are made of the items of lists.

use turret_schema::ExplodeSpec;

use super::data::{check_field, field_name, field_of};
use super::separators::character;
use crate::arguments::{Bound, Param, Rest, bind};
use crate::ast::{Entry, Expr, ExprKind};
use crate::diag::{Diagnostic, Errors, Reported};
use crate::model::{Model, SourceId};
use crate::written::written;

const EXPLODE: &[Param] =
    &[Param::required("field"), Param::named("as"), Param::named("separator"), Param::named("weight")];

/// Resolves `explode(shown, as = [item, click], separator = " ", weight = "-")` among the entries of the block,
/// before anything else reads the fields of the main source.
pub(super) fn resolve_explode(entries: &[Entry], model: &mut Model, errors: &mut Errors) {
    for entry in entries {
        let (None, ExprKind::Call(call)) = (&entry.name, &entry.value.kind) else { continue };
        if call.function.text != "explode" {
            continue;
        }
        if model.data.sources[0].explode.is_some() {
            errors.push(
                Diagnostic::new("E0104", entry.value.span, "`data` has a second `explode`")
                    .label("a row would be made of the items of two lists")
                    .help("remove one of them"),
            );
            continue;
        }
        let bound = bind("`explode`", entry.value.span, &call.arguments, EXPLODE, Rest::Refused, errors);
        if let Ok(explode) = bound.and_then(|bound| explode(&bound, model, errors)) {
            model.data.sources[0].explode = Some(explode);
        }
    }
}

fn explode(bound: &Bound<'_>, model: &Model, errors: &mut Errors) -> Result<ExplodeSpec, Reported> {
    let field = field_name(bound, "field", errors)?;
    let place = bound.required("field", errors)?.span;
    check_field(model, SourceId(0), &field, place, errors)?;
    let mut names = match bound.get("as") {
        None => vec![field.clone()],
        Some(written) => names(bound, written, &field, model, errors)?,
    };
    let weight = names.get(1).cloned();
    if let (Some(written_weight), None) = (bound.get("weight"), &weight) {
        let item = written(&names[0]);
        return Err(errors.push(
            Diagnostic::new("E0204", written_weight.span, "the weight of an item needs a name")
                .label("an item is cut here, and its weight is a field of its own")
                .help(format!("name both: `as = [{item}, click]`")),
        ));
    }
    let separator = character(bound, "separator", ',', errors)?;
    let weight_separator = character(bound, "weight", ':', errors)?;
    if weight.is_some() && separator == weight_separator {
        let message = format!("`separator` and `weight` are both `{separator}`");
        return Err(errors.push(
            Diagnostic::new("E0208", bound.span, message)
                .label("items and weights could not be distinguished")
                .help("set one of them to another character"),
        ));
    }
    let explode = ExplodeSpec::new(field, names.swap_remove(0)).separator(separator);
    Ok(match weight {
        Some(weight) => explode.weight(weight).weight_separator(weight_separator),
        None => explode,
    })
}

/// Reads `as`: the name of an item, or those of an item and its weight.
fn names(
    bound: &Bound<'_>,
    list: &Expr,
    field: &str,
    model: &Model,
    errors: &mut Errors,
) -> Result<Vec<String>, Reported> {
    let items = match &list.kind {
        ExprKind::List(items) if (1..=2).contains(&items.len()) => items.as_slice(),
        ExprKind::List(_) => {
            let expected = "a name, or two: of an item and of its weight";
            return Err(bound.wrong("as", list, expected, errors));
        }
        _ => std::slice::from_ref(list),
    };
    let mut names: Vec<String> = Vec::new();
    for item in items {
        let name = field_of(bound, "as", item, errors)?;
        if names.contains(&name) {
            return Err(errors.push(
                Diagnostic::new("E0104", item.span, format!("`{name}` is listed twice"))
                    .label("listed again")
                    .help("an item and its weight have two names"),
            ));
        }
        let source = &model.data.sources[0];
        if name != field && source.lists(&name) {
            return Err(errors.push(
                Diagnostic::new(
                    "E0104",
                    item.span,
                    format!("`{}` already has a field `{name}`", source.name),
                )
                .label("the name of another field")
                .note(model.source_spans[0], "the fields of the source are listed here")
                .help("choose a name that is not among its `columns`"),
            ));
        }
        names.push(name);
    }
    Ok(names)
}

/// Returns the remedy for a field that is read although its lists have become rows.
pub(super) fn exploded(model: &Model, field: &str) -> Option<String> {
    let explode = model.data.sources.first()?.explode.as_ref().filter(|explode| explode.field == field)?;
    let made: Vec<_> = explode.columns().map(|name| format!("`{}`", written(name))).collect();
    Some(format!("`explode` makes a row of each item of its lists: read {}", made.join(" or ")))
}
