//! `position_embedding(x)` and `sinusoids(x)`: positional encodings, to be added to a sequence.

use proc_macro2::TokenStream;
use quote::quote;

use super::{CallSite, Graph, Layer, Op, Operand, Role, Rules, Shape, Values, Weights};
use crate::arguments::{Bound, Param};
use crate::diag::{Diagnostic, Reported};
use crate::ids::NodeId;
use crate::span::Span;

/// The layers.
pub(super) struct PositionsLayer {
    name: &'static str,
}

impl PositionsLayer {
    pub(super) const EMBEDDING: Self = Self { name: "position_embedding" };
    pub(super) const SINUSOIDS: Self = Self { name: "sinusoids" };
}

#[derive(Clone, Debug, PartialEq)]
pub struct Positions {
    name: &'static str,
}

impl Layer for PositionsLayer {
    fn name(&self) -> &'static str {
        self.name
    }

    fn params(&self) -> &'static [Param] {
        const { &[Param::required("x")] }
    }

    fn build(&self, call: &Bound<'_>, graph: &mut dyn Graph) -> Result<NodeId, Reported> {
        let input = call.value("x", graph)?;
        let node = graph.add(Op::Layer(Positions { name: self.name }.into()), vec![input], call.span);
        graph.give_role(node, Role::Part("positions"));
        Ok(node)
    }
}

impl Rules for Positions {
    fn name(&self) -> &'static str {
        "at_positions"
    }

    fn shape(&self, inputs: &[Operand], _: Span) -> Result<Shape, Diagnostic> {
        let (length, width) = inputs[0].sequence(self.name)?;
        Ok(Shape::Sequence(length, width))
    }

    fn values(&self, _: &[Values], _: &[Shape]) -> Values {
        match self.name == PositionsLayer::SINUSOIDS.name {
            true => Values::within(-1.0, 1.0, self.name),
            false => Values::ANY,
        }
    }

    fn weights(&self, inputs: &[Shape]) -> Option<Weights> {
        let Shape::Sequence(length, width) = inputs[0] else { return None };
        (self.name == PositionsLayer::EMBEDDING.name).then(|| Weights {
            ty: "PositionEmbedding",
            sizes: vec![length, width],
            count: length * width,
        })
    }

    fn multiply_adds(&self, _: &[Shape]) -> usize {
        0
    }

    fn saved(&self, _: &[Shape]) -> usize {
        0
    }

    fn call(&self, site: &CallSite<'_>) -> TokenStream {
        let (input, weights) = (&site.inputs[0], site.weights);
        match weights {
            Some(weights) => quote!(ops::position_embedding(&self.#weights, #input)),
            None => quote!(ops::sinusoids(#input)),
        }
    }
}
