//! Column kinds: arguments, policies and defaults.

use turret_schema::Time;

use super::compounds::resolve_compound;
use super::floats::{float, float_spec};
use super::keys::{DeclaredKeys, read_keys, read_oov};
use super::separators::character;
use super::values::values;
use crate::arguments::{Bound, Param, Rest, bind, exact, number};
use crate::ast::{Call, Expr, ExprKind};
use crate::diag::{Diagnostic, Errors, Reported};
use crate::forms::{Form, listed, read};
use crate::model::{
    BagSpec, Boundaries, BucketSpec, ColumnKind, Compound, IdSpec, Keep, LabelSpec, MissingBag,
    MissingBucket, MissingId, MissingVector, Names, Number, Pad, TextSpec, VectorSpec, WeightSpec,
};

/// Maximum length of a bag or text.
const MAX_LENGTH: u64 = 1 << 20;

/// Maximum length of a sequence. Each position takes space in a batch.
const MAX_STEPS: u64 = 1 << 12;

/// Maximum number of classes of a label.
const MAX_CLASSES: usize = 1 << 16;

/// A column kind: keyword, parameters, and the reading of its arguments.
struct Kind {
    word: &'static str,
    params: &'static [Param],
    read: fn(&Bound<'_>, &mut Errors) -> Result<ColumnKind, Reported>,
}

const FROM: Param = Param::named("from");
const MISSING: Param = Param::named("missing");
const MAX: Param = Param::required("max");
const KEEP: Param = Param::named("keep");
const SEPARATOR: Param = Param::named("separator");
const PADDING: Param = Param::named("padding");
const LENGTH: Param = Param::named("length");
const TIME: Param = Param::named("time");
const VOCAB: Param = Param::named("vocab");
const HASH: Param = Param::named("hash");
const OOV: Param = Param::named("oov");

/// The kinds of columns.
const TABLE: &[Kind] = &[
    Kind { word: "id", params: &[FROM, VOCAB, HASH, OOV, MISSING], read: id },
    Kind {
        word: "ids",
        params: &[MAX, SEPARATOR, KEEP, PADDING, LENGTH, MISSING, FROM, VOCAB, HASH, OOV],
        read: ids,
    },
    Kind {
        word: "weighted_ids",
        params: &[
            MAX,
            SEPARATOR,
            Param::named("weight"),
            Param::named("weights"),
            KEEP,
            PADDING,
            MISSING,
            FROM,
            VOCAB,
            HASH,
            OOV,
        ],
        read: weighted_ids,
    },
    Kind {
        word: "sequence",
        params: &[
            MAX,
            SEPARATOR,
            KEEP,
            Param::named("pad"),
            PADDING,
            LENGTH,
            MISSING,
            FROM,
            VOCAB,
            HASH,
            OOV,
        ],
        read: sequence,
    },
    Kind { word: "text", params: &[MAX, KEEP, MISSING, FROM, VOCAB, HASH, OOV], read: text },
    Kind {
        word: "float",
        params: &[Param::named("clip"), Param::named("transform"), TIME, MISSING, FROM],
        read: float,
    },
    Kind { word: "vector", params: &[Param::required("width"), SEPARATOR, MISSING, FROM], read: vector },
    Kind { word: "bucket", params: &[Param::required("boundaries"), TIME, MISSING, FROM], read: bucket },
    Kind { word: "frequency", params: &[FROM], read: |_, _| Ok(ColumnKind::Frequency) },
    Kind {
        word: "label",
        params: &[
            MISSING,
            FROM,
            Param::named("threshold"),
            Param::named("positive"),
            Param::named("classes"),
        ],
        read: label,
    },
    Kind {
        word: "target",
        params: &[Param::named("clip"), Param::named("transform"), MISSING, FROM],
        read: target,
    },
    Kind { word: "weight", params: &[MISSING, FROM], read: weight },
];

/// Keywords of the column kinds.
pub const KINDS: &[&str] = &{
    let mut words = [""; TABLE.len()];
    let mut index = 0;
    while index < TABLE.len() {
        words[index] = TABLE[index].word;
        index += 1;
    }
    words
};

/// Policies for a missing bag, sequence or text, by keyword.
pub(super) const MISSING_BAGS: [(&str, MissingBag); 2] =
    [("empty", MissingBag::Empty), ("error", MissingBag::Error)];

/// Policies for a missing id, by keyword; any other text is a key.
pub(super) const MISSING_IDS: [(&str, &MissingId); 3] =
    [("oov", &MissingId::Oov), ("error", &MissingId::Error), ("zero", &MissingId::Zero)];

pub(super) const MISSING_VECTORS: [(&str, MissingVector); 2] =
    [("error", MissingVector::Error), ("zero", MissingVector::Zero)];

pub(super) const MISSING_BUCKETS: [(&str, MissingBucket); 2] =
    [("error", MissingBucket::Error), ("bucket", MissingBucket::Bucket)];

/// Policies for lists and texts that are too long, by keyword.
pub(super) const KEEPS: [(&str, Keep); 3] =
    [("first", Keep::First), ("last", Keep::Last), ("error", Keep::Error)];

/// Padding sides by keyword.
pub(super) const PADS: [(&str, Pad); 2] = [("back", Pad::Back), ("front", Pad::Front)];

/// A kind with the settings of its column.
pub(super) struct Resolved<'e> {
    pub(super) word: &'static str,
    pub(super) kind: ColumnKind,
    /// Field given by `from`.
    pub(super) from: Option<&'e Expr>,
    /// Field given by `length` or `weights`.
    pub(super) compound: Compound,
    pub(super) keys: DeclaredKeys,
}

