//! The `metrics` block: metrics and protocol.

use super::Names;
use super::data::{field_name, use_field};
use super::metric::{not_ranked, read_metric};
use super::slices::resolve_slices;
use crate::arguments::{Bound, Param, bind_entries, words_of};
use crate::ast::{Entry, Expr, ExprKind, Settings};
use crate::diag::{Diagnostic, Errors, Reported};
use crate::forms::{Form, listed, read};
use crate::model::{Candidates, Metric, Model, Query, SourceId};

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

const PROTOCOL: [Param; 5] = [
    Param::named("user"),
    Param::named("query"),
    Param::named("candidates"),
    Param::named("exclude_seen"),
    Param::named("slices"),
];

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
    resolve_slices(&bound, catalog, model, names, errors);
    for entry in &metrics {
        resolve_metric(&entry.value, catalog, model, errors);
    }
    check_slices(&bound, model, errors);
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

/// Reports slices without a metric to measure within them.
fn check_slices(bound: &Bound<'_>, model: &Model, errors: &mut Errors) {
    let Some(slices) = bound.get("slices").filter(|_| model.metrics.is_empty() && errors.is_empty()) else {
        return;
    };
    errors.push(
        Diagnostic::new("E0507", slices.span, "there is no metric to measure within slices")
            .label("nothing reads it")
            .help("add a metric such as `auc` or `hit_rate(10)`, or remove it"),
    );
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
pub(super) fn group(
    bound: &Bound<'_>,
    name: &str,
    model: &mut Model,
    errors: &mut Errors,
) -> Result<usize, Reported> {
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
    if let Some(metric) = metrics.iter().find(|metric| !metric.is_of_labels())
        && model.ranking().is_none()
        && !model.tasks.is_empty()
    {
        errors.push(not_ranked(value, metric.word(), model));
        return;
    }
    if metrics.iter().any(|metric| !metric.is_of_labels()) && model.ranking().is_some() && !catalog {
        errors.push(
            Diagnostic::new("E0409", value.span, format!("`{}` needs a catalog", metrics[0].word()))
                .label("which candidates?")
                .help("add `catalog { source = ..., key = ... }`"),
        );
        return;
    }
    if metrics.iter().any(|metric| metric.of_lists().is_some())
        && let Candidates::Sampled { .. } = model.protocol.candidates
    {
        let message = format!("`{}` is not measured with sampled candidates", metrics[0].word());
        errors.push(
            Diagnostic::new("E0208", value.span, message)
                .label("a list from a sample is no list that a user gets")
                .help("write `candidates = all`, or remove the metric"),
        );
        return;
    }
    let mut new = false;
    for metric in metrics {
        if !model.metrics.contains(&metric) {
            model.metrics.push(metric);
            new = true;
        }
    }
    if !new {
        errors.push(Diagnostic::new("E0104", value.span, "this metric is listed twice").help("remove it"));
    }
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
