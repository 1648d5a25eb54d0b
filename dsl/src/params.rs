//! Parameters of calls and settings blocks.

/// A parameter of a call or a settings block.
#[derive(Clone, Copy, Debug)]
pub struct Param {
    /// Name.
    pub name: &'static str,
    /// True if required.
    pub required: bool,
    /// True if it may be positional.
    pub positional: bool,
}

impl Param {
    /// Required; may be positional.
    pub const fn required(name: &'static str) -> Self {
        Param { name, required: true, positional: true }
    }

    /// Optional; may be positional.
    pub const fn optional(name: &'static str) -> Self {
        Param { name, required: false, positional: true }
    }

    /// Optional; named only.
    pub const fn named(name: &'static str) -> Self {
        Param { name, required: false, positional: false }
    }
}

/// Treatment of additional positional arguments.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rest {
    /// Each is an error.
    Refused,
    /// Collected in `Bound::rest`.
    Collected,
}