/// Resolves a kind.
pub(super) fn resolve_kind<'e>(kind: &'e Expr, errors: &mut Errors) -> Result<Resolved<'e>, Reported> {
    let nothing: &[crate::ast::Argument] = &[];
    let (word, arguments) = match &kind.kind {
        ExprKind::Name(word) => (word.as_str(), nothing),
        ExprKind::Call(Call { function, arguments, .. }) => (function.text.as_str(), arguments.as_slice()),
        ExprKind::Invalid => return Err(errors.unreadable(kind.span)),
        _ => ("", nothing),
    };
    let Some(found) = TABLE.iter().find(|kind| kind.word == word) else {
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
    let bound = bind(&format!("`{word}`"), kind.span, arguments, found.params, Rest::Refused, errors)?;
    let keys = DeclaredKeys { keys: read_keys(&bound, errors), oov: read_oov(&bound, errors) };
    let kind = (found.read)(&bound, errors)?;
    let compound = resolve_compound(&bound, errors)?;
    Ok(Resolved { word: found.word, kind, from: bound.get("from"), compound, keys })
}

fn id(bound: &Bound<'_>, errors: &mut Errors) -> Result<ColumnKind, Reported> {
    Ok(ColumnKind::Id(IdSpec { missing: missing_id(bound, errors)? }))
}

fn ids(bound: &Bound<'_>, errors: &mut Errors) -> Result<ColumnKind, Reported> {
    read_items(bound, MAX_LENGTH, Keep::First, errors).map(ColumnKind::Bag)
}

fn weighted_ids(bound: &Bound<'_>, errors: &mut Errors) -> Result<ColumnKind, Reported> {
    let weight = character(bound, "weight", ':', errors)?;
    let items = read_items(bound, MAX_LENGTH, Keep::First, errors)?;
    if weight == items.separator && bound.get("weights").is_none() {
        let message = format!("`separator` and `weight` are both `{weight}`");
        return Err(errors.push(
            Diagnostic::new("E0208", bound.span, message)
                .label("keys and weights could not be distinguished")
                .help("write `key:weight,key:weight`, or set one of them to another character"),
        ));
    }
    Ok(ColumnKind::Bag(items.weight_separator(weight)))
}

fn sequence(bound: &Bound<'_>, errors: &mut Errors) -> Result<ColumnKind, Reported> {
    let items = read_items(bound, MAX_STEPS, Keep::Last, errors)?.ordered(true);
    Ok(ColumnKind::Sequence(items, bound.word_or("pad", &PADS, Pad::Back, errors)))
}

fn text(bound: &Bound<'_>, errors: &mut Errors) -> Result<ColumnKind, Reported> {
    let max = read_max(bound, MAX_LENGTH, Keep::First, errors)?;
    Ok(ColumnKind::Text(TextSpec { max, missing: missing_bag(bound, errors) }))
}

fn vector(bound: &Bound<'_>, errors: &mut Errors) -> Result<ColumnKind, Reported> {
    let width = bound.count("width", 1..=65536, errors)? as usize;
    let separator = character(bound, "separator", ',', errors)?;
    let missing = bound.word_or("missing", &MISSING_VECTORS, MissingVector::Error, errors);
    Ok(ColumnKind::Vector(VectorSpec { separator, missing }, width))
}

fn bucket(bound: &Bound<'_>, errors: &mut Errors) -> Result<ColumnKind, Reported> {
    let time = bound.flag("time", errors);
    let boundaries = read_boundaries(bound, time, errors)?;
    let missing = match bound.get("missing") {
        None => MissingBucket::Error,
        Some(_) => bound.word("missing", &MISSING_BUCKETS, errors)?,
    };
    Ok(ColumnKind::Bucket(BucketSpec { boundaries, missing, time, dates: None }))
}

