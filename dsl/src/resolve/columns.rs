//! The `input` block: columns and their kinds.

use std::collections::BTreeMap;

use super::Names;
use crate::arguments::{Bound, Param, Rest, bind, number};
use crate::ast::{Call, Expr, ExprKind, Input, Name};
use crate::diag::{Diagnostic, Errors};
use crate::model::{
    Boundaries, Column, ColumnId, ColumnKind, Keep, Keys, MissingFloat, MissingId, Model, Oov, SourceId,
    Transform,
};
use crate::span::Span;

/// Most columns of a model.
const MAX_COLUMNS: usize = 4096;
/// Longest bag or text.
const MAX_LENGTH: u64 = 1 << 20;

/// What a column says about the keys it holds; its table may say it instead.
#[derive(Clone, Debug, Default)]
pub(super) struct DeclaredKeys {
    pub(super) keys: Option<(Keys, Span)>,
    pub(super) oov: Option<(Oov, Span)>,
}

const KINDS: &[&str] = &["id", "ids", "weighted_ids", "text", "float", "vector", "bucket", "label", "weight"];

/// Resolves the columns; returns what each says about its keys.
pub(super) fn resolve_columns(
    inputs: &[&Input],
    model: &mut Model,
    names: &mut Names,
    errors: &mut Errors,
) -> Vec<DeclaredKeys> {
    let mut declared = Vec::new();
    for column in inputs.iter().flat_map(|input| &input.columns) {
        for (name, span) in column_names(&column.names, errors) {
            if errors.is_full() {
                return declared;
            }
            if let Some(first) = names.columns.get(&name) {
                errors.push(
                    Diagnostic::new("E0104", span, format!("the column `{name}` is declared twice"))
                        .label("declared again")
                        .note(model.columns[first.0].span, "first here"),
                );
                continue;
            }
            if model.columns.len() == MAX_COLUMNS {
                errors.push(Diagnostic::new(
                    "E0207",
                    span,
                    format!("a model has at most {MAX_COLUMNS} columns"),
                ));
                return declared;
            }
            let found = resolve_kind(&column.kind, errors).and_then(|(kind, from, keys)| {
                Some((kind, keys, find_field(model, names, &name, span, from, errors)?))
            });
            let Some((kind, keys, (source, field))) = found else {
                names.wrong_columns.insert(name);
                continue;
            };
            names.columns.insert(name.clone(), ColumnId(model.columns.len()));
            let docs = column.docs.clone();
            model.columns.push(Column { name, docs, span, source, field, kind, vocabulary: None });
            declared.push(keys);
        }
    }
    declared
}

fn column_names(names: &Expr, errors: &mut Errors) -> Vec<(String, Span)> {
    match &names.kind {
        ExprKind::Name(name) => vec![(name.clone(), names.span)],
        ExprKind::Range(first, last) => {
            let names = range_names(first, last, errors).unwrap_or_default();
            names.into_iter().map(|name| (name, first.span)).collect()
        }
        _ => Vec::new(),
    }
}

/// The names of `C1..C26`.
pub(super) fn range_names(first: &Name, last: &Name, errors: &mut Errors) -> Option<Vec<String>> {
    let split = |name: &str| {
        let digits = name.bytes().rev().take_while(u8::is_ascii_digit).count();
        let (prefix, number) = name.split_at(name.len() - digits);
        number.parse::<u32>().ok().map(|number| (prefix.to_string(), number))
    };
    match (split(&first.text), split(&last.text)) {
        (Some((a, from)), Some((b, to))) if a == b && from <= to && ((to - from) as usize) < MAX_COLUMNS => {
            Some((from..=to).map(|number| format!("{a}{number}")).collect())
        }
        _ => {
            errors.push(
                Diagnostic::new(
                    "E0107",
                    first.span,
                    format!("`{}..{}` is not a range of names", first.text, last.text),
                )
                .help("both ends have the same letters and a number, the smaller first: `C1..C26`"),
            );
            None
        }
    }
}

