//! `stop = ...` of `train`: early stopping.

use turret_schema::StopSpec;

use super::metric::read_metric;
use crate::arguments::{Bound, Param};
use crate::ast::Expr;
use crate::diag::{Diagnostic, Errors, Reported};
use crate::forms::{Form, listed, read};
use crate::model::{Metric, Model, SplitSpec};
use crate::span::Span;

/// Forms of early stopping.
const STOPS: [Form<StopSpec, Model>; 1] = [Form {
    word: "patience",
    example: "patience(ndcg(10), 3)",
    params: &[Param::required("metric"), Param::required("evaluations")],
    read: |bound, model, errors| {
        let metric = watched(bound, model, errors);
        let evaluations = bound.size("evaluations", 1..=1_000_000, errors);
        Ok(StopSpec::patience(metric?, evaluations?))
    },
}];

/// Resolves early stopping, after the metrics.
pub(super) fn resolve_stop(bound: &Bound<'_>, value: &Expr, model: &mut Model, errors: &mut Errors) {
    let stop = read(&STOPS, value, model, errors)
        .unwrap_or_else(|| Err(bound.wrong("stop", value, &listed(&STOPS), errors)));
    let Ok(stop) = stop else { return };
    if !model.data.split.has_validation() {
        errors.push(
            Diagnostic::new("E0426", value.span, "early stopping needs a validation part of the split")
                .label("no rows to choose by: test rows only measure what was chosen")
                .help(validated(&model.data.split)),
        );
    }
    model.train.stop = Some(stop);
}

/// The metric to stop by, which evaluation must measure.
fn watched(bound: &Bound<'_>, model: &mut Model, errors: &mut Errors) -> Result<Metric, Reported> {
    let value = bound.required("metric", errors)?;
    let metric = match read_metric(value, model, errors)?[..] {
        [metric] => metric,
        _ => return Err(bound.wrong("metric", value, "one metric, such as `ndcg(10)`", errors)),
    };
    if !metric.can_choose() {
        return Err(errors.push(irrelevant(value.span, metric, model)));
    }
    if model.metrics.contains(&metric) {
        return Ok(metric);
    }
    Err(errors.push(unmeasured(value.span, model)))
}

fn unmeasured(span: Span, model: &Model) -> Diagnostic {
    Diagnostic::new("E0425", span, "`metrics` lacks this metric")
        .label("evaluation does not measure it")
        .help(match known(model) {
            None => "list it: `metrics { ndcg(10) }`".to_owned(),
            Some(known) => format!("add it to `metrics`, or stop by one of {known}"),
        })
}

/// Reports a metric of lists, which do not know what is relevant.
fn irrelevant(span: Span, metric: Metric, model: &Model) -> Diagnostic {
    Diagnostic::new("E0425", span, format!("`{}` does not measure what is relevant", metric.word()))
        .label("lists of irrelevant items can have the best value")
        .help(match known(model) {
            None => "list a metric of ranks, and stop by it: `metrics { ndcg(10) }`".to_owned(),
            Some(known) => format!("stop by one of {known}"),
        })
}

/// Metrics that training can stop by, as they are written.
fn known(model: &Model) -> Option<String> {
    let written = model.choosing_metrics().map(|metric| format!("`{}`", model.written_metric(metric)));
    written.reduce(|list, metric| format!("{list}, {metric}"))
}

/// Remedy for a split without a validation part.
pub(crate) fn validated(split: &SplitSpec) -> &'static str {
    match split {
        SplitSpec::None | SplitSpec::Random { .. } => {
            "write `split = random(validate = 0.1, test = 0.1)` in `data`"
        }
        SplitSpec::ByTime { .. } => "write `validate = 0.1` in `by_time`",
        SplitSpec::LeaveLastOut { .. } => "write the flag `validate` in `leave_last_out`",
        SplitSpec::Given { .. } => "name a file of validation rows in `given`: `validate = \"valid.csv\"`",
    }
}