fn label(bound: &Bound<'_>, errors: &mut Errors) -> Result<ColumnKind, Reported> {
    let threshold = match bound.get("threshold") {
        None => None,
        Some(_) => Some(bound.number("threshold", f64::MIN..=f64::MAX, errors)?),
    };
    let positive = values(bound, "positive", errors)?;
    if let Some(written) = bound.get("positive").filter(|_| threshold.is_some()) {
        return Err(errors.push(
            Diagnostic::new("E0208", written.span, "`positive` and `threshold` exclude each other")
                .label("the values of which the label is 1")
                .help("leave out one of them: `threshold` compares numbers, `positive` names values"),
        ));
    }
    let classes = classes(bound, errors)?;
    if let Some(written) = bound.get("classes")
        && let Some(other) = bound.get("threshold").or(bound.get("positive"))
    {
        return Err(errors.push(
            Diagnostic::new("E0208", written.span, "a label has `classes`, or it is 0 or 1")
                .label("the label is the index of a class")
                .note(other.span, "the label is 0 or 1")
                .help("leave out one of them"),
        ));
    }
    let largest = classes.len().saturating_sub(1).max(1) as f64;
    let missing = missing_number(bound, largest, errors)?;
    Ok(ColumnKind::Label(LabelSpec { threshold, positive, classes, missing }))
}

/// `classes = 5`, which are `0` to `4`, or a list of values.
fn classes(bound: &Bound<'_>, errors: &mut Errors) -> Result<Names, Reported> {
    let Some(value) = bound.get("classes") else { return Ok(Names::default()) };
    if let ExprKind::List(_) = value.kind {
        let classes = values(bound, "classes", errors)?;
        return match classes.len() {
            2..=MAX_CLASSES => Ok(classes),
            _ => Err(bound.wrong("classes", value, "at least two values", errors)),
        };
    }
    let count = bound.size("classes", 2..=MAX_CLASSES as u64, errors)?;
    Ok((0..count).map(|class| class.to_string()).collect())
}

fn target(bound: &Bound<'_>, errors: &mut Errors) -> Result<ColumnKind, Reported> {
    float_spec(bound, false, errors).map(ColumnKind::Target)
}

fn weight(bound: &Bound<'_>, errors: &mut Errors) -> Result<ColumnKind, Reported> {
    Ok(ColumnKind::Weight(WeightSpec { missing: missing_number(bound, 1e9, errors)? }))
}

fn read_items(bound: &Bound<'_>, longest: u64, keep: Keep, errors: &mut Errors) -> Result<BagSpec, Reported> {
    Ok(BagSpec {
        padding: read_padding(bound, errors)?,
        separator: character(bound, "separator", ',', errors)?,
        max: read_max(bound, longest, keep, errors)?,
        missing: missing_bag(bound, errors),
        weight_separator: None,
        ordered: false,
    })
}

/// `max` and `keep`.
fn read_max(
    bound: &Bound<'_>,
    longest: u64,
    keep: Keep,
    errors: &mut Errors,
) -> Result<(usize, Keep), Reported> {
    let max = bound.count("max", 1..=longest, errors)? as usize;
    Ok((max, bound.word_or("keep", &KEEPS, keep, errors)))
}

/// Padding sides in other systems, and their counterparts.
const SIDES: [(&str, &str); 6] = [
    ("post", "back"),
    ("pre", "front"),
    ("right", "back"),
    ("left", "front"),
    ("back", "back"),
    ("front", "front"),
];

/// `padding = key`. None if absent.
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
    bound.word_or("missing", &MISSING_BAGS, MissingBag::Empty, errors)
}

/// `missing = number` or `missing = error` (the default).
fn missing_number(bound: &Bound<'_>, high: f64, errors: &mut Errors) -> Result<Option<f64>, Reported> {
    match bound.get("missing") {
        None => Ok(None),
        Some(value) if number(value).is_some() => bound.number("missing", 0.0..=high, errors).map(Some),
        Some(_) => bound.word("missing", &[("error", None)], errors),
    }
}

fn missing_id(bound: &Bound<'_>, errors: &mut Errors) -> Result<MissingId, Reported> {
    Ok(match bound.get("missing").map(|value| &value.kind) {
        None => MissingId::Oov,
        Some(ExprKind::Text(key)) => MissingId::Value(key.clone()),
        Some(ExprKind::Number(number)) => MissingId::Value(number.to_string()),
        Some(ExprKind::Whole(number)) => MissingId::Value(number.to_string()),
        Some(_) => bound.word("missing", &MISSING_IDS, errors)?.clone(),
    })
}

