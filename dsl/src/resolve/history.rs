//! Log settings of the `data` block: filters, histories, and leave-last-out splits.

use turret_schema::Text;

use super::data::{field_name, use_field};
use crate::arguments::{Bound, Param, Rest, bind, exact};
use crate::ast::{Call, Entry, Expr, ExprKind};
use crate::diag::{Diagnostic, Errors, Reported};
use crate::model::{Examples, FilterSpec, HistorySpec, Model, SourceId, SplitSpec, TimelineSpec};
use crate::written::written;

const HISTORY: &[Param] = &[
    Param::required("by"),
    Param::required("order"),
    Param::named("examples"),
    Param::named("min"),
    Param::named("same_time"),
];

const FILTER: &[Param] =
    &[Param::required("field"), Param::named("min"), Param::named("max"), Param::named("only")];

/// Kinds of examples by keyword.
pub(super) const EXAMPLES: [(&str, Examples); 2] = [("sliding", Examples::Sliding), ("last", Examples::Last)];

/// Treatment of earlier rows of the same time by its words.
pub(super) const SAME_TIME: [(&str, bool); 2] = [("exclude", false), ("include", true)];

/// Resolves `history(...)` and `filter(...)` among the entries of the block.
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

/// `leave_last_out(by, order, nth = 1)`. Arguments default to those of `history`.
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
    let Some(history) = history else {
        // A wrong history was already reported.
        if model.data.history.is_some() {
            return Ok(SplitSpec::leave_last_out(nth));
        }
        model.data.timeline = timeline(bound, model, errors).ok();
        return Ok(SplitSpec::leave_last_out(nth));
    };
    for (name, expected) in [("by", &history.user), ("order", &history.time)] {
        if let Some(place) = bound.get(name)
            && field_name(bound, name, errors)? != *expected
        {
            return Err(errors.push(
                Diagnostic::new("E0417", place.span, format!("`history` has another `{name}`"))
                    .label("histories of training rows could hold test rows")
                    .help(format!("write `{name} = {}`, or leave it out", written(expected))),
            ));
        }
    }
    Ok(SplitSpec::leave_last_out(nth))
}

fn timeline(bound: &Bound<'_>, model: &mut Model, errors: &mut Errors) -> Result<TimelineSpec, Reported> {
    let mut field = |name: &str| {
        let place = bound.required(name, errors)?;
        if let (ExprKind::List(_), "order") = (&place.kind, name) {
            return Err(errors.push(
                Diagnostic::new("E0205", place.span, "`order` must be one field")
                    .label("this is a list")
                    .help("combine them in one numeric field of the file, such as the day times 100,000 plus the number within the day"),
            ));
        }
        let field = field_name(bound, name, errors)?;
        let listed = model.data.sources[0].lists(&field);
        if let ("order", ExprKind::Name(word), false) = (name, &place.kind, listed)
            && word == "row"
        {
            return Err(errors.push(
                Diagnostic::new("E0106", place.span, "the order of the file cannot be used as `order` yet")
                    .label("no field has this name")
                    .help("`order` is a numeric field that ascends with time: add a field with the number of the row to the file; if the file has a field of this name, write `order = \"row\"`"),
            ));
        }
        let role = if name == "by" { "rows belong together by it" } else { "rows are ordered by it" };
        use_field(model, SourceId(0), &field, place.span, role, errors).map(|()| field)
    };
    let (user, time) = (field("by"), field("order"));
    Ok(TimelineSpec::new(user?, time?))
}

/// Checks that test rows are later than all training rows; otherwise histories would contain them.
pub(super) fn check_split(model: &Model, split: &SplitSpec, value: &Expr, errors: &mut Errors) {
    let Some(timeline) = model.data.timeline.as_ref().filter(|_| model.data.history.is_some()) else {
        return;
    };
    let message = match split {
        SplitSpec::Random { .. } => "random test rows would be in the histories of training rows".to_owned(),
        SplitSpec::ByTime { field, .. } if *field != timeline.time => {
            format!("histories go by `{}`, but the split goes by `{field}`", timeline.time)
        }
        SplitSpec::ByTime { .. }
        | SplitSpec::LeaveLastOut { .. }
        | SplitSpec::Given { .. }
        | SplitSpec::None => return,
    };
    errors.push(
        Diagnostic::new("E0417", value.span, message)
            .label("histories of training rows would hold test rows")
            .help(format!("use `leave_last_out`, or `by_time({}, test = 0.1)`", written(&timeline.time))),
    );
}

fn resolve_filter(
    call: &Call,
    value: &Expr,
    model: &mut Model,
    errors: &mut Errors,
) -> Result<FilterSpec, Reported> {
    let bound = bind("`filter`", value.span, &call.arguments, FILTER, Rest::Refused, errors)?;
    let field = field_name(&bound, "field", errors)?;
    let place = bound.required("field", errors)?.span;
    use_field(model, SourceId(0), &field, place, "rows are filtered by it", errors)?;
    let mut end = |name: &str| {
        let number = |value| exact(value).ok_or_else(|| bound.wrong(name, value, "a number", errors));
        bound.get(name).map(number)
    };
    let (min, max) = (end("min").transpose(), end("max").transpose());
    let (min, max) = (min?, max?);
    let only = match bound.get("only") {
        None => None,
        Some(list) => Some(texts(&bound, list, errors)?),
    };
    let named = written(&field);
    if ["min", "max", "only"].iter().all(|name| bound.get(name).is_none()) {
        return Err(errors.push(
            Diagnostic::new("E0204", value.span, "`filter` needs `min`, `max` or `only`")
                .label("no condition is given")
                .help(format!(
                    "write `filter({named}, min = 4)`, or `filter({named}, only = [\"a\", \"b\"])`"
                )),
        ));
    }
    if let (Some(least), Some(most)) = (min, max)
        && least > most
    {
        let message = format!("no number is at least {least} and at most {most}");
        return Err(errors.push(
            Diagnostic::new("E0208", value.span, message)
                .label("every row is left out")
                .help(format!("swap them: `filter({named}, min = {most}, max = {least})`")),
        ));
    }
    Ok(FilterSpec { field: field.into(), min, max, only })
}

/// A list of texts. Numbers are converted to text.
fn texts(bound: &Bound<'_>, list: &Expr, errors: &mut Errors) -> Result<Vec<Text>, Reported> {
    let text = |item: &Expr| match &item.kind {
        ExprKind::Text(text) => Some(text.clone().into()),
        ExprKind::Number(number) => Some(number.to_string().into()),
        ExprKind::Whole(number) => Some(number.to_string().into()),
        _ => None,
    };
    let found = match &list.kind {
        ExprKind::List(items) => items.iter().map(text).collect(),
        _ => None,
    };
    found.ok_or_else(|| bound.wrong("only", list, "a list of texts", errors))
}

#[cfg(test)]
mod tests {
    #[test]
    fn all_rows_that_are_examples_have_a_word() {
        crate::arguments::assert_all(&super::EXAMPLES);
    }
}
