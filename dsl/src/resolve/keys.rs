//! Keys of columns and tables: `vocab`, `hash` and `oov`.

use std::collections::BTreeMap;

use crate::arguments::{Bound, Param};
use crate::ast::{Expr, ExprKind};
use crate::diag::{Diagnostic, Errors, Reported};
use crate::forms::{Form, listed, read};
use crate::model::{Keys, Oov};
use crate::span::Span;

/// Key settings of a column. Its table may declare them instead.
#[derive(Clone, Debug, Default)]
pub(super) struct DeclaredKeys {
    pub(super) keys: Option<(Keys, Span)>,
    pub(super) oov: Option<(Oov, Span)>,
}

/// `vocab = ...` or `hash = ...`. None if both are absent or if they are wrong.
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
    if let ExprKind::List(items) = &value.kind {
        return Ok(Keys::List(listed_keys(bound, value, items, errors)));
    }
    let expected = || format!("a list, {}", listed(&KEYS));
    read(&KEYS, value, &mut (), errors)
        .unwrap_or_else(|| Err(bound.wrong("vocab", value, &expected(), errors)))
}

/// The keys that the spec lists.
fn listed_keys(bound: &Bound<'_>, list: &Expr, items: &[Expr], errors: &mut Errors) -> Vec<String> {
    if items.is_empty() {
        bound.wrong("vocab", list, "a list with at least one key", errors);
    }
    let mut keys: BTreeMap<String, Span> = BTreeMap::new();
    let mut listed = Vec::new();
    for item in items {
        let key = match &item.kind {
            ExprKind::Text(key) => key.clone(),
            ExprKind::Number(number) => number.to_string(),
            ExprKind::Whole(number) => number.to_string(),
            _ => {
                bound.wrong("vocab", item, "a list of strings in double quotes, or of numbers", errors);
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
    listed
}

/// The values of `vocab` besides lists.
pub(super) const KEYS: [Form<Keys>; 3] = [
    Form {
        word: "learned",
        example: "learned(min_count = 5)",
        params: &[Param::named("min_count"), Param::named("max")],
        read: |bound, (), errors| {
            let min_count = bound.count_or("min_count", 1..=(1 << 53), 1, errors);
            let max = bound.get("max").map(|_| bound.count("max", 1..=(1 << 31), errors));
            Ok(Keys::Learned { min_count, max: max.transpose()?.map(|max| max as usize) })
        },
    },
    Form {
        word: "range",
        example: "range(1, 100)",
        params: &[Param::required("from"), Param::required("to")],
        read: |bound, (), errors| {
            let limit = (1u64 << 53) as f64;
            let from = bound.number("from", -limit..=limit, errors)?;
            let to = bound.number("to", from + 1.0..=from + (1u64 << 31) as f64, errors)?;
            for (name, end) in [("from", from), ("to", to)] {
                if end.fract() != 0.0 {
                    let written = bound.required(name, errors)?;
                    bound.wrong(name, written, "a whole number", errors);
                }
            }
            Ok(Keys::range(from as i64, to as i64))
        },
    },
    Form {
        word: "file",
        example: "file(\"keys.txt\")",
        params: &[Param::required("path")],
        read: |bound, (), errors| Ok(Keys::file(bound.text("path", errors)?)),
    },
];

/// Keywords of `oov`.
pub(super) const OOV: [(&str, Oov); 4] =
    [("bucket", Oov::Bucket), ("zero", Oov::Zero), ("drop", Oov::Drop), ("error", Oov::Error)];

/// `oov = ...`.
pub(super) fn read_oov(bound: &Bound<'_>, errors: &mut Errors) -> Option<(Oov, Span)> {
    let value = bound.get("oov")?;
    Some((bound.word_or("oov", &OOV, Oov::Bucket, errors), value.span))
}

#[cfg(test)]
mod tests {
    use super::{KEYS, OOV};
    use crate::Compiler;
    use crate::arguments::assert_all;
    use crate::forms;

    #[test]
    fn every_policy_has_a_word() {
        assert_all(&OOV);
    }

    #[test]
    fn all_keys_have_a_form() {
        // A list has no word, and `hash` is a parameter.
        forms::assert_all(&KEYS, &["List", "Hash"], |example| {
            let text = format!(
                "model M {{ input {{ x: id(vocab = {example}), y: label }} embedding x {{ dim = 1 }}
                tower t {{ x[x] }} objective bce(t, y) }}"
            );
            Compiler::new("m.dm", &text).plan().unwrap().model.vocabularies[0].keys.clone()
        });
    }
}
