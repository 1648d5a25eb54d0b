//! `last(x)`: the latest vector of a sequence.

use proc_macro2::TokenStream;
use quote::quote;

use super::{CallSite, Graph, Layer, Op, Operand, Rules, Shape, Values};
use crate::arguments::{Bound, Param};
use crate::diag::{Diagnostic, Reported};
use crate::ids::NodeId;
use crate::span::Span;

/// The layer.
pub(super) struct LastLayer;

#[derive(Clone, Debug, PartialEq)]
pub struct Last;

impl Layer for LastLayer {
    fn name(&self) -> &'static str {
        "last"
    }

    fn params(&self) -> &'static [Param] {
        const { &[Param::required("x")] }
    }

    fn build(&self, call: &Bound<'_>, graph: &mut dyn Graph) -> Result<NodeId, Reported> {
        let input = call.value("x", graph)?;
        Ok(graph.add(Op::Layer(Last.into()), vec![input], call.span))
    }
}

impl Rules for Last {
    fn name(&self) -> &'static str {
        "latest"
    }

    fn shape(&self, inputs: &[Operand], _: Span) -> Result<Shape, Diagnostic> {
        Ok(Shape::Vector(inputs[0].sequence("last")?.1))
    }

    fn values(&self, inputs: &[Values], _: &[Shape]) -> Values {
        inputs[0].or_zero()
    }

    fn multiply_adds(&self, _: &[Shape]) -> usize {
        0
    }

    fn saved(&self, _: &[Shape]) -> usize {
        1
    }

    fn call(&self, site: &CallSite<'_>) -> TokenStream {
        let input = &site.inputs[0];
        quote!(ops::last(#input))
    }
}
