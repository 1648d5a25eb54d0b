//! Diagnostics of the compiler as errors at their tokens.

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;
use turret_dsl::Failure;
use turret_dsl::diag::Diagnostic;

use crate::written::Written;

/// Returns an error for each diagnostic. `fallback` is the span of diagnostics without a place.
pub(crate) fn report(failure: &Failure, written: &Written, fallback: Span) -> TokenStream {
    failure.diagnostics.iter().map(|diagnostic| error(diagnostic, failure, written, fallback)).collect()
}

fn error(diagnostic: &Diagnostic, failure: &Failure, written: &Written, fallback: Span) -> TokenStream {
    let place = |span| *failure.spans.get(span);
    let mut message = format!("{} [{}]", diagnostic.message, diagnostic.code);
    if !diagnostic.label.is_empty() {
        message.push_str(&format!("\n= note: {}", diagnostic.label));
    }
    for (span, note) in &diagnostic.notes {
        message.push_str(&format!("\n= note: {note}"));
        if let Some(quote) = written.quote(place(*span)).filter(|quote| !quote.is_empty()) {
            message.push_str(&format!(": `{}`", quote.lines().next().unwrap_or_default()));
        }
    }
    if let Some(help) = &diagnostic.help {
        message.push_str(&format!("\n= help: {help}"));
    }
    let (first, last) = written.span(place(diagnostic.span)).unwrap_or((fallback, fallback));
    compile_error(first, last, &message)
}

/// Returns an error that underlines a range of tokens.
pub(crate) fn compile_error(first: Span, last: Span, message: &str) -> TokenStream {
    let arguments = quote_spanned!(last=> { #message });
    quote_spanned!(first=> ::core::compile_error! #arguments)
}
