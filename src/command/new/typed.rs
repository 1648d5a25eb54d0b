//! Names of fields with their types, as RecBole's atomic files have them: `user_id:token`.

use turret_runtime::data::Field;

use super::super::profile::Profile;
use super::items;
use super::look::{Look, look};

/// Type of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Type {
    /// A key.
    Token,
    /// Several keys.
    Tokens,
    /// A number.
    Float,
    /// Several numbers.
    Floats,
}

/// Returns the names without their types, if all have one.
pub(super) fn types(names: &[String]) -> Option<Vec<(String, Type)>> {
    let typed = |name: &String| {
        let (name, word) = name.rsplit_once(':')?;
        let known = match word.trim() {
            "token" => Type::Token,
            "token_seq" => Type::Tokens,
            "float" => Type::Float,
            "float_seq" => Type::Floats,
            _ => return None,
        };
        Some((name.to_owned(), known))
    };
    names.iter().map(typed).collect()
}

/// Finds the contents of a field of a type.
pub(super) fn look_of<'f>(
    of: Type,
    name: &str,
    profile: &Profile,
    value: &dyn Fn(usize) -> Field<'f>,
) -> Look {
    let plain = look(name, profile, true, value);
    match (of, plain) {
        (_, plain @ (Look::Empty | Look::Constant)) => plain,
        (Type::Token | Type::Float, Look::Flag) => Look::Flag,
        (Type::Token, _) => Look::Key,
        (Type::Float, Look::Time) => Look::Time,
        (Type::Float, _) => Look::Number,
        (Type::Tokens, _) => Look::Keys(items::separated(name, profile, value, ' ')),
        (Type::Floats, _) => {
            items::width(profile, value, ' ').map_or(Look::Empty, |width| Look::Vector(width, ' '))
        }
    }
}
