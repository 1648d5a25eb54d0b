//! `search(..)`: the values that `turret search` tries for a constant or a setting.

mod domain;
mod places;

pub use domain::Domain;
pub(crate) use places::in_settings;

use crate::ast::{Call, Expr, ExprKind, Member, Spec};
use crate::diag::{Diagnostic, Errors, Reported};
use crate::span::Span;

/// The word of a search.
const SEARCH: &str = "search";

/// A constant or setting whose value is searched.
#[derive(Clone, Debug)]
pub struct Searched {
    /// Name for `--set`: `width`, or `train.optimizer.lr`.
    pub name: String,
    /// Place of the call.
    pub span: Span,
    call: Call,
}

impl Searched {
    /// Returns the search of a name, if the value is one.
    pub(crate) fn of(name: &str, value: &Expr) -> Option<Self> {
        match &value.kind {
            ExprKind::Call(call) if call.function.text == SEARCH && !call.piped => {
                Some(Searched { name: name.to_owned(), span: value.span, call: call.clone() })
            }
            _ => None,
        }
    }
}

/// Returns whether the word is that of the language: a block or a constant may have the same name.
pub(crate) fn is_free(spec: &Spec) -> bool {
    let members = spec.model.iter().flat_map(|model| &model.members);
    let own = members.filter_map(|member| match member {
        Member::Const(constant) => Some(&constant.name),
        Member::Block(block) => Some(&block.name),
        _ => None,
    });
    let shared = spec.constants.iter().map(|constant| &constant.name);
    let shared = shared.chain(spec.blocks.iter().map(|block| &block.name));
    !own.chain(shared).any(|name| name.text == SEARCH)
}

/// Reports searches, for a program that needs one value of each.
pub(crate) fn refuse(searched: &[Searched], errors: &mut Errors) -> Result<(), Reported> {
    let mut result = Ok(());
    for search in searched {
        let Searched { name, span, .. } = search;
        result = Err(match Domain::read(search, errors) {
            Err(reported) => reported,
            Ok(_) => errors.push(
                Diagnostic::new("E0119", *span, format!("`{name}` is searched, so it has no value yet"))
                    .label("several values")
                    .help(format!("find the best with `turret search`, or choose one: `--set {name}=VALUE`")),
            ),
        });
    }
    result
}
