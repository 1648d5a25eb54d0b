//! `multi_interest_attention(x, interests, units)`, `capsule_routing(x, interests)` and
//! `label_aware_attention(interests, target)`: several vectors per user, and their selection by a candidate.

use proc_macro2::{Literal, TokenStream};
use quote::quote;
use turret_schema::Activation;

use super::dense::{DenseWeights, MAX_UNITS, dense_row};
use super::{CallSite, Graph, Layer, Op, Operand, Rules, Shape, Values, Weights, same_width};
use crate::arguments::{Bound, Param};
use crate::diag::{Diagnostic, Reported};
use crate::ids::NodeId;
use crate::span::Span;

/// Maximum number of interests of a user.
const MAX_INTERESTS: u64 = 1024;
/// Maximum number of routing iterations.
const MAX_ITERATIONS: u64 = 100;
/// Power from which label-aware attention is one-hot.
const HARD: u64 = 100;

/// `multi_interest_attention(x, interests, units)`.
pub(super) struct MultiInterestAttentionLayer;
/// `capsule_routing(x, interests)`.
pub(super) struct CapsuleRoutingLayer;
/// `label_aware_attention(interests, target)`.
pub(super) struct LabelAwareAttentionLayer;

/// Weighted sums of a sequence, one per interest.
#[derive(Clone, Debug, PartialEq)]
pub struct MultiInterestAttention;

#[derive(Clone, Debug, PartialEq)]
pub struct CapsuleRouting {
    interests: usize,
    /// Width of an interest. Default: width of the sequence.
    units: Option<usize>,
    iterations: usize,
    dynamic: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub struct LabelAwareAttention {
    power: u64,
}

impl Layer for MultiInterestAttentionLayer {
    fn name(&self) -> &'static str {
        "multi_interest_attention"
    }

    fn params(&self) -> &'static [Param] {
        const { &[Param::required("x"), Param::required("interests"), Param::required("units")] }
    }

    fn build(&self, call: &Bound<'_>, graph: &mut dyn Graph) -> Result<NodeId, Reported> {
        let input = call.value("x", graph);
        let interests = call.count("interests", 1..=MAX_INTERESTS, graph.errors());
        let units = call.count("units", 1..=MAX_UNITS, graph.errors());
        let (input, interests) = (input?, interests? as usize);
        graph.needs_sequence(input, "multi_interest_attention");
        let layers = [(units? as usize, Activation::Tanh.into()), (interests, Activation::Linear.into())];
        let weights = DenseWeights { bias: false, ..DenseWeights::USUAL };
        let scores = dense_row(graph, input, layers.into_iter(), weights, "score", call.span);
        Ok(graph.add(Op::Layer(MultiInterestAttention.into()), vec![input, scores], call.span))
    }
}

impl Rules for MultiInterestAttention {
    fn name(&self) -> &'static str {
        "interests"
    }

    fn shape(&self, inputs: &[Operand], _: Span) -> Result<Shape, Diagnostic> {
        let (_, width) = inputs[0].sequence("multi_interest_attention")?;
        let (_, interests) = inputs[1].sequence("multi_interest_attention")?;
        Ok(Shape::Interests(interests, width))
    }

    fn values(&self, inputs: &[Values], _: &[Shape]) -> Values {
        inputs[0].or_zero()
    }

    fn multiply_adds(&self, inputs: &[Shape]) -> usize {
        let (Shape::Sequence(length, width), Shape::Sequence(_, interests)) = (inputs[0], inputs[1]) else {
            return 0;
        };
        length * width * interests
    }

    /// Copies of both inputs and of the mask, the weights, and the mask of the interests.
    fn saved(&self, inputs: &[Shape]) -> usize {
        let (Shape::Sequence(length, width), Shape::Sequence(_, interests)) = (inputs[0], inputs[1]) else {
            return 0;
        };
        length * (width + 2 * interests + 1) + interests
    }

    fn call(&self, site: &CallSite<'_>) -> TokenStream {
        let (input, scores) = (&site.inputs[0], &site.inputs[1]);
        quote!(ops::multi_interest_attention(#input, #scores))
    }
}

impl Layer for CapsuleRoutingLayer {
    fn name(&self) -> &'static str {
        "capsule_routing"
    }

    fn params(&self) -> &'static [Param] {
        const {
            &[
                Param::required("x"),
                Param::required("interests"),
                Param::named("units"),
                Param::named("iterations"),
                Param::named("initial"),
                Param::named("dynamic"),
            ]
        }
    }

    fn build(&self, call: &Bound<'_>, graph: &mut dyn Graph) -> Result<NodeId, Reported> {
        let input = call.value("x", graph);
        let interests = call.count("interests", 1..=MAX_INTERESTS, graph.errors());
        let units = match call.get("units") {
            None => Ok(None),
            Some(_) => call.count("units", 1..=MAX_UNITS, graph.errors()).map(|units| Some(units as usize)),
        };
        let iterations = match call.get("iterations") {
            None => Ok(3),
            Some(_) => call.count("iterations", 1..=MAX_ITERATIONS, graph.errors()),
        };
        let initial = match call.get("initial") {
            None => Ok(None),
            Some(initial) => graph.value(initial).map(Some),
        };
        let routing = CapsuleRouting {
            dynamic: call.flag("dynamic", graph.errors()),
            interests: interests? as usize,
            units: units?,
            iterations: iterations? as usize,
        };
        let inputs = [Some(input?), initial?].into_iter().flatten().collect();
        Ok(graph.add(Op::Layer(routing.into()), inputs, call.span))
    }
}

