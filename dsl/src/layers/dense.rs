//! `dense(x, units, activation, bias = true, ...)`: a fully connected layer, `activation(W x + b)`.

use proc_macro2::TokenStream;
use quote::quote;
use turret_schema::{Activation, Code};

use super::dropout::dropout_node;
use super::graph::give_row;
use super::norm::AnyNorm;
use super::trained_activation::AnyActivation;
use super::{CallSite, Graph, Layer, Op, Operand, Rules, Shape, Values, WeightSettings, Weights, activation};
use crate::arguments::{Bound, Param};
use crate::diag::{Diagnostic, Reported};
use crate::ids::NodeId;
use crate::span::Span;

/// Maximum number of units.
pub(super) const MAX_UNITS: u64 = 1 << 16;

/// The layer.
pub(super) struct DenseLayer;

/// The operation.
#[derive(Clone, Debug, PartialEq)]
pub struct Dense {
    /// Width of the output. None: the width of the input.
    pub(super) units: Option<usize>,
    pub(super) activation: Activation,
    pub(super) bias: bool,
}

impl Layer for DenseLayer {
    fn name(&self) -> &'static str {
        "dense"
    }

    fn params(&self) -> &'static [Param] {
        const {
            &[
                Param::required("x"),
                Param::required("units"),
                Param::optional("activation"),
                Param::named("bias"),
                Param::named("initializer"),
                Param::named("l2"),
                Param::named("weight_decay"),
            ]
        }
    }

    fn build(&self, call: &Bound<'_>, graph: &mut dyn Graph) -> Result<NodeId, Reported> {
        let input = call.value("x", graph);
        let units = call.count("units", 1..=MAX_UNITS, graph.errors());
        let activation = match call.get("activation") {
            None => Ok(Activation::Linear.into()),
            Some(_) => AnyActivation::read(call, "activation", graph.errors()),
        };
        let weights = DenseWeights::read(call, graph);
        let (_, result) = dense_nodes(graph, input?, units? as usize, activation?, weights, call.span);
        Ok(result)
    }
}

/// Weights of dense layers.
#[derive(Clone, Copy)]
pub(super) struct DenseWeights {
    /// True if they have biases.
    pub(super) bias: bool,
    pub(super) settings: WeightSettings,
}

impl DenseWeights {
    /// Biases, and the settings of all layers.
    pub(super) const USUAL: Self =
        Self { bias: true, settings: WeightSettings { initializer: None, l2: None, weight_decay: None } };

    /// Reads the arguments of a call.
    pub(super) fn read(call: &Bound<'_>, graph: &mut dyn Graph) -> Self {
        Self { bias: has_bias(call, graph), settings: WeightSettings::read(call, graph.errors()) }
    }
}

/// Steps after the weights of a dense layer in a sequence of them, in this order: norm, activation, dropout.
#[derive(Clone, Copy)]
pub(super) struct Hidden {
    pub(super) norm: Option<AnyNorm>,
    pub(super) activation: AnyActivation,
    pub(super) dropout: Option<f64>,
}

impl From<AnyActivation> for Hidden {
    fn from(activation: AnyActivation) -> Self {
        Self { norm: None, activation, dropout: None }
    }
}

impl From<Activation> for Hidden {
    fn from(activation: Activation) -> Self {
        AnyActivation::from(activation).into()
    }
}

/// A sequence of dense layers, as a series of parts. Returns the last node.
pub(super) fn dense_row(
    graph: &mut dyn Graph,
    x: NodeId,
    layers: impl Iterator<Item = (usize, Hidden)>,
    weights: DenseWeights,
    word: &'static str,
    span: Span,
) -> NodeId {
    let (mut row, mut result) = (Vec::new(), x);
    for (units, Hidden { norm, activation, dropout }) in layers {
        let dense;
        (dense, result) = match norm {
            None => dense_nodes(graph, result, units, activation, weights, span),
            Some(norm) => {
                let (dense, x) = dense_nodes(graph, result, units, Activation::Linear.into(), weights, span);
                let x = norm.node(graph, x, span);
                (dense, activation.node(graph, x, span))
            }
        };
        result = dropout.map_or(result, |rate| dropout_node(graph, result, rate, span));
        row.push(dense);
    }
    give_row(graph, &row, word, result);
    result
}

/// A dense layer, followed by its activation if that has weights. Returns both nodes, or the same node twice.
fn dense_nodes(
    graph: &mut dyn Graph,
    x: NodeId,
    units: usize,
    activation: AnyActivation,
    DenseWeights { bias, settings }: DenseWeights,
    span: Span,
) -> (NodeId, NodeId) {
    let (activation, trained) = match activation {
        AnyActivation::Plain(activation) => (activation, None),
        AnyActivation::Trained(trained) => (Activation::Linear, Some(trained)),
    };
    let dense = Dense { units: Some(units), activation, bias };
    let node = graph.add(Op::Layer(dense.into()), vec![x], span);
    graph.train_by(node, settings);
    (node, trained.map_or(node, |trained| trained.node(graph, node, span)))
}

/// Returns whether a call has a bias; the default is true.
pub(super) fn has_bias(call: &Bound<'_>, graph: &mut dyn Graph) -> bool {
    is_on(call, "bias", graph)
}

/// Returns whether a flag is on; the default is true.
pub(super) fn is_on(call: &Bound<'_>, flag: &str, graph: &mut dyn Graph) -> bool {
    call.get(flag).is_none() || call.flag(flag, graph.errors())
}

impl Rules for Dense {
    fn name(&self) -> &'static str {
        "dense"
    }

    fn is_position_wise(&self) -> bool {
        true
    }

    fn shape(&self, inputs: &[Operand], _: Span) -> Result<Shape, Diagnostic> {
        let width = inputs[0].vector("dense")?;
        Ok(Shape::Vector(self.units.unwrap_or(width)))
    }

    fn weights(&self, inputs: &[Shape]) -> Option<Weights> {
        let Shape::Vector(width) = inputs[0] else { return None };
        let units = self.units.unwrap_or(width);
        let (ty, inputs) = if self.bias { ("Dense", width + 1) } else { ("UnbiasedDense", width) };
        Some(Weights { ty, sizes: vec![width, units], count: inputs * units })
    }

    fn multiply_adds(&self, inputs: &[Shape]) -> usize {
        inputs[0].width() * self.units.unwrap_or(inputs[0].width())
    }

    fn saved(&self, inputs: &[Shape]) -> usize {
        let width = inputs[0].width();
        width + activation::saved(self.activation, self.units.unwrap_or(width))
    }

    fn values(&self, _: &[Values], _: &[Shape]) -> Values {
        activation::values(self.activation, Values::ANY)
    }

    fn call(&self, site: &CallSite<'_>) -> TokenStream {
        let (input, weights, activation) = (&site.inputs[0], site.weights, self.activation.code());
        quote!(ops::dense(&self.#weights, #input, #activation))
    }
}
