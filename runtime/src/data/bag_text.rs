//! How bags are written as text: items, separators, and the backslash that takes their meaning away; and lists in brackets, as other
//! languages write them.

use std::borrow::Cow;

/// Writes a key so that a [`BagColumn`](super::BagColumn) with these separators reads it as one item.
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
    matches!(part, '\\' | '[') || part == separator || Some(part) == weight_separator
}

/// Takes the escapes out of an item.
pub(super) fn unescape(item: &str, separator: char, weight_separator: Option<char>) -> Cow<'_, str> {
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

/// The parts of a text between separators that no backslash precedes; escapes stay in them.
pub(super) struct Split<'t> {
    rest: Option<&'t str>,
    separator: char,
}

impl<'t> Split<'t> {
    pub(super) fn new(text: &'t str, separator: char) -> Self {
        Self { rest: Some(text), separator }
    }
}

impl<'t> Iterator for Split<'t> {
    type Item = &'t str;

    fn next(&mut self) -> Option<&'t str> {
        let rest = self.rest?;
        let mut escaped = false;
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

/// The items of a text that is a list as Python and JSON write it: in brackets, with or without quotes (`[1, 2]`, `['a', "b"]`, `[]`,
/// and NumPy's `[1 2]`). An item that is missing (`None`, `null`, `nan`) is empty. `None` where the text is no such list. Items
/// without quotes may be cut at the separator of the column as well.
pub(super) fn listed(text: &str, separator: char) -> Option<Vec<Cow<'_, str>>> {
    let mut rest = text.trim().strip_prefix('[')?.strip_suffix(']')?.trim_start();
    let mut items = Vec::new();
    while !rest.is_empty() {
        if let Some((item, after)) = quoted(rest) {
            items.push(item);
            rest = after.trim_start();
            let is_next = rest.is_empty() || rest.starts_with(QUOTES);
            rest = if is_next { rest } else { rest.strip_prefix(',')?.trim_start() };
        } else {
            let (item, after) = rest.split_once(',').unwrap_or((rest, ""));
            if item.contains(['[', ']']) || item.starts_with(QUOTES) {
                return None;
            }
            bare(item.trim(), separator, &mut items);
            rest = after.trim_start();
        }
    }
    Some(items)
}

/// The entries of a text that is an object as Python and JSON write it (`{'a': 0.5}`), each a key and what follows it.
pub(super) fn entries(text: &str) -> Option<Vec<(Cow<'_, str>, &str)>> {
    let mut rest = text.trim().strip_prefix('{')?.strip_suffix('}')?.trim_start();
    let mut entries = Vec::new();
    while !rest.is_empty() {
        let (key, after) = match quoted(rest) {
            Some((key, after)) => (key, after.trim_start().strip_prefix(':')?),
            None => rest.split_once(':').map(|(key, after)| (Cow::Borrowed(key.trim()), after))?,
        };
        let (value, after) = after.split_once(',').unwrap_or((after, ""));
        entries.push((key, value.trim().trim_matches(QUOTES)));
        rest = after.trim_start();
    }
    Some(entries)
}

const QUOTES: [char; 2] = ['\'', '"'];

/// The text in the quotes that another begins with, and what is behind them.
fn quoted(text: &str) -> Option<(Cow<'_, str>, &str)> {
    let quote = text.chars().next().filter(|first| QUOTES.contains(first))?;
    let mut escaped = false;
    let (end, _) = text.char_indices().skip(1).find(|&(_, part)| {
        let is_end = part == quote && !escaped;
        escaped = part == '\\' && !escaped;
        is_end
    })?;
    let inside = &text[1..end];
    let plain = if inside.contains('\\') { Cow::Owned(unescaped(inside)?) } else { Cow::Borrowed(inside) };
    Some((plain, &text[end + 1..]))
}