/// Where a column's field is: `from = field`, `from = source.field`, or the field of the column's own name.
fn find_field(
    model: &Model,
    names: &Names,
    name: &str,
    span: Span,
    from: Option<&Expr>,
    errors: &mut Errors,
) -> Option<(SourceId, String)> {
    let (field, span) = match from.map(|from| (&from.kind, from.span)) {
        None => (name, span),
        Some((ExprKind::Name(field) | ExprKind::Text(field), span)) => (field.as_str(), span),
        Some((ExprKind::Member(source, field), _)) => {
            let ExprKind::Name(source_name) = &source.kind else { return None };
            if names.wrong_source {
                return Some((SourceId(0), field.text.clone()));
            }
            let Some(index) = model.sources.iter().position(|source| source.name == *source_name) else {
                errors.push(super::data::unknown_source(model, source_name, source.span));
                return None;
            };
            let place = Expr { kind: ExprKind::Name(field.text.clone()), span: field.span };
            super::data::check_field(model, SourceId(index), &field.text, &place, errors);
            return Some((SourceId(index), field.text.clone()));
        }
        Some((_, span)) => {
            errors.push(
                Diagnostic::new("E0205", span, "`from` must be a field, or `source.field`")
                    .help("write `from = timestamp`, or `from = ratings.timestamp`"),
            );
            return None;
        }
    };
    let has = |columns: &Vec<String>| columns.iter().any(|column| column == field);
    if let Some(index) = model.sources.iter().position(|source| source.columns.as_ref().is_some_and(has)) {
        return Some((SourceId(index), field.to_string()));
    }
    if names.wrong_source || model.sources.first().is_none_or(|source| source.columns.is_none()) {
        return Some((SourceId(0), field.to_string()));
    }
    let all = model.sources.iter().filter_map(|source| source.columns.as_ref()).flatten();
    errors.push(
        Diagnostic::new("E0106", span, format!("no source has a field `{field}`"))
            .label("the name of a column is that of its field, unless `from` says another")
            .suggest(
                field,
                all.map(String::as_str),
                "name the field with `from = ...`, or list it in the `columns` of the source",
            ),
    );
    None
}

type Kind<'e> = (ColumnKind, Option<&'e Expr>, DeclaredKeys);

fn resolve_kind<'e>(kind: &'e Expr, errors: &mut Errors) -> Option<Kind<'e>> {
    let nothing: &[crate::ast::Argument] = &[];
    let (word, arguments) = match &kind.kind {
        ExprKind::Name(word) => (word.as_str(), nothing),
        ExprKind::Call(Call { function, arguments, .. }) => (function.text.as_str(), arguments.as_slice()),
        ExprKind::Invalid => return None,
        _ => ("", nothing),
    };
    let from = Param::named("from");
    let (vocab, hash, oov) = (Param::named("vocab"), Param::named("hash"), Param::named("oov"));
    let missing = Param::named("missing");
    let (max, keep, separator) = (Param::required("max"), Param::named("keep"), Param::named("separator"));
    let params: Vec<Param> = match word {
        "id" => vec![from, vocab, hash, oov, missing],
        "ids" => vec![max, separator, keep, Param::named("padding"), from, vocab, hash, oov],
        "weighted_ids" => {
            vec![
                max,
                separator,
                Param::named("weight"),
                keep,
                Param::named("padding"),
                from,
                vocab,
                hash,
                oov,
            ]
        }
        "text" => vec![max, keep, from, vocab, hash, oov],
        "float" => vec![Param::named("transform"), missing, from],
        "vector" => vec![Param::required("width"), separator, from],
        "bucket" => vec![Param::required("boundaries"), missing, from],
        "label" | "weight" => vec![from],
        _ => {
            let listed: Vec<String> = KINDS.iter().map(|kind| format!("`{kind}`")).collect();
            let message = format!("`{word}` is not a kind of column");
            errors.push(Diagnostic::new("E0108", kind.span, message).label("unknown kind").suggest(
                word,
                KINDS.iter().copied(),
                format!("one of {}", listed.join(", ")),
            ));
            return None;
        }
    };
    let bound = bind(&format!("`{word}`"), kind.span, arguments, &params, Rest::Refused, errors)?;
    let keys = DeclaredKeys { keys: read_keys(&bound, errors), oov: read_oov(&bound, errors) };
    let kind = match word {
        "id" => ColumnKind::Id { missing: missing_id(&bound, errors)? },
        "ids" => bag(&bound, None, errors)?,
        "weighted_ids" => {
            let weight = character(&bound, "weight", ":", errors)?;
            bag(&bound, Some(weight), errors)?
        }
        "text" => ColumnKind::Text {
            max: bound.count("max", 1..=MAX_LENGTH, errors)?,
            keep: read_keep(&bound, errors),
        },
        "float" => ColumnKind::Float {
            transform: match bound.get("transform") {
                None => Transform::Raw,
                Some(_) => {
                    match bound.word("transform", &["raw", "log1p", "standardize", "min_max"], errors)? {
                        "raw" => Transform::Raw,
                        "log1p" => Transform::Log1p,
                        "standardize" => Transform::Standardize,
                        _ => Transform::MinMax,
                    }
                }
            },
            missing: missing_float(&bound, errors)?,
        },
        "vector" => ColumnKind::Vector {
            width: bound.count("width", 1..=65536, errors)?,
            separator: character(&bound, "separator", ",", errors)?,
        },
        "bucket" => ColumnKind::Bucket {
            boundaries: read_boundaries(&bound, errors)?,
            missing_bucket: match bound.get("missing") {
                None => false,
                Some(_) => bound.word("missing", &["error", "bucket"], errors)? == "bucket",
            },
        },
        "label" => ColumnKind::Label,
        _ => ColumnKind::Weight,
    };
    Some((kind, bound.get("from"), keys))
}

