//! `attention_pool(values, units, activation)` and `attention_pool(values, scores = ...)`: a softmax-weighted
//! sum of vectors. The scores come from a small network, as in AFM, or are given.

use proc_macro2::TokenStream;
use quote::quote;
use turret_schema::{Activation, Code};

use super::dense::MAX_UNITS;
use super::{CallSite, Graph, Layer, Op, Operand, Rules, Shape, Values, Weights, activation, positions};
use crate::arguments::{Bound, Param};
use crate::diag::{Diagnostic, Reported};
use crate::ids::NodeId;
use crate::span::Span;

/// The layer.
pub(super) struct AttentionPoolLayer;

#[derive(Clone, Debug, PartialEq)]
pub struct AttentionPool {
    units: usize,
    activation: Activation,
}

/// Sum of vectors, weighted by the softmax of their scores.
#[derive(Clone, Debug, PartialEq)]
pub struct PoolByScores;

impl Layer for AttentionPoolLayer {
    fn name(&self) -> &'static str {
        "attention_pool"
    }

    fn params(&self) -> &'static [Param] {
        const {
            &[
                Param::required("values"),
                Param::optional("units"),
                Param::optional("activation"),
                Param::named("scores"),
            ]
        }
    }

    fn build(&self, call: &Bound<'_>, graph: &mut dyn Graph) -> Result<NodeId, Reported> {
        let input = call.value("values", graph);
        let problem = match (call.get("units"), call.get("scores")) {
            (None, None) => {
                Some(("E0204", "`attention_pool` needs `units` of a scoring network, or `scores`"))
            }
            (Some(_), Some(_)) => Some(("E0208", "`units` and `scores` exclude each other")),
            _ => None,
        };
        if let Some((code, problem)) = problem {
            let help = "write `attention_pool(x, 16)`, or `attention_pool(x, scores = dot(x, y))`";
            return Err(graph.errors().push(Diagnostic::new(code, call.span, problem).help(help)));
        }
        if let Some(scores) = call.get("scores") {
            let scores = graph.value(scores);
            return Ok(graph.add(Op::Layer(PoolByScores.into()), vec![input?, scores?], call.span));
        }
        let units = call.count("units", 1..=MAX_UNITS, graph.errors());
        let activation = match call.get("activation") {
            None => Ok(Activation::Relu),
            Some(_) => activation::read(call, "activation", graph.errors()),
        };
        let pool = AttentionPool { units: units? as usize, activation: activation? };
        Ok(graph.add(Op::Layer(pool.into()), vec![input?], call.span))
    }
}

impl Rules for AttentionPool {
    fn name(&self) -> &'static str {
        "attention"
    }

    fn shape(&self, inputs: &[Operand], _: Span) -> Result<Shape, Diagnostic> {
        Ok(Shape::Vector(inputs[0].several("attention_pool")?.1))
    }

    fn values(&self, inputs: &[Values], shapes: &[Shape]) -> Values {
        inputs[0].among(shapes[0])
    }

    fn weights(&self, inputs: &[Shape]) -> Option<Weights> {
        let (width, units) = (inputs[0].several()?.1, self.units);
        Some(Weights { ty: "AttentionPool", sizes: vec![width, units], count: (width + 2) * units })
    }

    fn multiply_adds(&self, inputs: &[Shape]) -> usize {
        let Some((count, width)) = inputs[0].several() else { return 0 };
        count * ((width + 1) * self.units + width)
    }

    /// Copies of the vectors for the network and for the sum, the hidden units twice, the scores and the
    /// weights.
    fn saved(&self, inputs: &[Shape]) -> usize {
        let Some((count, width)) = inputs[0].several() else { return 0 };
        // The mask of fields is all ones.
        let masks = if matches!(inputs[0], Shape::Fields(..)) { 2 } else { 1 };
        count * (2 * width + 2 * self.units + activation::saved(self.activation, self.units) + 3 + masks)
    }

    fn call(&self, site: &CallSite<'_>) -> TokenStream {
        let (input, weights, activation) = (&site.inputs[0], site.weights, self.activation.code());
        match site.shapes[0] {
            Shape::Fields(..) => quote!(ops::attention_pool(&self.#weights, #input, #activation, None)),
            _ => quote!(ops::attention_pool_masked(&self.#weights, #input, #activation)),
        }
    }
}

impl Rules for PoolByScores {
    fn name(&self) -> &'static str {
        "pooled"
    }

    fn shape(&self, inputs: &[Operand], _: Span) -> Result<Shape, Diagnostic> {
        let (values, scores) = (inputs[0].several("attention_pool")?, inputs[1].several("attention_pool")?);
        if scores != (values.0, 1) || positions::with_width(inputs[0].shape, 1) != inputs[1].shape {
            let message = "`attention_pool` needs a score for each of its vectors";
            let diagnostic = Diagnostic::new("E0302", inputs[1].span, message)
                .label(inputs[1].shape.describe())
                .note(inputs[0].span, inputs[0].shape.describe())
                .help("one number per vector of `x` is `dot(x, y)`, or `dense(x, 1)`");
            return Err(inputs[1].note_origin(diagnostic, "the scores come from here"));
        }
        Ok(Shape::Vector(values.1))
    }

    fn values(&self, inputs: &[Values], shapes: &[Shape]) -> Values {
        inputs[0].among(shapes[0])
    }

    /// Copies of both inputs and of their common mask, the mask itself, and the weights.
    fn saved(&self, inputs: &[Shape]) -> usize {
        let Some((count, width)) = inputs[0].several() else { return 0 };
        count * (width + 4)
    }

    fn call(&self, site: &CallSite<'_>) -> TokenStream {
        let (x, scores) = (&site.inputs[0], &site.inputs[1]);
        match site.shapes[0] {
            Shape::Fields(..) => quote!(ops::softmax_pool(ops::flatten(#scores)?, #x, None)),
            _ => quote!(ops::pool_by_scores(#scores, #x)),
        }
    }
}
