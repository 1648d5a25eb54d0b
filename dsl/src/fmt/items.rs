//! Tokens of a text with the line breaks before them, and the rules for line breaks.

use std::collections::BTreeMap;

use crate::parse::lex::{Kind, Token};
use crate::parse::roles::{Aligned, Role};

/// A token, and the space before it.
#[derive(Clone, Debug)]
pub(super) struct Item<'t> {
    /// Text of the token without trailing white space.
    pub(super) text: &'t str,
    pub(super) kind: Kind,
    pub(super) role: Role,
    /// Line breaks before it: 0, 1, or 2 for a blank line.
    pub(super) breaks: u8,
    /// Extra spaces before it, for alignment.
    pub(super) pad: usize,
}

impl Item<'_> {
    pub(super) fn is_comment(&self) -> bool {
        matches!(self.kind, Kind::Comment | Kind::Doc)
    }

    pub(super) fn is_operator(&self) -> bool {
        !self.role.sign && matches!(self.text, "+" | "-" | "*" | "/" | "|>")
    }

    pub(super) fn width(&self) -> usize {
        self.text.chars().count()
    }
}

/// Returns the tokens of a valid text.
pub(super) fn items<'t>(text: &'t str, tokens: &[Token], roles: &BTreeMap<usize, Role>) -> Vec<Item<'t>> {
    let mut end = 0;
    let mut items = Vec::with_capacity(tokens.len());
    for token in tokens {
        let newlines = text.get(end..token.start).unwrap_or("").matches('\n').count();
        let breaks = if items.is_empty() { 0 } else { newlines.min(2) as u8 };
        let role = roles.get(&token.start).copied().unwrap_or_default();
        items.push(Item { text: token.text(text).trim_end(), kind: token.kind, role, breaks, pad: 0 });
        end = token.end;
    }
    items
}

/// Applies the rules for line breaks. Idempotent.
pub(super) fn settle(items: &mut Vec<Item<'_>>) {
    for at in 1..items.len() {
        let (before, item) = (&items[at - 1], &items[at]);
        let joins = matches!(item.text, "{" | "=" | ":" | ",") && !before.is_comment();
        let breaks = match item.breaks {
            _ if joins => 0,
            0 if before.is_comment()
                || item.kind == Kind::Doc
                || item.role.line && before.kind != Kind::Doc =>
            {
                1
            }
            2 if before.kind == Kind::Open || before.kind == Kind::Doc || item.kind == Kind::Close => 1,
            breaks => breaks,
        };
        items[at].breaks = breaks;
    }
    open_braces(items);
    let mut at = 0;
    items.retain({
        let needless = needless_commas(items);
        move |_| {
            at += 1;
            !needless[at - 1]
        }
    });
}

/// Puts a line break after `{` and before `}` if there is any line break between them.
fn open_braces(items: &mut [Item<'_>]) {
    let mut open: Vec<(usize, bool)> = Vec::new();
    for at in 0..items.len() {
        if items[at].breaks > 0
            && let Some((_, broken)) = open.last_mut()
        {
            *broken = true;
        }
        match items[at].kind {
            Kind::Open => open.push((at, false)),
            Kind::Close => {
                let Some((begin, broken)) = open.pop() else { continue };
                if let Some((_, outer)) = open.last_mut() {
                    *outer |= broken;
                }
                if broken && items[at].text == "}" {
                    items[at].breaks = 1;
                    let first = begin + 1;
                    if !items[first].is_comment() || items[first].breaks > 0 {
                        items[first].breaks = 1;
                    }
                }
            }
            _ => {}
        }
    }
}

/// Marks redundant commas: directly in braces, before a line break or the closing brace.
fn needless_commas(items: &[Item<'_>]) -> Vec<bool> {
    let mut needless = vec![false; items.len()];
    let mut open: Vec<&str> = Vec::new();
    for (at, item) in items.iter().enumerate() {
        match item.kind {
            Kind::Open => open.push(item.text),
            Kind::Close => {
                open.pop();
            }
            _ if item.text == "," && open.last() == Some(&"{") => {
                let next = items[at + 1..].iter().find(|next| !next.is_comment());
                let ends_line = items.get(at + 1).is_some_and(|next| next.breaks > 0 || next.is_comment());
                // Before a sign the comma is needed, or the sign would be a binary operator.
                needless[at] = next.is_some_and(|next| next.text == "}" || ends_line && !next.role.sign);
            }
            _ => {}
        }
    }
    needless
}

/// Returns whether two tokens on a line have a space between them.
pub(super) fn spaced(before: &Item<'_>, item: &Item<'_>) -> bool {
    match (before.text, item.text) {
        ("{", "}") | (_, "," | ")" | "]" | ":" | "." | "..") | ("(" | "[" | "." | "..", _) => false,
        _ if before.role.sign => false,
        (_, "(" | "[") => {
            let value = matches!(before.kind, Kind::Word | Kind::Number | Kind::Text | Kind::Close);
            !value || before.role.aligned == Some(Aligned::Keyword)
        }
        _ => true,
    }
}
