//! Roles of the tokens of a valid text, for the formatter.

use std::collections::BTreeMap;

use pest::Parser as _;
use pest::iterators::Pair;

use super::grammar::{Grammar, Rule};
use super::tree::part;

/// Kinds of neighboring lines that are aligned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Aligned {
    /// `const name = value`
    Const,
    /// `name: kind`, or `name: expression` of a task
    Column,
    /// `name = value` in braces
    Entry,
    /// `embedding name { ... }`
    Embedding,
    /// `train { ... }`, `objective ...`
    Keyword,
}

/// Role of the token at a place.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Role {
    /// True if it always begins a line.
    pub(crate) line: bool,
    /// Kind of the aligned element that it begins.
    pub(crate) aligned: Option<Aligned>,
    /// True if it is a sign, not a binary operator.
    pub(crate) sign: bool,
}

/// Returns the tokens with a role, by their first byte. Empty for a text that does not parse.
pub(crate) fn roles(text: &str) -> BTreeMap<usize, Role> {
    let mut roles: BTreeMap<usize, Role> = BTreeMap::new();
    let Ok(pairs) = Grammar::parse(Rule::file, text) else { return roles };
    for pair in pairs.flatten() {
        let start = pair.as_span().start();
        let aligned = match pair.as_rule() {
            Rule::constant => Aligned::Const,
            Rule::entry if part(&pair, Rule::name).is_some() => Aligned::Entry,
            Rule::embedding => Aligned::Embedding,
            Rule::settings | Rule::input | Rule::objective => Aligned::Keyword,
            Rule::column | Rule::task => {
                let aligned =
                    if part(&pair, Rule::equals).is_some() { Aligned::Entry } else { Aligned::Column };
                let names = pair.into_inner().find(|part| part.as_rule() != Rule::docs);
                if let Some(names) = names {
                    roles.entry(names.as_span().start()).or_default().aligned = Some(aligned);
                }
                continue;
            }
            Rule::item | Rule::member | Rule::binding => {
                roles.entry(start).or_default().line = true;
                continue;
            }
            Rule::body => {
                if let Some(result) = result_after_lets(&pair) {
                    roles.entry(result).or_default().line = true;
                }
                continue;
            }
            Rule::unary => {
                for sign in pair.into_inner().filter(|part| part.as_rule() == Rule::minus) {
                    roles.entry(sign.as_span().start()).or_default().sign = true;
                }
                continue;
            }
            _ => continue,
        };
        roles.entry(start).or_default().aligned = Some(aligned);
    }
    roles
}

fn result_after_lets(body: &Pair<'_, Rule>) -> Option<usize> {
    part(body, Rule::binding)?;
    Some(part(body, Rule::expr)?.as_span().start())
}
