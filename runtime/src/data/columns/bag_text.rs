//! Bags as text: separators and backslash escapes.

use std::borrow::Cow;

use memchr::memchr2;

use crate::data::error::FieldFault;

/// Escapes a key so that a [`BagColumn`](super::bag::BagColumn) with these separators reads it as one item.
pub fn escape_bag_item(key: &str, separator: char, weight_separator: Option<char>) -> String {
    let mut escaped = String::with_capacity(key.len());
    for part in key.chars() {
        if is_special(part, separator, weight_separator) {
            escaped.push('\\');
        }
        escaped.push(part);
    }
    escaped
}

fn is_special(part: char, separator: char, weight_separator: Option<char>) -> bool {
    matches!(part, '\\' | '[' | '(' | '{') || part == separator || Some(part) == weight_separator
}

/// Removes the escapes of an item.
pub(in crate::data) fn unescape(item: &str, separator: char, weight_separator: Option<char>) -> Cow<'_, str> {
    if !item.contains('\\') {
        return Cow::Borrowed(item);
    }
    let mut plain = String::with_capacity(item.len());
    let mut rest = item.chars().peekable();
    while let Some(part) = rest.next() {
        match rest.peek() {
            Some(&next) if part == '\\' && is_special(next, separator, weight_separator) => {
                plain.push(next);
                rest.next();
            }
            _ => plain.push(part),
        }
    }
    Cow::Owned(plain)
}

/// Returns the key of an item of a text, and the text of its weight, which follows `mark`.
pub(in crate::data) fn key_and_weight(
    item: &str,
    separator: char,
    mark: char,
) -> Result<(Cow<'_, str>, &str), FieldFault> {
    let mut parts = Split::new(item, mark);
    match (parts.next(), parts.next(), parts.next()) {
        (Some(key), Some(weight), None) if !key.trim().is_empty() => {
            Ok((unescape(key.trim(), separator, Some(mark)), weight))
        }
        _ => Err(FieldFault::ItemWithoutWeight { item: item.into(), separator: mark }),
    }
}

/// Parts of a text between unescaped separators. Escapes are kept.
pub(in crate::data) struct Split<'t> {
    rest: Option<&'t str>,
    separator: char,
}

impl<'t> Split<'t> {
    pub(in crate::data) fn new(text: &'t str, separator: char) -> Self {
        Self { rest: Some(text), separator }
    }
}

impl<'t> Iterator for Split<'t> {
    type Item = &'t str;

    fn next(&mut self) -> Option<&'t str> {
        let rest = self.rest?;
        let mut escaped = false;
        if let Ok(separator) = u8::try_from(self.separator)
            && separator.is_ascii()
        {
            match memchr2(separator, b'\\', rest.as_bytes()) {
                None => return self.rest.take(),
                Some(at) if rest.as_bytes()[at] == separator => {
                    self.rest = Some(&rest[at + 1..]);
                    return Some(&rest[..at]);
                }
                // A backslash may escape a separator.
                Some(_) => {}
            }
        }
        for (at, part) in rest.char_indices() {
            if !escaped && part == self.separator {
                self.rest = Some(&rest[at + part.len_utf8()..]);
                return Some(&rest[..at]);
            }
            escaped = part == '\\' && !escaped;
        }
        self.rest = None;
        Some(rest)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn parts_end_at_separators_that_are_not_escaped(text in "[ab|\\\\é ]{0,12}", separator in "[|aé]") {
            let separator = separator.chars().next().unwrap();
            let (mut expected, mut part, mut escaped) = (Vec::new(), String::new(), false);
            for next in text.chars() {
                if next == separator && !escaped {
                    expected.push(std::mem::take(&mut part));
                    escaped = false;
                    continue;
                }
                part.push(next);
                escaped = next == '\\' && !escaped;
            }
            expected.push(part);
            prop_assert!(Split::new(&text, separator).eq(expected.iter().map(String::as_str)));
        }
    }
}
