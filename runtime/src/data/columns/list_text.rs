//! Lists and objects in text, in the syntax of Python, NumPy and JSON.

use crate::data::error::ListFault;
use std::borrow::Cow;

use super::bag_text::Split;

/// Reads the items of a list (`[1, 2]`, `['a', "b"]`, `[]`, NumPy's `[1 2]`), or of a Python tuple or set
/// (`('a', 'b')`, `{1, 2}`, `set()`). A missing item (`None`, `null`, `nan`) is empty. Unquoted items are
/// also split at the separator of the column.
///
/// Returns `None` for text that does not start like a list. A single word in parentheses or braces is a key,
/// and so is text around parentheses: `(500) Days`, `{3f25-04e0}`.
pub(in crate::data) fn listed(text: &str, separator: char) -> Result<Option<Vec<Cow<'_, str>>>, ListFault> {
    let text = text.trim();
    let text = text.strip_prefix("frozenset(").and_then(|set| set.strip_suffix(')')).unwrap_or(text);
    if matches!(text, "" | "set()") {
        return Ok(Some(Vec::new()));
    }
    if is_named(text) {
        return Err(ListFault::Named);
    }
    let inside = |open, close| text.strip_prefix(open).map(|rest: &str| rest.strip_suffix(close));
    if let Some(inside) = inside('[', ']') {
        return Ok(Some(Items::read(inside.ok_or(ListFault::Open)?, separator)?.items));
    }
    let Some(inside) = inside('(', ')').or_else(|| inside('{', '}')) else { return Ok(None) };
    let is_set = text.starts_with('{');
    match inside.map(|inside| Items::read(inside, separator)) {
        Some(Ok(found)) if is_set && found.has_colon => Err(ListFault::Object),
        Some(Ok(found)) if found.is_marked || found.items.len() != 1 => Ok(Some(found.items)),
        Some(Ok(found)) if is_set && is_number(&found.items[0]) => Ok(Some(found.items)),
        Some(Err(error)) if error != ListFault::Crossed => Err(error),
        // Brackets inside keys must be balanced within each key.
        _ if Split::new(text, separator).all(is_balanced) => Ok(None),
        Some(_) => Err(ListFault::Crossed),
        None => Err(ListFault::Open),
    }
}

/// Items between brackets.
struct Items<'t> {
    items: Vec<Cow<'t, str>>,
    /// True if quotes or commas separate items.
    is_marked: bool,
    /// True if an unquoted item contains a colon.
    has_colon: bool,
}

impl<'t> Items<'t> {
    fn read(inside: &'t str, separator: char) -> Result<Self, ListFault> {
        let mut found = Self { items: Vec::new(), is_marked: false, has_colon: false };
        let mut rest = inside.trim_start();
        while !rest.is_empty() {
            if rest.starts_with(QUOTES) {
                let (item, after) = quoted(rest).ok_or(ListFault::Item)?;
                found.items.push(item);
                found.is_marked = true;
                rest = after.trim_start();
                if !rest.is_empty() && !rest.starts_with(QUOTES) {
                    rest = rest.strip_prefix(',').ok_or(match rest.chars().next() {
                        Some(':') => ListFault::Object,
                        Some('.') => ListFault::Elided,
                        _ => ListFault::Item,
                    })?;
                }
            } else {
                let (item, after) = rest.split_once(',').unwrap_or((rest, ""));
                found.is_marked |= item.len() < rest.len();
                found.bare(item.trim(), separator)?;
                rest = after;
            }
            rest = rest.trim_start();
        }
        Ok(found)
    }

    /// Appends unquoted text between two commas.
    fn bare(&mut self, text: &'t str, separator: char) -> Result<(), ListFault> {
        if text.split_whitespace().any(|word| matches!(word, "..." | "\u{2026}" | "Ellipsis")) {
            return Err(ListFault::Elided);
        }
        if !is_balanced(text) {
            return Err(ListFault::Crossed);
        }
        if text.starts_with('(') && text.ends_with(')') || text.contains(['[', '{']) {
            return Err(ListFault::Nested);
        }
        let text = numpy_scalar(text).unwrap_or(text);
        self.has_colon |= text.contains(':');
        let item = |item: &'t str| match item.trim() {
            "None" | "null" | "nan" | "NaN" | "<NA>" => Cow::Borrowed(""),
            item => Cow::Borrowed(item),
        };
        if text.split_whitespace().all(is_number) {
            self.items.extend(text.split_whitespace().map(item));
        } else {
            self.items.extend(text.split(separator).map(item));
        }
        Ok(())
    }
}

fn is_number(word: &str) -> bool {
    word.parse::<f64>().is_ok()
}

/// Value of a NumPy 2 scalar in a list: `np.int64(1)`, `np.str_('a')`.
fn numpy_scalar(text: &str) -> Option<&str> {
    let (_, value) = text.strip_prefix("np.")?.split_once('(')?;
    Some(value.strip_suffix(')')?.trim().trim_matches(QUOTES))
}

