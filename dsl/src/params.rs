//! Parameters of calls and of the settings of blocks.

/// A parameter of a call or a setting of a block.
#[derive(Clone, Copy, Debug)]
pub struct Param {
    /// Name.
    pub name: &'static str,
    /// True where it must be given.
    pub required: bool,
    /// True where it may be given without its name, in order.
    pub positional: bool,
}

impl Param {
    /// Must be given; may stand without its name.
    pub const fn required(name: &'static str) -> Self {
        Param { name, required: true, positional: true }
    }

    /// May be left out; may stand without its name.
    pub const fn optional(name: &'static str) -> Self {
        Param { name, required: false, positional: true }
    }

    /// May be left out; only by name.
    pub const fn named(name: &'static str) -> Self {
        Param { name, required: false, positional: false }
    }
}

/// Treatment of arguments beyond the positional parameters of a call.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rest {
    /// No: each further argument is an error.
    Refused,
    /// Yes: they are collected in `Bound::rest`.
    Collected,
}
