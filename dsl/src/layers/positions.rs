//! Position-wise layers: a layer on single vectors is applied at each position of a sequence, of interests or
//! of fields. Other vector inputs are repeated for each position.

use super::{Operand, Operation, Shape};
use crate::diag::Diagnostic;
use crate::span::Span;

/// Output shape of an operation.
pub fn shape_of(operation: &Operation, inputs: &[Operand], span: Span) -> Result<Shape, Diagnostic> {
    let shapes: Vec<Shape> = inputs.iter().map(|input| input.shape).collect();
    let Some(many) = many(operation, &shapes) else { return operation.shape(inputs, span) };
    let first = inputs.iter().find(|input| input.shape == many);
    for input in inputs.iter().filter(|input| is_many(input.shape)) {
        if with_width(many, 0) != with_width(input.shape, 0) {
            let message = "these have different positions, so they cannot be combined position by position";
            let diagnostic =
                Diagnostic::new("E0302", input.span, message).label(input.shape.describe()).help(
                    "give both one length, with the same `max` of their columns, or pool one of them to a vector",
                );
            let diagnostic = match first {
                Some(first) => diagnostic.note(first.span, first.shape.describe()),
                None => diagnostic,
            };
            return Err(input.note_origin(diagnostic, "its shape comes from here"));
        }
    }
    let inputs: Vec<Operand> =
        inputs.iter().map(|input| Operand { shape: one(input.shape), ..*input }).collect();
    operation.shape(&inputs, span).map(|shape| with_width(many, shape.width()))
}

/// Returns the shape whose positions an operation is applied to. None if it is applied to its inputs
/// directly.
pub fn many(operation: &Operation, inputs: &[Shape]) -> Option<Shape> {
    inputs.iter().copied().find(|&shape| operation.is_position_wise() && is_many(shape))
}

/// Returns the input shapes that the operation sees: vectors, if it is applied to positions.
pub fn seen(operation: &Operation, inputs: &[Shape]) -> Vec<Shape> {
    match many(operation, inputs) {
        Some(_) => inputs.iter().copied().map(one).collect(),
        None => inputs.to_vec(),
    }
}

fn is_many(shape: Shape) -> bool {
    shape.several().is_some()
}

/// Shape of one of the vectors.
fn one(shape: Shape) -> Shape {
    match shape {
        Shape::Fields(_, width) | Shape::Sequence(_, width) | Shape::Interests(_, width) => {
            Shape::Vector(width)
        }
        shape => shape,
    }
}

/// Same number of vectors, with another width.
pub(super) fn with_width(shape: Shape, width: usize) -> Shape {
    match shape {
        Shape::Fields(count, _) => Shape::Fields(count, width),
        Shape::Sequence(length, _) => Shape::Sequence(length, width),
        Shape::Interests(count, _) => Shape::Interests(count, width),
        Shape::Vector(_) => Shape::Vector(width),
        Shape::Bag(_) => Shape::Bag(width),
    }
}
