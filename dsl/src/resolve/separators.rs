//! Separators of the fields of a row, and of the items of a field.

use crate::arguments::{Bound, describe};
use crate::ast::{Expr, ExprKind};
use crate::diag::{Diagnostic, Errors, Reported};

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

/// Separator of the fields of a source.
pub(super) fn separator(bound: &Bound<'_>, written: &Expr, errors: &mut Errors) -> Result<u8, Reported> {
    let text = text(bound, "separator", errors)?;
    let [first, rest @ ..] = text.as_bytes() else {
        return Err(bound.wrong("separator", written, "one ASCII character", errors));
    };
    if rest.is_empty() && first.is_ascii() {
        let (what, help) = match first {
            b'\n' | b'\r' => (
                "lines",
                "each line is a row: name the character between its fields, such as `separator = \",\"`",
            ),
            b'"' => (
                "quotes",
                "a quote cannot separate fields: name the character between them, such as `separator = \",\"`, and `quote = true`",
            ),
            _ => return Ok(*first),
        };
        let message = format!("`separator` cannot be a character of {what}");
        return Err(errors.push(Diagnostic::new("E0205", written.span, message).help(help)));
    }
    let repeated = first.is_ascii() && rest.iter().all(|byte| byte == first);
    let count = text.chars().count();
    let message = format!("`separator` must be one ASCII character, and this has {count}");
    let message = if count == 1 { "`separator` is one ASCII character".to_string() } else { message };
    let help = match repeated {
        true => {
            let (one, empty) =
                (char::from(*first).escape_default(), (1..count).map(|n| format!(", empty_{n}")));
            let empty: String = empty.collect();
            format!(
                "each `{text}` is {count} separators with nothing between: `separator = \"{one}\", columns = [user{empty}, item]`, a name for each empty field, if no text holds `{one}` itself"
            )
        }
        false => "write the file with another separator, such as a tab".to_string(),
    };
    Err(errors.push(Diagnostic::new("E0205", written.span, message).label(describe(written)).help(help)))
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
