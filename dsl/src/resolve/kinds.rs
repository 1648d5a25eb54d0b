//! Kinds of columns: their arguments, policies and defaults.

use super::keys::{DeclaredKeys, read_keys, read_oov};
use super::separators::character;
use crate::arguments::{Bound, Param, Rest, bind, exact, number, words_of};
use crate::ast::{Call, Expr, ExprKind};
use crate::diag::{Diagnostic, Errors, Reported};
use crate::model::{Boundaries, ColumnKind, Items, Keep, MissingBag, MissingId, Number, Pad};

/// Longest bag or text.
const MAX_LENGTH: u64 = 1 << 20;

/// Longest sequence: each position of it has a place in a batch.
const MAX_STEPS: u64 = 1 << 12;

/// A kind of column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Id,
    Ids,
    WeightedIds,
    Sequence,
    Text,
    Float,
    Vector,
    Bucket,
    Frequency,
    Label,
    Weight,
}

/// The words of kinds.
const WORDS: [(&str, Kind); 11] = [
    ("id", Kind::Id),
    ("ids", Kind::Ids),
    ("weighted_ids", Kind::WeightedIds),
    ("sequence", Kind::Sequence),
    ("text", Kind::Text),
    ("float", Kind::Float),
    ("vector", Kind::Vector),
    ("bucket", Kind::Bucket),
    ("frequency", Kind::Frequency),
    ("label", Kind::Label),
    ("weight", Kind::Weight),
];

/// The kinds of columns, by their words.
pub const KINDS: &[&str] = &words_of(&WORDS);

type Resolved<'e> = (ColumnKind, Option<&'e Expr>, DeclaredKeys);

/// Resolves a kind: what the column holds, its `from`, and what it says about its keys.
pub(super) fn resolve_kind<'e>(kind: &'e Expr, errors: &mut Errors) -> Result<Resolved<'e>, Reported> {
    let nothing: &[crate::ast::Argument] = &[];
    let (word, arguments) = match &kind.kind {
        ExprKind::Name(word) => (word.as_str(), nothing),
        ExprKind::Call(Call { function, arguments, .. }) => (function.text.as_str(), arguments.as_slice()),
        ExprKind::Invalid => return Err(errors.unreadable(kind.span)),
        _ => ("", nothing),
    };
    let from = Param::named("from");
    let (vocab, hash, oov) = (Param::named("vocab"), Param::named("hash"), Param::named("oov"));
    let (missing, padding) = (Param::named("missing"), Param::named("padding"));
    let (max, keep, separator) = (Param::required("max"), Param::named("keep"), Param::named("separator"));
    let Some((_, kind_word)) = WORDS.into_iter().find(|(name, _)| *name == word) else {
        let listed: Vec<String> = KINDS.iter().map(|kind| format!("`{kind}`")).collect();
        let message = format!("`{word}` is not a kind of column");
        return Err(errors.push(
            Diagnostic::new("E0108", kind.span, message).label("unknown kind").suggest_word(
                word,
                KINDS.iter().copied(),
                format!("one of {}", listed.join(", ")),
            ),
        ));
    };
    let params: Vec<Param> = match kind_word {
        Kind::Id => vec![from, vocab, hash, oov, missing],
        Kind::Ids => vec![max, separator, keep, padding, missing, from, vocab, hash, oov],
        Kind::WeightedIds => {
            vec![max, separator, Param::named("weight"), keep, padding, missing, from, vocab, hash, oov]
        }
        Kind::Sequence => {
            vec![max, separator, keep, Param::named("pad"), padding, missing, from, vocab, hash, oov]
        }
        Kind::Text => vec![max, keep, missing, from, vocab, hash, oov],
        Kind::Float => vec![Param::named("clip"), Param::named("transform"), missing, from],
        Kind::Vector => vec![Param::required("width"), separator, missing, from],
        Kind::Bucket => vec![Param::required("boundaries"), missing, from],
        Kind::Frequency => vec![from],
        Kind::Label => vec![missing, from, Param::named("threshold")],
        Kind::Weight => vec![missing, from],
    };
    let bound = bind(&format!("`{word}`"), kind.span, arguments, &params, Rest::Refused, errors)?;
    let keys = DeclaredKeys { keys: read_keys(&bound, errors), oov: read_oov(&bound, errors) };
    let kind = match kind_word {
        Kind::Id => ColumnKind::Id { missing: missing_id(&bound, errors)? },
        Kind::Ids => bag(&bound, None, errors)?,
        Kind::WeightedIds => {
            let weight = character(&bound, "weight", ":", errors)?;
            bag(&bound, Some(weight), errors)?
        }
        Kind::Sequence => ColumnKind::Sequence {
            items: read_items(&bound, MAX_STEPS, Keep::Last, errors)?,
            pad: bound.word_or("pad", &[("back", Pad::Back), ("front", Pad::Front)], Pad::Back, errors),
        },
        Kind::Text => ColumnKind::Text {
            max: bound.count("max", 1..=MAX_LENGTH, errors)?,
            keep: read_keep(&bound, Keep::First, errors),
            missing: missing_bag(&bound, errors),
        },
        Kind::Float => super::floats::float(&bound, errors)?,
        Kind::Vector => ColumnKind::Vector {
            width: bound.count("width", 1..=65536, errors)?,
            separator: character(&bound, "separator", ",", errors)?,
            missing_zero: bound.word_or("missing", &[("error", false), ("zero", true)], false, errors),
        },
        Kind::Bucket => ColumnKind::Bucket {
            boundaries: read_boundaries(&bound, errors)?,
            missing_bucket: match bound.get("missing") {
                None => false,
                Some(_) => bound.word("missing", &[("error", false), ("bucket", true)], errors)?,
            },
        },
        Kind::Frequency => ColumnKind::Frequency,
        Kind::Label => ColumnKind::Label {
            threshold: match bound.get("threshold") {
                None => None,
                Some(_) => Some(bound.number("threshold", f64::MIN..=f64::MAX, errors)?),
            },
            missing: missing_number(&bound, 1.0, errors)?,
        },
        Kind::Weight => ColumnKind::Weight { missing: missing_number(&bound, 1e9, errors)? },
    };
    Ok((kind, bound.get("from"), keys))
}

