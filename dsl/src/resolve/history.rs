//! Log settings of the `data` block: histories and leave-last-out splits.

use super::data::{field_name, use_field};
use super::distinct::resolve_distinct;
use super::filters::resolve_filter;
use super::order::{resolve_order, written_order};
use crate::arguments::{Bound, Param, Rest, bind};
use crate::ast::{Call, Entry, Expr, ExprKind};
use crate::diag::{Diagnostic, Errors, Reported};
use crate::model::{Examples, HistorySpec, Model, SourceId, SplitSpec, TimelineSpec};
use crate::written::written;

const HISTORY: &[Param] = &[
    Param::required("by"),
    Param::required("order"),
    Param::named("examples"),
    Param::named("min"),
    Param::named("same_time"),
];

/// Role of a field that orders rows.
const ORDERED: &str = "rows are ordered by it";

/// Kinds of examples by keyword.
pub(super) const EXAMPLES: [(&str, Examples); 2] = [("sliding", Examples::Sliding), ("last", Examples::Last)];

/// Treatment of earlier rows of the same time by its words.
pub(super) const SAME_TIME: [(&str, bool); 2] = [("exclude", false), ("include", true)];

/// Resolves `history(...)`, `filter(...)` and `distinct(...)` among the entries of the block.
pub(super) fn resolve_log(entries: &[Entry], model: &mut Model, errors: &mut Errors) {
    for entry in entries {
        let (None, ExprKind::Call(call)) = (&entry.name, &entry.value.kind) else { continue };
        match call.function.text.as_str() {
            "history" if model.data.history.is_some() => {
                let message = "`data` has a second `history`";
                let diagnostic = Diagnostic::new("E0104", entry.value.span, message);
                errors.push(diagnostic.help("remove one of them"));
            }
            "history" => resolve_history(call, &entry.value, model, errors),
            "distinct" => resolve_distinct(call, &entry.value, model, errors),
            "filter" => {
                let filter = resolve_filter(call, &entry.value, model, errors);
                model.data.filters.extend(filter.ok());
            }
            _ => {}
        }
    }
}

fn resolve_history(call: &Call, value: &Expr, model: &mut Model, errors: &mut Errors) {
    let Ok(bound) = bind("`history`", value.span, &call.arguments, HISTORY, Rest::Refused, errors) else {
        return;
    };
    let examples = bound.word_or("examples", &EXAMPLES, Examples::Sliding, errors);
    let same_time = bound.word_or("same_time", &SAME_TIME, false, errors);
    let min = bound.size_or("min", 0..=(1 << 31), 0, errors);
    model.data.history = Some(HistorySpec { examples, min, same_time });
    model.data.timeline = timeline(&bound, model, errors).ok();
}

/// `leave_last_out(by, order, nth = 1, validate)`. `by` and `order` default to those of `history`.
pub(super) fn leave_last_out(
    bound: &Bound<'_>,
    model: &mut Model,
    errors: &mut Errors,
) -> Result<SplitSpec, Reported> {
    let history = model.data.timeline.clone();
    let nth = match bound.get("nth") {
        None => 1,
        Some(_) => bound.count("nth", 1..=(1 << 31), errors)? as usize,
    };
    let split = SplitSpec::LeaveLastOut { nth, validate: bound.flag("validate", errors) };
    let Some(history) = history else {
        // A wrong history was already reported.
        if model.data.history.is_some() {
            return Ok(split);
        }
        model.data.timeline = timeline(bound, model, errors).ok();
        return Ok(split);
    };
    let user = bound.get("by").map(|_| field_name(bound, "by", errors)).transpose()?;
    let order =
        bound.get("order").map(|_| resolve_order(bound, "order", ORDERED, model, errors)).transpose()?;
    let mut check = |name: &str, place: Option<&Expr>, is_same: bool, expected: &str| match place {
        Some(place) if !is_same => Err(errors.push(
            Diagnostic::new("E0417", place.span, format!("`history` has another `{name}`"))
                .label("histories of training rows could hold test rows")
                .help(format!("write `{name} = {expected}`, or leave it out")),
        )),
        _ => Ok(()),
    };
    check("by", bound.get("by"), user.is_none_or(|user| *user == *history.user), &written(&history.user))?;
    check(
        "order",
        bound.get("order"),
        order.is_none_or(|order| order == history.order),
        &written_order(&history.order),
    )?;
    Ok(split)
}

fn timeline(bound: &Bound<'_>, model: &mut Model, errors: &mut Errors) -> Result<TimelineSpec, Reported> {
    let user = field_name(bound, "by", errors).and_then(|user| {
        let place = bound.required("by", errors)?.span;
        use_field(model, SourceId(0), &user, place, "rows belong together by it", errors).map(|()| user)
    });
    let order = resolve_order(bound, "order", ORDERED, model, errors);
    Ok(TimelineSpec::new(user?, order?))
}

/// Checks that test rows are later than all training rows; otherwise histories would contain them.
pub(super) fn check_split(model: &Model, split: &SplitSpec, value: &Expr, errors: &mut Errors) {
    let Some(timeline) = model.data.timeline.as_ref().filter(|_| model.data.history.is_some()) else {
        return;
    };
    let message = match split {
        SplitSpec::Random { .. } => "random test rows would be in the histories of training rows".to_owned(),
        SplitSpec::ByTime { order, .. } if *order != timeline.order => {
            let (histories, split) = (written_order(&timeline.order), written_order(order));
            format!("histories go by `{histories}`, but the split goes by `{split}`")
        }
        SplitSpec::ByTime { .. }
        | SplitSpec::LeaveLastOut { .. }
        | SplitSpec::Given { .. }
        | SplitSpec::None => return,
    };
    errors.push(
        Diagnostic::new("E0417", value.span, message)
            .label("histories of training rows would hold test rows")
            .help(format!(
                "use `leave_last_out`, or `by_time({}, test = 0.1)`",
                written_order(&timeline.order)
            )),
    );
}

#[cfg(test)]
mod tests {
    #[test]
    fn all_rows_that_are_examples_have_a_word() {
        crate::arguments::assert_all(&super::EXAMPLES);
    }
}