impl Rules for CapsuleRouting {
    fn name(&self) -> &'static str {
        "capsules"
    }

    fn shape(&self, inputs: &[Operand], _: Span) -> Result<Shape, Diagnostic> {
        let (length, width) = inputs[0].sequence("capsule_routing")?;
        if let Some(initial) = inputs.get(1) {
            let (found, needed) = (initial.vector("capsule_routing")?, length * self.interests);
            if found != needed {
                let message =
                    format!("`initial` is a number for each of {length} positions and each interest");
                let diagnostic = Diagnostic::new("E0302", initial.span, message)
                    .label(format!("width {found}"))
                    .help(format!("{length} * {} = {needed} numbers are needed", self.interests));
                return Err(initial.note_origin(diagnostic, "its width comes from here"));
            }
        }
        Ok(Shape::Interests(self.interests, self.units.unwrap_or(width)))
    }

    /// Interests are squashed to a norm below 1.
    fn values(&self, _: &[Values], _: &[Shape]) -> Values {
        Values::within(-1.0, 1.0, "capsule_routing")
    }

    fn weights(&self, inputs: &[Shape]) -> Option<Weights> {
        let Shape::Sequence(length, width) = inputs[0] else { return None };
        let units = self.units.unwrap_or(width);
        let (ty, more) = match inputs.get(1) {
            Some(_) => ("UnbiasedDense", vec![]),
            None => ("Capsules", vec![length, self.interests]),
        };
        let sizes = [vec![width, units], more].concat();
        Some(Weights { ty, sizes, count: width * units })
    }

    fn multiply_adds(&self, inputs: &[Shape]) -> usize {
        let Shape::Sequence(length, width) = inputs[0] else { return 0 };
        let units = self.units.unwrap_or(width);
        length * units * (width + (2 * self.iterations - 1) * self.interests)
    }

    /// A copy of the vectors; twice each: their projections, the logits, the weights, and the sums before
    /// squashing.
    fn saved(&self, inputs: &[Shape]) -> usize {
        let Shape::Sequence(length, width) = inputs[0] else { return 0 };
        let units = self.units.unwrap_or(width);
        length * (width + 2 * units + 4 * self.interests + 1) + self.interests * (2 * units + 1)
    }

    fn call(&self, site: &CallSite<'_>) -> TokenStream {
        let (input, weights) = (&site.inputs[0], site.weights);
        let iterations = Literal::usize_unsuffixed(self.iterations);
        let count = if self.dynamic { quote!(InterestCount::Dynamic) } else { quote!(InterestCount::Fixed) };
        match site.inputs.get(1) {
            Some(initial) => {
                quote!(ops::capsule_routing_from(&self.#weights, #input, #initial, #iterations, #count))
            }
            None => quote!(ops::capsule_routing(&self.#weights, #input, #iterations, #count)),
        }
    }
}

impl Layer for LabelAwareAttentionLayer {
    fn name(&self) -> &'static str {
        "label_aware_attention"
    }

    fn params(&self) -> &'static [Param] {
        const { &[Param::required("interests"), Param::required("target"), Param::optional("power")] }
    }

    fn build(&self, call: &Bound<'_>, graph: &mut dyn Graph) -> Result<NodeId, Reported> {
        let interests = call.value("interests", graph);
        let target = call.value("target", graph);
        let power = match call.get("power") {
            None => Ok(1),
            Some(_) => call.count("power", 1..=HARD, graph.errors()),
        };
        let attention = LabelAwareAttention { power: power? };
        Ok(graph.add(Op::Layer(attention.into()), vec![interests?, target?], call.span))
    }
}

impl Rules for LabelAwareAttention {
    fn name(&self) -> &'static str {
        "interest"
    }

    fn shape(&self, inputs: &[Operand], _: Span) -> Result<Shape, Diagnostic> {
        let (_, width) = inputs[0].interests("label_aware_attention")?;
        let widths = (width, inputs[1].vector("label_aware_attention")?);
        same_width("label_aware_attention", inputs, widths)?;
        Ok(Shape::Vector(width))
    }

    fn values(&self, inputs: &[Values], _: &[Shape]) -> Values {
        inputs[0].or_zero()
    }

    fn multiply_adds(&self, inputs: &[Shape]) -> usize {
        2 * inputs[0].width()
    }

    /// The repeated target, copies of both factors and of the interests, and the intermediate scores.
    fn saved(&self, inputs: &[Shape]) -> usize {
        let Shape::Interests(count, width) = inputs[0] else { return 0 };
        count * (4 * width + 6)
    }

    fn call(&self, site: &CallSite<'_>) -> TokenStream {
        let (interests, target) = (&site.inputs[0], &site.inputs[1]);
        let power = Literal::u64_unsuffixed(self.power);
        quote!(ops::label_aware_attention(#interests, #target, #power))
    }
}
