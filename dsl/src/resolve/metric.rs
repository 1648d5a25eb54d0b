//! A metric: its word, its cut-offs, its group, and the tasks that it measures.

use super::metrics::{METRICS, group};
use crate::arguments::{Param, Rest, bind, describe, whole};
use crate::ast::{Call, Expr, ExprKind};
use crate::diag::{Diagnostic, Errors, Reported};
use crate::model::{Loss, Metric, MetricForm, Model, Prediction};
use crate::words;

/// Reads a metric: one for each of several cut-offs, or for each of several tasks.
pub(super) fn read_metric(
    value: &Expr,
    model: &mut Model,
    errors: &mut Errors,
) -> Result<Vec<Metric>, Reported> {
    if value.kind == ExprKind::Invalid {
        return Err(errors.unreadable(value.span));
    }
    let (named, of) = match &value.kind {
        ExprKind::Index(named, of) => (&**named, Some(&**of)),
        _ => (value, None),
    };
    let (word, call) = word_and_call(named);
    let forms = || Metric::WORDS.into_iter().filter(|(name, _)| *name == word).map(|(_, form)| form);
    let is_ranked = |form: &MetricForm| matches!(form, MetricForm::Ranked(_));
    let has_cutoffs = call.is_some_and(|call| {
        call.arguments.iter().any(|argument| argument.name.as_ref().is_none_or(|name| name.text == "k"))
    });
    let form = forms().find(|form| is_ranked(form) == has_cutoffs).or_else(|| forms().next());
    match (form, call) {
        (Some(MetricForm::Labelled(metric)), None) => of_tasks(value, word, of, metric, model, errors),
        (Some(MetricForm::Grouped(metric)), call) => {
            let group = group_of_metric(word, value, call, model, errors)?;
            of_tasks(value, word, of, |task| metric(task, group), model, errors)
        }
        (Some(MetricForm::Ranked(metric)), Some(call)) if has_cutoffs && of.is_none() => {
            cutoffs(call, metric, errors)
        }
        (Some(MetricForm::Labelled(_) | MetricForm::Ranked(_)) | None, _) => {
            Err(errors.push(not_a_metric(value, word)))
        }
    }
}

/// Word of a metric, with its arguments if there are any.
fn word_and_call(value: &Expr) -> (&str, Option<&Call>) {
    match &value.kind {
        ExprKind::Name(word) => (word.as_str(), None),
        ExprKind::Call(call) => (call.function.text.as_str(), Some(call)),
        _ => ("", None),
    }
}

/// The metric of the task in brackets, or of every task whose predictions it measures.
fn of_tasks(
    value: &Expr,
    word: &str,
    of: Option<&Expr>,
    metric: impl Fn(usize) -> Metric,
    model: &Model,
    errors: &mut Errors,
) -> Result<Vec<Metric>, Reported> {
    // A missing objective was already reported.
    if model.tasks.is_empty() {
        return Ok(Vec::new());
    }
    let tasks: Vec<(&str, Prediction, bool)> = model
        .labelled()
        .map(|(task, labelled)| {
            let is_scored = task.terms.first().is_some_and(|(_, loss)| loss.label().is_some());
            (task.name.as_str(), labelled.prediction, is_scored)
        })
        .collect();
    let measures = |task: &usize| {
        let (_, prediction, is_scored) = tasks[*task];
        is_scored && metric(*task).of_labels().is_some_and(|(metric, _)| metric.measures(prediction))
    };
    if let Some(of) = of {
        let name = if let ExprKind::Name(name) = &of.kind { name.as_str() } else { "" };
        let Some(task) = tasks.iter().position(|(task, ..)| *task == name && !name.is_empty()) else {
            return Err(errors.push(unknown_task(of, name, model)));
        };
        return match measures(&task) {
            true => Ok(vec![metric(task)]),
            false => Err(errors.push(
                Diagnostic::new("E0408", value.span, format!("`{word}` does not measure the task `{name}`"))
                    .label(format!("the task predicts {}", predicted(tasks[task].1)))
                    .help(measured_by(tasks[task].1)),
            )),
        };
    }
    let found: Vec<Metric> = (0..tasks.len()).filter(measures).map(&metric).collect();
    if !found.is_empty() {
        return Ok(found);
    }
    let diagnostic = match tasks.iter().find(|(.., is_scored)| *is_scored) {
        Some(&(_, prediction, _)) => Diagnostic::new(
            "E0408",
            value.span,
            format!("`{word}` does not measure what this model predicts"),
        )
        .label(format!("the model predicts {}", predicted(prediction)))
        .help(measured_by(prediction)),
        None => Diagnostic::new("E0408", value.span, format!("`{word}` needs an objective with a label"))
            .label("it compares scores with labels")
            .help(match tasks.is_empty() {
                false => "evaluation uses the first term of the objective: write the term with a label first",
                true => "use `hit_rate(1, 10, 100)`, or the objective `bce(score, label)`",
            }),
    };
    Err(errors.push(diagnostic))
}

/// A prediction in words.
fn predicted(prediction: Prediction) -> &'static str {
    match prediction {
        Prediction::Probability => "a probability",
        Prediction::Number => "a number",
        Prediction::Count => "a count",
        Prediction::Classes(_) => "classes",
        Prediction::Levels(_) => "ordered levels",
    }
}

