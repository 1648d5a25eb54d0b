//! The `data` and `catalog` blocks: sources, joins, splits, candidates.

use std::collections::BTreeSet;

use super::Names;
use super::history::{check_split, resolve_log};
use super::separators::separator;
use super::splits::resolve_split;
use crate::arguments::{Bound, Param, Rest, bind, bind_entries, word};
use crate::ast::{Call, Entry, Expr, ExprKind, Name, Settings, range_names};
use crate::diag::{Diagnostic, Errors, Reported};
use crate::model::{
    CatalogSpec, Encoding, FieldUse, HISTORY, JoinSpec, Model, OnError, SourceId, SourceSpec,
};
use crate::span::Span;
use crate::written::written;

/// Maximum number of fields of a source.
const MAX_FIELDS: usize = 1 << 16;

const SOURCE: &[Param] = &[
    Param::required("path"),
    Param::named("columns"),
    Param::named("header"),
    Param::named("separator"),
    Param::named("encoding"),
    Param::named("quote"),
];

/// File formats by keyword, with their separators.
const FORMATS: [(&str, u8); 2] = [("csv", b','), ("tsv", b'\t')];

/// Encodings by keyword.
pub(super) const ENCODINGS: [(&str, Encoding); 2] = [("utf8", Encoding::Utf8), ("latin1", Encoding::Latin1)];

/// Policies for rejected values by keyword.
pub(super) const POLICIES: [(&str, OnError); 3] =
    [("stop", OnError::Stop), ("skip", OnError::Skip), ("substitute", OnError::Substitute)];

/// Resolves the `data` block.
pub(super) fn resolve_data(settings: &Settings, model: &mut Model, names: &mut Names, errors: &mut Errors) {
    for entry in &settings.entries {
        match (&entry.name, &entry.value.kind) {
            (Some(name), ExprKind::Call(call))
                if let Some((_, usual)) =
                    FORMATS.into_iter().find(|(word, _)| *word == call.function.text) =>
            {
                names.wrong_source |= resolve_source(name, call, usual, &entry.value, model, errors).is_err();
            }
            (Some(name), _) if name.text == "split" => {}
            (Some(name), _) if name.text == "on_error" => {
                if let Ok(policy) = word("on_error", &entry.value, &POLICIES, errors) {
                    model.data.on_error = policy;
                }
            }
            (None, ExprKind::Call(call))
                if matches!(call.function.text.as_str(), "join" | "history" | "filter") => {}
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
                        ["csv", "tsv", "join", "history", "filter", "split", "on_error"],
                        "it holds sources (`ratings = tsv(\"u.data\", columns = [...])`), `join(source, on = field)`, `filter(...)`, `history(...)`, `split = ...` and `on_error = ...`",
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
    resolve_log(&settings.entries, model, errors);
    for entry in &settings.entries {
        resolve_join_or_split(entry, model, errors);
    }
    if errors.len() > before {
        return;
    }
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

fn resolve_source(
    name: &Name,
    call: &Call,
    usual: u8,
    value: &Expr,
    model: &mut Model,
    errors: &mut Errors,
) -> Result<(), Reported> {
    if let Some(first) = model.source(&name.text) {
        return Err(errors.push(
            Diagnostic::new("E0104", name.span, format!("`{}` is declared twice", name.text))
                .label("declared again")
                .note(model.source_spans[first.0], "first here"),
        ));
    }
    if name.text == HISTORY {
        return Err(errors.push(
            Diagnostic::new("E0415", name.span, "a source cannot be named `history`")
                .label("the name is reserved for fields of earlier rows")
                .help("choose another name"),
        ));
    }
    let what = format!("`{}`", call.function.text);
    let bound = bind(&what, value.span, &call.arguments, SOURCE, Rest::Refused, errors)?;
    let path = bound.text("path", errors);
    let separator = match bound.get("separator") {
        None => Ok(usual),
        Some(written) => separator(&bound, written, errors),
    };
    let encoding = bound.get("encoding").map(|_| bound.word("encoding", &ENCODINGS, errors)).transpose();
    let columns = bound.get("columns").map_or(Ok(Vec::new()), |list| field_names(&bound, list, errors));
    let header = bound.flag("header", errors);
    if let Some(value) = bound.get("header")
        && !header
        && bound.get("columns").is_none()
    {
        let expected = "`true`, or `columns = [...]` for a file without a header";
        return Err(bound.wrong("header", value, expected, errors));
    }
    let quote = match bound.get("quote") {
        // By default, only comma-separated files are quoted.
        None => usual == b',' && separator == Ok(usual),
        Some(_) => bound.flag("quote", errors),
    };
    model.data.sources.push(SourceSpec {
        name: name.text.clone().into(),
        path: path?.to_string().into(),
        separator: separator?,
        quote,
        encoding: encoding?.unwrap_or_default(),
        columns: columns?.into_iter().collect(),
        header,
    });
    model.source_spans.push(name.span);
    Ok(())
}

fn field_names(bound: &Bound<'_>, list: &Expr, errors: &mut Errors) -> Result<Vec<String>, Reported> {
    let ExprKind::List(items) = &list.kind else {
        return Err(bound.wrong("columns", list, "a list of names", errors));
    };
    if items.is_empty() {
        return Err(bound.wrong("columns", list, "a list with at least one name", errors));
    }
    let mut names: Vec<String> = Vec::new();
    for item in items {
        match &item.kind {
            ExprKind::Name(name) => names.push(name.clone()),
            ExprKind::Text(name) => names.push(name.clone()),
            ExprKind::Range(first, last) => {
                names.extend(range_names(first, last));
                if names.len() > MAX_FIELDS {
                    let message = format!("a source has at most {MAX_FIELDS} fields");
                    return Err(errors.push(Diagnostic::new("E0207", item.span, message)));
                }
            }
            _ => {
                return Err(bound.wrong("columns", item, "names", errors));
            }
        }
    }
    let mut seen = BTreeSet::new();
    if let Some(twice) = names.iter().find(|name| !seen.insert(name.as_str())) {
        return Err(errors.push(
            Diagnostic::new("E0104", list.span, format!("the field `{twice}` is listed twice"))
                .help("list each field of the file once, in order; unused fields may have any name"),
        ));
    }
    Ok(names)
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
            let params = [Param::required("source"), Param::required("on"), Param::named("key")];
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
            model.data.joins.push(JoinSpec::new(name, left, right));
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
    let value = bound.required(name, errors)?;
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
    Err(errors.push(
        Diagnostic::new("E0106", span, format!("`{}` has no field `{field}`", source.name))
            .label("unknown field")
            .note(place, "the fields of the source are listed here")
            .suggest_field(
                field,
                source.columns.iter().map(|column| &**column),
                "list it in the `columns` of the source, in the order of the file",
            ),
    ))
}

#[cfg(test)]
mod tests {
    use super::{ENCODINGS, POLICIES};
    use crate::arguments::assert_all;

    #[test]
    fn every_encoding_and_policy_has_a_word() {
        assert_all(&ENCODINGS);
        assert_all(&POLICIES);
    }
}
