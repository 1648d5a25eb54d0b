//! `batch_norm(x)` (Ioffe & Szegedy 2015), `layer_norm(x)` (Ba et al. 2016), `l2_normalize(x)` and `clip_norm(x)`.

use proc_macro2::{Literal, TokenStream};
use quote::quote;

use super::{CallSite, Graph, Layer, Op, Operand, Operation, Role, Rules, Sense, Shape, Values, Weights};
use crate::arguments::{BELOW_ONE, Bound, Param};
use crate::diag::{Diagnostic, Reported};
use crate::ids::NodeId;
use crate::span::Span;

/// `batch_norm`.
pub(super) struct BatchNormLayer;
/// `layer_norm`.
pub(super) struct LayerNormLayer;
/// `l2_normalize`.
pub(super) struct L2NormalizeLayer;
/// `clip_norm`.
pub(super) struct ClipNormLayer;

#[derive(Clone, Debug, PartialEq)]
pub struct BatchNorm {
    momentum: f64,
    epsilon: f64,
}

#[derive(Clone, Debug, PartialEq)]
pub struct LayerNorm {
    pub(super) epsilon: f64,
}

#[derive(Clone, Debug, PartialEq)]
pub struct L2Normalize;

#[derive(Clone, Debug, PartialEq)]
pub struct ClipNorm {
    max: f64,
}

/// A norm that a layer applies to its hidden units.
#[derive(Clone, Copy)]
pub(super) enum AnyNorm {
    Batch,
    Layer,
}

impl AnyNorm {
    /// The norms by their words.
    pub(super) const WORDS: [(&'static str, Self); 2] = [("batch", Self::Batch), ("layer", Self::Layer)];

    /// Applies it to a node, with the usual settings, as a part of a layer.
    pub(super) fn node(self, graph: &mut dyn Graph, x: NodeId, span: Span) -> NodeId {
        let norm: Operation = match self {
            Self::Batch => BatchNorm { momentum: MOMENTUM, epsilon: BATCH_EPSILON }.into(),
            Self::Layer => LayerNorm { epsilon: LAYER_EPSILON }.into(),
        };
        let role = Role::Part(norm.name());
        let node = graph.add(Op::Layer(norm), vec![x], span);
        graph.give_role(node, role);
        node
    }
}

impl Layer for BatchNormLayer {
    fn name(&self) -> &'static str {
        "batch_norm"
    }

    fn params(&self) -> &'static [Param] {
        const { &[Param::required("x"), Param::named("momentum"), Param::named("epsilon")] }
    }

    fn build(&self, call: &Bound<'_>, graph: &mut dyn Graph) -> Result<NodeId, Reported> {
        let input = call.value("x", graph)?;
        let momentum = momentum(call, graph);
        let epsilon = epsilon(call, BATCH_EPSILON, graph);
        Ok(graph.add(Op::Layer(BatchNorm { momentum, epsilon }.into()), vec![input], call.span))
    }
}

/// Default momentum of running averages, as in Keras.
pub(super) const MOMENTUM: f64 = 0.99;

/// Default `epsilon` of `batch_norm`, as in Keras.
const BATCH_EPSILON: f64 = 1e-3;

/// Default `epsilon` of `layer_norm`, as in PyTorch.
const LAYER_EPSILON: f64 = 1e-5;

/// Reads the momentum of running averages.
pub(super) fn momentum(call: &Bound<'_>, graph: &mut dyn Graph) -> f64 {
    call.number_or("momentum", 0.0..=BELOW_ONE, MOMENTUM, graph.errors())
}

/// Reads the number that is added to a variance.
pub(super) fn epsilon(call: &Bound<'_>, usual: f64, graph: &mut dyn Graph) -> f64 {
    call.number_or("epsilon", 1e-12..=1.0, usual, graph.errors())
}

impl Rules for BatchNorm {
    fn name(&self) -> &'static str {
        "batch_norm"
    }

    fn shape(&self, inputs: &[Operand], _: Span) -> Result<Shape, Diagnostic> {
        Ok(Shape::Vector(inputs[0].vector("batch_norm")?))
    }

    fn values(&self, _: &[Values], _: &[Shape]) -> Values {
        Values::ANY
    }

    fn weights(&self, inputs: &[Shape]) -> Option<Weights> {
        norm_weights("BatchNorm", inputs)
    }

    /// Copies of the columns for their statistics and for the normalization, and twice the normalized columns.
    fn saved(&self, inputs: &[Shape]) -> usize {
        4 * inputs[0].width()
    }

    fn call(&self, site: &CallSite<'_>) -> TokenStream {
        let (input, weights, label) = (&site.inputs[0], site.weights, site.label);
        let epsilon = Literal::f32_unsuffixed(self.epsilon as f32);
        quote!(ops::batch_norm(&self.#weights, #label, #input, #epsilon, pass))
    }

    fn needs_company(&self) -> bool {
        true
    }

    fn momentum(&self) -> Option<f64> {
        Some(self.momentum)
    }
}

impl Layer for LayerNormLayer {
    fn name(&self) -> &'static str {
        "layer_norm"
    }

    fn params(&self) -> &'static [Param] {
        const { &[Param::required("x"), Param::named("epsilon")] }
    }

    fn build(&self, call: &Bound<'_>, graph: &mut dyn Graph) -> Result<NodeId, Reported> {
        let input = call.value("x", graph)?;
        let epsilon = epsilon(call, LAYER_EPSILON, graph);
        Ok(graph.add(Op::Layer(LayerNorm { epsilon }.into()), vec![input], call.span))
    }
}

