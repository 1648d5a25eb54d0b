//! Parser that pest generates from `grammar.pest`.
#![allow(missing_docs, unreachable_pub, reason = "generated: `Rule` names the rules of the grammar")]

/// The generated parser.
#[derive(pest_derive::Parser)]
#[grammar = "grammar.pest"]
pub(super) struct Grammar;
