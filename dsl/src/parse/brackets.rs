//! Check of brackets before the grammar runs: balance, place of a missing one, and depth.
//!
//! A missing brace is reported at the next member instead of the end of the text. Keywords of members show
//! the place.

use super::Reader;
use super::lex::{Kind, Token};
use crate::diag::Diagnostic;

/// Maximum depth of brackets.
pub(crate) const MAX_DEPTH: usize = 64;

/// Keywords directly followed by `{`.
const UNNAMED: [&str; 7] = ["data", "input", "catalog", "catalogue", "metrics", "train", "export"];
/// Keywords followed by a name and `{`.
const NAMED: [&str; 3] = ["model", "embedding", "tower"];

/// Returns whether brackets are balanced and not too deep.
pub(super) fn brackets(text: &str, tokens: &[Token], reader: &mut Reader<'_>) -> bool {
    let tokens: Vec<Token> = tokens.iter().filter(|token| token.kind != Kind::Comment).copied().collect();
    let mut open: Vec<Token> = Vec::new();
    for token in &tokens {
        match token.kind {
            Kind::Open if open.len() == MAX_DEPTH => {
                let span = reader.place(token.start, token.end);
                let message = format!("more than {MAX_DEPTH} brackets are open here");
                reader.report(
                    Diagnostic::new("E0004", span, message).help("name a part of it with `let` or `const`"),
                );
                return false;
            }
            Kind::Open => open.push(*token),
            Kind::Close => {
                let found = token.text(text);
                let Some(begin) = open.pop() else {
                    report_missing(text, &tokens, reader).unwrap_or_else(|| {
                        let span = reader.place(token.start, token.end);
                        let message = format!("`{found}` closes nothing");
                        reader.report(Diagnostic::new("E0003", span, message).help("remove it"));
                    });
                    return false;
                };
                if closing(begin.text(text)) != found {
                    mismatch(text, begin, *token, reader);
                    return false;
                }
            }
            _ => {}
        }
    }
    if let Some(begin) = open.pop() {
        report_missing(text, &tokens, reader).unwrap_or_else(|| {
            let opened = reader.place(begin.start, begin.end);
            let bracket = begin.text(text);
            let message = format!("this `{bracket}` is not closed");
            reader.report(
                Diagnostic::new("E0003", opened, message)
                    .help(format!("add `{}` where it ends", closing(bracket))),
            );
        });
        return false;
    }
    true
}

fn mismatch(text: &str, begin: Token, end: Token, reader: &mut Reader<'_>) {
    let (span, opened) = (reader.place(end.start, end.end), reader.place(begin.start, begin.end));
    let (wanted, found) = (closing(begin.text(text)), end.text(text));
    let note = format!("this `{}` is not closed", begin.text(text));
    reader.report(
        Diagnostic::new("E0003", span, format!("expected `{wanted}`, found `{found}`"))
            .label(format!("expected `{wanted}` before this"))
            .note(opened, note),
    );
}

/// Reports the first member that lacks its `{`, or that begins before the previous one is closed. None if
/// there is no such member.
fn report_missing(text: &str, tokens: &[Token], reader: &mut Reader<'_>) -> Option<()> {
    let mut open: Vec<Token> = Vec::new();
    let mut of_model = false;
    for (at, token) in tokens.iter().enumerate() {
        match token.kind {
            Kind::Open => {
                if open.is_empty() {
                    of_model = at >= 2 && tokens[at - 2].text(text) == "model";
                }
                open.push(*token);
            }
            Kind::Close => {
                open.pop();
            }
            Kind::Word if begins_line(text, tokens, at) => {
                let Some(brace) = brace_of(text, tokens, at) else { continue };
                let found = tokens.get(brace).map_or("", |token| token.text(text));
                let head = text.get(token.start..tokens[brace - 1].end).unwrap_or("");
                let is_member = token.text(text) != "model" && of_model && open.len() == 1;
                match (open.last(), found) {
                    (_, "{") if open.is_empty() || is_member => {}
                    (Some(begin), "{") if begin.text(text) == "{" => {
                        missing_close(*token, *begin, head, reader);
                        return Some(());
                    }
                    _ if open.is_empty() || is_member => {
                        missing_open(text, tokens, brace, head, reader);
                        return Some(());
                    }
                    _ => {}
                }
            }
            _ => {}
        }
    }
    None
}

fn begins_line(text: &str, tokens: &[Token], at: usize) -> bool {
    let before = at.checked_sub(1).map_or(0, |before| tokens[before].end);
    at == 0 || text.get(before..tokens[at].start).is_some_and(|gap| gap.contains('\n'))
}

/// Returns the place of the missing `{` of a member that begins at a word. None if no member begins there.
fn brace_of(text: &str, tokens: &[Token], at: usize) -> Option<usize> {
    let word = tokens[at].text(text);
    let is = |at: usize, wanted: &str| tokens.get(at).is_some_and(|token| token.text(text) == wanted);
    let is_name = tokens.get(at + 1).is_some_and(|token| token.kind == Kind::Word);
    if UNNAMED.contains(&word) {
        // `train: id` and `train = 1` are a column and a constant.
        return (!is(at + 1, ":") && !is(at + 1, "=") && !is(at + 1, ".")).then_some(at + 1);
    }
    if NAMED.contains(&word) && is_name {
        return Some(at + 2);
    }
    if word == "block" && is_name && is(at + 2, "(") {
        let close = tokens[at + 2..].iter().position(|token| token.text(text) == ")")?;
        return Some(at + 2 + close + 1);
    }
    None
}

fn missing_open(text: &str, tokens: &[Token], brace: usize, head: &str, reader: &mut Reader<'_>) {
    let (span, found) = match tokens.get(brace) {
        Some(token) => (reader.place(token.start, token.end), format!("`{}`", token.text(text))),
        None => (reader.place(text.len(), text.len()), "the end of the text".to_string()),
    };
    reader.report(
        Diagnostic::new("E0003", span, format!("expected `{{` after `{head}`, found {found}"))
            .label("expected `{` here")
            .help(format!("write `{head} {{ ... }}`")),
    );
}

fn missing_close(member: Token, begin: Token, head: &str, reader: &mut Reader<'_>) {
    let (span, opened) = (reader.place(member.start, member.end), reader.place(begin.start, begin.end));
    reader.report(
        Diagnostic::new("E0003", span, format!("expected `}}` before `{head}`"))
            .label("another member begins here")
            .note(opened, "this `{` is not closed")
            .help("add `}` where it ends"),
    );
}

fn closing(open: &str) -> &'static str {
    match open {
        "(" => ")",
        "[" => "]",
        _ => "}",
    }
}