/// Returns whether text starts with a name and two brackets, as Python prints array objects: `array([1, 2])`.
fn is_named(text: &str) -> bool {
    let name =
        text.trim_start_matches(|part: char| part.is_ascii_alphanumeric() || matches!(part, '_' | '.'));
    let is_typed = name.starts_with("('") && name.ends_with("])");
    name.len() < text.len() && (name.starts_with("([") || name.starts_with("({") || is_typed)
}

/// Returns whether brackets are balanced.
fn is_balanced(text: &str) -> bool {
    let depth = text.chars().try_fold(0_usize, |depth, part| match part {
        '(' | '[' | '{' => Some(depth + 1),
        ')' | ']' | '}' => depth.checked_sub(1),
        _ => Some(depth),
    });
    depth == Some(0)
}

/// Key of an entry, and the text of its value.
pub(in crate::data) type Entry<'t> = (Cow<'t, str>, &'t str);

/// Reads the entries of an object in Python or JSON syntax (`{'a': 0.5}`): key and text of the value. Returns
/// `None` for text that does not start like a list or an object.
pub(in crate::data) fn entries(text: &str) -> Result<Option<Vec<Entry<'_>>>, ListFault> {
    let text = text.trim();
    if is_named(text) {
        return Err(ListFault::Named);
    }
    if let Some(rest) = text.strip_prefix('[') {
        let inside = rest.strip_suffix(']').ok_or(ListFault::Open)?;
        return Err(match Items::read(inside, ',') {
            // Items with commas are cut within their brackets.
            Err(ListFault::Crossed) if is_balanced(text) => ListFault::Nested,
            Err(fault) => fault,
            Ok(_) => ListFault::NoObject,
        });
    }
    let Some(rest) = text.strip_prefix('{') else { return Ok(None) };
    let mut rest = rest.strip_suffix('}').ok_or(ListFault::Open)?.trim_start();
    let mut entries = Vec::new();
    while !rest.is_empty() {
        let (key, after) = if rest.starts_with(QUOTES) {
            let (key, after) = quoted(rest).ok_or(ListFault::Item)?;
            (key, after.trim_start().strip_prefix(':').ok_or(ListFault::NoWeight)?)
        } else {
            let (key, after) = rest.split_once(':').ok_or(ListFault::NoWeight)?;
            (Cow::Borrowed(key.trim()), after)
        };
        let (value, after) = after.split_once(',').unwrap_or((after, ""));
        if value.contains(['[', '{', '(']) {
            return Err(ListFault::Nested);
        }
        entries.push((key, value.trim().trim_matches(QUOTES)));
        rest = after.trim_start();
    }
    Ok(Some(entries))
}

const QUOTES: [char; 2] = ['\'', '"'];

/// Splits a leading quoted string from the rest.
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

/// Resolves the escapes of JSON and Python: `\n`, `\xe9`, `\u00e9`, surrogate pairs, `\U0001f600`. Other
/// escapes are the character after the backslash. `None` for an invalid code point.
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

