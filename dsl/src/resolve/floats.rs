//! The column kind `float`: range, transform and missing values.

use crate::arguments::{Bound, number, scalar};
use crate::ast::{Expr, ExprKind};
use crate::diag::{Diagnostic, Errors, Reported};
use crate::model::{ColumnKind, FloatSpec, MissingFloat, Transform};

/// Keywords of `transform`.
pub(super) const TRANSFORMS: [(&str, Transform); 4] = [
    ("raw", Transform::Raw),
    ("log1p", Transform::Log1p),
    ("standardize", Transform::Standardize),
    ("min_max", Transform::MinMax),
];

/// Policies for a missing number by keyword; others are numbers.
pub(super) const MISSING: [(&str, MissingFloat); 2] =
    [("error", MissingFloat::Error), ("mean", MissingFloat::Mean)];

/// Resolves the arguments of `float`.
pub(super) fn float(bound: &Bound<'_>, errors: &mut Errors) -> Result<ColumnKind, Reported> {
    let time = bound.flag("time", errors);
    float_spec(bound, time, errors).map(ColumnKind::Float)
}

/// Resolves the range, the transform and the missing values of numbers.
pub(super) fn float_spec(bound: &Bound<'_>, time: bool, errors: &mut Errors) -> Result<FloatSpec, Reported> {
    let clip = read_clip(bound, errors)?;
    let transform = bound.word_or("transform", &TRANSFORMS, Transform::Raw, errors);
    let missing = missing_float(bound, errors)?;
    if transform == Transform::Log1p {
        check_log(bound, clip, missing, errors)?;
    }
    Ok(FloatSpec { clip, transform, missing, time, dates: None })
}

/// `log1p` needs non-negative numbers. This checks the numbers of the spec; those of the data are checked
/// when they are read.
fn check_log(
    bound: &Bound<'_>,
    clip: (Option<f64>, Option<f64>),
    missing: MissingFloat,
    errors: &mut Errors,
) -> Result<(), Reported> {
    let refused = |name: &str, what: &str, label: &str, errors: &mut Errors| {
        let span = bound.get(name).map_or(bound.span, |value| value.span);
        let message = format!("{what} is below 0, and `log1p` is not defined there");
        Err(errors.push(
            Diagnostic::new("E0208", span, message)
                .label(label)
                .help("write a number from 0 on, or another `transform`"),
        ))
    };
    if clip.1.is_some_and(|most| most < 0.0) {
        return refused("clip", "the largest number", "every number would be refused", errors);
    }
    match missing {
        MissingFloat::Value(number) if number.max(clip.0.unwrap_or(number)) < 0.0 => refused(
            "missing",
            "the substitute for missing numbers",
            "every missing number would be refused",
            errors,
        ),
        _ => Ok(()),
    }
}

/// `clip = [low, high]`; `-inf` and `inf` mean no bound.
fn read_clip(bound: &Bound<'_>, errors: &mut Errors) -> Result<(Option<f64>, Option<f64>), Reported> {
    let Some(value) = bound.get("clip") else { return Ok((None, None)) };
    let infinite = |expr: &Expr| matches!(&expr.kind, ExprKind::Name(word) if word == "inf");
    if let ExprKind::List(ends) = &value.kind
        && let [low, high] = ends.as_slice()
    {
        let open = matches!(&low.kind, ExprKind::Negate(inner) if infinite(inner));
        let low = if open { Some(None) } else { number(low).map(Some) };
        let high = if infinite(high) { Some(None) } else { number(high).map(Some) };
        if let (Some(low), Some(high)) = (low, high)
            && low.is_none_or(|low| high.is_none_or(|high| low <= high))
        {
            return Ok((low, high));
        }
    }
    Err(bound.wrong("clip", value, "the smallest and the largest number, such as `[0, inf]`", errors))
}

fn missing_float(bound: &Bound<'_>, errors: &mut Errors) -> Result<MissingFloat, Reported> {
    Ok(match bound.get("missing") {
        None => MissingFloat::Error,
        Some(value) => match number(value) {
            Some(number) => MissingFloat::Value(scalar(number, value.span, errors)?),
            None => bound.word("missing", &MISSING, errors)?,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::{MISSING, TRANSFORMS};
    use crate::arguments::{assert_all, assert_all_besides};

    #[test]
    fn every_transform_and_policy_has_a_word() {
        assert_all(&TRANSFORMS);
        assert_all_besides(&MISSING, &["Value"]);
    }
}
