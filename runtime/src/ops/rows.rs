//! Concatenation, selection and elementwise arithmetic of rows.

pub(crate) mod arithmetic;
pub(crate) mod both;
pub(crate) mod columns;
pub(crate) mod concat;
mod floats;
pub(crate) mod slice;
pub(crate) mod take;

pub use arithmetic::{add, mul, scale, shift};
pub(crate) use arithmetic::{difference, first_dimension};
pub use both::logit_of_both;
pub use concat::{IntoPart, Part, concat, flatten, stack, unflatten};
pub use floats::floats;
pub use slice::slice;
pub use take::{negatives, positives, take};