/// Parses the next hexadecimal digits.
fn hexadecimal(parts: &mut std::str::Chars<'_>, digits: usize) -> Option<u32> {
    (0..digits).try_fold(0, |number, _| Some(number * 16 + parts.next()?.to_digit(16)?))
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
            assert_eq!(listed(text, ',').unwrap().unwrap(), [key], "{text}");
        }
        for text in [r#"["\ud83d"]"#, r#"["\u12"]"#, r"['\xzz']"] {
            assert_eq!(listed(text, ','), Err(ListFault::Item), "{text}");
        }
    }

    /// Items of a list, or the reason why it is not one.
    fn read(text: &str, separator: char) -> Result<Option<Vec<String>>, ListFault> {
        let found = listed(text, separator)?;
        Ok(found.map(|items| items.into_iter().map(Cow::into_owned).collect()))
    }

    #[test]
    fn lists_tuples_and_sets() {
        for (text, expected) in [
            ("[1, 2]", &["1", "2"][..]),
            (" [2] ", &["2"]),
            ("[]", &[]),
            ("[ ]", &[]),
            ("['Action', 'Sci, Fi']", &["Action", "Sci, Fi"]),
            (r#"["it's", 'say "a"', 'it\'s']"#, &["it's", "say \"a\"", "it's"]),
            ("['a' 'b'\n 'c']", &["a", "b", "c"]),
            ("[1 2  3]", &["1", "2", "3"]),
            ("[np.int64(1), np.float32(0.5), np.str_('a')]", &["1", "0.5", "a"]),
            ("[1., 2.5]", &["1.", "2.5"]),
            ("[Comedy, Sci Fi]", &["Comedy", "Sci Fi"]),
            ("[Toy Story (1995), Heat (1995)]", &["Toy Story (1995)", "Heat (1995)"]),
            ("['(a', '[b]', 'c...']", &["(a", "[b]", "c..."]),
            ("[a|b]", &["a", "b"]),
            ("[1, None, nan]", &["1", "", ""]),
            ("['a',]", &["a"]),
            ("(a, b)", &["a", "b"]),
            ("('a', 'b')", &["a", "b"]),
            ("('a',)", &["a"]),
            ("(1,)", &["1"]),
            ("(1 2)", &["1", "2"]),
            ("(a|b)", &["a", "b"]),
            ("()", &[]),
            ("{'a'}", &["a"]),
            ("{'b', 'a'}", &["b", "a"]),
            ("{7}", &["7"]),
            ("{1, 2}", &["1", "2"]),
            ("{}", &[]),
            ("set()", &[]),
            ("frozenset()", &[]),
            ("frozenset({'a'})", &["a"]),
        ] {
            let expected = expected.iter().map(|&item| item.to_owned()).collect();
            assert_eq!(read(text, '|'), Ok(Some(expected)), "{text}");
        }
    }

    #[test]
    fn keys_with_brackets_are_no_lists() {
        for text in [
            "a[1]",
            "1, 2",
            "(500) Days of Summer (2009)",
            "(500) Days of Summer|Heat",
            "(a, b)|c",
            "(Untitled)",
            "{3f2504e0-4f89}",
            "{3f2504e0-4f89}|{3f2504e0-4f90}",
            "main()|f(x)",
            r"\[a",
        ] {
            assert_eq!(read(text, '|'), Ok(None), "{text}");
        }
    }

    #[test]
    fn other_forms_of_lists_are_refused() {
        for (text, reason) in [
            ("[[1], [2]]", ListFault::Nested),
            ("array('i', [7, 8])", ListFault::Named),
            ("[[1]", ListFault::Crossed),
            ("[(1, 2), (3, 4)]", ListFault::Crossed),
            ("[(1), (2)]", ListFault::Nested),
            ("([1, 2])", ListFault::Crossed),
            ("([1])", ListFault::Nested),
            ("((1, 2), (3, 4))", ListFault::Crossed),
            ("[{'a': 1}]", ListFault::Nested),
            ("[1], [2]", ListFault::Crossed),
            ("(1, 2), (3, 4)", ListFault::Crossed),
            ("['a', 'b'", ListFault::Open),
            ("['a", ListFault::Open),
            ("[1, 2", ListFault::Open),
            ("(1, 2", ListFault::Open),
            ("{'a', 'b", ListFault::Open),
            ("['a]", ListFault::Item),
            ("['a'b]", ListFault::Item),
            ("{'a': 1}", ListFault::Object),
            ("{a: 1, b: 2}", ListFault::Object),
            ("[1 2 ... 9 10]", ListFault::Elided),
            ("[1, 2, ..., 9]", ListFault::Elided),
            ("['a' 'b' ... 'y' 'z']", ListFault::Elided),
            ("array([1, 2])", ListFault::Named),
            ("np.array(['a'], dtype=object)", ListFault::Named),
            ("Counter({'a': 2})", ListFault::Named),
        ] {
            assert_eq!(read(text, ','), Err(reason), "{text}");
        }
    }

    #[test]
    fn objects_in_braces() {
        let found = entries(r#"{'a': 0.5, "b:c" : 1, d: '2'}"#).unwrap().unwrap();
        assert_eq!(found, [("a".into(), "0.5"), ("b:c".into(), "1"), ("d".into(), "2")]);
        assert_eq!((entries("{}"), entries("a:1")), (Ok(Some(vec![])), Ok(None)));
        for (text, reason) in [
            ("{a}", ListFault::NoWeight),
            ("{'a', 'b': 1}", ListFault::NoWeight),
            ("{'a': 1, b}", ListFault::NoWeight),
            ("{'a: 1}", ListFault::Item),
            ("{'a': 1", ListFault::Open),
            ("{a:1", ListFault::Open),
            ("{'a': [1]}", ListFault::Nested),
            ("[a:1", ListFault::Open),
            ("[['a', 1]", ListFault::Crossed),
            ("[a:1]|b:2", ListFault::Open),
            ("[a:1]", ListFault::NoObject),
            ("['a', 'b']", ListFault::NoObject),
            ("[]", ListFault::NoObject),
            ("[a:1, ...]", ListFault::Elided),
            ("['a, b:1]", ListFault::Item),
            ("[['a'], ['b']]", ListFault::Nested),
            ("[{'a': 1}, {'b': 2}]", ListFault::Nested),
            ("[['a', 1], ['b', 2]]", ListFault::Nested),
            ("Counter({'a': 2})", ListFault::Named),
        ] {
            assert_eq!(entries(text), Err(reason), "{text}");
        }
    }
}
