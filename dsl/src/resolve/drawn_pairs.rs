//! Arguments of losses that compare a record with candidates sampled for it: `weighting`, `calibration`, `hardest`.

use crate::arguments::Bound;
use crate::ast::Expr;
use crate::diag::{Diagnostic, Errors, Reported};
use crate::losses::Rule;
use crate::model::{NegativeSource, Sampler};
use crate::span::Span;

/// Weightings by keyword: true if each sampled candidate weighs as much as the positive, false if all of a record do together.
const WEIGHTINGS: [(&str, bool); 2] = [("mean", false), ("sum", true)];

/// Chooses the function of a loss. Returns also its calibration, which is its last setting.
pub(super) fn function(
    rule: &'static Rule,
    bound: &Bound<'_>,
    errors: &mut Errors,
) -> Result<(&'static str, Option<f64>), Reported> {
    match (bound.get("weighting"), bound.get("calibration"), rule.calibrated) {
        (Some(weighting), Some(calibration), _) => Err(excluded(
            "`weighting` cannot be used with `calibration`",
            weighting.span,
            (
                "a calibrated loss has a weighting of its own",
                "each sampled candidate weighs as much as a positive before it is calibrated",
            ),
            calibration.span,
            errors,
        )),
        (None, Some(_), Some(calibrated)) => {
            let calibration = bound.number("calibration", 0.0..=1.0, errors)?;
            Ok((calibrated, Some(calibration)))
        }
        (Some(_), None, _) => match (bound.word("weighting", &WEIGHTINGS, errors)?, rule.summed) {
            (true, Some(summed)) => Ok((summed, None)),
            (true, None) | (false, _) => Ok((rule.function, None)),
        },
        (None, _, _) => Ok((rule.function, None)),
    }
}

/// `hardest = 4`: the number of sampled candidates that count, with the scores that are hardest to tell from the positive.
pub(super) fn hardest(
    bound: &Bound<'_>,
    source: NegativeSource,
    errors: &mut Errors,
) -> Result<Option<usize>, Reported> {
    let Some(hardest) = bound.get("hardest") else { return Ok(None) };
    match (source, bound.get("negatives")) {
        (NegativeSource::Sampled { count, .. }, _) => {
            bound.count("hardest", 1..=count as u64, errors).map(|hardest| Some(hardest as usize))
        }
        (NegativeSource::Listed | NegativeSource::All, negatives) => Err(excluded(
            "`hardest` cannot be used with given negatives",
            hardest.span,
            ("it selects among sampled candidates", "these negatives are not sampled"),
            negatives.map_or(bound.span, |negatives| negatives.span),
            errors,
        )),
    }
}

/// Reports arguments that contradict a calibration, which assumes that all candidates are sampled at one rate.
pub(super) fn check_calibration(
    bound: &Bound<'_>,
    source: NegativeSource,
    errors: &mut Errors,
) -> Result<(), Reported> {
    let Some(calibration) = bound.get("calibration") else { return Ok(()) };
    let mut refuse = |other: &str, argument: Option<&Expr>| {
        let message = format!("`calibration` cannot be used with {other}");
        let notes = (
            "it assumes that all candidates are sampled at one rate",
            "some are negatives more often than others",
        );
        let place = argument.map_or(bound.span, |argument| argument.span);
        Err(excluded(message, calibration.span, notes, place, errors))
    };
    match source {
        NegativeSource::Listed | NegativeSource::All => refuse("given negatives", bound.get("negatives")),
        NegativeSource::Sampled { sampler: Sampler::Uniform, .. } => match bound.get("hardest") {
            Some(hardest) => refuse("`hardest`", Some(hardest)),
            None => Ok(()),
        },
        NegativeSource::Sampled { .. } => refuse("this sampler", bound.get("sampler")),
    }
}

/// Reports an argument that another one excludes. `notes` are the label of the argument and the note of the other.
fn excluded(
    message: impl Into<String>,
    place: Span,
    notes: (&str, &str),
    other: Span,
    errors: &mut Errors,
) -> Reported {
    errors.push(
        Diagnostic::new("E0208", place, message)
            .label(notes.0)
            .note(other, notes.1)
            .help("remove one of them"),
    )
}
