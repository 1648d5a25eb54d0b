//! Shapes of values.

/// Shape of a value of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueShape {
    /// A text, a number or a truth value.
    Scalar,
    /// A list.
    List,
    /// An object: names with values.
    Object,
}
