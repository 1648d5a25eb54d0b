//! `encoder(x, units, ...)`: a block of a transformer, and `feed_forward(x, units, activation)`, what it does at each position.

use std::rc::Rc;

use proc_macro2::TokenStream;
use quote::quote;

use super::activation::Activation;
use super::attention::SelfAttention;
use super::dense::MAX_UNITS;
use super::dropout::Dropout;
use super::norm::LayerNorm;
use super::residual_unit::two_layers;
use super::{CallSite, Graph, Layer, Operand, Operation, Shape, Weights, add_nodes};
use crate::arguments::{Bound, Param};
use crate::diag::Diagnostic;
use crate::model::{NodeId, Op};
use crate::span::Span;

/// `encoder`.
pub(super) struct EncoderLayer;
/// `feed_forward`.
pub(super) struct FeedForwardLayer;

/// Two layers, to `units` and back.
#[derive(Debug)]
struct FeedForward {
    units: usize,
    activation: Activation,
}

impl FeedForward {
    fn read(call: &Bound<'_>, graph: &mut dyn Graph) -> Option<Self> {
        let units = call.count("units", 1..=MAX_UNITS, graph.errors());
        let activation = match call.get("activation") {
            None => Some(Activation::RELU),
            Some(_) => Activation::read(call, "activation", graph.errors()),
        };
        Some(Self { units: units? as usize, activation: activation? })
    }
}

impl Layer for FeedForwardLayer {
    fn name(&self) -> &'static str {
        "feed_forward"
    }

    fn params(&self) -> &'static [Param] {
        const { &[Param::required("x"), Param::required("units"), Param::optional("activation")] }
    }

    fn build(&self, call: &Bound<'_>, graph: &mut dyn Graph) -> Option<NodeId> {
        let x = call.get("x").and_then(|x| graph.value(x));
        let layer = FeedForward::read(call, graph)?;
        Some(graph.add(Op::Layer(Rc::new(layer)), vec![x?], call.span))
    }
}

impl Operation for FeedForward {
    fn name(&self) -> &'static str {
        "feed_forward"
    }

    fn is_position_wise(&self) -> bool {
        true
    }

    fn shape(&self, inputs: &[Operand], _: Span) -> Result<Shape, Diagnostic> {
        Ok(Shape::Vector(inputs[0].vector("feed_forward")?))
    }

    fn weights(&self, inputs: &[Shape]) -> Option<Weights> {
        Some(two_layers(inputs[0].width(), self.units))
    }

    fn multiply_adds(&self, inputs: &[Shape]) -> usize {
        2 * inputs[0].width() * self.units
    }

    fn call(&self, site: &CallSite<'_>) -> TokenStream {
        let (input, weights, activation) = (&site.inputs[0], site.weights, self.activation.tokens());
        quote!(feed_forward(&self.#weights, #input, #activation))
    }
}

impl Layer for EncoderLayer {
    fn name(&self) -> &'static str {
        "encoder"
    }

    fn params(&self) -> &'static [Param] {
        const {
            &[
                Param::required("x"),
                Param::required("units"),
                Param::optional("activation"),
                Param::named("heads"),
                Param::named("causal"),
                Param::named("bias"),
                Param::named("output"),
                Param::named("norm"),
                Param::named("epsilon"),
                Param::named("dropout"),
            ]
        }
    }

    fn build(&self, call: &Bound<'_>, graph: &mut dyn Graph) -> Option<NodeId> {
        let x = call.get("x").and_then(|x| graph.value(x));
        let attention = SelfAttention::read(call, graph);
        let feed_forward = FeedForward::read(call, graph);
        let before = call.word("norm", &["before", "after"], graph.errors()) == Some("before");
        let epsilon = call.number("epsilon", 1e-12..=1.0, graph.errors()).unwrap_or(1e-6);
        let rate = call.number("dropout", 0.0..=0.99, graph.errors());
        let (x, feed_forward) = (x?, feed_forward?);
        let add = |operation: Rc<dyn Operation>, x: NodeId, graph: &mut dyn Graph| {
            graph.add(Op::Layer(operation), vec![x], call.span)
        };
        let norm = |x: NodeId, graph: &mut dyn Graph| add(Rc::new(LayerNorm { epsilon }), x, graph);
        let dropped = |x: NodeId, graph: &mut dyn Graph| match rate {
            Some(rate) => add(Rc::new(Dropout { rate }), x, graph),
            None => x,
        };
        // What a part of the block finds in `x`, which it is added to.
        let attend = |x: NodeId, graph: &mut dyn Graph| attention.build(x, call.span, graph);
        let feed_forward: Rc<dyn Operation> = Rc::new(feed_forward);
        let feed = |x: NodeId, graph: &mut dyn Graph| add(feed_forward.clone(), x, graph);
        let mut x = x;
        for part in [&attend as &dyn Fn(NodeId, &mut dyn Graph) -> NodeId, &feed] {
            let input = if before { norm(x, graph) } else { x };
            let found = part(input, graph);
            let found = dropped(found, graph);
            let sum = add_nodes(graph, x, found, call.span);
            x = if before { sum } else { norm(sum, graph) };
        }
        Some(x)
    }
}
