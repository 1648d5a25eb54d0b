//! Python as text: the values that assignments give to names, as far as no Python is needed to know them.

mod lex;
mod parse;
mod scope;

pub(super) use self::scope::Scope;
