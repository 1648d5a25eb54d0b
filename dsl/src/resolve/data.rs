//! The `data` and `catalog` blocks: sources, joins, splits, candidates.

use turret_schema::STANDARD_INPUT;

use super::Names;
use super::distinct::KEEP_ROWS;
use super::explode::{exploded, resolve_explode};
use super::history::{check_split, resolve_log};
use super::sources::{SOURCES, resolve_source};
use super::splits::resolve_split;
use crate::arguments::{Bound, Param, Rest, bind, bind_entries, word};
use crate::ast::{Entry, Expr, ExprKind, Settings};
use crate::diag::{Diagnostic, Errors, Reported};
use crate::forms::words;
use crate::model::{CatalogSpec, FieldUse, JoinSpec, Model, OnError, SourceId};
use crate::span::Span;
use crate::written::written;

/// Policies for rejected values by keyword.
pub(super) const POLICIES: [(&str, OnError); 3] =
    [("stop", OnError::Stop), ("skip", OnError::Skip), ("substitute", OnError::Substitute)];

/// Calls that are entries of `data`.
const CALLS: [&str; 5] = ["join", "explode", "filter", "distinct", "history"];

/// Resolves the `data` block.
pub(super) fn resolve_data(settings: &Settings, model: &mut Model, names: &mut Names, errors: &mut Errors) {
    for entry in &settings.entries {
        let source = entry.name.as_ref().and_then(|name| resolve_source(name, &entry.value, model, errors));
        match (&entry.name, &entry.value.kind) {
            (Some(_), _) if let Some(source) = source => names.wrong_source |= source.is_err(),
            (Some(name), _) if name.text == "split" => {}
            (Some(name), _) if name.text == "on_error" => {
                if let Ok(policy) = word("on_error", &entry.value, &POLICIES, errors) {
                    model.data.on_error = policy;
                }
            }
            (None, ExprKind::Call(call)) if CALLS.contains(&call.function.text.as_str()) => {}
            (_, value) => {
                let word = match (value, &entry.name) {
                    (ExprKind::Call(call), _) => call.function.text.as_str(),
                    (ExprKind::Name(word), None) => word.as_str(),
                    (_, Some(name)) => name.text.as_str(),
                    _ => "",
                };
                names.wrong_source = true;
                errors.push(
                    Diagnostic::new("E0401", entry.value.span, "this is not an entry of `data`").suggest_word(
                        word,
                        words(&SOURCES).into_iter().chain(CALLS).chain(["split", "on_error"]),
                        "it holds sources (`ratings = tsv(\"u.data\", columns = [...])`), `join(source, on = field)`, `explode(...)`, `filter(...)`, `distinct(...)`, `history(...)`, `split = ...` and `on_error = ...`",
                    ),
                );
            }
        }
    }
    if names.wrong_source {
        return;
    }
    if model.data.sources.is_empty() {
        errors.push(
            Diagnostic::new("E0402", settings.span, "`data` names no source")
                .help("write one, such as `ratings = tsv(\"u.data\", columns = [user_id, movie_id])`"),
        );
        return;
    }
    let before = errors.len();
    resolve_explode(&settings.entries, model, errors);
    if errors.len() > before {
        names.wrong_source = true;
        return;
    }
    resolve_log(&settings.entries, model, errors);
    for entry in &settings.entries {
        resolve_join_or_split(entry, model, errors);
    }
    if errors.len() > before {
        return;
    }
    check_standard_input(model, errors);
    for (source, span) in model.data.sources.iter().zip(&model.source_spans).skip(1) {
        if !model.data.joins.iter().any(|join| join.source == source.name) {
            errors.push(
                Diagnostic::new("E0403", *span, format!("the source `{}` is never joined", source.name))
                    .label("no record is joined with its rows")
                    .help(format!("add `join({}, on = ...)`, or remove it", source.name)),
            );
        }
    }
}

/// Reports a second path that is standard input, which has the rows of one file.
fn check_standard_input(model: &Model, errors: &mut Errors) {
    let sources = (0..model.data.sources.len()).flat_map(|source| {
        let inputs = model.data.paths(source).into_iter().filter(|&path| path == STANDARD_INPUT);
        inputs.map(move |_| source)
    });
    let sources: Vec<usize> = sources.collect();
    let [first, second, ..] = sources[..] else { return };
    let name = &model.data.sources[second].name;
    let diagnostic = Diagnostic::new("E0424", model.source_spans[second], "standard input is read twice");
    errors.push(
        match first == second {
            true => diagnostic.label(format!("two paths of `{name}` are `-`")),
            false => diagnostic
                .label(format!("`{name}` reads standard input"))
                .note(model.source_spans[first], "and so does this source"),
        }
        .help("standard input has the rows of one file; name a file for the other, and a file called `-` by `./-`"),
    );
}

