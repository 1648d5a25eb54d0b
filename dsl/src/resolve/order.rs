//! `order = ...`: the time columns of a log, or the order of the file.

use turret_schema::Names;

use super::data::{field_of, use_field};
use crate::arguments::Bound;
use crate::ast::{Expr, ExprKind};
use crate::diag::{Diagnostic, Errors, Reported};
use crate::model::{Model, SourceId};
use crate::written::written;

/// Word for the order of the file.
const FILE: &str = "file";

/// Resolves `name = field`, `name = [day, hour]` or `name = file`: time columns of the main source, none for the
/// order of the file.
pub(super) fn resolve_order(
    bound: &Bound<'_>,
    name: &str,
    role: &'static str,
    model: &mut Model,
    errors: &mut Errors,
) -> Result<Names, Reported> {
    let value = bound.required(name, errors)?;
    let items = match &value.kind {
        ExprKind::List(items) if items.is_empty() => {
            let expected = "a field, a list of fields, or `file` for the order of the file";
            return Err(bound.wrong(name, value, expected, errors));
        }
        ExprKind::List(items) => items.as_slice(),
        _ if is_word(value, FILE, model) => return Ok(Names::default()),
        _ => std::slice::from_ref(value),
    };
    let mut fields: Vec<String> = Vec::new();
    for item in items {
        if is_word(item, FILE, model) {
            return Err(errors.push(
                Diagnostic::new("E0208", item.span, "the order of the file is no field of a list")
                    .label("rows with equal times keep the order of the file in any case")
                    .help("leave it out"),
            ));
        }
        if is_word(item, "row", model) {
            return Err(errors.push(
                Diagnostic::new("E0106", item.span, "the order of the file is called `file`")
                    .label("no field has this name")
                    .help(format!(
                        "write `{name} = file`; if the file has a field of this name, write `{name} = \"row\"`"
                    )),
            ));
        }
        let field = field_of(bound, name, item, errors)?;
        if fields.contains(&field) {
            return Err(errors.push(
                Diagnostic::new("E0104", item.span, format!("`{field}` is listed twice"))
                    .label("listed again")
                    .help("leave it out"),
            ));
        }
        use_field(model, SourceId(0), &field, item.span, role, errors)?;
        fields.push(field);
    }
    Ok(fields.into_iter().collect())
}

/// Returns whether a value is a word, and no field that the main source lists.
fn is_word(value: &Expr, word: &str, model: &Model) -> bool {
    matches!(&value.kind, ExprKind::Name(name) if name == word) && !model.data.sources[0].lists(word)
}

/// Returns an order as written in a spec.
pub(super) fn written_order(order: &[turret_schema::Text]) -> String {
    match order {
        [] => FILE.to_owned(),
        [field] => written(field).into_owned(),
        fields => format!("[{}]", fields.iter().map(|field| written(field)).collect::<Vec<_>>().join(", ")),
    }
}
