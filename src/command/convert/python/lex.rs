//! Tokens of Python.

/// A token.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    /// A name or a keyword.
    Name(String),
    /// A number.
    Number(f64),
    /// A text without escapes that matter in names; a formatted one keeps its braces.
    Text { text: String, is_formatted: bool },
    /// An operator or a bracket.
    Sign(&'static str),
}

/// Tokens of a line, which may run over several lines in brackets.
#[derive(Clone, Debug)]
pub(super) struct Line {
    /// Number of its first line.
    pub(super) number: usize,
    /// Tokens.
    pub(super) tokens: Vec<Token>,
}

/// Signs, the longest first.
const SIGNS: [&str; 38] = [
    "**=", "//=", "...", "->", ":=", "==", "!=", "<=", ">=", "+=", "-=", "*=", "/=", "%=", "**", "//", "(",
    ")", "[", "]", "{", "}", ",", ":", ".", "=", "+", "-", "*", "/", "%", "<", ">", "@", "&", "|", "~", ";",
];

/// Splits a text into lines of tokens. Characters that are no part of the language are passed by.
pub(super) fn lines(text: &str) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut line = Line { number: 1, tokens: Vec::new() };
    let (mut rest, mut number, mut depth) = (text, 1, 0_usize);
    while let Some(first) = rest.chars().next() {
        let (token, length) = match first {
            '\n' => {
                number += 1;
                if depth == 0 && !line.tokens.is_empty() {
                    lines.push(std::mem::replace(&mut line, Line { number, tokens: Vec::new() }));
                }
                if line.tokens.is_empty() {
                    line.number = number;
                }
                (None, 1)
            }
            '#' => (None, rest.find('\n').unwrap_or(rest.len())),
            '\\' if rest.starts_with("\\\n") => {
                number += 1;
                (None, 2)
            }
            first if first.is_ascii_digit() => number_token(rest),
            first if first.is_alphabetic() || first == '_' || first == '"' || first == '\'' => {
                let word = rest
                    .find(|letter: char| !letter.is_alphanumeric() && letter != '_')
                    .unwrap_or(rest.len());
                match text_token(rest, word) {
                    Some((token, length)) => {
                        number += rest[..length].matches('\n').count();
                        (Some(token), length)
                    }
                    None if word == 0 => (None, first.len_utf8()),
                    None => (Some(Token::Name(rest[..word].to_owned())), word),
                }
            }
            first => match SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
                Some(sign) => {
                    match *sign {
                        "(" | "[" | "{" => depth += 1,
                        ")" | "]" | "}" => depth = depth.saturating_sub(1),
                        _ => {}
                    }
                    (Some(Token::Sign(sign)), sign.len())
                }
                None => (None, first.len_utf8()),
            },
        };
        line.tokens.extend(token);
        rest = &rest[length..];
    }
    if !line.tokens.is_empty() {
        lines.push(line);
    }
    lines
}

fn number_token(rest: &str) -> (Option<Token>, usize) {
    let mut length = 0;
    for (at, letter) in rest.char_indices() {
        let is_sign = matches!(letter, '+' | '-') && rest[..at].ends_with(['e', 'E']);
        if !(letter.is_ascii_alphanumeric() || matches!(letter, '.' | '_') || is_sign) {
            break;
        }
        length = at + letter.len_utf8();
    }
    let digits = rest[..length].replace('_', "");
    (digits.parse().ok().map(Token::Number), length)
}

/// Reads a text in quotes, with a prefix of this length.
fn text_token(rest: &str, prefix: usize) -> Option<(Token, usize)> {
    let marks = &rest[..prefix];
    let is_prefix = prefix <= 2 && marks.chars().all(|mark| "rRbBuUfF".contains(mark));
    let quote = rest[prefix..].chars().next().filter(|quote| is_prefix && matches!(quote, '"' | '\''))?;
    let triple = quote.to_string().repeat(3);
    let end = if rest[prefix..].starts_with(&triple) { triple } else { quote.to_string() };
    let mut text = String::new();
    let mut at = prefix + end.len();
    while !rest[at..].starts_with(&end) {
        let letter = rest[at..].chars().next()?;
        at += letter.len_utf8();
        match letter {
            '\\' => {
                let next = rest[at..].chars().next()?;
                at += next.len_utf8();
                text.push(match next {
                    't' => '\t',
                    'n' => '\n',
                    other => other,
                });
            }
            letter => text.push(letter),
        }
    }
    let is_formatted = marks.contains(['f', 'F']);
    Some((Token::Text { text, is_formatted }, at + end.len()))
}
