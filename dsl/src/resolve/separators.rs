//! Separators of the fields of a row, and of the items of a field.

use crate::arguments::{Bound, describe};
use crate::ast::{Expr, ExprKind};
use crate::diag::{Diagnostic, Errors, Reported};

/// Maximum length of a separator of fields.
const LONGEST: usize = 16;

/// Common names of characters, and their spelling in the language.
const NAMED: [(&str, &str); 9] = [
    ("tab", "\\t"),
    ("comma", ","),
    ("semicolon", ";"),
    ("colon", ":"),
    ("pipe", "|"),
    ("bar", "|"),
    ("space", " "),
    ("whitespace", " "),
    ("dash", "-"),
];

/// Text of a separator. Reports a word in its place.
fn text<'e>(bound: &Bound<'e>, name: &str, errors: &mut Errors) -> Result<&'e str, Reported> {
    let value = bound.required(name, errors)?;
    let (ExprKind::Name(word) | ExprKind::Text(word)) = &value.kind else { return bound.text(name, errors) };
    let named = NAMED.iter().find(|(named, _)| *named == word.to_ascii_lowercase());
    let Some((_, character)) = named else { return bound.text(name, errors) };
    Err(errors.push(
        Diagnostic::new("E0205", value.span, format!("`{name}` is a character in double quotes"))
            .label(format!("this is {}", describe(value)))
            .help(format!("write `{name} = \"{character}\"`")),
    ))
}

/// Separator of the fields of a source: one or several ASCII characters.
pub(super) fn separator(bound: &Bound<'_>, written: &Expr, errors: &mut Errors) -> Result<String, Reported> {
    let text = text(bound, "separator", errors)?;
    if text.is_empty() || !text.is_ascii() || text.len() > LONGEST {
        let expected = format!("1 to {LONGEST} ASCII characters");
        return Err(bound.wrong("separator", written, &expected, errors));
    }
    let (what, help) = match text.bytes().find(|byte| matches!(byte, b'\n' | b'\r' | b'"')) {
        None => return Ok(text.to_owned()),
        Some(b'"') => (
            "quotes",
            "a quote cannot separate fields: name the character between them, such as `separator = \",\"`, and `quote = true`",
        ),
        Some(_) => (
            "lines",
            "each line is a row: name the character between its fields, such as `separator = \",\"`",
        ),
    };
    let message = format!("`separator` cannot be a character of {what}");
    Err(errors.push(Diagnostic::new("E0205", written.span, message).help(help)))
}

/// One ASCII character that is neither a quote nor a line break nor white space.
pub(super) fn one_character(
    bound: &Bound<'_>,
    name: &str,
    written: &Expr,
    errors: &mut Errors,
) -> Result<char, Reported> {
    let text = text(bound, name, errors)?;
    let mut characters = text.chars();
    match (characters.next(), characters.next()) {
        (Some(character), None) if character.is_ascii_graphic() && character != '"' => Ok(character),
        _ => Err(bound.wrong(name, written, "one ASCII character that is not a double quote", errors)),
    }
}

/// A separator character. A backslash is rejected.
pub(super) fn character(
    bound: &Bound<'_>,
    name: &str,
    default: char,
    errors: &mut Errors,
) -> Result<char, Reported> {
    let Some(value) = bound.get(name) else { return Ok(default) };
    let text = text(bound, name, errors)?;
    let mut characters = text.chars();
    match (characters.next(), characters.next()) {
        (Some(character), None) if character != '\\' => Ok(character),
        _ => Err(bound.wrong(name, value, "one character, not a backslash", errors)),
    }
}
