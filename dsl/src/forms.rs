//! Forms of values: each family of values has a table of words and calls.

use crate::arguments::{Bound, Param, Rest, bind};
use crate::ast::{Expr, ExprKind};
use crate::diag::{Errors, Reported};

/// A form of a value. `C` is the context that reading changes.
pub(crate) struct Form<T, C = ()> {
    /// Word.
    pub(crate) word: &'static str,
    /// Example for diagnostics.
    pub(crate) example: &'static str,
    /// Parameters of the call. Without required parameters, the word alone is a value too.
    pub(crate) params: &'static [Param],
    /// Reads the arguments.
    pub(crate) read: Read<T, C>,
}

/// Function that makes a value from arguments.
pub(crate) type Read<T, C> = fn(&Bound<'_>, &mut C, &mut Errors) -> Result<T, Reported>;

impl<T, C> Form<T, C> {
    /// Returns whether the word alone is a value.
    pub(crate) fn is_word(&self) -> bool {
        !self.params.iter().any(|param| param.required)
    }

    fn is_form_of(&self, value: &Expr) -> bool {
        match &value.kind {
            ExprKind::Name(word) => word == self.word && self.is_word(),
            ExprKind::Call(call) => call.function.text == self.word && !self.params.is_empty(),
            _ => false,
        }
    }
}

/// Reads a value of a family. `None` if it has none of the forms.
pub(crate) fn read<T, C>(
    forms: &[Form<T, C>],
    value: &Expr,
    context: &mut C,
    errors: &mut Errors,
) -> Option<Result<T, Reported>> {
    let form = forms.iter().find(|form| form.is_form_of(value))?;
    let arguments = match &value.kind {
        ExprKind::Call(call) => call.arguments.as_slice(),
        _ => &[],
    };
    let what = format!("`{}`", form.word);
    let bound = bind(&what, value.span, arguments, form.params, Rest::Refused, errors);
    Some(bound.and_then(|bound| (form.read)(&bound, context, errors)))
}

/// Words of a family.
pub(crate) const fn words<T, C, const N: usize>(forms: &[Form<T, C>; N]) -> [&'static str; N] {
    let mut words = [""; N];
    let mut index = 0;
    while index < N {
        words[index] = forms[index].word;
        index += 1;
    }
    words
}

/// Examples of a family, joined for "one of these".
pub(crate) fn listed<T, C>(forms: &[Form<T, C>]) -> String {
    let examples: Vec<String> = forms.iter().map(|form| format!("`{}`", form.example)).collect();
    match examples.as_slice() {
        [first @ .., last] if !first.is_empty() => format!("{} or {last}", first.join(", ")),
        all => all.concat(),
    }
}

/// Asserts that the examples of a family, parsed by `value`, cover all variants of a vocabulary except
/// `besides`.
#[cfg(test)]
pub(crate) fn assert_all<V: turret_schema::Variants, T, C>(
    forms: &[Form<T, C>],
    besides: &[&'static str],
    value: impl Fn(&str) -> V,
) {
    let variant = |form: &Form<T, C>| {
        let head = form.example.split('(').next();
        assert_eq!(head, Some(form.word), "an example begins with its word");
        value(form.example).variant()
    };
    let found: std::collections::BTreeSet<_> =
        forms.iter().map(variant).chain(besides.iter().copied()).collect();
    assert_eq!(found, V::VARIANTS.iter().copied().collect());
}
