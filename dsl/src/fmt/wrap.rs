//! Wrapping of long lines. A member in braces gets one line per entry, a pipeline one line per stage;
//! arguments fill the lines.

use std::ops::Range;

use super::WIDTH;
use super::items::Item;
use super::layout;
use crate::parse::lex::Kind;

/// Wraps long lines where possible. Returns whether any was wrapped.
pub(super) fn wrap(items: &mut [Item<'_>], columns: &[usize]) -> bool {
    let mut changed = false;
    for mut line in layout::lines(items) {
        if items[line.end - 1].kind == Kind::Comment {
            line.end -= 1;
        }
        let Some(last) = line.clone().next_back() else { continue };
        if columns[last] + items[last].width() > WIDTH {
            changed |= break_braces(items, line.clone())
                || break_operators(items, line.clone())
                || fill(items, columns, line);
        }
    }
    changed
}

/// Tokens of a line with their bracket depth, relative to the start of the line. Negative after closing outer
/// brackets.
fn depths(items: &[Item<'_>], line: Range<usize>) -> Vec<(usize, i32)> {
    let mut depth = 0;
    line.map(|at| {
        depth -= i32::from(items[at].kind == Kind::Close);
        let here = (at, depth);
        depth += i32::from(items[at].kind == Kind::Open);
        here
    })
    .collect()
}

fn break_braces(items: &mut [Item<'_>], line: Range<usize>) -> bool {
    let depths = depths(items, line);
    let Some(&(open, depth)) = depths.iter().find(|(at, _)| items[*at].text == "{") else { return false };
    let Some(&(close, _)) = depths.iter().find(|(at, here)| *at > open && *here == depth) else {
        return false;
    };
    if close == open + 1 {
        return false;
    }
    for &(at, here) in depths.iter().filter(|(at, _)| (open..close).contains(at)) {
        if at == open || here == depth + 1 && items[at].text == "," {
            items[at + 1].breaks = 1;
        }
    }
    items[close].breaks = 1;
    true
}

fn break_operators(items: &mut [Item<'_>], line: Range<usize>) -> bool {
    let start = line.start;
    let depths = depths(items, line);
    for operators in [&["|>"][..], &["+", "-"]] {
        let mut changed = false;
        for &(at, depth) in &depths {
            if depth == 0 && at > start && items[at].is_operator() && operators.contains(&items[at].text) {
                items[at].breaks = 1;
                changed = true;
            }
        }
        if changed {
            return true;
        }
    }
    false
}

/// Breaks after commas at the smallest depth that has commas, as late as the width allows.
fn fill(items: &mut [Item<'_>], columns: &[usize], line: Range<usize>) -> bool {
    let last = line.end - 1;
    // Indentation of lines that are broken here, and the columns by which earlier breaks shift the following
    // tokens.
    let (mut inside, mut taken) = (columns[line.start], 0);
    let depths = depths(items, line);
    let commas = depths.iter().filter(|&&(at, _)| items[at].text == "," && at < last);
    let Some(level) = commas.clone().map(|&(_, depth)| depth).min() else { return false };
    let mut ends = commas
        .filter(|&&(_, depth)| depth == level)
        .map(|&(at, _)| at)
        .skip(1)
        .collect::<Vec<_>>()
        .into_iter();

    for (at, depth) in depths {
        if items[at].kind == Kind::Open && depth == level - 1 && at < last {
            inside = columns[at + 1].saturating_sub(taken);
        }
        if items[at].text == "," && depth == level && at < last {
            let end = ends.next().unwrap_or(last);
            if (columns[end] + items[end].width()).saturating_sub(taken) > WIDTH {
                items[at + 1].breaks = 1;
                taken = columns[at + 1].saturating_sub(inside);
            }
        }
    }
    true
}