fn bag(bound: &Bound<'_>, weight: Option<String>, errors: &mut Errors) -> Result<ColumnKind, Reported> {
    let items = read_items(bound, MAX_LENGTH, Keep::First, errors)?;
    if weight.as_ref() == Some(&items.separator) {
        let message = format!("`separator` and `weight` are both `{}`", items.separator);
        return Err(errors.push(
            Diagnostic::new("E0208", bound.span, message)
                .label("keys and weights could not be distinguished")
                .help("write `key:weight,key:weight`, or set one of them to another character"),
        ));
    }
    Ok(ColumnKind::Bag { items, weight })
}

fn read_items(bound: &Bound<'_>, longest: u64, keep: Keep, errors: &mut Errors) -> Result<Items, Reported> {
    Ok(Items {
        padding: read_padding(bound, errors)?,
        separator: character(bound, "separator", ",", errors)?,
        max: bound.count("max", 1..=longest, errors)?,
        keep: read_keep(bound, keep, errors),
        missing: missing_bag(bound, errors),
    })
}

/// Places of padding in other systems, and here.
const SIDES: [(&str, &str); 6] = [
    ("post", "back"),
    ("pre", "front"),
    ("right", "back"),
    ("left", "front"),
    ("back", "back"),
    ("front", "front"),
];

