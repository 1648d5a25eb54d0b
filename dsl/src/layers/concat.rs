//! `concat(a, b, ...)`: concatenation of vectors.

use proc_macro2::TokenStream;
use quote::quote;

use super::{Algebra, CallSite, Graph, Layer, Op, Operand, Rules, Shape, Values, wide_vector};
use crate::arguments::{Bound, Param, Rest};
use crate::diag::{Diagnostic, Reported};
use crate::ids::NodeId;
use crate::span::Span;

/// The layer.
pub(super) struct ConcatLayer;

#[derive(Clone, Debug, PartialEq)]
pub struct Concat;

impl Layer for ConcatLayer {
    fn name(&self) -> &'static str {
        "concat"
    }

    fn params(&self) -> &'static [Param] {
        &[]
    }

    fn rest(&self) -> Rest {
        Rest::Collected
    }

    fn build(&self, call: &Bound<'_>, graph: &mut dyn Graph) -> Result<NodeId, Reported> {
        let inputs = graph.values(&call.rest)?;
        match inputs.as_slice() {
            [] => {
                let message = "`concat` needs at least one value";
                Err(graph.errors().push(Diagnostic::new("E0204", call.span, message)))
            }
            [one] => Ok(*one),
            _ => Ok(graph.add(Op::Layer(Concat.into()), inputs, call.span)),
        }
    }
}

impl Rules for Concat {
    fn name(&self) -> &'static str {
        "joined"
    }

    fn is_position_wise(&self) -> bool {
        true
    }

    fn shape(&self, inputs: &[Operand], span: Span) -> Result<Shape, Diagnostic> {
        let mut total = 0usize;
        for input in inputs {
            total = total.saturating_add(input.vector("concat")?);
        }
        wide_vector(Some(total), span)
    }

    fn comment(&self, inputs: &[Shape]) -> Option<String> {
        let widths: Vec<usize> = inputs.iter().map(|shape| shape.width()).collect();
        let sum: usize = widths.iter().sum();
        let widths: Vec<String> = widths.iter().map(ToString::to_string).collect();
        Some(format!("{} = {sum}", widths.join(" + ")))
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
        quote!(ops::concat(#parts))
    }
}