/// Lists the metrics of a prediction.
fn measured_by(prediction: Prediction) -> String {
    let measures = |form: MetricForm| {
        let metric = match form {
            MetricForm::Labelled(metric) => metric(0),
            MetricForm::Grouped(metric) => metric(0, 0),
            MetricForm::Ranked(_) => return false,
        };
        metric.of_labels().is_some_and(|(metric, _)| metric.measures(prediction))
    };
    let words = Metric::WORDS.into_iter().filter(|(_, form)| measures(*form));
    let words: Vec<String> = words.map(|(word, _)| format!("`{word}`")).collect();
    format!("metrics of {} are {}", predicted(prediction), words.join(", "))
}

fn unknown_task(of: &Expr, name: &str, model: &Model) -> Diagnostic {
    let known = || model.labelled().map(|(task, _)| task.name.as_str()).filter(|name| !name.is_empty());
    let help = match known().next() {
        None => "name the tasks of the objective: `objective { click: bce(ctr, clicked) }`".to_owned(),
        Some(_) => {
            let names: Vec<String> = known().map(|name| format!("`{name}`")).collect();
            format!("one of {}", names.join(", "))
        }
    };
    Diagnostic::new("E0105", of.span, "this is not a task with a label").label(describe(of)).suggest(
        name,
        known(),
        help,
    )
}

/// Reports a metric of ranks in a model that ranks no candidates.
pub(super) fn not_ranked(value: &Expr, word: &str, model: &Model) -> Diagnostic {
    Diagnostic::new("E0408", value.span, format!("`{word}` needs a retrieval objective"))
        .label("it ranks the candidates of a catalog")
        .help(match model.losses().any(Loss::ranks_candidates) {
            true => "evaluation uses the first term of the objective: write the term that ranks candidates first",
            false => "use `in_batch_softmax(query, candidate)` or another objective with negatives, or the metrics `auc` and `logloss`",
        })
}

fn not_a_metric(value: &Expr, word: &str) -> Diagnostic {
    let (metric, cutoff) = with_cutoff(word);
    let word = if words::remedy(word, &METRICS).is_some() { word } else { metric };
    let diagnostic = Diagnostic::new("E0110", value.span, "this is not a metric").label(describe(value));
    match cutoff.filter(|_| METRICS.contains(&metric)) {
        Some(cutoff) => diagnostic.help(format!("a cut-off is an argument: `{metric}({cutoff})`")),
        None => diagnostic.suggest_word(word, METRICS, one_of_all()),
    }
}

/// All metrics, as they are written.
fn one_of_all() -> String {
    let written = Metric::WORDS.map(|(word, form)| match form {
        MetricForm::Labelled(_) | MetricForm::Grouped(_) => format!("`{word}`"),
        MetricForm::Ranked(_) => format!("`{word}(10)`"),
    });
    format!("one of {}; several cut-offs are `hit_rate(1, 10, 100)`", written.join(", "))
}

/// Splits `ndcg10`, `ndcg_10` and `ndcg_at_10` into metric and cut-off.
fn with_cutoff(word: &str) -> (&str, Option<&str>) {
    let metric = word.trim_end_matches(|c: char| c.is_ascii_digit());
    let cutoff = &word[metric.len()..];
    if cutoff.is_empty() {
        return (word, None);
    }
    let metric = metric.trim_end_matches('_');
    (metric.strip_suffix("_at").unwrap_or(metric), Some(cutoff))
}

/// A metric for each cut-off.
fn cutoffs(call: &Call, metric: fn(usize) -> Metric, errors: &mut Errors) -> Result<Vec<Metric>, Reported> {
    let mut metrics = Ok(Vec::new());
    for argument in &call.arguments {
        let cutoff = match argument.name.as_ref().filter(|name| name.text != "k") {
            None => whole("k", &argument.value, 1..=(1 << 31), errors),
            Some(name) => Err(errors.push(
                Diagnostic::new("E0201", name.span, format!("`{}` has no argument `{}`", call.function.text, name.text))
                    .label("cut-offs have no name")
                    .help("write `hit_rate(10, 50)`; `user`, `query`, `candidates` and `exclude_seen` are settings of `metrics`"),
            )),
        };
        match (cutoff, &mut metrics) {
            (Ok(k), Ok(metrics)) => metrics.push(metric(k as usize)),
            (Ok(_), Err(_)) => {}
            (Err(reported), metrics) => *metrics = Err(reported),
        }
    }
    metrics
}

/// Group of `gauc(by = field)`, or of `gauc` by the field of `user`.
fn group_of_metric(
    word: &str,
    value: &Expr,
    call: Option<&Call>,
    model: &mut Model,
    errors: &mut Errors,
) -> Result<usize, Reported> {
    let arguments = call.map_or(&[][..], |call| &call.arguments);
    let bound =
        bind(&format!("`{word}`"), value.span, arguments, &[Param::optional("by")], Rest::Refused, errors)?;
    match (bound.get("by"), model.protocol.user) {
        (Some(_), _) => group(&bound, "by", model, errors),
        (None, Some(user)) => Ok(user),
        (None, None) => Err(errors.push(
            Diagnostic::new("E0414", value.span, format!("`{word}` needs the user of a row"))
                .label("whose rows?")
                .help(format!("write `{word}(by = user_id)`")),
        )),
    }
}