fn resolve_join_or_split(entry: &Entry, model: &mut Model, errors: &mut Errors) {
    match (&entry.name, &entry.value.kind) {
        (Some(name), _) if name.text == "split" => {
            if let Ok(split) = resolve_split(&entry.value, model, errors) {
                check_split(model, &split, &entry.value, errors);
                model.data.split = split;
            }
        }
        (None, ExprKind::Call(call)) if call.function.text == "join" => {
            let params =
                [Param::required("source"), Param::required("on"), Param::named("key"), Param::named("keep")];
            let Ok(bound) = bind("`join`", entry.value.span, &call.arguments, &params, Rest::Refused, errors)
            else {
                return;
            };
            let (Some(source), Ok(left)) = (bound.get("source"), field_name(&bound, "on", errors)) else {
                return;
            };
            let right =
                if bound.get("key").is_some() { field_name(&bound, "key", errors) } else { Ok(left.clone()) };
            let Ok(right) = right else { return };
            let Ok(id) = find_source(model, source, errors) else { return };
            if id == SourceId(0) {
                errors.push(
                    Diagnostic::new(
                        "E0404",
                        source.span,
                        "the first source cannot be joined: others are joined to it",
                    )
                    .label("this is the first source")
                    .help("name another source here"),
                );
                return;
            }
            let name = model.data.sources[id.0].name.clone();
            if model.data.joins.iter().any(|join| join.source == name) {
                let message = format!("the source `{name}` is joined twice");
                errors.push(Diagnostic::new("E0104", source.span, message).help("remove one of the joins"));
                return;
            }
            let (on, key) = (bound.get("on").unwrap_or(source), bound.get("key"));
            let role = "rows are joined by it";
            let found = use_field(model, SourceId(0), &left, on.span, role, errors);
            let place = key.unwrap_or(on).span;
            if found.is_ok() || key.is_some() {
                let _ = use_field(model, id, &right, place, role, errors);
            }
            let keep = bound.get("keep").map(|_| bound.word("keep", &KEEP_ROWS, errors)).transpose();
            let Ok(keep) = keep else { return };
            model.data.joins.push(JoinSpec { keep, ..JoinSpec::new(name, left, right) });
        }
        _ => {}
    }
}

/// Resolves the `catalog` block.
pub(super) fn resolve_catalog(settings: &Settings, model: &mut Model, names: &Names, errors: &mut Errors) {
    let params = [Param::required("source"), Param::required("key")];
    let bound = bind_entries("`catalog`", settings.span, &settings.entries, &params, errors);
    let (Some(source), Some(written)) = (bound.get("source"), bound.get("key")) else { return };
    let Ok(key) = field_name(&bound, "key", errors) else { return };
    if names.wrong_source {
        return;
    }
    let Ok(source) = find_source(model, source, errors) else { return };
    let _ = use_field(model, source, &key, written.span, "the key of candidates", errors);
    let source = model.data.sources[source.0].name.clone();
    model.data.catalog = Some(CatalogSpec::new(source, key, []));
    model.catalog_span = settings.span;
}

/// Returns the field name given by an argument.
pub(super) fn field_name(bound: &Bound<'_>, name: &str, errors: &mut Errors) -> Result<String, Reported> {
    field_of(bound, name, bound.required(name, errors)?, errors)
}

/// Returns the field name in an argument or an item of it.
pub(super) fn field_of(
    bound: &Bound<'_>,
    name: &str,
    value: &Expr,
    errors: &mut Errors,
) -> Result<String, Reported> {
    match &value.kind {
        ExprKind::Name(text) | ExprKind::Text(text) => Ok(text.clone()),
        ExprKind::Member(source, field) if matches!(source.kind, ExprKind::Name(_)) => Err(errors.push(
            Diagnostic::new("E0205", value.span, format!("`{name}` is a field, without its source"))
                .label("the source is known here")
                .help(format!("write `{name} = {}`", written(&field.text))),
        )),
        _ => Err(bound.wrong(name, value, "the name of a field", errors)),
    }
}

fn find_source(model: &Model, value: &Expr, errors: &mut Errors) -> Result<SourceId, Reported> {
    let ExprKind::Name(name) = &value.kind else {
        return Err(errors.push(Diagnostic::new("E0205", value.span, "this must be the name of a source")));
    };
    model.source(name).ok_or_else(|| errors.push(unknown_source(model, name, value.span)))
}

/// Reports an unknown source.
pub(super) fn unknown_source(model: &Model, name: &str, span: Span) -> Diagnostic {
    let known = model.data.sources.iter().map(|source| &*source.name);
    Diagnostic::new("E0105", span, format!("unknown source `{name}`"))
        .label("`data` declares no such source")
        .suggest(name, known, "sources are declared in `data`")
}

/// Records the use of a field. Reports it if the source lists its columns and lacks it.
pub(super) fn use_field(
    model: &mut Model,
    source: SourceId,
    field: &str,
    span: Span,
    role: &'static str,
    errors: &mut Errors,
) -> Result<(), Reported> {
    model.fields.push(FieldUse { source, field: field.to_string(), span, role });
    check_field(model, source, field, span, errors)
}

/// Reports a field that is not among the listed columns of its source.
pub(super) fn check_field(
    model: &Model,
    source: SourceId,
    field: &str,
    span: Span,
    errors: &mut Errors,
) -> Result<(), Reported> {
    let (source, place) = (&model.data.sources[source.0], model.source_spans[source.0]);
    if source.may_have(field) {
        return Ok(());
    }
    let diagnostic = Diagnostic::new("E0106", span, format!("`{}` has no field `{field}`", source.name))
        .label("unknown field");
    Err(errors.push(match exploded(model, field).filter(|_| source.replaces(field)) {
        Some(remedy) => diagnostic.help(remedy),
        None => diagnostic.note(place, "the fields of the source are listed here").suggest_field(
            field,
            source.listed(),
            "list it in the `columns` of the source, in the order of the file",
        ),
    }))
}

#[cfg(test)]
mod tests {
    use super::POLICIES;
    use crate::arguments::assert_all;

    #[test]
    fn every_policy_has_a_word() {
        assert_all(&POLICIES);
    }
}
