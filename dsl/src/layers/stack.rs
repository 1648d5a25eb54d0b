//! `stack(a, b, ...)` combines vectors and fields of one width into fields; `flatten(values)` concatenates
//! vectors.

use proc_macro2::TokenStream;
use quote::quote;

use super::{Algebra, CallSite, Graph, Layer, Op, Operand, Rules, Shape, Values, same_width, wide_vector};
use crate::arguments::{Bound, Param, Rest};
use crate::diag::{Diagnostic, Reported};
use crate::ids::NodeId;
use crate::span::Span;

/// `stack(a, b, ...)`.
pub(super) struct StackLayer;
/// `flatten(values)`.
pub(super) struct FlattenLayer;

/// Stacks vectors and fields of equal width, for the layer that requires it.
#[derive(Clone, Debug, PartialEq)]
pub struct Stack {
    pub(super) layer: &'static str,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Flatten;

impl Layer for StackLayer {
    fn name(&self) -> &'static str {
        "stack"
    }

    fn params(&self) -> &'static [Param] {
        &[]
    }

    fn rest(&self) -> Rest {
        Rest::Collected
    }

    fn build(&self, call: &Bound<'_>, graph: &mut dyn Graph) -> Result<NodeId, Reported> {
        let inputs = graph.values(&call.rest)?;
        if inputs.is_empty() {
            let message = "`stack` needs vectors of one width";
            return Err(graph.errors().push(Diagnostic::new("E0204", call.span, message)));
        }
        Ok(graph.add(Op::Layer(Stack { layer: "stack" }.into()), inputs, call.span))
    }
}

impl Rules for Stack {
    fn name(&self) -> &'static str {
        "fields"
    }

    fn shape(&self, inputs: &[Operand], span: Span) -> Result<Shape, Diagnostic> {
        let parts = |input: Operand| match input.shape {
            Shape::Fields(count, width) => Ok((count, width)),
            _ => Ok((1, input.vector(self.layer)?)),
        };
        let (mut fields, width) = parts(inputs[0])?;
        for &input in &inputs[1..] {
            let (more, other) = parts(input)?;
            same_width(self.layer, &[inputs[0], input], (width, other))?;
            fields += more;
        }
        wide_vector(fields.checked_mul(width), span)?;
        Ok(Shape::Fields(fields, width))
    }

    fn values(&self, inputs: &[Values], _: &[Shape]) -> Values {
        inputs.iter().copied().reduce(Values::or).unwrap_or(Values::ANY)
    }

    fn algebra(&self) -> Algebra {
        Algebra::Joined
    }

    fn multiply_adds(&self, _: &[Shape]) -> usize {
        0
    }

    fn saved(&self, _: &[Shape]) -> usize {
        0
    }

    fn takes_ranges(&self) -> bool {
        true
    }

    fn call(&self, site: &CallSite<'_>) -> TokenStream {
        let parts = site.parts();
        quote!(ops::stack(#parts))
    }
}

impl Layer for FlattenLayer {
    fn name(&self) -> &'static str {
        "flatten"
    }

    fn params(&self) -> &'static [Param] {
        const { &[Param::required("values")] }
    }

    fn build(&self, call: &Bound<'_>, graph: &mut dyn Graph) -> Result<NodeId, Reported> {
        let input = call.value("values", graph)?;
        Ok(graph.add(Op::Layer(Flatten.into()), vec![input], call.span))
    }
}

impl Rules for Flatten {
    fn name(&self) -> &'static str {
        "flat"
    }

    fn shape(&self, inputs: &[Operand], span: Span) -> Result<Shape, Diagnostic> {
        let (count, width) = match inputs[0].shape.several() {
            Some(several) => several,
            None => inputs[0].fields("flatten")?,
        };
        wide_vector(count.checked_mul(width), span)
    }

    fn values(&self, inputs: &[Values], shapes: &[Shape]) -> Values {
        inputs[0].among(shapes[0])
    }

    fn comment(&self, inputs: &[Shape]) -> Option<String> {
        let (count, width) = inputs[0].several()?;
        Some(format!("{count} * {width} = {}", count * width))
    }

    fn algebra(&self) -> Algebra {
        Algebra::Joined
    }

    fn multiply_adds(&self, _: &[Shape]) -> usize {
        0
    }

    fn is_view(&self, inputs: &[Shape]) -> bool {
        matches!(inputs[0], Shape::Fields(..))
    }

    /// The mask.
    fn saved(&self, inputs: &[Shape]) -> usize {
        match inputs[0] {
            Shape::Sequence(count, _) | Shape::Interests(count, _) => count,
            Shape::Fields(..) | Shape::Vector(_) | Shape::Bag(_) => 0,
        }
    }

    fn call(&self, site: &CallSite<'_>) -> TokenStream {
        let input = &site.inputs[0];
        match site.shapes[0] {
            Shape::Fields(..) => quote!(ops::flatten(#input)),
            _ => quote!(ops::flatten(ops::masked(#input)?)),
        }
    }
}
