//! `attention_pool(fields, units, activation)`: vectors weighted by the softmax of what a small network finds of each, as in AFM.

use std::rc::Rc;

use proc_macro2::TokenStream;
use quote::quote;

use super::activation::Activation;
use super::dense::MAX_UNITS;
use super::{CallSite, Graph, Layer, Operand, Operation, Shape, Weights};
use crate::arguments::{Bound, Param};
use crate::diag::Diagnostic;
use crate::model::{NodeId, Op};
use crate::span::Span;

/// The layer.
pub(super) struct AttentionPoolLayer;

#[derive(Debug)]
struct AttentionPool {
    units: usize,
    activation: Activation,
}

impl Layer for AttentionPoolLayer {
    fn name(&self) -> &'static str {
        "attention_pool"
    }

    fn params(&self) -> &'static [Param] {
        const { &[Param::required("fields"), Param::required("units"), Param::optional("activation")] }
    }

    fn build(&self, call: &Bound<'_>, graph: &mut dyn Graph) -> Option<NodeId> {
        let input = call.get("fields").and_then(|fields| graph.value(fields));
        let units = call.count("units", 1..=MAX_UNITS, graph.errors());
        let activation = match call.get("activation") {
            None => Some(Activation::RELU),
            Some(_) => Activation::read(call, "activation", graph.errors()),
        };
        let pool = AttentionPool { units: units? as usize, activation: activation? };
        Some(graph.add(Op::Layer(Rc::new(pool)), vec![input?], call.span))
    }
}

impl Operation for AttentionPool {
    fn name(&self) -> &'static str {
        "attention"
    }

    fn shape(&self, inputs: &[Operand], _: Span) -> Result<Shape, Diagnostic> {
        Ok(Shape::Vector(inputs[0].fields("attention_pool")?.1))
    }

    fn weights(&self, inputs: &[Shape]) -> Option<Weights> {
        let (Shape::Fields(_, width), units) = (inputs[0], self.units) else { return None };
        Some(Weights {
            ty: "AttentionPool",
            sizes: vec![width, units],
            count: (width + 2) * units,
            docs: format!("{width} to {units} to a score"),
        })
    }

    fn multiply_adds(&self, inputs: &[Shape]) -> usize {
        let Shape::Fields(count, width) = inputs[0] else { return 0 };
        count * ((width + 1) * self.units + width)
    }

    fn call(&self, site: &CallSite<'_>) -> TokenStream {
        let (input, weights, activation) = (&site.inputs[0], site.weights, self.activation.tokens());
        quote!(attention_pool(&self.#weights, #input, #activation, None))
    }
}
