//! `prelu(x)` (He et al., ICCV 2015) and `dice(x)` (Zhou et al., KDD 2018): activations with weights, also as
//! arguments of layers that are made of dense layers.

use proc_macro2::{Literal, TokenStream};
use quote::quote;
use turret_schema::Activation;

use super::activation::{ACTIVATIONS, Activate};
use super::norm::{MOMENTUM, epsilon, momentum};
use super::{CallSite, Graph, Layer, Op, Operand, Role, Rules, Shape, Values, Weights};
use crate::arguments::{Bound, Param};
use crate::diag::{Diagnostic, Errors, Reported};
use crate::ids::NodeId;
use crate::span::Span;

/// `prelu`.
pub(super) struct PreluLayer;
/// `dice`.
pub(super) struct DiceLayer;

/// The operations.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Trained {
    Prelu,
    Dice { momentum: f64, epsilon: f64 },
}

/// An activation, with weights or without.
#[derive(Clone, Copy, Debug)]
pub(super) enum AnyActivation {
    Plain(Activation),
    Trained(Trained),
}

/// Default `epsilon` of `dice`, as in the paper.
const EPSILON: f64 = 1e-8;

impl AnyActivation {
    /// Reads an activation argument of a layer over vectors.
    pub(super) fn read(call: &Bound<'_>, name: &str, errors: &mut Errors) -> Result<Self, Reported> {
        let dice = Trained::Dice { momentum: MOMENTUM, epsilon: EPSILON };
        Self::read_of(&[("prelu", Trained::Prelu), ("dice", dice)], call, name, errors)
    }

    /// Reads an activation argument of a layer over sequence positions; `dice` is not allowed there.
    pub(super) fn read_of_positions(
        call: &Bound<'_>,
        name: &str,
        errors: &mut Errors,
    ) -> Result<Self, Reported> {
        Self::read_of(&[("prelu", Trained::Prelu)], call, name, errors)
    }

    fn read_of(
        trained: &[(&'static str, Trained)],
        call: &Bound<'_>,
        name: &str,
        errors: &mut Errors,
    ) -> Result<Self, Reported> {
        let plain = ACTIVATIONS.iter().map(|(word, plain)| (*word, Self::Plain(*plain)));
        let trained = trained.iter().map(|(word, trained)| (*word, Self::Trained(*trained)));
        call.word(name, &plain.chain(trained).collect::<Vec<_>>(), errors)
    }
}

impl AnyActivation {
    /// Applies it to a node.
    pub(super) fn node(self, graph: &mut dyn Graph, x: NodeId, span: Span) -> NodeId {
        match self {
            Self::Plain(Activation::Linear) => x,
            Self::Plain(activation) => graph.add(Op::Layer(Activate(activation).into()), vec![x], span),
            Self::Trained(trained) => trained.node(graph, x, span),
        }
    }
}

impl Trained {
    /// Applies it to a node, as a part of a layer.
    pub(super) fn node(self, graph: &mut dyn Graph, x: NodeId, span: Span) -> NodeId {
        let node = graph.add(Op::Layer(self.into()), vec![x], span);
        graph.give_role(node, Role::Part(self.name()));
        node
    }
}

impl From<Activation> for AnyActivation {
    fn from(activation: Activation) -> Self {
        Self::Plain(activation)
    }
}

impl Layer for PreluLayer {
    fn name(&self) -> &'static str {
        "prelu"
    }

    fn params(&self) -> &'static [Param] {
        const { &[Param::required("x")] }
    }

    fn build(&self, call: &Bound<'_>, graph: &mut dyn Graph) -> Result<NodeId, Reported> {
        let input = call.value("x", graph)?;
        Ok(graph.add(Op::Layer(Trained::Prelu.into()), vec![input], call.span))
    }
}

impl Layer for DiceLayer {
    fn name(&self) -> &'static str {
        "dice"
    }

    fn params(&self) -> &'static [Param] {
        const { &[Param::required("x"), Param::named("momentum"), Param::named("epsilon")] }
    }

    fn build(&self, call: &Bound<'_>, graph: &mut dyn Graph) -> Result<NodeId, Reported> {
        let input = call.value("x", graph)?;
        let dice = Trained::Dice { momentum: momentum(call, graph), epsilon: epsilon(call, EPSILON, graph) };
        Ok(graph.add(Op::Layer(dice.into()), vec![input], call.span))
    }
}

impl Rules for Trained {
    fn name(&self) -> &'static str {
        match self {
            Self::Prelu => "prelu",
            Self::Dice { .. } => "dice",
        }
    }

    fn is_position_wise(&self) -> bool {
        matches!(self, Self::Prelu)
    }

    fn shape(&self, inputs: &[Operand], _: Span) -> Result<Shape, Diagnostic> {
        Ok(Shape::Vector(inputs[0].vector(self.name())?))
    }

    /// Positive numbers are unchanged, or scaled by a trained number like negative ones.
    fn values(&self, inputs: &[Values], _: &[Shape]) -> Values {
        match self {
            Self::Prelu if inputs[0].low >= 0.0 => inputs[0],
            Self::Prelu | Self::Dice { .. } => Values::ANY.of(inputs[0].sense),
        }
    }

    fn weights(&self, inputs: &[Shape]) -> Option<Weights> {
        let width = inputs[0].width();
        let ty = match self {
            Self::Prelu => "Prelu",
            Self::Dice { .. } => "Dice",
        };
        Some(Weights { ty, sizes: vec![width], count: width })
    }

    /// `dice`: two copies for the statistics and the normalization, and those of its further five ops.
    fn saved(&self, inputs: &[Shape]) -> usize {
        let copies = match self {
            Self::Prelu => 1,
            Self::Dice { .. } => 11,
        };
        copies * inputs[0].width()
    }

    fn call(&self, site: &CallSite<'_>) -> TokenStream {
        let (input, weights, label) = (&site.inputs[0], site.weights, site.label);
        match self {
            Self::Prelu => quote!(ops::prelu(&self.#weights, #input)),
            Self::Dice { epsilon, .. } => {
                let epsilon = Literal::f32_unsuffixed(*epsilon as f32);
                quote!(ops::dice(&self.#weights, #label, #input, #epsilon, pass))
            }
        }
    }

    fn needs_company(&self) -> bool {
        matches!(self, Self::Dice { .. })
    }

    fn momentum(&self) -> Option<f64> {
        match self {
            Self::Prelu => None,
            Self::Dice { momentum, .. } => Some(*momentum),
        }
    }
}
