//! Binding of the arguments of a call, or the entries of a settings block, to the allowed parameters.

use turret_schema::Number;

use crate::ast::{Argument, Entry, Expr, ExprKind};
use crate::diag::{Diagnostic, Errors, Reported};
pub use crate::params::{Param, Rest};
use crate::span::Span;
use crate::words;

/// Arguments by parameter name.
#[derive(Debug)]
pub struct Bound<'e> {
    /// Place of the whole call or block.
    pub span: Span,
    what: String,
    /// Sentence about the parameters there are.
    known: String,
    values: Vec<(&'static str, &'e Expr)>,
    /// Arguments after the positional parameters, for calls that take any number.
    pub rest: Vec<&'e Expr>,
}

/// Binds the arguments of a call. `what` names the call in messages, such as `` `dense` ``.
pub fn bind<'e>(
    what: &str,
    span: Span,
    arguments: &'e [Argument],
    params: &[Param],
    rest: Rest,
    errors: &mut Errors,
) -> Result<Bound<'e>, Reported> {
    let items = arguments.iter().map(|argument| (argument.name.as_ref(), &argument.value));
    let (bound, wrong) = bind_items(what, "argument", span, items, params, rest, errors);
    wrong.map_or(Ok(bound), Err)
}

/// Binds the entries of a settings block. Wrong entries are reported and dropped. A bare parameter name is a
/// flag.
pub fn bind_entries<'e>(
    what: &str,
    span: Span,
    entries: &'e [Entry],
    params: &[Param],
    errors: &mut Errors,
) -> Bound<'e> {
    let items = entries.iter().map(|entry| (entry.name.as_ref(), &entry.value));
    bind_items(what, "setting", span, items, params, Rest::Refused, errors).0
}

fn bind_items<'e>(
    what: &str,
    noun: &str,
    span: Span,
    items: impl Iterator<Item = (Option<&'e crate::ast::Name>, &'e Expr)>,
    params: &[Param],
    rest: Rest,
    errors: &mut Errors,
) -> (Bound<'e>, Option<Reported>) {
    let (what, known) = (what.to_string(), known(params));
    let mut bound = Bound { span, what, known, values: Vec::new(), rest: Vec::new() };
    let mut wrong = None;
    // Parameters that a misspelled name probably means. They are not also reported as missing.
    let mut misspelt: Vec<&str> = Vec::new();
    for (name, value) in items {
        let param = match name {
            Some(name) => {
                let found = params.iter().find(|param| param.name == name.text);
                if found.is_none() {
                    let message = format!("{} has no {noun} `{}`", bound.what, name.text);
                    let names: Vec<&str> = params.iter().map(|param| param.name).collect();
                    misspelt.extend(words::meant(&name.text, &names));
                    wrong = Some(
                        errors.push(
                            Diagnostic::new("E0201", name.span, message)
                                .label(format!("unknown {noun}"))
                                .suggest_word(&name.text, names, &*bound.known),
                        ),
                    );
                    continue;
                }
                found
            }
            None => {
                let flag = match &value.kind {
                    ExprKind::Name(word) => {
                        params.iter().find(|param| !param.positional && param.name == *word)
                    }
                    _ => None,
                };
                flag.or_else(|| {
                    let free = |param: &&Param| {
                        param.positional && !bound.values.iter().any(|(n, _)| *n == param.name)
                    };
                    params.iter().find(free)
                })
            }
        };
        match param {
            Some(param) if bound.get(param.name).is_some() => {
                let first = bound.get(param.name).map_or(span, |first| first.span);
                wrong = Some(
                    errors.push(
                        Diagnostic::new("E0202", value.span, format!("`{}` is given twice", param.name))
                            .label("given again")
                            .note(first, "first given here"),
                    ),
                );
            }
            Some(param) => bound.values.push((param.name, value)),
            None if rest == Rest::Collected => bound.rest.push(value),
            None => {
                wrong = Some(
                    errors.push(
                        Diagnostic::new(
                            "E0203",
                            value.span,
                            format!("{} takes no further {noun}", bound.what),
                        )
                        .label(format!("{} is one too many", describe(value)))
                        .help(words::named_value(value, params).unwrap_or_else(|| bound.known.clone())),
                    ),
                );
            }
        }
    }
    for param in params.iter().filter(|param| param.required) {
        if bound.get(param.name).is_some() {
            continue;
        }
        if !misspelt.contains(&param.name) {
            wrong = Some(errors.push(bound.missing(param.name)));
        }
    }
    (bound, wrong)
}

