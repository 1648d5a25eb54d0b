//! Formatter of specs: indentation, spaces, alignment and long lines. Line breaks of the author are kept.
//!
//! The text becomes a list of tokens with the number of line breaks before each (`items`). The layout depends
//! only on this list (`layout`), and wrapping only adds breaks to it (`wrap`), so formatting is idempotent.

mod align;
mod items;
mod layout;
mod wrap;

use crate::ast::Spec;
use crate::diag::{Diagnostic, Errors};
use crate::parse::{self, roles::roles};
use crate::span::{Place, Spans};

/// Maximum line width.
const WIDTH: usize = 100;
/// Spaces per level of indentation.
const INDENT: usize = 4;

/// The text does not parse.
#[derive(Debug)]
pub struct Unparsed {
    /// Errors.
    pub diagnostics: Vec<Diagnostic>,
    /// Places of the diagnostics, in text 0.
    pub spans: Spans<Place>,
}

/// Formats a spec. Only white space changes, and redundant commas at the ends of lines in braces are removed.
/// If the result exceeds the size limit of a spec, the text is returned unchanged.
pub fn format(text: &str) -> Result<String, Unparsed> {
    let before = spec(text)?;
    let (Some(tokens), roles) = (parse::tokens(text), roles(text)) else { return Ok(text.to_string()) };
    let mut items = items::items(text, &tokens, &roles);
    // Each iteration breaks lines at least one bracket deeper.
    for _ in 0..2 * parse::brackets::MAX_DEPTH {
        items::settle(&mut items);
        align::align(&mut items);
        let columns = layout::columns(&items);
        if !wrap::wrap(&mut items, &columns) {
            break;
        }
    }
    let formatted = layout::text(&items);
    if formatted.len() > parse::lex::MAX_TEXT {
        return Ok(text.to_string());
    }
    let same = spec(&formatted).is_ok_and(|after| after == before);
    debug_assert!(same, "formatting changed what the text says");
    Ok(if same { formatted } else { text.to_string() })
}

fn spec(text: &str) -> Result<Spec, Unparsed> {
    let (mut spans, mut errors) = (Spans::new(Place { text: 0, start: 0, end: 0 }), Errors::default());
    let spec = parse::parse(text, 0, &mut spans, &mut errors);
    errors.finish(Ok(spec)).map_err(|diagnostics| Unparsed { diagnostics, spans })
}

#[cfg(test)]
mod tests;
