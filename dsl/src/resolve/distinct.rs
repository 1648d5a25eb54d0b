//! `distinct(...)`: repeated rows of the main source.

use super::data::{field_of, use_field};
use crate::arguments::{Param, Rest, bind};
use crate::ast::{Call, Expr};
use crate::diag::{Diagnostic, Errors};
use crate::model::{DistinctSpec, KeepRow, Model, SourceId};

/// Kept rows by keyword.
pub(super) const KEEP_ROWS: [(&str, KeepRow); 2] = [("first", KeepRow::First), ("last", KeepRow::Last)];

/// Resolves `distinct(user, item, keep = last)`.
pub(super) fn resolve_distinct(call: &Call, value: &Expr, model: &mut Model, errors: &mut Errors) {
    let params = [Param::named("keep")];
    let Ok(bound) = bind("`distinct`", value.span, &call.arguments, &params, Rest::Collected, errors) else {
        return;
    };
    if model.data.distinct.is_some() {
        let diagnostic = Diagnostic::new("E0104", value.span, "`data` has a second `distinct`");
        errors.push(diagnostic.help("remove one of them, or name all fields in one"));
        return;
    }
    let keep = bound.word_or("keep", &KEEP_ROWS, KeepRow::First, errors);
    if bound.rest.is_empty() {
        errors.push(
            Diagnostic::new("E0204", value.span, "`distinct` needs fields")
                .label("of which no two rows are to have the same keys?")
                .help("write `distinct(user_id, item_id, keep = last)`"),
        );
        return;
    }
    let mut fields: Vec<String> = Vec::new();
    for item in &bound.rest {
        let Ok(field) = field_of(&bound, "distinct", item, errors) else { continue };
        let _ = use_field(model, SourceId(0), &field, item.span, "one row is kept for each", errors);
        if fields.contains(&field) {
            errors.push(
                Diagnostic::new("E0104", item.span, format!("`{field}` is listed twice"))
                    .label("listed again")
                    .help("leave it out"),
            );
            continue;
        }
        fields.push(field);
    }
    model.data.distinct = Some(DistinctSpec { fields: fields.into_iter().collect(), keep });
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_kept_row_has_a_word() {
        crate::arguments::assert_all(&super::KEEP_ROWS);
    }
}