impl Rules for LayerNorm {
    fn name(&self) -> &'static str {
        "layer_norm"
    }

    fn is_position_wise(&self) -> bool {
        true
    }

    fn shape(&self, inputs: &[Operand], _: Span) -> Result<Shape, Diagnostic> {
        Ok(Shape::Vector(inputs[0].vector("layer_norm")?))
    }

    /// The mean of a single number is the number itself, so the output is only the trained bias.
    fn values(&self, _: &[Values], shapes: &[Shape]) -> Values {
        match shapes[0].width() {
            1 => Values::within(0.0, 0.0, "layer_norm").moved(),
            _ => Values::ANY,
        }
    }

    fn weights(&self, inputs: &[Shape]) -> Option<Weights> {
        norm_weights("LayerNorm", inputs)
    }

    /// The normalized row, and its factor.
    fn saved(&self, inputs: &[Shape]) -> usize {
        inputs[0].width() + 1
    }

    fn call(&self, site: &CallSite<'_>) -> TokenStream {
        let (input, weights) = (&site.inputs[0], site.weights);
        let epsilon = Literal::f32_unsuffixed(self.epsilon as f32);
        quote!(ops::layer_norm(&self.#weights, #input, #epsilon))
    }
}

/// `l2_normalize(x)`.
pub fn normalize_node(graph: &mut dyn Graph, x: NodeId, span: Span) -> NodeId {
    graph.add(Op::Layer(L2Normalize.into()), vec![x], span)
}

impl Layer for L2NormalizeLayer {
    fn name(&self) -> &'static str {
        "l2_normalize"
    }

    fn params(&self) -> &'static [Param] {
        const { &[Param::required("x")] }
    }

    fn build(&self, call: &Bound<'_>, graph: &mut dyn Graph) -> Result<NodeId, Reported> {
        let input = call.value("x", graph)?;
        Ok(normalize_node(graph, input, call.span))
    }
}

impl Rules for L2Normalize {
    fn name(&self) -> &'static str {
        "normalized"
    }

    fn is_position_wise(&self) -> bool {
        true
    }

    fn shape(&self, inputs: &[Operand], _: Span) -> Result<Shape, Diagnostic> {
        Ok(Shape::Vector(inputs[0].vector("l2_normalize")?))
    }

    fn values(&self, inputs: &[Values], shapes: &[Shape]) -> Values {
        inputs[0].clipped(1.0, "l2_normalize").of(sense_of_length(inputs[0], shapes[0]))
    }

    /// The reciprocal norm.
    fn saved(&self, _: &[Shape]) -> usize {
        1
    }

    fn call(&self, site: &CallSite<'_>) -> TokenStream {
        let input = &site.inputs[0];
        quote!(ops::l2_normalize(#input))
    }
}

impl Layer for ClipNormLayer {
    fn name(&self) -> &'static str {
        "clip_norm"
    }

    fn params(&self) -> &'static [Param] {
        const { &[Param::required("x"), Param::named("max")] }
    }

    fn build(&self, call: &Bound<'_>, graph: &mut dyn Graph) -> Result<NodeId, Reported> {
        let input = call.value("x", graph)?;
        let max = call.number_or("max", 1e-6..=1e6, 1.0, graph.errors());
        Ok(graph.add(Op::Layer(ClipNorm { max }.into()), vec![input], call.span))
    }
}

impl Rules for ClipNorm {
    fn name(&self) -> &'static str {
        "clipped"
    }

    fn is_position_wise(&self) -> bool {
        true
    }

    fn shape(&self, inputs: &[Operand], _: Span) -> Result<Shape, Diagnostic> {
        Ok(Shape::Vector(inputs[0].vector("clip_norm")?))
    }

    fn values(&self, inputs: &[Values], shapes: &[Shape]) -> Values {
        inputs[0].clipped(self.max, "clip_norm").of(sense_of_length(inputs[0], shapes[0]))
    }

    /// The row of norm 1, and the reciprocal norm.
    fn saved(&self, inputs: &[Shape]) -> usize {
        inputs[0].width() + 1
    }

    fn call(&self, site: &CallSite<'_>) -> TokenStream {
        let (input, max) = (&site.inputs[0], Literal::f32_unsuffixed(self.max as f32));
        quote!(ops::clip_norm(#input, #max))
    }
}

/// A component that is scaled by the others loses its interpretation; a single component keeps its sign.
fn sense_of_length(values: Values, shape: Shape) -> Sense {
    if shape.width() == 1 { values.sense } else { Sense::Open }
}

fn norm_weights(ty: &'static str, inputs: &[Shape]) -> Option<Weights> {
    let Shape::Vector(width) = inputs[0] else { return None };
    Some(Weights { ty, sizes: vec![width], count: 2 * width })
}