/// A character that separates, which a backslash would escape.
fn character(bound: &Bound<'_>, name: &str, default: &str, errors: &mut Errors) -> Option<String> {
    let Some(value) = bound.get(name) else { return Some(default.to_string()) };
    let text = bound.text(name, errors)?;
    if text.chars().count() != 1 || text == "\\" {
        bound.wrong(name, value, "one character, not a backslash", errors);
        return None;
    }
    Some(text.to_string())
}

fn bag(bound: &Bound<'_>, weight: Option<String>, errors: &mut Errors) -> Option<ColumnKind> {
    let padding = match bound.get("padding").map(|value| &value.kind) {
        None => None,
        Some(ExprKind::Text(key)) => Some(key.clone()),
        Some(ExprKind::Number(number)) => Some(number.to_string()),
        Some(_) => {
            bound.wrong("padding", bound.get("padding")?, "a key", errors);
            return None;
        }
    };
    let separator = character(bound, "separator", ",", errors)?;
    if weight.as_ref() == Some(&separator) {
        let message = format!("`separator` and `weight` are both `{separator}`");
        errors.push(
            Diagnostic::new("E0208", bound.span, message)
                .label("keys could not be told from weights")
                .help("write `key:weight,key:weight`, or set one of them to another character"),
        );
        return None;
    }
    Some(ColumnKind::Bag {
        separator,
        max: bound.count("max", 1..=MAX_LENGTH, errors)?,
        keep: read_keep(bound, errors),
        weight,
        padding,
    })
}

fn read_keep(bound: &Bound<'_>, errors: &mut Errors) -> Keep {
    match bound.word("keep", &["first", "last", "error"], errors) {
        Some("last") => Keep::Last,
        Some("error") => Keep::Error,
        _ => Keep::First,
    }
}

fn missing_id(bound: &Bound<'_>, errors: &mut Errors) -> Option<MissingId> {
    Some(match bound.get("missing").map(|value| &value.kind) {
        None => MissingId::Oov,
        Some(ExprKind::Text(key)) => MissingId::Value(key.clone()),
        Some(ExprKind::Number(number)) => MissingId::Value(number.to_string()),
        Some(_) => match bound.word("missing", &["oov", "error", "zero"], errors)? {
            "oov" => MissingId::Oov,
            "error" => MissingId::Error,
            _ => MissingId::Zero,
        },
    })
}

fn missing_float(bound: &Bound<'_>, errors: &mut Errors) -> Option<MissingFloat> {
    Some(match bound.get("missing") {
        None => MissingFloat::Error,
        Some(value) => match number(value) {
            Some(number) => MissingFloat::Value(number),
            None => match bound.word("missing", &["error", "mean"], errors)? {
                "error" => MissingFloat::Error,
                _ => MissingFloat::Mean,
            },
        },
    })
}

fn read_boundaries(bound: &Bound<'_>, errors: &mut Errors) -> Option<Boundaries> {
    let value = bound.get("boundaries")?;
    match &value.kind {
        ExprKind::List(items) => {
            let numbers: Option<Vec<f64>> = items.iter().map(number).collect();
            let falls = items.windows(2).find(|pair| match (number(&pair[0]), number(&pair[1])) {
                (Some(low), Some(high)) => low >= high,
                _ => false,
            });
            if let Some([low, high]) = falls {
                errors.push(
                    Diagnostic::new("E0205", high.span, "`boundaries` must ascend")
                        .label("not above the boundary before it")
                        .note(low.span, "the boundary before it"),
                );
                return None;
            }
            if let Some(numbers) = numbers.filter(|numbers| !numbers.is_empty()) {
                return Some(Boundaries::Given(numbers));
            }
        }
        ExprKind::Call(call) if matches!(call.function.text.as_str(), "equal_width" | "quantiles") => {
            let what = format!("`{}`", call.function.text);
            let params = [Param::required("buckets")];
            let inner = bind(&what, value.span, &call.arguments, &params, Rest::Refused, errors)?;
            let buckets = inner.count("buckets", 1..=1_000_000, errors)?;
            return Some(match call.function.text.as_str() {
                "equal_width" => Boundaries::EqualWidth(buckets),
                _ => Boundaries::Quantiles(buckets),
            });
        }
        _ => {}
    }
    bound.wrong(
        "boundaries",
        value,
        "ascending numbers `[18, 25, 35]`, `equal_width(1000)` or `quantiles(10)`",
        errors,
    );
    None
}

