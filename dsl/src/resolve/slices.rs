//! `slices = ...` of `metrics`: divisions of the held-out rows, within which evaluation measures.

use turret_schema::SliceSpec;

use super::Names;
use super::kinds::check_ascending;
use crate::arguments::{Bound, Param, exact, whole};
use crate::ast::{Expr, ExprKind};
use crate::diag::{Diagnostic, Errors, Reported};
use crate::forms::{Form, listed, read, words};
use crate::model::{Column, ColumnKind, Keys, Model, Query};

/// Divisions by a number.
pub(super) const SLICES: [Form<SliceSpec, Model>; 3] = [
    Form {
        word: "length",
        example: "length(watched, [5, 20])",
        params: &[Param::required("column"), Param::required("boundaries")],
        read: |bound, model, errors| {
            let value = bound.required("column", errors)?;
            let column = match &value.kind {
                ExprKind::Name(name) => column(name, value, model, errors)?,
                _ => return Err(bound.wrong("column", value, "the name of a column", errors)),
            };
            if !column.kind.holds_many() {
                return Err(errors.push(
                    other_kind(value, column, "has no number of keys")
                        .help("name a column of several keys, such as `ids` or `sequence`"),
                ));
            }
            let name = column.name.clone();
            Ok(SliceSpec::length(name, boundaries(bound, errors)?))
        },
    },
    Form {
        word: "user_rows",
        example: "user_rows([1, 10])",
        params: &[Param::required("boundaries")],
        read: |bound, model, errors| {
            if model.protocol.user.is_none() {
                return Err(errors.push(
                    Diagnostic::new("E0414", bound.span, "`user_rows` needs the user of a row")
                        .label("whose rows?")
                        .help("name the field: `user = user_id`"),
                ));
            }
            boundaries(bound, errors).map(SliceSpec::user_rows)
        },
    },
    Form {
        word: "item_rows",
        example: "item_rows([1, 10])",
        params: &[Param::required("boundaries")],
        read: |bound, model, errors| {
            if model.data.catalog.is_none() {
                return Err(errors.push(
                    Diagnostic::new("E0409", bound.span, "`item_rows` needs a catalog")
                        .label("which field names the item of a row?")
                        .help("add `catalog { source = ..., key = ... }`"),
                ));
            }
            if model.protocol.query == Query::User {
                return Err(errors.push(
                    Diagnostic::new("E0208", bound.span, "`item_rows` cannot be used with `query = user`")
                        .label("a query has all items of its user")
                        .help("write `query = row`, or remove it"),
                ));
            }
            boundaries(bound, errors).map(SliceSpec::item_rows)
        },
    },
];

/// Resolves the divisions, after the protocol.
pub(super) fn resolve_slices(
    bound: &Bound<'_>,
    has_catalog: bool,
    model: &mut Model,
    names: &Names,
    errors: &mut Errors,
) {
    let Some(value) = bound.get("slices") else { return };
    let items = match &value.kind {
        ExprKind::List(items) if !items.is_empty() => items.as_slice(),
        ExprKind::List(_) => {
            bound.wrong("slices", value, &expected(), errors);
            return;
        }
        _ => std::slice::from_ref(value),
    };
    for item in items {
        // A wrong declaration of what divides was already reported.
        let is_reported = match function(item) {
            Some("user_rows") => {
                model.protocol.user.is_none() && (bound.get("user").is_some() || names.wrong_source)
            }
            Some("item_rows") => model.data.catalog.is_none() && has_catalog,
            _ => column_name(item).is_some_and(|name| names.wrong_columns.contains_key(name)),
        };
        if is_reported {
            continue;
        }
        let slices = match &item.kind {
            ExprKind::Name(name) if is_column(name, model) || !words(&SLICES).contains(&name.as_str()) => {
                by_column(name, item, model, errors)
            }
            _ => read(&SLICES, item, model, errors)
                .unwrap_or_else(|| Err(bound.wrong("slices", item, &expected(), errors))),
        };
        let Ok(slices) = slices else { continue };
        if model.slices.iter().any(|other| other.to_string() == slices.to_string()) {
            errors.push(
                Diagnostic::new("E0104", item.span, format!("`{slices}` is listed twice"))
                    .label("listed again")
                    .help("leave it out"),
            );
            continue;
        }
        model.slices.push(slices);
    }
}

fn is_column(name: &str, model: &Model) -> bool {
    model.columns.iter().any(|column| column.name == name)
}

fn expected() -> String {
    format!("columns, {}", listed(&SLICES))
}

