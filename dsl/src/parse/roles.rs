//! Roles of the tokens of a good text, as far as the formatter needs to know.

use std::collections::BTreeMap;

use pest::Parser as _;
use pest::iterators::Pair;

use super::grammar::{Grammar, Rule};
use super::tree::part;

/// Neighboring lines of one kind are aligned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Aligned {
    /// `const name = value`
    Const,
    /// `name: kind`
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
    /// It begins a line, always.
    pub(crate) line: bool,
    /// It begins an element that is aligned with others of its kind.
    pub(crate) aligned: Option<Aligned>,
    /// It is a sign, not an operator between two values.
    pub(crate) sign: bool,
}

/// The tokens with a role, by their first byte. Empty for a text that does not parse.
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
            Rule::column => {
                let names = pair.into_inner().find(|part| part.as_rule() != Rule::docs);
                if let Some(names) = names {
                    roles.entry(names.as_span().start()).or_default().aligned = Some(Aligned::Column);
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
