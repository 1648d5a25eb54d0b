//! Values of a search: choices, or a range.

use super::Searched;
use crate::arguments::{Bound, Param, describe};
use crate::ast::{Argument, Expr, ExprKind};
use crate::diag::{Diagnostic, Errors, Reported};
use crate::forms::{Form, listed, read, words};
use crate::span::Span;

/// Values that a search draws from. A choice is its text.
#[derive(Clone, Debug, PartialEq)]
pub enum Domain<Choice = String> {
    /// Values as they are written in the spec.
    Choices(Vec<Choice>),
    /// Numbers, drawn uniformly.
    Uniform {
        /// Smallest.
        low: f64,
        /// Largest.
        high: f64,
    },
    /// Positive numbers, whose logarithm is drawn uniformly.
    Log {
        /// Smallest.
        low: f64,
        /// Largest.
        high: f64,
    },
    /// Whole numbers, drawn uniformly.
    Integers {
        /// Smallest.
        low: u64,
        /// Largest.
        high: u64,
    },
}

/// Largest bound of a range of numbers.
const LARGEST: f64 = 1e30;
/// Largest bound of a range of whole numbers.
const LARGEST_INTEGER: u64 = 1 << 53;

/// Parameters of a range.
const ENDS: [&str; 2] = ["low", "high"];
const BOUNDS: &[Param] = &[Param::required(ENDS[0]), Param::required(ENDS[1])];

/// Ranges.
const RANGES: [Form<Domain<Span>>; 3] = [
    Form {
        word: "log",
        example: "log(1e-4, 1e-1)",
        params: BOUNDS,
        read: |bound, (), errors| {
            let bounds = ENDS.map(|name| bound.number(name, f64::MIN_POSITIVE..=LARGEST, errors));
            let [low, high] = ordered(bound, bounds, errors)?;
            Ok(Domain::Log { low, high })
        },
    },
    Form {
        word: "uniform",
        example: "uniform(0, 0.5)",
        params: BOUNDS,
        read: |bound, (), errors| {
            let bounds = ENDS.map(|name| bound.number(name, -LARGEST..=LARGEST, errors));
            let [low, high] = ordered(bound, bounds, errors)?;
            Ok(Domain::Uniform { low, high })
        },
    },
    Form {
        word: "integers",
        example: "integers(1, 4)",
        params: BOUNDS,
        read: |bound, (), errors| {
            let bounds = ENDS.map(|name| bound.count(name, 0..=LARGEST_INTEGER, errors));
            let [low, high] = ordered(bound, bounds, errors)?;
            Ok(Domain::Integers { low, high })
        },
    },
];

/// Checks the order of the bounds of a range.
fn ordered<T: PartialOrd>(
    bound: &Bound<'_>,
    [low, high]: [Result<T, Reported>; 2],
    errors: &mut Errors,
) -> Result<[T; 2], Reported> {
    let (low, high) = (low?, high?);
    if low < high {
        return Ok([low, high]);
    }
    Err(errors.push(
        Diagnostic::new("E0121", bound.span, "this range has no numbers between its bounds")
            .help("put the smaller bound first"),
    ))
}

impl Domain<Span> {
    /// Reads the values of a search. A choice is its place.
    pub(crate) fn read(searched: &Searched, errors: &mut Errors) -> Result<Self, Reported> {
        let arguments = &searched.call.arguments;
        if let Some(name) = arguments.iter().find_map(|argument| argument.name.as_ref()) {
            return Err(errors.push(
                Diagnostic::new("E0121", name.span, "values of a search have no names")
                    .help("write them alone: `search(16, 32, 64)`"),
            ));
        }
        match arguments.as_slice() {
            [] => Err(errors.push(too_few(searched.span))),
            [Argument { value, .. }] => {
                read(&RANGES, value, &mut (), errors).unwrap_or_else(|| Err(errors.push(single(value))))
            }
            several => choices(several, errors),
        }
    }

    /// Takes the texts of the choices.
    pub(crate) fn texts(self, text: impl FnMut(Span) -> String) -> Domain {
        match self {
            Domain::Choices(choices) => Domain::Choices(choices.into_iter().map(text).collect()),
            Domain::Uniform { low, high } => Domain::Uniform { low, high },
            Domain::Log { low, high } => Domain::Log { low, high },
            Domain::Integers { low, high } => Domain::Integers { low, high },
        }
    }
}

impl Domain {
    /// Values that cover the search: all choices, or both bounds of a range.
    pub fn covering(&self) -> Vec<String> {
        match self {
            Domain::Choices(choices) => choices.clone(),
            Domain::Uniform { low, high } | Domain::Log { low, high } => {
                vec![low.to_string(), high.to_string()]
            }
            Domain::Integers { low, high } => vec![low.to_string(), high.to_string()],
        }
    }

    /// Number of values. `None` if they are not counted.
    pub fn count(&self) -> Option<u64> {
        match self {
            Domain::Choices(choices) => Some(choices.len() as u64),
            Domain::Integers { low, high } => Some(high - low + 1),
            Domain::Uniform { .. } | Domain::Log { .. } => None,
        }
    }
}

fn too_few(span: Span) -> Diagnostic {
    Diagnostic::new("E0121", span, "a search has at least two values")
        .help(format!("write choices, as in `search(16, 32, 64)`, or a range: {}", listed(&RANGES)))
}

fn single(value: &Expr) -> Diagnostic {
    let diagnostic = too_few(value.span).label(describe(value));
    match &value.kind {
        ExprKind::Call(call) => {
            let otherwise = diagnostic.help.clone().unwrap_or_default();
            diagnostic.suggest_word(&call.function.text, words(&RANGES), otherwise)
        }
        _ => diagnostic,
    }
}

/// Returns whether a value has the form of a range. Other values may have the same word: `uniform(0.05)`.
fn is_range(value: &Expr) -> bool {
    match &value.kind {
        ExprKind::Call(call) => {
            call.arguments.len() == BOUNDS.len() && words(&RANGES).contains(&call.function.text.as_str())
        }
        _ => false,
    }
}

fn choices(arguments: &[Argument], errors: &mut Errors) -> Result<Domain<Span>, Reported> {
    let mut result = Ok(());
    for (at, Argument { value, .. }) in arguments.iter().enumerate() {
        let (problem, help) = if is_range(value) {
            ("a range is alone in its search", "write only the range, or choices: numbers of the range")
        } else if arguments[..at].iter().any(|other| other.value == *value) {
            ("this choice is there twice", "remove it")
        } else {
            continue;
        };
        result = Err(errors.push(Diagnostic::new("E0121", value.span, problem).help(help)));
    }
    result.map(|()| Domain::Choices(arguments.iter().map(|argument| argument.value.span).collect()))
}