/// `vocab = ...` or `hash = ...`.
pub(super) fn read_keys(bound: &Bound<'_>, errors: &mut Errors) -> Option<(Keys, Span)> {
    if let Some(value) = bound.get("hash") {
        if let Some(vocab) = bound.get("vocab") {
            errors.push(
                Diagnostic::new("E0208", value.span, "`hash` and `vocab` exclude each other")
                    .label("hashed keys need no vocabulary")
                    .note(vocab.span, "the vocabulary is given here")
                    .help("remove one of them"),
            );
        }
        return Some((Keys::Hash(bound.count("hash", 1..=(1 << 31), errors)?), value.span));
    }
    let value = bound.get("vocab")?;
    let keys = match &value.kind {
        ExprKind::List(items) => {
            if items.is_empty() {
                bound.wrong("vocab", value, "a list with at least one key", errors);
            }
            let mut keys: BTreeMap<String, Span> = BTreeMap::new();
            let mut listed = Vec::new();
            for item in items {
                let key = match &item.kind {
                    ExprKind::Text(key) => key.clone(),
                    ExprKind::Number(number) => number.to_string(),
                    _ => {
                        bound.wrong(
                            "vocab",
                            item,
                            "a list of strings in double quotes, or of numbers",
                            errors,
                        );
                        continue;
                    }
                };
                if let Some(first) = keys.insert(key.clone(), item.span) {
                    errors.push(
                        Diagnostic::new("E0104", item.span, format!("the key `{key}` is listed twice"))
                            .label("listed again")
                            .note(first, "first here"),
                    );
                }
                listed.push(key);
            }
            Keys::List(listed)
        }
        ExprKind::Call(call) => {
            let span = value.span;
            match call.function.text.as_str() {
                "learned" => {
                    let params = [Param::named("min_count"), Param::named("max")];
                    let inner = bind("`learned`", span, &call.arguments, &params, Rest::Refused, errors)?;
                    let min_count = inner.count("min_count", 1..=(1 << 53), errors).unwrap_or(1);
                    Keys::Learned { min_count, max: inner.count("max", 1..=(1 << 31), errors) }
                }
                "range" => {
                    let params = [Param::required("from"), Param::required("to")];
                    let inner = bind("`range`", span, &call.arguments, &params, Rest::Refused, errors)?;
                    let limit = (1u64 << 53) as f64;
                    let from = inner.number("from", -limit..=limit, errors)?;
                    let to = inner.number("to", from + 1.0..=from + (1u64 << 31) as f64, errors)?;
                    for (name, bound) in [("from", from), ("to", to)] {
                        if bound.fract() != 0.0 {
                            inner.wrong(name, inner.get(name)?, "a whole number", errors);
                        }
                    }
                    Keys::Range(from as i64, to as i64)
                }
                "file" => {
                    let params = [Param::required("path")];
                    let inner = bind("`file`", span, &call.arguments, &params, Rest::Refused, errors)?;
                    Keys::File(inner.text("path", errors)?.to_string())
                }
                _ => {
                    bound.wrong(
                        "vocab",
                        value,
                        "a list, `learned(...)`, `range(...)` or `file(...)`",
                        errors,
                    );
                    return None;
                }
            }
        }
        ExprKind::Name(word) if word == "learned" => Keys::Learned { min_count: 1, max: None },
        _ => {
            bound.wrong("vocab", value, "a list, `learned(...)`, `range(...)` or `file(...)`", errors);
            return None;
        }
    };
    Some((keys, value.span))
}

/// `oov = ...`.
pub(super) fn read_oov(bound: &Bound<'_>, errors: &mut Errors) -> Option<(Oov, Span)> {
    let value = bound.get("oov")?;
    let oov = match bound.word("oov", &["bucket", "zero", "drop", "error"], errors)? {
        "bucket" => Oov::Bucket,
        "zero" => Oov::Zero,
        "drop" => Oov::Drop,
        _ => Oov::Error,
    };
    Some((oov, value.span))
}
