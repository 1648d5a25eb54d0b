//! Lexer. Checks size, characters, strings, numbers and brackets before the grammar runs.
//!
//! Brackets are then balanced and bounded in depth, which bounds the recursion of the grammar.

use super::Reader;
use super::brackets::brackets;
use crate::diag::Diagnostic;

/// Maximum size of a text in bytes.
pub(crate) const MAX_TEXT: usize = 1 << 20;
/// Maximum length of a name.
const MAX_NAME: usize = 100;
/// Maximum number of reported token errors per text.
const MAX_REPORTS: usize = 20;

/// Kind of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A name or keyword.
    Word,
    /// A number.
    Number,
    /// A string, quotes included.
    Text,
    /// `// ...`
    Comment,
    /// `/// ...`
    Doc,
    /// An operator or separator.
    Mark,
    /// `(`, `[` or `{`.
    Open,
    /// `)`, `]` or `}`.
    Close,
}

/// A token: its kind and range of bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Token {
    /// Kind.
    pub(crate) kind: Kind,
    /// First byte.
    pub(crate) start: usize,
    /// One past the last byte.
    pub(crate) end: usize,
}

impl Token {
    /// The token as written.
    pub(crate) fn text<'t>(&self, text: &'t str) -> &'t str {
        text.get(self.start..self.end).unwrap_or("")
    }
}

/// Tokens of a text.
pub(crate) struct Lexed {
    /// Tokens, including comments.
    pub(crate) tokens: Vec<Token>,
    /// The text with each wrong token replaced by a valid one. None if all are valid.
    pub(crate) mended: Option<String>,
    /// Positions of wrong tokens without a replacement.
    pub(crate) holes: Vec<usize>,
}

/// Splits a text into tokens and reports errors. None if parsing cannot continue.
pub(crate) fn lex(text: &str, reader: &mut Reader<'_>) -> Option<Lexed> {
    if text.len() > MAX_TEXT {
        let span = reader.place(0, 0);
        let message = format!("a spec has at most {MAX_TEXT} bytes, and this one has {}", text.len());
        reader.report(
            Diagnostic::new("E0005", span, message)
                .help("keep long lists in a file: `vocab = file(\"words.txt\")`"),
        );
        return None;
    }
    let (mut tokens, mut holes) = (Vec::new(), Vec::new());
    let mut mended = text.to_string();
    let (mut reports, mut strings_end) = (0, true);
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        let rest = &text[at..];
        let (kind, length) = match first {
            ' ' | '\t' | '\r' | '\n' | '\u{feff}' => {
                at += first.len_utf8();
                continue;
            }
            'a'..='z' | 'A'..='Z' | '_' => (Kind::Word, run(rest, is_letter)),
            '0'..='9' => (Kind::Number, number_length(rest)),
            '"' => (Kind::Text, text_length(rest)),
            '\'' => (Kind::Text, quoted_length(rest)),
            '#' => (Kind::Comment, rest.find('\n').unwrap_or(rest.len())),
            '/' if rest.starts_with("//") => {
                let doc = rest.starts_with("///") && !rest.starts_with("////");
                (if doc { Kind::Doc } else { Kind::Comment }, rest.find('\n').unwrap_or(rest.len()))
            }
            '(' | '[' | '{' => (Kind::Open, 1),
            ')' | ']' | '}' => (Kind::Close, 1),
            '.' if rest.starts_with("..") => (Kind::Mark, 2),
            '|' | '-' | '=' if rest[1..].starts_with('>') => (Kind::Mark, 2),
            ',' | ':' | '=' | '+' | '-' | '*' | '/' | '.' => (Kind::Mark, 1),
            _ => (Kind::Mark, first.len_utf8()),
        };
        let token = Token { kind, start: at, end: at + length };
        at = token.end;
        if let Some(problem) = problem(token.text(text), kind) {
            let span = reader.place(token.start, token.end);
            reports += 1;
            strings_end &= problem.code != "E0007";
            let diagnostic = Diagnostic::new(problem.code, span, problem.message).label(problem.label);
            reader.report(Diagnostic { help: problem.help, ..diagnostic });
            if reports == MAX_REPORTS {
                return None;
            }
            let right = mend(token.text(text), kind).unwrap_or_else(|| {
                holes.push(token.start);
                " ".repeat(length)
            });
            mended.replace_range(token.start..token.end, &right);
            if right.trim().is_empty() && kind != Kind::Comment {
                continue;
            }
        }
        tokens.push(token);
    }
    // If a string is not closed, its end and the brackets in it are unknown.
    let right = strings_end && brackets(text, &tokens, reader);
    right.then(|| Lexed { tokens, mended: (reports > 0).then_some(mended), holes })
}

/// Returns a valid replacement of the same length for a wrong token, so that the rest can be parsed.
fn mend(word: &str, kind: Kind) -> Option<String> {
    let length = word.len();
    match (kind, word) {
        (Kind::Word, _) => Some(word.to_string()),
        (Kind::Comment, _) => Some(" ".repeat(length)),
        (Kind::Number, _) => Some("0".repeat(length)),
        (Kind::Text, _) if length > 1 => Some(format!("\"{}\"", "_".repeat(length - 2))),
        (Kind::Mark, ";") => Some("\n".to_string()),
        (Kind::Mark, "->" | "=>") => Some("|>".to_string()),
        (Kind::Mark, letter) if letter.chars().all(char::is_alphabetic) => Some("_".repeat(length)),
        _ => None,
    }
}

/// Length of a string in single quotes, or of the quote alone.
fn quoted_length(rest: &str) -> usize {
    let line = rest.lines().next().unwrap_or(rest);
    line[1..].find('\'').map_or(1, |end| end + 2)
}

