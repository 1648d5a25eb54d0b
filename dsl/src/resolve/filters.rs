//! `filter(...)`: rows of the main source that are kept.

use turret_schema::{Limit, Number, Text, Time};

use super::data::{field_name, use_field};
use crate::arguments::{Bound, Param, Rest, bind, exact};
use crate::ast::{Call, Expr, ExprKind};
use crate::diag::{Diagnostic, Errors, Reported};
use crate::model::{FilterSpec, Model, SourceId};
use crate::written::written;

const FILTER: &[Param] =
    &[Param::required("field"), Param::named("min"), Param::named("max"), Param::named("only")];

pub(super) fn resolve_filter(
    call: &Call,
    value: &Expr,
    model: &mut Model,
    errors: &mut Errors,
) -> Result<FilterSpec, Reported> {
    let bound = bind("`filter`", value.span, &call.arguments, FILTER, Rest::Refused, errors)?;
    let field = field_name(&bound, "field", errors)?;
    let place = bound.required("field", errors)?.span;
    use_field(model, SourceId(0), &field, place, "rows are filtered by it", errors)?;
    let mut end = |name: &str| bound.get(name).map(|value| limit(&bound, name, value, errors)).transpose();
    let (min, max) = (end("min"), end("max"));
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
    if let (Some(least), Some(most)) = (&min, &max) {
        check_limits(&named, least, most, value, errors)?;
    }
    Ok(FilterSpec { field: field.into(), min, max, only })
}

/// A number, or a date or time in quotes.
fn limit(bound: &Bound<'_>, name: &str, value: &Expr, errors: &mut Errors) -> Result<Limit, Reported> {
    if let ExprKind::Text(text) = &value.kind
        && Time::parse(text).is_ok()
    {
        return Ok(Limit::Time(text.clone().into()));
    }
    let expected = "a number, or a date such as `\"2018-09-20\"`";
    exact(value).map(Limit::Number).ok_or_else(|| bound.wrong(name, value, expected, errors))
}

/// Checks that a filter keeps some values.
fn check_limits(
    field: &str,
    least: &Limit,
    most: &Limit,
    value: &Expr,
    errors: &mut Errors,
) -> Result<(), Reported> {
    let time = |text: &Text| Time::parse(text).ok();
    let is_empty = match (least, most) {
        (Limit::Number(least), Limit::Number(most)) => least > most,
        (Limit::Time(least), Limit::Time(most)) => time(least)
            .zip(time(most))
            .is_some_and(|(least, most)| Number::from(least.nanoseconds) > most.end().into()),
        _ => {
            return Err(errors.push(
                Diagnostic::new("E0208", value.span, "`min` and `max` are a number and a date")
                    .label("a field has numbers or dates")
                    .help("write both as numbers, or both as dates"),
            ));
        }
    };
    if !is_empty {
        return Ok(());
    }
    let what = match least {
        Limit::Number(_) => "number",
        Limit::Time(_) => "time",
    };
    Err(errors.push(
        Diagnostic::new("E0208", value.span, format!("no {what} is at least {least} and at most {most}"))
            .label("every row is left out")
            .help(format!("swap them: `filter({field}, min = {most}, max = {least})`")),
    ))
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