/// The values of `boundaries` besides lists.
pub(super) const BOUNDARIES: [Form<Boundaries>; 2] = [
    Form {
        word: "equal_width",
        example: "equal_width(1000)",
        params: &[Param::required("boundaries")],
        read: |bound, (), errors| bound.size("boundaries", 2..=1_000_000, errors).map(Boundaries::EqualWidth),
    },
    Form {
        word: "quantiles",
        example: "quantiles(10)",
        params: &[Param::required("buckets")],
        read: |bound, (), errors| bound.size("buckets", 2..=1_000_000, errors).map(Boundaries::Quantiles),
    },
];

/// Boundaries. Those of times may be dates.
fn read_boundaries(bound: &Bound<'_>, time: bool, errors: &mut Errors) -> Result<Boundaries, Reported> {
    let value = bound.required("boundaries", errors)?;
    let exact = |item: &Expr| match &item.kind {
        ExprKind::Text(text) if time => Time::parse(text).ok().map(Time::seconds),
        _ => exact(item),
    };
    if let ExprKind::List(items) = &value.kind {
        let numbers: Option<Vec<Number>> = items.iter().map(&exact).collect();
        check_ascending(items, exact, errors)?;
        if let Some(numbers) = numbers.filter(|numbers| !numbers.is_empty()) {
            return Ok(Boundaries::Given(numbers));
        }
    }
    let numbers = match time {
        true => "ascending dates `[\"2018-01-01\", \"2019-01-01\"]`",
        false => "ascending numbers `[18, 25, 35]`",
    };
    let expected = || format!("{numbers}, {}", listed(&BOUNDARIES));
    read(&BOUNDARIES, value, &mut (), errors)
        .unwrap_or_else(|| Err(bound.wrong("boundaries", value, &expected(), errors)))
}

/// Reports a boundary that is not above the one before it. `exact` reads a number.
pub(super) fn check_ascending(
    items: &[Expr],
    exact: impl Fn(&Expr) -> Option<Number>,
    errors: &mut Errors,
) -> Result<(), Reported> {
    let falls = items.windows(2).find(|pair| match (exact(&pair[0]), exact(&pair[1])) {
        (Some(low), Some(high)) => low >= high,
        _ => false,
    });
    let Some([low, high]) = falls else { return Ok(()) };
    Err(errors.push(
        Diagnostic::new("E0205", high.span, "`boundaries` must ascend")
            .label("not above the boundary before it")
            .note(low.span, "the boundary before it"),
    ))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use turret_schema::Variants;

    use super::{
        BOUNDARIES, KEEPS, Kind, MISSING_BAGS, MISSING_BUCKETS, MISSING_IDS, MISSING_VECTORS, PADS, TABLE,
        resolve_kind,
    };
    use crate::Compiler;
    use crate::arguments::{assert_all, assert_all_besides};
    use crate::diag::Errors;
    use crate::forms;
    use crate::model::ColumnKind;
    use crate::parse::parse_expr;
    use crate::span::{Place, Spans};

    #[test]
    fn every_policy_has_a_word() {
        assert_all(&KEEPS);
        assert_all(&MISSING_BAGS);
        assert_all(&MISSING_BUCKETS);
        assert_all(&MISSING_VECTORS);
        assert_all(&PADS);
        assert_all_besides(&MISSING_IDS.map(|(word, policy)| (word, policy.clone())), &["Value"]);
    }

    #[test]
    fn every_kind_has_a_word() {
        let kind = |found: &Kind| {
            let required = found.params.iter().filter(|param| param.required);
            let value = |name| if name == "boundaries" { "[1]" } else { "2" };
            let arguments: Vec<String> =
                required.map(|param| format!("{} = {}", param.name, value(param.name))).collect();
            let text = format!("{}({})", found.word, arguments.join(", "));
            let mut errors = Errors::default();
            let written =
                parse_expr(&text, 0, &mut Spans::new(Place { text: 0, start: 0, end: 0 }), &mut errors);
            let resolved = resolve_kind(&written, &mut errors);
            assert!(errors.is_empty(), "{text}");
            resolved.map(|resolved| resolved.kind.variant()).unwrap_or_default()
        };
        let found: BTreeSet<_> = TABLE.iter().map(kind).collect();
        assert_eq!(found, ColumnKind::VARIANTS.iter().copied().collect());
    }

    #[test]
    fn all_boundaries_have_a_form() {
        forms::assert_all(&BOUNDARIES, &["Given"], |example| {
            let text = format!(
                "model M {{ input {{ x: bucket({example}), y: label }} embedding x {{ dim = 1 }}
                tower t {{ x[x] }} objective bce(t, y) }}"
            );
            match &Compiler::new("m.dm", &text).plan().unwrap().model.columns[0].kind {
                ColumnKind::Bucket(spec) => spec.boundaries.clone(),
                other => panic!("{other:?}"),
            }
        });
    }
}
