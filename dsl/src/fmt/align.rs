//! Alignment of adjacent lines: kinds of columns, `=` of entries, braces of one-line members.

use std::ops::Range;

use super::WIDTH;
use super::items::Item;
use super::layout;
use crate::parse::lex::Kind;
use crate::parse::roles::Aligned;

/// A line that may be aligned: the token to move, and the width of the text before it.
struct Line {
    kind: Aligned,
    token: usize,
    width: usize,
    /// Columns of the line without padding and comment.
    total: usize,
}

/// Pads the tokens of adjacent lines of one kind. A group is left unchanged if a line would become too long.
pub(super) fn align(items: &mut [Item<'_>]) {
    for item in items.iter_mut() {
        item.pad = 0;
    }
    let columns = layout::columns(items);
    let mut group: Vec<Line> = Vec::new();
    for line in layout::lines(items) {
        let first = &items[line.start];
        if first.is_comment() && first.breaks < 2 {
            continue;
        }
        let next = aligned(items, &columns, line.clone());
        let joins = group.last().zip(next.as_ref()).is_some_and(|(last, next)| last.kind == next.kind);
        if !joins || first.breaks > 1 {
            pad(items, &group);
            group.clear();
        }
        group.extend(next);
    }
    pad(items, &group);
}

fn pad(items: &mut [Item<'_>], group: &[Line]) {
    let widest = group.iter().map(|line| line.width).max().unwrap_or(0);
    if group.iter().all(|line| line.total + widest - line.width <= WIDTH) {
        for line in group {
            items[line.token].pad = widest - line.width;
        }
    }
}

fn aligned(items: &[Item<'_>], columns: &[usize], line: Range<usize>) -> Option<Line> {
    let kind = items[line.start].role.aligned?;
    let tokens = &items[line.clone()];
    let find = |text: &str| tokens.iter().position(|item| item.text == text);
    let at = match kind {
        Aligned::Const | Aligned::Entry => find("=")?,
        Aligned::Column => find(":")? + 1,
        Aligned::Embedding => find("{")?,
        Aligned::Keyword => 1,
    };
    let last = tokens.iter().rposition(|item| item.kind != Kind::Comment)?;
    let one_line = !matches!(kind, Aligned::Embedding | Aligned::Keyword) || tokens[last].kind != Kind::Open;
    if at > last || !one_line {
        return None;
    }
    let (start, end) = (columns[line.start], line.start + last);
    let token = line.start + at;
    Some(Line { kind, token, width: columns[token] - start, total: columns[end] + items[end].width() })
}
