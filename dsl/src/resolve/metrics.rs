//! The `metrics` block: metrics and protocol.

use super::Names;
use super::data::{field_name, use_field};
use crate::arguments::{Bound, Param, Rest, bind, bind_entries, describe, whole, words_of};
use crate::ast::{Call, Entry, Expr, ExprKind, Settings};
use crate::diag::{Diagnostic, Errors, Reported};
use crate::forms::{Form, listed, read};
use crate::model::{Candidates, Metric, MetricForm, Model, Query, SourceId};
use crate::words;

/// Names of all metrics.
pub const METRICS: [&str; Metric::WORDS.len()] = words_of(&Metric::WORDS);

/// Kinds of queries by keyword.
const QUERIES: [(&str, Query); 2] = [("row", Query::Row), ("user", Query::User)];

/// The candidates of a query.
pub(super) const CANDIDATES: [Form<Candidates>; 2] = [
    Form { word: "all", example: "all", params: &[], read: |_, (), _| Ok(Candidates::All) },
    Form {
        word: "sampled",
        example: "sampled(100, seed = 42)",
        params: &[Param::required("count"), Param::named("seed")],
        read: |bound, (), errors| {
            let count = bound.count("count", 1..=(1 << 31), errors)? as usize;
            Ok(Candidates::Sampled { count, seed: bound.count_or("seed", 0..=(1 << 53), 42, errors) })
        },
    },
];

const PROTOCOL: [Param; 4] =
    [Param::named("user"), Param::named("query"), Param::named("candidates"), Param::named("exclude_seen")];

/// Resolves the block and checks it against the objective.
pub(super) fn resolve_metrics(
    settings: &Settings,
    catalog: bool,
    model: &mut Model,
    names: &Names,
    errors: &mut Errors,
) {
    let is_flag = |value: &Expr| matches!(&value.kind, ExprKind::Name(word) if word == "exclude_seen");
    let (protocol, metrics): (Vec<Entry>, Vec<Entry>) =
        settings.entries.iter().cloned().partition(|entry| entry.name.is_some() || is_flag(&entry.value));
    let bound = bind_entries("`metrics`", settings.span, &protocol, &PROTOCOL, errors);
    resolve_protocol(&bound, model, names, errors);
    for entry in &metrics {
        resolve_metric(&entry.value, catalog, model, errors);
    }
    let ranks = model.metrics.iter().any(|metric| !metric.is_of_labels());
    let unused = ["query", "candidates", "exclude_seen"].iter().find_map(|name| bound.get(name));
    if let Some(setting) = unused.filter(|_| !ranks && errors.is_empty()) {
        errors.push(
            Diagnostic::new(
                "E0507",
                setting.span,
                "this is a setting of metrics of retrieval, but there is no such metric",
            )
            .label("nothing reads it")
            .help("add a metric such as `hit_rate(10)`, or remove it"),
        );
    }
}

fn resolve_protocol(bound: &Bound<'_>, model: &mut Model, names: &Names, errors: &mut Errors) {
    model.protocol.user = match (bound.get("user"), model.data.timeline.clone()) {
        (None, Some(timeline)) => Some(group_of(&timeline.user, model)),
        (None, None) => None,
        (Some(_), _) => group(bound, "user", model, errors).ok(),
    };
    model.protocol.query = bound.word_or("query", &QUERIES, Query::Row, errors);
    model.protocol.exclude_seen = bound.flag("exclude_seen", errors);
    model.protocol.candidates = match bound.get("candidates") {
        None => Candidates::All,
        Some(value) => read(&CANDIDATES, value, &mut (), errors)
            .unwrap_or_else(|| Err(bound.wrong("candidates", value, &listed(&CANDIDATES), errors)))
            .unwrap_or_default(),
    };
    let needs = if model.protocol.exclude_seen { "exclude_seen" } else { "query" };
    if let Some(setting) = bound.get(needs)
        && (model.protocol.exclude_seen || model.protocol.query == Query::User)
        && bound.get("user").is_none()
        && model.data.timeline.is_none()
        && !names.wrong_source
    {
        errors.push(
            Diagnostic::new("E0414", setting.span, format!("`{needs}` needs the user of a row"))
                .label("whose rows?")
                .help("name the field: `user = user_id`"),
        );
    }
}

/// Index of the group of a field of the main source.
fn group(bound: &Bound<'_>, name: &str, model: &mut Model, errors: &mut Errors) -> Result<usize, Reported> {
    let field = field_name(bound, name, errors)?;
    if !model.data.sources.is_empty() {
        let place = bound.required(name, errors)?.span;
        use_field(model, SourceId(0), &field, place, "a metric groups rows by it", errors)?;
    }
    Ok(group_of(&field, model))
}

