//! The keys of columns and tables: `vocab`, `hash` and `oov`.

use std::collections::BTreeMap;

use crate::arguments::{Bound, Param, Rest, bind};
use crate::ast::ExprKind;
use crate::diag::{Diagnostic, Errors, Reported};
use crate::model::{Keys, Oov};
use crate::span::Span;

/// Declarations of a column about the keys it holds; its table may make them instead.
#[derive(Clone, Debug, Default)]
pub(super) struct DeclaredKeys {
    pub(super) keys: Option<(Keys, Span)>,
    pub(super) oov: Option<(Oov, Span)>,
}

/// `vocab = ...` or `hash = ...`; none where neither is given, or it is wrong.
pub(super) fn read_keys(bound: &Bound<'_>, errors: &mut Errors) -> Option<(Keys, Span)> {
    let value = bound.get("hash").or(bound.get("vocab"))?;
    keys(bound, errors).ok().map(|keys| (keys, value.span))
}

fn keys(bound: &Bound<'_>, errors: &mut Errors) -> Result<Keys, Reported> {
    if let Some(value) = bound.get("hash") {
        if let Some(vocab) = bound.get("vocab") {
            errors.push(
                Diagnostic::new("E0208", value.span, "`hash` and `vocab` exclude each other")
                    .label("hashed keys need no vocabulary")
                    .note(vocab.span, "the vocabulary is given here")
                    .help("remove one of them"),
            );
        }
        return Ok(Keys::hash(bound.count("hash", 1..=(1 << 31), errors)? as u32));
    }
    let value = bound.required("vocab", errors)?;
    Ok(match &value.kind {
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
                    ExprKind::Whole(number) => number.to_string(),
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
                    let min_count = inner.count_or("min_count", 1..=(1 << 53), 1, errors);
                    let max = inner.get("max").map(|_| inner.count("max", 1..=(1 << 31), errors));
                    Keys::Learned { min_count, max: max.transpose()?.map(|max| max as usize) }
                }
                "range" => {
                    let params = [Param::required("from"), Param::required("to")];
                    let inner = bind("`range`", span, &call.arguments, &params, Rest::Refused, errors)?;
                    let limit = (1u64 << 53) as f64;
                    let from = inner.number("from", -limit..=limit, errors)?;
                    let to = inner.number("to", from + 1.0..=from + (1u64 << 31) as f64, errors)?;
                    for (name, bound) in [("from", from), ("to", to)] {
                        if bound.fract() != 0.0 {
                            let written = inner.required(name, errors)?;
                            inner.wrong(name, written, "a whole number", errors);
                        }
                    }
                    Keys::range(from as i64, to as i64)
                }
                "file" => {
                    let params = [Param::required("path")];
                    let inner = bind("`file`", span, &call.arguments, &params, Rest::Refused, errors)?;
                    Keys::file(inner.text("path", errors)?)
                }
                _ => {
                    return Err(bound.wrong(
                        "vocab",
                        value,
                        "a list, `learned(...)`, `range(...)` or `file(...)`",
                        errors,
                    ));
                }
            }
        }
        ExprKind::Name(word) if word == "learned" => Keys::learned(),
        _ => {
            return Err(bound.wrong(
                "vocab",
                value,
                "a list, `learned(...)`, `range(...)` or `file(...)`",
                errors,
            ));
        }
    })
}

/// The words of `oov`.
const OOV: [(&str, Oov); 4] =
    [("bucket", Oov::Bucket), ("zero", Oov::Zero), ("drop", Oov::Drop), ("error", Oov::Error)];

/// `oov = ...`.
pub(super) fn read_oov(bound: &Bound<'_>, errors: &mut Errors) -> Option<(Oov, Span)> {
    let value = bound.get("oov")?;
    Some((bound.word_or("oov", &OOV, Oov::Bucket, errors), value.span))
}

#[cfg(test)]
mod tests {
    use super::OOV;
    use crate::arguments::assert_all;

    #[test]
    fn every_policy_has_a_word() {
        assert_all(&OOV);
    }
}
