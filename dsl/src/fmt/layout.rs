//! Layout: indentation of lines and columns of tokens.

use super::INDENT;
use super::items::{Item, spaced};
use crate::parse::lex::Kind;

/// An open bracket: indentation of the lines inside, and of the closing bracket if it begins a line.
#[derive(Clone, Copy)]
struct Group {
    inside: usize,
    close: usize,
    brace: bool,
}

/// Returns the column of each token, from 0.
pub(super) fn columns(items: &[Item<'_>]) -> Vec<usize> {
    let mut columns = Vec::with_capacity(items.len());
    let mut open: Vec<Group> = Vec::new();
    let (mut column, mut indent) = (0, 0);
    for (at, item) in items.iter().enumerate() {
        let group = open.last().copied().unwrap_or(Group { inside: 0, close: 0, brace: true });
        if at > 0 {
            let before = &items[at - 1];
            column = if item.breaks > 0 {
                indent = line_indent(items, at, group);
                indent
            } else if item.kind == Kind::Comment {
                column + 2
            } else {
                column + item.pad + usize::from(spaced(before, item))
            };
        }
        columns.push(column);
        match item.kind {
            Kind::Open => {
                let first = items[at + 1..].iter().find(|next| !next.is_comment() || next.breaks > 0);
                open.push(if item.text == "{" && first.is_some_and(|first| first.breaks > 0) {
                    Group { inside: group.inside + INDENT, close: group.inside, brace: true }
                } else if first.is_some_and(|first| first.breaks > 0) {
                    Group { inside: indent + INDENT, close: indent, brace: false }
                } else {
                    Group { inside: column + 1, close: column, brace: item.text == "{" }
                });
            }
            Kind::Close => {
                open.pop();
            }
            _ => {}
        }
        column += item.width();
    }
    columns
}

fn line_indent(items: &[Item<'_>], at: usize, group: Group) -> usize {
    let item = &items[at];
    let before = items[..at].iter().rev().find(|before| !before.is_comment());
    let continues = item.is_operator()
        || before.is_some_and(|before| {
            before.is_operator() || before.role.sign || matches!(before.text, "=" | ":")
        });
    match item.kind {
        Kind::Close => group.close,
        Kind::Comment | Kind::Doc => group.inside,
        _ if continues && group.brace => group.inside + INDENT,
        _ => group.inside,
    }
}

/// Returns the formatted text.
pub(super) fn text(items: &[Item<'_>]) -> String {
    let mut text = String::new();
    let mut end = 0;
    for (item, column) in items.iter().zip(columns(items)) {
        if item.breaks > 0 {
            text.push_str(&"\n".repeat(usize::from(item.breaks)));
            end = 0;
        }
        text.extend(std::iter::repeat_n(' ', column.saturating_sub(end)));
        text.push_str(item.text);
        end = column + item.width();
    }
    if !text.is_empty() {
        text.push('\n');
    }
    text
}

/// Returns the lines, as ranges of tokens.
pub(super) fn lines(items: &[Item<'_>]) -> Vec<std::ops::Range<usize>> {
    let mut lines = Vec::new();
    let mut start = 0;
    for at in 1..=items.len() {
        if items.get(at).is_none_or(|item| item.breaks > 0) && start < at {
            lines.push(start..at);
            start = at;
        }
    }
    lines
}
