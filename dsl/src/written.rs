//! Field names as written in a spec.

use std::borrow::Cow;

/// Returns the name of a field, in quotes unless it is an identifier of the language.
pub(crate) fn written(field: &str) -> Cow<'_, str> {
    let mut characters = field.chars();
    let begins = characters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_');
    if begins && characters.all(|other| other.is_ascii_alphanumeric() || other == '_') {
        return Cow::Borrowed(field);
    }
    let mut text = String::with_capacity(field.len() + 2);
    text.push('"');
    for character in field.chars() {
        match character {
            '"' | '\\' => text.extend(['\\', character]),
            '\n' => text.push_str("\\n"),
            '\t' => text.push_str("\\t"),
            _ => text.push(character),
        }
    }
    text.push('"');
    Cow::Owned(text)
}

#[cfg(test)]
mod tests {
    use super::written;
    use crate::Compiler;

    #[test]
    fn names_that_are_none_of_the_language_are_quoted() {
        for (field, expected) in [
            ("user_id", "user_id"),
            ("_1", "_1"),
            ("1st", "\"1st\""),
            ("the title", "\"the title\""),
            ("user_id:token", "\"user_id:token\""),
            ("a\"b\\c\n\td", r#""a\"b\\c\n\td""#),
            ("größe", "\"größe\""),
        ] {
            assert_eq!(written(field), expected);
            let text = format!(
                "model M {{ input {{ x: float(from = {}), y: label }} tower s {{ x |> dense(1) }} objective bce(s, y) }}",
                written(field)
            );
            let plan = Compiler::new("m.dm", &text).plan().unwrap();
            assert_eq!(plan.model.columns[0].field, field);
        }
    }
}