/// A text without the escapes of JSON and Python: `\n`, `\xe9`, `\u00e9`, a pair of surrogates, `\U0001f600`; others stand for the character
/// behind the backslash. `None` where a number of an escape is no character.
fn unescaped(text: &str) -> Option<String> {
    let mut plain = String::with_capacity(text.len());
    let mut parts = text.chars();
    while let Some(part) = parts.next() {
        if part != '\\' {
            plain.push(part);
            continue;
        }
        plain.push(match parts.next()? {
            'n' => '\n',
            't' => '\t',
            'r' => '\r',
            'b' => '\u{8}',
            'f' => '\u{c}',
            'x' => char::from_u32(hexadecimal(&mut parts, 2)?)?,
            'U' => char::from_u32(hexadecimal(&mut parts, 8)?)?,
            'u' => match hexadecimal(&mut parts, 4)? {
                high @ 0xd800..=0xdbff => {
                    let is_pair = parts.next() == Some('\\') && parts.next() == Some('u');
                    let low = hexadecimal(&mut parts, 4)
                        .filter(|low| is_pair && (0xdc00..=0xdfff).contains(low))?;
                    char::from_u32(0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00))?
                }
                code => char::from_u32(code)?,
            },
            other => other,
        });
    }
    Some(plain)
}

/// The number that the next hexadecimal digits are.
fn hexadecimal(parts: &mut std::str::Chars<'_>, digits: usize) -> Option<u32> {
    (0..digits).try_fold(0, |number, _| Some(number * 16 + parts.next()?.to_digit(16)?))
}

/// Appends what stands between two commas without quotes.
fn bare<'t>(text: &'t str, separator: char, items: &mut Vec<Cow<'t, str>>) {
    let item = |item: &'t str| match item.trim() {
        "None" | "null" | "nan" | "NaN" | "<NA>" => Cow::Borrowed(""),
        item => Cow::Borrowed(item),
    };
    let is_number = |word: &str| word.parse::<f64>().is_ok();
    if text.split_whitespace().all(is_number) {
        items.extend(text.split_whitespace().map(item));
    } else {
        items.extend(text.split(separator).map(item));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_of_json_and_python_are_their_characters() {
        for (text, key) in [
            (r#"["\u00e9"]"#, "é"),
            (r"['\xe9']", "é"),
            (r#"["\ud83d\ude00"]"#, "😀"),
            (r"['\U0001f600']", "😀"),
            (r#"["a\nb"]"#, "a\nb"),
            (r#"["it\'s \"so\""]"#, "it's \"so\""),
        ] {
            assert_eq!(listed(text, ',').unwrap(), [key], "{text}");
        }
        for text in [r#"["\ud83d"]"#, r#"["\u12"]"#, r"['\xzz']"] {
            assert_eq!(listed(text, ','), None, "{text}");
        }
    }

    #[test]
    fn lists_in_brackets() {
        for (text, expected) in [
            ("[1, 2]", Some(&["1", "2"][..])),
            (" [2] ", Some(&["2"])),
            ("[]", Some(&[])),
            ("[ ]", Some(&[])),
            ("['Action', 'Sci, Fi']", Some(&["Action", "Sci, Fi"])),
            (r#"["it's", 'say "a"', 'it\'s']"#, Some(&["it's", "say \"a\"", "it's"])),
            ("['a' 'b'\n 'c']", Some(&["a", "b", "c"])),
            ("[1 2  3]", Some(&["1", "2", "3"])),
            ("[1., 2.5]", Some(&["1.", "2.5"])),
            ("[Comedy, Sci Fi]", Some(&["Comedy", "Sci Fi"])),
            ("[a|b]", Some(&["a", "b"])),
            ("[1, None, nan]", Some(&["1", "", ""])),
            ("['a',]", Some(&["a"])),
            ("[[1], [2]]", None),
            ("['a", None),
            ("['a]", None),
            ("['a'b]", None),
            ("a[1]", None),
            ("1, 2", None),
        ] {
            let found = listed(text, '|');
            let found = found.as_ref().map(|items| items.iter().map(AsRef::as_ref).collect::<Vec<&str>>());
            assert_eq!(found.as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn objects_in_braces() {
        let found = entries(r#"{'a': 0.5, "b:c" : 1, d: '2'}"#).unwrap();
        assert_eq!(found, [("a".into(), "0.5"), ("b:c".into(), "1"), ("d".into(), "2")]);
        assert_eq!((entries("{}"), entries("a:1"), entries("{a}")), (Some(vec![]), None, None));
    }
}
