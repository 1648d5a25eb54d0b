//! Diagnostics of a spec, and the list in which stages collect them.

use crate::span::Span;
use crate::words;
use crate::written::written;

/// An error, reported once.
#[derive(Clone, Debug, PartialEq)]
pub struct Diagnostic {
    /// Stable code, such as `E0107`. `docs/errors.md` and `turret explain E0107` explain it.
    pub code: &'static str,
    /// Place in the spec.
    pub span: Span,
    /// Message: lower case, names in backticks, no final period.
    pub message: String,
    /// Label of the underlined text; may be empty.
    pub label: String,
    /// Related places, such as the first declaration.
    pub notes: Vec<(Span, String)>,
    /// Suggested fix.
    pub help: Option<String>,
}

impl Diagnostic {
    /// A diagnostic without label, notes or help.
    pub fn new(code: &'static str, span: Span, message: impl Into<String>) -> Self {
        let message = message.into();
        debug_assert!(!message.ends_with('.'), "a message has no final period: {message}");
        Diagnostic { code, span, message, label: String::new(), notes: Vec::new(), help: None }
    }

    /// Sets the label of the underlined text.
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// Adds a note at another place.
    pub fn note(mut self, span: Span, note: impl Into<String>) -> Self {
        self.notes.push((span, note.into()));
        self
    }

    /// Suggests the nearest declared name. If none is near, sets `otherwise` as help.
    pub fn suggest<'a>(
        self,
        name: &str,
        declared: impl IntoIterator<Item = &'a str>,
        otherwise: impl Into<String>,
    ) -> Self {
        match words::nearest(name, declared) {
            Some(near) => self.help(format!("did you mean `{near}`?")),
            None => self.help(otherwise),
        }
    }

    /// Suggests the nearest field, as written in a spec. If none is near, sets `otherwise` as help.
    pub fn suggest_field<'a>(
        self,
        field: &str,
        fields: impl IntoIterator<Item = &'a str>,
        otherwise: impl Into<String>,
    ) -> Self {
        match words::nearest_field(field, fields) {
            Some(near) => self.help(format!("did you mean `{}`?", written(near))),
            None => self.help(otherwise),
        }
    }

    /// Suggests the nearest field for a column. A field that is not a valid column name is suggested with
    /// `from`.
    pub fn suggest_from<'a>(
        self,
        field: &str,
        fields: impl IntoIterator<Item = &'a str>,
        otherwise: impl Into<String>,
    ) -> Self {
        match words::nearest_field(field, fields).map(|near| (near, written(near))) {
            Some((near, named)) if near == named => self.help(format!("did you mean `{named}`?")),
            Some((_, named)) => self.help(format!("did you mean `from = {named}`?")),
            None => self.help(otherwise),
        }
    }

    /// Suggests the word of the language that an unknown word means. If there is none, sets `otherwise` as
    /// help. An example in backticks in `otherwise` that begins with the word is suggested as the form.
    pub fn suggest_word<'a>(
        self,
        word: &str,
        known: impl IntoIterator<Item = &'a str>,
        otherwise: impl Into<String>,
    ) -> Self {
        let (known, otherwise) = (known.into_iter().collect::<Vec<_>>(), otherwise.into());
        if let Some(example) = words::example(word, &otherwise) {
            return self.help(format!("write `{example}`"));
        }
        let help = words::remedy(word, &known).unwrap_or(otherwise);
        self.help(help)
    }

    /// Escapes line breaks that come from names and keys of the spec.
    fn on_one_line(mut self) -> Self {
        let notes = self.notes.iter_mut().map(|(_, note)| note);
        for text in notes.chain([&mut self.message, &mut self.label]).filter(|text| text.contains('\n')) {
            *text = text.replace('\n', "\\n");
        }
        self
    }

    /// Sets the help.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// Maximum number of diagnostics per compilation; it bounds the time.
const MAX_ERRORS: usize = 100;

/// All errors so far. Each stage runs to its end; the pipeline calls [`Errors::check`] between stages.
#[derive(Debug, Default)]
#[must_use]
pub struct Errors(Vec<Diagnostic>);

/// Proof that an error was reported. Only [`Errors`] creates it, so every rejection has a diagnostic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reported(());

impl Errors {
    /// Adds a diagnostic. An error in a block is reported once, even if the block is used several times.
    pub fn push(&mut self, diagnostic: Diagnostic) -> Reported {
        let diagnostic = diagnostic.on_one_line();
        let same = |other: &Diagnostic| other.span.0 == diagnostic.span.0 && *other == diagnostic;
        if self.is_full() || self.0.iter().any(same) {
            return Reported(());
        }
        self.0.push(diagnostic);
        if self.0.len() == MAX_ERRORS {
            let last = self.0[MAX_ERRORS - 1].span;
            let message = format!("there are more than {MAX_ERRORS} errors; the others are not shown");
            self.0.push(Diagnostic::new("E0013", last, message));
        }
        Reported(())
    }

    /// Adds diagnostics.
    pub fn extend(&mut self, diagnostics: impl IntoIterator<Item = Diagnostic>) {
        diagnostics.into_iter().for_each(|diagnostic| {
            self.push(diagnostic);
        });
    }

    /// Returns whether there is no error so far.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the number of errors so far.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns whether the limit of errors is reached.
    pub fn is_full(&self) -> bool {
        self.0.len() > MAX_ERRORS
    }

    /// Proof that the limit of errors is reached, if it is.
    pub fn full(&self) -> Option<Reported> {
        self.is_full().then_some(Reported(()))
    }

    /// Rejects an expression that could not be parsed. Reports it unless the parser did.
    pub fn unreadable(&mut self, span: Span) -> Reported {
        if self.0.is_empty() {
            return self.push(Diagnostic::new("E0001", span, "this cannot be read"));
        }
        Reported(())
    }

    /// Returns whether all errors are unused declarations, so that the next stage can run.
    pub fn are_unused_only(&self) -> bool {
        self.0.iter().all(|diagnostic| diagnostic.code.starts_with("E05"))
    }

    /// Ends a stage. Fails if the next stage cannot run.
    pub fn check(&self) -> Result<(), Reported> {
        if self.are_unused_only() { Ok(()) } else { Err(Reported(())) }
    }

    /// Ends the pipeline. Returns its result, or all errors.
    pub fn finish<T>(self, result: Result<T, Reported>) -> Result<T, Vec<Diagnostic>> {
        debug_assert!(result.is_ok() || !self.0.is_empty(), "a refusal belongs to these diagnostics");
        match result {
            Ok(value) if self.0.is_empty() => Ok(value),
            _ => Err(self.0),
        }
    }
}
