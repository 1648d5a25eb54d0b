//! `cross(x, layers)` and `cross_v2(x, layers, rank)`: the cross networks of DCN and DCN-v2.

use proc_macro2::TokenStream;
use quote::quote;

use super::dense::MAX_UNITS;
use super::graph::give_row;
use super::{CallSite, Graph, Layer, Op, Operand, Rules, Shape, Values, WeightSettings, Weights};
use crate::arguments::{Bound, Param};
use crate::diag::{Diagnostic, Reported};
use crate::ids::NodeId;
use crate::span::Span;

/// Maximum number of layers of a cross network.
const MAX_LAYERS: u64 = 64;

/// `cross(x, layers)`.
pub(super) struct CrossLayer;
/// `cross_v2(x, layers, rank)`.
pub(super) struct CrossV2Layer;

/// A layer of a cross network. Inputs: the input of the network and the output of the previous layer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cross {
    /// A weight vector.
    Vector,
    /// A weight matrix.
    Matrix,
    /// A weight matrix of this rank.
    LowRank(usize),
}

/// Adds a sequence of layers.
fn network(cross: Cross, call: &Bound<'_>, graph: &mut dyn Graph) -> Result<NodeId, Reported> {
    let first = call.value("x", graph);
    let layers = call.count("layers", 1..=MAX_LAYERS, graph.errors())?;
    let settings = WeightSettings::read(call, graph.errors());
    let first = first?;
    let (mut row, mut x) = (Vec::new(), first);
    for _ in 0..layers {
        x = graph.add(Op::Layer(cross.into()), vec![first, x], call.span);
        graph.train_by(x, settings);
        row.push(x);
    }
    give_row(graph, &row, "cross", x);
    Ok(x)
}

impl Layer for CrossLayer {
    fn name(&self) -> &'static str {
        "cross"
    }

    fn params(&self) -> &'static [Param] {
        const {
            &[
                Param::required("x"),
                Param::required("layers"),
                Param::named("initializer"),
                Param::named("l2"),
                Param::named("weight_decay"),
            ]
        }
    }

    fn build(&self, call: &Bound<'_>, graph: &mut dyn Graph) -> Result<NodeId, Reported> {
        network(Cross::Vector, call, graph)
    }
}

impl Layer for CrossV2Layer {
    fn name(&self) -> &'static str {
        "cross_v2"
    }

    fn params(&self) -> &'static [Param] {
        const {
            &[
                Param::required("x"),
                Param::required("layers"),
                Param::named("rank"),
                Param::named("initializer"),
                Param::named("l2"),
                Param::named("weight_decay"),
            ]
        }
    }

    fn build(&self, call: &Bound<'_>, graph: &mut dyn Graph) -> Result<NodeId, Reported> {
        let cross = match call.get("rank") {
            None => Cross::Matrix,
            Some(_) => Cross::LowRank(call.count("rank", 1..=MAX_UNITS, graph.errors())? as usize),
        };
        network(cross, call, graph)
    }
}

impl Rules for Cross {
    fn name(&self) -> &'static str {
        "crossed"
    }

    fn shape(&self, inputs: &[Operand], _: Span) -> Result<Shape, Diagnostic> {
        Ok(Shape::Vector(inputs[0].vector("cross")?))
    }

    fn values(&self, _: &[Values], _: &[Shape]) -> Values {
        Values::ANY
    }

    fn weights(&self, inputs: &[Shape]) -> Option<Weights> {
        let width = inputs[0].width();
        let (ty, sizes, count) = match *self {
            Cross::Vector => ("Cross", vec![width], 2 * width),
            Cross::Matrix => ("Dense", vec![width, width], (width + 1) * width),
            Cross::LowRank(rank) => ("LowRankCross", vec![width, rank], (2 * rank + 1) * width),
        };
        Some(Weights { ty, sizes, count })
    }

    fn multiply_adds(&self, inputs: &[Shape]) -> usize {
        let width = inputs[0].width();
        match self {
            Cross::Vector => 2 * width,
            Cross::Matrix => (width + 1) * width,
            Cross::LowRank(rank) => (2 * rank + 1) * width,
        }
    }

    /// Copies of both factors; the layers that compute the second factor, and copies of their inputs.
    fn saved(&self, inputs: &[Shape]) -> usize {
        let width = inputs[0].width();
        match self {
            Cross::Vector => 2 * width,
            Cross::Matrix => 5 * width,
            Cross::LowRank(rank) => 5 * width + 2 * rank,
        }
    }

    fn call(&self, site: &CallSite<'_>) -> TokenStream {
        let (first, x, weights) = (&site.inputs[0], &site.inputs[1], site.weights);
        match self {
            Cross::Vector => quote!(ops::cross(&self.#weights, #first, #x)),
            Cross::Matrix => quote!(ops::cross_v2(&self.#weights, #first, #x)),
            Cross::LowRank(_) => quote!(ops::cross_low_rank(&self.#weights, #first, #x)),
        }
    }
}
