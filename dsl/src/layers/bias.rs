//! `bias(x)`: adds a trained vector.

use proc_macro2::TokenStream;
use quote::quote;

use super::concat::Concat;
use super::{CallSite, Graph, Layer, Op, Operand, Rules, Shape, Values, Weights};
use crate::arguments::{Bound, Param};
use crate::diag::{Diagnostic, Reported};
use crate::ids::NodeId;
use crate::span::Span;

/// The layer.
pub(super) struct BiasLayer;

#[derive(Clone, Debug, PartialEq)]
pub struct Bias;

/// Adds a score minus a trained threshold for each of `count` levels, `[B, count]`: the logits of the levels above it. Cao,
/// Mirjalili & Raschka, "Rank consistent ordinal regression for neural networks", Pattern Recognition Letters 2020.
pub fn threshold_nodes(graph: &mut dyn Graph, score: NodeId, count: usize, span: Span) -> NodeId {
    let repeated = match count {
        1 => score,
        _ => graph.add(Op::Layer(Concat.into()), vec![score; count], span),
    };
    graph.add(Op::Layer(Bias.into()), vec![repeated], span)
}

impl Layer for BiasLayer {
    fn name(&self) -> &'static str {
        "bias"
    }

    fn params(&self) -> &'static [Param] {
        const { &[Param::required("x")] }
    }

    fn build(&self, call: &Bound<'_>, graph: &mut dyn Graph) -> Result<NodeId, Reported> {
        let input = call.value("x", graph)?;
        Ok(graph.add(Op::Layer(Bias.into()), vec![input], call.span))
    }
}

impl Rules for Bias {
    fn name(&self) -> &'static str {
        "bias"
    }

    fn is_position_wise(&self) -> bool {
        true
    }

    fn shape(&self, inputs: &[Operand], _: Span) -> Result<Shape, Diagnostic> {
        Ok(Shape::Vector(inputs[0].vector("bias")?))
    }

    fn values(&self, inputs: &[Values], _: &[Shape]) -> Values {
        inputs[0].moved()
    }

    fn weights(&self, inputs: &[Shape]) -> Option<Weights> {
        let width = inputs[0].width();
        Some(Weights { ty: "Bias", sizes: vec![width], count: width })
    }

    fn saved(&self, _: &[Shape]) -> usize {
        0
    }

    fn call(&self, site: &CallSite<'_>) -> TokenStream {
        let (input, weights) = (&site.inputs[0], site.weights);
        quote!(ops::add_bias(&self.#weights, #input))
    }
}
