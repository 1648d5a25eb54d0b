//! Laws of arithmetic, by which two expressions are found to be one.

use turret_schema::Similarity;

/// Law that the numbers of a step obey.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Algebra {
    /// Sum of two inputs.
    Sum,
    /// Product of two inputs, number by number.
    Product,
    /// Input times a number.
    Scaled(f64),
    /// Input plus a number.
    Shifted(f64),
    /// Comparison of two vectors, in either order.
    Compared(Similarity),
    /// Numbers of the inputs, side by side.
    Joined,
    /// Function of fields, in any order.
    Unordered,
    /// Any other function of the inputs.
    Function,
}
