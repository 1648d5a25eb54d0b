//! Algebraic properties of operations, to find equal expressions.

use turret_schema::Similarity;

/// Algebraic property of an operation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Algebra {
    /// Sum of two inputs.
    Sum,
    /// Elementwise product of two inputs.
    Product,
    /// Input times a constant.
    Scaled(f64),
    /// Input plus a constant.
    Shifted(f64),
    /// Similarity of two vectors, symmetric.
    Compared(Similarity),
    /// Concatenation of the inputs.
    Joined,
    /// Symmetric function of fields.
    Unordered,
    /// Any other function of the inputs.
    Function,
}