/// `padding = key`; none where nothing is said.
fn read_padding(bound: &Bound<'_>, errors: &mut Errors) -> Result<Option<String>, Reported> {
    let Some(value) = bound.get("padding") else { return Ok(None) };
    if let ExprKind::Text(word) | ExprKind::Name(word) = &value.kind
        && let Some((_, side)) = SIDES.into_iter().find(|(side, _)| *side == word.to_ascii_lowercase())
    {
        return Err(errors.push(
            Diagnostic::new("E0205", value.span, "`padding` is a filler key, not a side")
                .label("a place")
                .help(format!("the side is `pad = {side}` of a `sequence`; other kinds have no order")),
        ));
    }
    match &value.kind {
        ExprKind::Text(key) => Ok(Some(key.clone())),
        ExprKind::Number(number) => Ok(Some(number.to_string())),
        ExprKind::Whole(number) => Ok(Some(number.to_string())),
        _ => Err(bound.wrong("padding", value, "a key", errors)),
    }
}

fn missing_bag(bound: &Bound<'_>, errors: &mut Errors) -> MissingBag {
    let words = [("empty", MissingBag::Empty), ("error", MissingBag::Error)];
    bound.word_or("missing", &words, MissingBag::Empty, errors)
}

/// `missing = number` or `missing = error`, which holds where nothing is said.
fn missing_number(bound: &Bound<'_>, high: f64, errors: &mut Errors) -> Result<Option<f64>, Reported> {
    match bound.get("missing") {
        None => Ok(None),
        Some(value) if number(value).is_some() => bound.number("missing", 0.0..=high, errors).map(Some),
        Some(_) => bound.word("missing", &[("error", None)], errors),
    }
}

fn read_keep(bound: &Bound<'_>, default: Keep, errors: &mut Errors) -> Keep {
    let words = [("first", Keep::First), ("last", Keep::Last), ("error", Keep::Error)];
    bound.word_or("keep", &words, default, errors)
}

fn missing_id(bound: &Bound<'_>, errors: &mut Errors) -> Result<MissingId, Reported> {
    Ok(match bound.get("missing").map(|value| &value.kind) {
        None => MissingId::Oov,
        Some(ExprKind::Text(key)) => MissingId::Value(key.clone()),
        Some(ExprKind::Number(number)) => MissingId::Value(number.to_string()),
        Some(ExprKind::Whole(number)) => MissingId::Value(number.to_string()),
        Some(_) => {
            let words = [("oov", &MissingId::Oov), ("error", &MissingId::Error), ("zero", &MissingId::Zero)];
            bound.word("missing", &words, errors)?.clone()
        }
    })
}

fn read_boundaries(bound: &Bound<'_>, errors: &mut Errors) -> Result<Boundaries, Reported> {
    let value = bound.required("boundaries", errors)?;
    match &value.kind {
        ExprKind::List(items) => {
            let numbers: Option<Vec<Number>> = items.iter().map(exact).collect();
            let falls = items.windows(2).find(|pair| match (exact(&pair[0]), exact(&pair[1])) {
                (Some(low), Some(high)) => low >= high,
                _ => false,
            });
            if let Some([low, high]) = falls {
                return Err(errors.push(
                    Diagnostic::new("E0205", high.span, "`boundaries` must ascend")
                        .label("not above the boundary before it")
                        .note(low.span, "the boundary before it"),
                ));
            }
            if let Some(numbers) = numbers.filter(|numbers| !numbers.is_empty()) {
                return Ok(Boundaries::Given(numbers));
            }
        }
        ExprKind::Call(call) if matches!(call.function.text.as_str(), "equal_width" | "quantiles") => {
            let what = format!("`{}`", call.function.text);
            let equal = call.function.text == "equal_width";
            let name = if equal { "boundaries" } else { "buckets" };
            let params = [Param::required(name)];
            let inner = bind(&what, value.span, &call.arguments, &params, Rest::Refused, errors)?;
            let count = inner.count(name, 2..=1_000_000, errors)?;
            return Ok(if equal { Boundaries::EqualWidth(count) } else { Boundaries::Quantiles(count) });
        }
        _ => {}
    }
    Err(bound.wrong(
        "boundaries",
        value,
        "ascending numbers `[18, 25, 35]`, `equal_width(1000)` or `quantiles(10)`",
        errors,
    ))
}