fn known(params: &[Param]) -> String {
    if params.is_empty() {
        return "it takes no arguments".to_string();
    }
    let names: Vec<String> = params.iter().map(|param| format!("`{}`", param.name)).collect();
    format!("it takes {}", names.join(", "))
}

impl<'e> Bound<'e> {
    fn missing(&self, name: &str) -> Diagnostic {
        Diagnostic::new("E0204", self.span, format!("{} needs `{name}`", self.what))
            .label(format!("`{name}` is missing"))
            .help(&*self.known)
    }

    /// Returns the expression of a parameter.
    pub fn get(&self, name: &str) -> Option<&'e Expr> {
        self.values.iter().find(|(n, _)| *n == name).map(|(_, value)| *value)
    }

    /// Returns the expression of a required parameter.
    pub fn required(&self, name: &str, errors: &mut Errors) -> Result<&'e Expr, Reported> {
        match self.get(name) {
            Some(value) => Ok(value),
            None => Err(errors.push(self.missing(name))),
        }
    }

    /// Returns whether a flag is set (bare, or `= true`).
    pub fn flag(&self, name: &str, errors: &mut Errors) -> bool {
        match self.get(name) {
            None => false,
            Some(Expr { kind: ExprKind::Name(word), .. }) if word == name || word == "true" => true,
            Some(Expr { kind: ExprKind::Name(word), .. }) if word == "false" => false,
            Some(value) => {
                self.wrong(name, value, "`true` or `false`", errors);
                false
            }
        }
    }

    /// Returns a number within a range.
    pub fn number(
        &self,
        name: &str,
        range: std::ops::RangeInclusive<f64>,
        errors: &mut Errors,
    ) -> Result<f64, Reported> {
        let value = self.required(name, errors)?;
        let Some(number) = number(value) else {
            return Err(self.wrong(name, value, "a number", errors));
        };
        if !range.contains(&number) {
            return Err(errors.push(out_of_range(name, value.span, number, &range)));
        }
        // Numbers that are compared with data may exceed 32 bits.
        if *range.end() > f64::from(f32::MAX) { Ok(number) } else { scalar(number, value.span, errors) }
    }

    /// Returns a number within a range, or the default if it is missing or wrong.
    pub fn number_or(
        &self,
        name: &str,
        range: std::ops::RangeInclusive<f64>,
        otherwise: f64,
        errors: &mut Errors,
    ) -> f64 {
        self.get(name).map_or(otherwise, |_| self.number(name, range, errors).unwrap_or(otherwise))
    }

    /// Returns an integer within a range.
    pub fn count(
        &self,
        name: &str,
        range: std::ops::RangeInclusive<u64>,
        errors: &mut Errors,
    ) -> Result<u64, Reported> {
        let value = self.required(name, errors)?;
        whole(name, value, range, errors)
    }

    /// A whole number within a range, as a size.
    pub fn size(
        &self,
        name: &str,
        range: std::ops::RangeInclusive<u64>,
        errors: &mut Errors,
    ) -> Result<usize, Reported> {
        self.count(name, range, errors).map(|count| count as usize)
    }

    /// Returns an integer within a range, or the default if it is missing or wrong.
    pub fn count_or(
        &self,
        name: &str,
        range: std::ops::RangeInclusive<u64>,
        otherwise: u64,
        errors: &mut Errors,
    ) -> u64 {
        self.get(name).map_or(otherwise, |_| self.count(name, range, errors).unwrap_or(otherwise))
    }

    /// Returns an integer within a range as a size, or the default if it is missing or wrong.
    pub fn size_or(
        &self,
        name: &str,
        range: std::ops::RangeInclusive<u64>,
        otherwise: usize,
        errors: &mut Errors,
    ) -> usize {
        self.count_or(name, range, otherwise as u64, errors) as usize
    }

    /// Returns a quoted text.
    pub fn text(&self, name: &str, errors: &mut Errors) -> Result<&'e str, Reported> {
        let value = self.required(name, errors)?;
        match &value.kind {
            ExprKind::Text(text) => Ok(text),
            _ => Err(self.wrong(name, value, "a string in double quotes", errors)),
        }
    }

    /// Returns the value of a keyword.
    pub fn word<T: Copy>(
        &self,
        name: &str,
        words: &[(&'static str, T)],
        errors: &mut Errors,
    ) -> Result<T, Reported> {
        let value = self.required(name, errors)?;
        word(name, value, words, errors)
    }

    /// Returns the value of a keyword, or the default if it is missing or wrong.
    pub fn word_or<T: Copy>(
        &self,
        name: &str,
        words: &[(&'static str, T)],
        otherwise: T,
        errors: &mut Errors,
    ) -> T {
        self.get(name).map_or(otherwise, |_| self.word(name, words, errors).unwrap_or(otherwise))
    }

    /// Reports an argument of the wrong kind. If a word or call is close to one of the expected ones (in
    /// backticks), the message suggests that one.
    pub fn wrong(&self, name: &str, value: &Expr, expected: &str, errors: &mut Errors) -> Reported {
        let word = match &value.kind {
            ExprKind::Name(word) => word,
            ExprKind::Call(call) => &call.function.text,
            ExprKind::Invalid => return errors.unreadable(value.span),
            _ => "",
        };
        let mut diagnostic =
            Diagnostic::new("E0205", value.span, format!("`{name}` of {} must be {expected}", self.what))
                .label(format!("this is {}", describe(value)));
        diagnostic.help = match words::example(word, expected) {
            Some(example) => Some(format!("write `{example}`")),
            None => words::remedy(word, &words::heads(expected)),
        };
        errors.push(diagnostic)
    }
}

/// Minimum of a range that excludes 0.
pub const POSITIVE: f64 = f64::MIN_POSITIVE;
/// Maximum of a range that excludes 1, also after rounding to 32 bits.
pub const BELOW_ONE: f64 = 1.0 - f32::EPSILON as f64 / 2.0;

/// Returns the value of a number literal, possibly negated.
pub fn number(value: &Expr) -> Option<f64> {
    match &value.kind {
        ExprKind::Number(number) => Some(*number),
        ExprKind::Whole(number) => Some(*number as f64),
        ExprKind::Negate(inner) => number(inner).map(|number| -number),
        _ => None,
    }
}

/// Returns the exact value of a number literal, possibly negated.
pub fn exact(value: &Expr) -> Option<Number> {
    let (value, sign) = match &value.kind {
        ExprKind::Negate(inner) => (&**inner, -1),
        _ => (value, 1),
    };
    match &value.kind {
        ExprKind::Whole(number) => Some((sign * number).into()),
        _ => number(value).map(|number| (sign as f64 * number).into()),
    }
}

/// Returns a factor or summand. Reports a number that overflows a 32-bit float.
pub fn scalar(number: f64, span: Span, errors: &mut Errors) -> Result<f64, Reported> {
    let stored = number as f32;
    if stored.is_finite() && (stored != 0.0 || number == 0.0) {
        return Ok(number);
    }
    let size = if stored == 0.0 { "small" } else { "large" };
    Err(errors.push(
        Diagnostic::new("E0207", span, format!("this number is too {size} for 32 bits"))
            .label(format!("must be 0 or between 1e-45 and 3.4e38 in size, but this is {number:e}")),
    ))
}

/// Returns an integer within a range; reports anything else.
pub fn whole(
    name: &str,
    value: &Expr,
    range: std::ops::RangeInclusive<u64>,
    errors: &mut Errors,
) -> Result<u64, Reported> {
    let found = match number(value) {
        Some(number) if number.fract() == 0.0 => number,
        _ if value.kind == ExprKind::Invalid => return Err(errors.unreadable(value.span)),
        _ => {
            return Err(errors.push(
                Diagnostic::new("E0205", value.span, format!("`{name}` must be a whole number"))
                    .label(format!("this is {}", describe(value))),
            ));
        }
    };
    let bounds = (*range.start() as f64)..=(*range.end() as f64);
    if !bounds.contains(&found) {
        return Err(errors.push(out_of_range(name, value.span, found, &bounds)));
    }
    Ok(found as u64)
}

/// Returns the value of a keyword; reports anything else.
pub fn word<T: Copy>(
    name: &str,
    value: &Expr,
    words: &[(&'static str, T)],
    errors: &mut Errors,
) -> Result<T, Reported> {
    let names: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
    let listed: Vec<String> = names.iter().map(|word| format!("`{word}`")).collect();
    let ExprKind::Name(found) = &value.kind else {
        let remedy = match &value.kind {
            ExprKind::Invalid => return Err(errors.unreadable(value.span)),
            ExprKind::Text(text) if names.contains(&text.as_str()) => {
                Some(format!("leave out the quotes: `{name} = {text}`"))
            }
            ExprKind::Text(text) => words::remedy(text, &names),
            _ => None,
        };
        return Err(errors.push(
            Diagnostic::new("E0205", value.span, format!("`{name}` must be a word"))
                .label(format!("this is {}", describe(value)))
                .help(remedy.unwrap_or_else(|| format!("one of {}", listed.join(", ")))),
        ));
    };
    words.iter().find(|(word, _)| word == found).map(|(_, value)| *value).ok_or_else(|| {
        errors.push(
            Diagnostic::new("E0206", value.span, format!("`{name}` cannot be `{found}`"))
                .label("unknown word")
                .suggest_word(found, names, format!("one of {}", listed.join(", "))),
        )
    })
}

fn out_of_range(name: &str, span: Span, found: f64, range: &std::ops::RangeInclusive<f64>) -> Diagnostic {
    let (low, high) = (*range.start(), *range.end());
    let show = |number: f64| match number.abs() {
        size if size < 1e16 && (size == 0.0 || size >= 1e-6) => number.to_string(),
        _ => format!("{number:e}"),
    };
    let allowed = match (low, high) {
        (POSITIVE, _) => format!("above 0 and at most {}", show(high)),
        (_, BELOW_ONE) => format!("at least {} and below 1", show(low)),
        _ => format!("between {} and {}", show(low), show(high)),
    };
    let found = show(found);
    Diagnostic::new("E0207", span, format!("`{name}` is out of range"))
        .label(format!("must be {allowed}, but this is {found}"))
}

/// Describes an expression for messages.
pub fn describe(value: &Expr) -> String {
    match &value.kind {
        ExprKind::Number(number) => format!("the number {number}"),
        ExprKind::Whole(number) => format!("the number {number}"),
        ExprKind::Text(_) => "a string".to_string(),
        ExprKind::Name(word) => format!("the word `{word}`"),
        ExprKind::Range(..) => "a range of columns".to_string(),
        ExprKind::Member(..) => "a member".to_string(),
        ExprKind::List(items) if items.is_empty() => "an empty list".to_string(),
        ExprKind::List(_) => "a list".to_string(),
        ExprKind::Call(call) => format!("a call of `{}`", call.function.text),
        ExprKind::Index(..) => "a table lookup".to_string(),
        ExprKind::Negate(_) | ExprKind::Binary(..) => "an expression".to_string(),
        ExprKind::Invalid => "unreadable".to_string(),
    }
}

/// Keywords of a table of keywords and values.
pub(crate) const fn words_of<T: Copy, const N: usize>(table: &[(&'static str, T); N]) -> [&'static str; N] {
    let mut words = [""; N];
    let mut index = 0;
    while index < N {
        words[index] = table[index].0;
        index += 1;
    }
    words
}

/// Returns the keyword of a value.
pub(crate) fn word_of<T: Copy>(table: &[(&'static str, T)], is_value: impl Fn(T) -> bool) -> &'static str {
    table.iter().find(|(_, value)| is_value(*value)).map_or("", |(word, _)| word)
}

/// Asserts that a table has a keyword for each variant of a vocabulary.
#[cfg(test)]
pub(crate) fn assert_all<T: turret_schema::Variants>(table: &[(&'static str, T)]) {
    assert_all_besides(table, &[]);
}

/// Asserts that a table has a keyword for each variant of a vocabulary, except for those without one.
#[cfg(test)]
pub(crate) fn assert_all_besides<T: turret_schema::Variants>(
    table: &[(&'static str, T)],
    besides: &[&'static str],
) {
    let with_words: std::collections::BTreeSet<_> =
        table.iter().map(|(_, value)| value.variant()).chain(besides.iter().copied()).collect();
    assert_eq!(with_words, T::VARIANTS.iter().copied().collect());
}