/// Returns whether a name may contain a character after its first.
fn is_letter(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

fn run(rest: &str, inside: impl Fn(char) -> bool) -> usize {
    rest.find(|c| !inside(c)).unwrap_or(rest.len())
}

/// Length of a number, including letters attached to it.
fn number_length(rest: &str) -> usize {
    let mut length = run(rest, is_letter);
    if rest[length..].starts_with('.') && rest[length + 1..].starts_with(|c: char| c.is_ascii_digit()) {
        length += 1 + run(&rest[length + 1..], is_letter);
    }
    // the sign of an exponent: `1e-3`
    let exponent = rest[..length].ends_with(['e', 'E']) && rest[length..].starts_with(['+', '-']);
    if exponent && rest[length + 1..].starts_with(|c: char| c.is_ascii_digit()) {
        length += 1 + run(&rest[length + 1..], is_letter);
    }
    length
}

/// Length of a string up to its closing quote, or up to the end of the line.
fn text_length(rest: &str) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            '\n' => return at,
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

fn quotes_problem(word: &str) -> Option<Problem> {
    let inner = word.trim_matches('\'');
    let help = match word.len() > 1 && !inner.contains(['"', '\\']) {
        true => format!("strings are written in double quotes: `\"{}\"`", shorten(inner)),
        false => "strings are written in double quotes: `\"text\"`".to_string(),
    };
    Some(Problem {
        code: "E0006",
        message: "unexpected character `'`".to_string(),
        label: "",
        help: Some(help),
    })
}

struct Problem {
    code: &'static str,
    message: String,
    label: &'static str,
    help: Option<String>,
}

/// Finds the error of a single token.
fn problem(word: &str, kind: Kind) -> Option<Problem> {
    match kind {
        Kind::Text if word.starts_with('\'') => quotes_problem(word),
        Kind::Word => name_problem(word),
        Kind::Text => string_problem(word),
        Kind::Number => number_problem(word),
        Kind::Mark => mark_problem(word),
        Kind::Comment if word.starts_with('#') => mark_problem("#"),
        _ => None,
    }
}

/// Names become parts of file names, which systems limit to 255 bytes.
fn name_problem(word: &str) -> Option<Problem> {
    (word.len() > MAX_NAME).then(|| Problem {
        code: "E0014",
        message: format!("a name has at most {MAX_NAME} letters, and this one has {}", word.len()),
        label: "",
        help: None,
    })
}

fn string_problem(word: &str) -> Option<Problem> {
    let found = |message: String, label, help: &str| {
        Some(Problem { code: "E0007", message, label, help: Some(help.to_string()) })
    };
    let mut characters = word.chars().skip(1);
    while let Some(c) = characters.next() {
        match c {
            '"' => return None,
            '\\' => match characters.next() {
                Some('"' | '\\' | 'n' | 't') => {}
                Some(other) => {
                    let message = format!("unknown escape `\\{}` in a string", other.escape_debug());
                    return found(message, "", "the escapes are `\\\"`, `\\\\`, `\\n` and `\\t`");
                }
                None => break,
            },
            _ => {}
        }
    }
    found(
        "this string is not closed".into(),
        "it begins here",
        "end it with `\"` on the same line; a line break is written `\\n`",
    )
}

fn number_problem(word: &str) -> Option<Problem> {
    let found = |message: String, help: Option<&str>| {
        Some(Problem { code: "E0008", message, label: "", help: help.map(str::to_string) })
    };
    let digits = word.replace('_', "");
    let malformed = || format!("`{}` is not a number", shorten(word));
    if word.contains("._") || word.contains("e_") || word.contains("E_") {
        return found(malformed(), Some("a number looks like `12`, `10_000`, `0.5` or `1e-3`"));
    }
    match digits.parse::<f64>() {
        Err(_) => found(
            malformed(),
            Some("a number looks like `12`, `10_000`, `0.5` or `1e-3`; a name begins with a letter"),
        ),
        Ok(value) if value.is_infinite() => found(format!("`{}` is too large", shorten(word)), None),
        Ok(_) if digits.bytes().all(|b| b.is_ascii_digit()) && digits.parse::<i64>().is_err() => found(
            format!("`{}` is too large", shorten(word)),
            Some("whole numbers go up to 2^63 - 1 = 9_223_372_036_854_775_807"),
        ),
        Ok(_) => None,
    }
}

fn mark_problem(word: &str) -> Option<Problem> {
    let help = match word {
        "," | ":" | "=" | "+" | "-" | "*" | "/" | "." | ".." | "|>" => return None,
        ";" => "entries and members end with their line; `,` separates them on one line",
        "`" | "“" | "”" => "strings are written in double quotes: `\"text\"`",
        "#" => "a comment begins with `//`",
        "|" | "->" | "=>" => "a pipe is written `|>`",
        "@" => "a cut-off is an argument: `hit_rate(10)`",
        "<" | ">" => "there are no comparisons; `filter(rating, min = 4)` in `data` keeps some of the rows",
        "%" | "^" | "&" | "!" | "?" | "~" => "the operators are `+`, `-`, `*`, `/` and `|>`",
        _ => "a name has ASCII letters, digits and `_`; other characters belong in a string",
    };
    let what = if word.chars().count() == 1 { "character " } else { "" };
    let message = format!("unexpected {what}`{}`", word.escape_debug());
    Some(Problem { code: "E0006", message, label: "", help: Some(help.to_string()) })
}

/// Shortens a word for messages.
pub(super) fn shorten(word: &str) -> String {
    match word.char_indices().nth(40) {
        Some((at, _)) => format!("{}...", &word[..at]),
        None => word.to_string(),
    }
}