/// The function that a division calls.
fn function(value: &Expr) -> Option<&str> {
    match &value.kind {
        ExprKind::Call(call) => Some(&call.function.text),
        _ => None,
    }
}

/// The column that a division names.
fn column_name(value: &Expr) -> Option<&str> {
    match &value.kind {
        ExprKind::Name(name) => Some(name),
        ExprKind::Call(call) => column_name(&call.arguments.first()?.value),
        _ => None,
    }
}

/// Slices by the key or the bucket of a column.
fn by_column(name: &str, value: &Expr, model: &Model, errors: &mut Errors) -> Result<SliceSpec, Reported> {
    let column = column(name, value, model, errors)?;
    let diagnostic = match &column.kind {
        ColumnKind::Bucket(_) => return Ok(SliceSpec::column(name.to_owned())),
        ColumnKind::Id(_) => {
            let keys = column.vocabulary.map(|id| &model.vocabularies[id.0].keys);
            if !matches!(keys, Some(Keys::Hash { .. })) {
                return Ok(SliceSpec::column(name.to_owned()));
            }
            Diagnostic::new("E0208", value.span, format!("the hashed keys of `{name}` are no slices"))
                .label("a hash does not keep the keys")
                .note(column.span, "declared here")
                .help("learn them, `vocab = learned`, or divide by another column")
        }
        _ if column.kind.holds_many() => other_kind(value, column, "has several keys per record")
            .help(format!("divide by their number: `length({name}, [5, 20])`")),
        _ => other_kind(value, column, "does not divide rows").help(match column.kind.is_feature() {
            true => "declare a `bucket` column of the same field, and use it in a tower",
            false => "name a column of kind `id` or `bucket`",
        }),
    };
    Err(errors.push(diagnostic))
}

fn column<'m>(
    name: &str,
    value: &Expr,
    model: &'m Model,
    errors: &mut Errors,
) -> Result<&'m Column, Reported> {
    model.columns.iter().find(|column| column.name == name).ok_or_else(|| {
        errors.push(
            Diagnostic::new("E0105", value.span, format!("unknown column `{name}`"))
                .label("no column has this name")
                .suggest(
                    name,
                    model.columns.iter().map(|column| column.name.as_str()),
                    format!("slices are {}", expected()),
                ),
        )
    })
}

fn other_kind(value: &Expr, column: &Column, why: &str) -> Diagnostic {
    Diagnostic::new("E0311", value.span, format!("`{}` {why}", column.name))
        .label(format!("a column of kind `{}`", column.word))
        .note(column.span, "declared here")
}

/// First numbers of the ranges after the first.
fn boundaries(bound: &Bound<'_>, errors: &mut Errors) -> Result<Vec<u64>, Reported> {
    let value = bound.required("boundaries", errors)?;
    let items = match &value.kind {
        ExprKind::List(items) if !items.is_empty() => items,
        _ => return Err(bound.wrong("boundaries", value, "ascending numbers `[1, 10]`", errors)),
    };
    check_ascending(items, exact, errors)?;
    items.iter().map(|item| whole("boundaries", item, 1..=(1 << 53), errors)).collect()
}

#[cfg(test)]
mod tests {
    use turret_schema::SliceSpec;

    use super::SLICES;
    use crate::{Compiler, forms};

    fn slices(written: &str) -> Vec<SliceSpec> {
        let text = format!(
            "model M {{ data {{ log = csv(\"log.csv\"), items = csv(\"items.csv\"), join(items, on = item) }}
            catalog {{ source = items, key = item }}
            input {{ user: id, watched: ids(max = 9), length: bucket([3]), item: id(from = items.item) }}
            embedding user {{ dim = 2 }} embedding item {{ dim = 2 }} embedding length {{ dim = 2 }}
            tower a {{ user[user] + mean(item[watched]) + length[length] }} tower b {{ item[item] }}
            objective in_batch_softmax(a, b)
            metrics {{ recall(1), user = user, slices = {written} }} }}"
        );
        Compiler::new("m.dm", &text).plan().unwrap().model.slices.clone()
    }

    #[test]
    fn all_slices_have_a_form() {
        forms::assert_all(&SLICES, &["Column"], |example| slices(example).remove(0));
    }

    #[test]
    fn a_column_may_have_the_name_of_a_form() {
        let found = slices("[user, length, length(watched, [2, 5]), item_rows([1])]");
        let expected = [
            SliceSpec::column("user"),
            SliceSpec::column("length"),
            SliceSpec::length("watched", [2, 5]),
            SliceSpec::item_rows([1]),
        ];
        assert_eq!(found, expected);
    }
}
