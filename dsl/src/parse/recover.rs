//! Recovery after a syntax error: the member with the error is blanked out and the rest is parsed again.

use std::ops::Range;

use pest::Parser as _;
use pest::error::Error;

use super::lex::{Kind, Token};
use super::{Grammar, Reader, Rule, syntax};

/// Maximum number of syntax errors reported for a text; it bounds the time.
const MAX_ERRORS: usize = 10;

/// Reports this grammar error and those of other members. The remaining tree is built only to report more
/// errors.
pub(super) fn report_all(error: Error<Rule>, text: &str, mut tokens: Vec<Token>, reader: &mut Reader<'_>) {
    let parts = parts(text, &tokens);
    let mut rest = text.to_string();
    let mut error = error;
    for _ in 0..MAX_ERRORS {
        let at = syntax::report(&error, text, &tokens, reader);
        let Some(part) = part_with(at, &parts, &tokens) else { return };
        let before = tokens.len();
        tokens.retain(|token| !part.contains(&token.start));
        if tokens.len() == before {
            return;
        }
        rest = blank(&rest, part);
        match Grammar::parse(Rule::file, &rest) {
            Ok(mut pairs) => {
                if let Some(file) = pairs.next() {
                    reader.spec(file);
                }
                return;
            }
            Err(next) => error = next,
        }
    }
}

/// Returns the text and its tokens without the unreadable members and items. None if an unreadable place is
/// outside of them.
pub(super) fn without(holes: &[usize], text: &str, mut tokens: Vec<Token>) -> Option<(String, Vec<Token>)> {
    let mut rest = text.to_string();
    if holes.is_empty() {
        return Some((rest, tokens));
    }
    let parts = parts(text, &tokens);
    for &hole in holes {
        let part = part_with(hole, &parts, &tokens)?;
        tokens.retain(|token| !part.contains(&token.start));
        rest = blank(&rest, part);
    }
    Some((rest, tokens))
}

/// Returns the part that an error belongs to: the part at its place, or the part that ends just before it.
fn part_with(at: usize, parts: &[Range<usize>], tokens: &[Token]) -> Option<Range<usize>> {
    let before =
        tokens[..tokens.partition_point(|token| token.end <= at)].last().map_or(at, |token| token.start);
    let holding = |at: usize| parts.iter().find(|part| part.contains(&at)).cloned();
    holding(at).or_else(|| holding(before))
}

/// Ranges of the members of the model and of the items outside it, with their docs. Each begins a line.
fn parts(text: &str, tokens: &[Token]) -> Vec<Range<usize>> {
    let mut starts: Vec<usize> = Vec::new();
    let mut parts = Vec::new();
    let (mut depth, mut in_model, mut line_end) = (0usize, false, 0);
    let mut before: Option<Token> = None;
    for token in tokens.iter().filter(|token| token.kind != Kind::Comment) {
        let first = before.is_none() || text.get(line_end..token.start).is_some_and(|gap| gap.contains('\n'));
        let continues = before.is_some_and(|before| matches!(before.kind, Kind::Mark | Kind::Doc));
        let begins = first && !continues && matches!(token.kind, Kind::Word | Kind::Doc);
        let model = depth == 0 && token.text(text) == "model";
        if (begins && depth == usize::from(in_model)) || (model && first) {
            parts.extend(starts.pop().map(|start| start..token.start));
            // Members of a model are parts; the model is not.
            starts.push(token.start);
        }
        match token.kind {
            Kind::Open => {
                if depth == 0 && in_model {
                    starts.pop();
                }
                depth += 1;
            }
            Kind::Close => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    let end = if in_model { token.start } else { token.end };
                    parts.extend(starts.pop().map(|start| start..end));
                    in_model = false;
                }
            }
            _ if model => in_model = true,
            _ => {}
        }
        (before, line_end) = (Some(*token), token.end);
    }
    parts.extend(starts.pop().map(|start| start..text.len()));
    parts
}

/// Replaces a range of the text by spaces. Lines and positions are kept.
fn blank(text: &str, range: Range<usize>) -> String {
    let blanks =
        text.get(range.clone()).unwrap_or("").bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' });
    let (head, tail) = (text.get(..range.start).unwrap_or(""), text.get(range.end..).unwrap_or(""));
    head.chars().chain(blanks).chain(tail.chars()).collect()
}