/// Index of the group of rows with one key in a field, which is added if it is new.
pub(super) fn group_of(field: &str, model: &mut Model) -> usize {
    let groups = &mut model.data.groups;
    groups.iter().position(|group| group == field).unwrap_or_else(|| {
        groups.push(field.to_owned().into());
        groups.len() - 1
    })
}

fn resolve_metric(value: &Expr, catalog: bool, model: &mut Model, errors: &mut Errors) {
    let Ok(metrics) = read_metric(value, model, errors) else { return };
    check_objective(word_and_call(value).0, &metrics, value, catalog, model, errors);
    for metric in metrics {
        if model.metrics.contains(&metric) {
            errors
                .push(Diagnostic::new("E0104", value.span, "this metric is listed twice").help("remove it"));
        } else {
            model.metrics.push(metric);
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

/// Reads a metric, or one for each of several cut-offs.
pub(super) fn read_metric(
    value: &Expr,
    model: &mut Model,
    errors: &mut Errors,
) -> Result<Vec<Metric>, Reported> {
    if value.kind == ExprKind::Invalid {
        return Err(errors.unreadable(value.span));
    }
    let (word, call) = word_and_call(value);
    let form = Metric::WORDS.into_iter().find(|(name, _)| *name == word).map(|(_, form)| form);
    match (form, call) {
        (Some(MetricForm::Plain(metric)), None) => Ok(vec![metric]),
        (Some(MetricForm::Grouped(metric)), call) => {
            Ok(vec![metric(group_of_metric(word, value, call, model, errors)?)])
        }
        (Some(MetricForm::Ranked(metric)), Some(call)) if !call.arguments.is_empty() => {
            cutoffs(call, metric, errors)
        }
        (Some(MetricForm::Plain(_) | MetricForm::Ranked(_)) | None, _) => {
            Err(errors.push(not_a_metric(value, word)))
        }
    }
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
        MetricForm::Plain(_) | MetricForm::Grouped(_) => format!("`{word}`"),
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
                Diagnostic::new("E0201", name.span, format!("a metric of ranks has no argument `{}`", name.text))
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

/// Checks that metrics of labels have an objective with labels, and that ranking metrics have an objective
/// that compares towers and a catalog.
fn check_objective(
    word: &str,
    metrics: &[Metric],
    value: &Expr,
    catalog: bool,
    model: &Model,
    errors: &mut Errors,
) {
    // A missing objective was already reported.
    let (Some((_, loss)), Some(metric)) = (model.objective.first(), metrics.first()) else { return };
    let retrieval = loss.ranks_candidates();
    let diagnostic = if metric.is_of_labels() {
        if !retrieval {
            return;
        }
        Diagnostic::new("E0408", value.span, format!("`{word}` needs an objective with a label"))
            .label("it compares scores with labels")
            .help(match model.objective.iter().any(|(_, loss)| loss.label().is_some()) {
                true => "evaluation uses the first term of the objective: write the term with a label first",
                false => "use `hit_rate(1, 10, 100)`, or the objective `bce(score, label)`",
            })
    } else if !retrieval {
        Diagnostic::new("E0408", value.span, format!("`{word}` needs a retrieval objective"))
            .label("it ranks the candidates of a catalog")
            .help(match model.objective.iter().any(|(_, loss)| loss.ranks_candidates()) {
                true => "evaluation uses the first term of the objective: write the term that ranks candidates first",
                false => "use `in_batch_softmax(query, candidate)` or another objective with negatives, or the metrics `auc` and `logloss`",
            })
    } else if !catalog {
        Diagnostic::new("E0409", value.span, format!("`{word}` needs a catalog"))
            .label("which candidates?")
            .help("add `catalog { source = ..., key = ... }`")
    } else {
        return;
    };
    errors.push(diagnostic);
}

#[cfg(test)]
mod tests {
    use super::{CANDIDATES, QUERIES};
    use crate::Compiler;
    use crate::arguments::assert_all;
    use crate::forms;

    #[test]
    fn every_kind_of_query_has_a_word() {
        assert_all(&QUERIES);
    }

    #[test]
    fn all_candidates_have_a_form() {
        forms::assert_all(&CANDIDATES, &[], |example| {
            let text = format!(
                "model M {{ data {{ items = csv(\"items.csv\") }} catalog {{ source = items, key = id }}
                input {{ id: id, like: id }} embedding item {{ dim = 2 }}
                tower a {{ item[like] }} tower b {{ item[id] }} objective in_batch_softmax(a, b)
                metrics {{ recall(1), candidates = {example} }} }}"
            );
            Compiler::new("m.dm", &text).plan().unwrap().model.protocol.candidates
        });
    }
}
