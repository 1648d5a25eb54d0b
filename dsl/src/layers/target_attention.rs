//! `target_attention(history, target)`: weighted sum of a history, with weights from a small network over
//! each vector and the target, as in DIN.

use proc_macro2::TokenStream;
use quote::quote;
use turret_schema::{Activation, Code, Weighting};

use super::concat::Concat;
use super::dense::{DenseWeights, MAX_UNITS, dense_row};
use super::dropout::{mask_code, read_rate};
use super::trained_activation::AnyActivation;
use super::{CallSite, Graph, Layer, Op, Operand, Rules, Shape, Values, add_nodes, mul_nodes, scale_node};
use crate::arguments::{Bound, Param, whole};
use crate::ast::ExprKind;
use crate::diag::{Diagnostic, Reported};
use crate::ids::NodeId;
use crate::span::Span;

/// Default hidden units of the network, as in the paper.
const UNITS: [u64; 2] = [80, 40];

/// The layer.
pub(super) struct TargetAttentionLayer;

/// Sum of a history, weighted by scores of its positions. The target only affects the scores.
#[derive(Clone, Debug, PartialEq)]
pub struct TargetAttention {
    weighting: Weighting,
    /// Rate of the dropout of the weights, which are a softmax.
    dropout: Option<f64>,
}

impl Layer for TargetAttentionLayer {
    fn name(&self) -> &'static str {
        "target_attention"
    }

    fn params(&self) -> &'static [Param] {
        const {
            &[
                Param::required("history"),
                Param::required("target"),
                Param::optional("units"),
                Param::optional("activation"),
                Param::named("softmax"),
                Param::named("dropout"),
            ]
        }
    }

    fn build(&self, call: &Bound<'_>, graph: &mut dyn Graph) -> Result<NodeId, Reported> {
        let history = call.value("history", graph);
        let target = call.value("target", graph);
        let activation = match call.get("activation") {
            None => Ok(Activation::Sigmoid.into()),
            Some(_) => AnyActivation::read_of_positions(call, "activation", graph.errors()),
        };
        let is_softmax = call.flag("softmax", graph.errors());
        let weighting = if is_softmax { Weighting::Softmax } else { Weighting::Scores };
        let units = match call.get("units") {
            None => Ok(UNITS.to_vec()),
            Some(units) => match &units.kind {
                ExprKind::List(list) => {
                    let widths = list.iter();
                    widths.map(|width| whole("units", width, 1..=MAX_UNITS, graph.errors())).collect()
                }
                _ => Err(call.wrong("units", units, "a list of widths, such as `[80, 40]`", graph.errors())),
            },
        };
        let dropout = read_rate(call, "dropout", graph);
        if let (Weighting::Scores, Some(rate)) = (weighting, call.get("dropout")) {
            let message = "`dropout` of `target_attention` drops the weights of a softmax";
            return Err(graph.errors().push(
                Diagnostic::new("E0208", rate.span, message)
                    .label("these weights are scores, which are not normalized")
                    .help("add `softmax = true`, or apply `dropout` to the history or to the result"),
            ));
        }
        let (history, target, activation, dropout) = (history?, target?, activation?, dropout?);
        graph.needs_sequence(history, "target_attention");
        let negated = scale_node(graph, target, -1.0, call.span);
        let difference = add_nodes(graph, history, negated, call.span);
        let product = mul_nodes(graph, history, target, call.span);
        let compared = vec![history, target, difference, product];
        let compared = graph.add(Op::Layer(Concat.into()), compared, call.span);
        let hidden = units?.into_iter().map(|units| (units as usize, activation.into()));
        let layers = hidden.chain([(1, Activation::Linear.into())]);
        let scores = dense_row(graph, compared, layers, DenseWeights::USUAL, "score", call.span);
        let attention = TargetAttention { weighting, dropout };
        Ok(graph.add(Op::Layer(attention.into()), vec![history, scores], call.span))
    }
}

impl Rules for TargetAttention {
    fn name(&self) -> &'static str {
        "attended"
    }

    fn shape(&self, inputs: &[Operand], _: Span) -> Result<Shape, Diagnostic> {
        Ok(Shape::Vector(inputs[0].sequence("target_attention")?.1))
    }

    /// Scores without softmax are unbounded.
    fn values(&self, inputs: &[Values], _: &[Shape]) -> Values {
        match self.weighting {
            Weighting::Softmax => inputs[0].or_zero(),
            Weighting::Scores => Values::ANY,
        }
    }

    fn drops(&self) -> bool {
        self.dropout.is_some()
    }

    /// Copies of both inputs and of their common mask, the mask itself, and the weights: all of them, and those that
    /// are not dropped.
    fn saved(&self, inputs: &[Shape]) -> usize {
        let Shape::Sequence(length, width) = inputs[0] else { return 0 };
        let weights = if self.dropout.is_some_and(|rate| rate > 0.0) { 2 } else { 1 };
        length * (width + 3 + weights)
    }

    fn call(&self, site: &CallSite<'_>) -> TokenStream {
        let (history, scores) = (&site.inputs[0], &site.inputs[1]);
        let weighting = self.weighting.code();
        match mask_code(self.dropout, site.label) {
            None => quote!(ops::target_attention(#history, #scores, #weighting)),
            Some(mask) => quote!(ops::dropped_target_attention(#history, #scores, #mask)),
        }
    }
}
