//! `relu(x)`, `tanh(x)` and the like, and the same words as arguments of other layers.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;

use super::{CallSite, Graph, Layer, Op, Operand, Rules, Shape, Values};
use crate::arguments::{Bound, Param};
use crate::diag::{Diagnostic, Errors, Reported};
use crate::ids::NodeId;
use crate::span;

/// An activation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Activation {
    pub(super) word: &'static str,
    /// Name in the runtime.
    variant: &'static str,
}

impl Activation {
    pub(super) const LINEAR: Self = Activation { word: "linear", variant: "Linear" };
    pub(super) const RELU: Self = Activation { word: "relu", variant: "Relu" };
    pub(super) const LEAKY_RELU: Self = Activation { word: "leaky_relu", variant: "LeakyRelu" };
    pub(super) const ELU: Self = Activation { word: "elu", variant: "Elu" };
    pub(super) const SOFTPLUS: Self = Activation { word: "softplus", variant: "Softplus" };
    pub(super) const TANH: Self = Activation { word: "tanh", variant: "Tanh" };
    pub(super) const SIGMOID: Self = Activation { word: "sigmoid", variant: "Sigmoid" };
    pub(super) const SILU: Self = Activation { word: "silu", variant: "Silu" };
    pub(super) const GELU: Self = Activation { word: "gelu", variant: "Gelu" };

    pub(super) const ALL: [Self; 9] = [
        Self::LINEAR,
        Self::RELU,
        Self::LEAKY_RELU,
        Self::ELU,
        Self::SOFTPLUS,
        Self::TANH,
        Self::SIGMOID,
        Self::SILU,
        Self::GELU,
    ];

    /// The words by which layers take them.
    pub fn words() -> [&'static str; 9] {
        Self::ALL.map(|activation| activation.word)
    }

    /// Reads the word given for a parameter.
    pub(super) fn read(call: &Bound<'_>, name: &str, errors: &mut Errors) -> Result<Activation, Reported> {
        call.word(name, &Self::ALL.map(|activation| (activation.word, activation)), errors)
    }

    /// Numbers that a layer of `units` units keeps for its gradient: those before it, where its outputs do not suffice.
    pub(super) fn kept(self, units: usize) -> usize {
        if matches!(self.word, "softplus" | "silu" | "gelu") { units } else { 0 }
    }

    /// Returns the range of its numbers.
    pub(super) fn values(self, x: Values) -> Values {
        // Least values of functions that fall before they rise.
        let valley = |least: f64| Values::within(least, x.high.max(0.0), self.word).of(x.sense);
        match self.word {
            "relu" => x.risen(|x| x.max(0.0), self.word),
            "elu" => x.risen(|x| if x > 0.0 { x } else { x.exp_m1() }, self.word),
            "softplus" => x.risen(|x| if x > 30.0 { x } else { x.exp().ln_1p() }, self.word),
            "tanh" => x.risen(f64::tanh, self.word),
            "sigmoid" => x.risen(|x| 1.0 / (1.0 + (-x).exp()), self.word),
            "silu" => valley(-0.279),
            "gelu" => valley(-0.171),
            "leaky_relu" => x.risen(|x| x.max(0.01 * x), self.word),
            _ => x,
        }
    }

    /// Name in the runtime.
    pub(super) fn tokens(self) -> TokenStream {
        let variant = Ident::new(self.variant, Span::call_site());
        quote!(Activation::#variant)
    }
}

/// The operation.
#[derive(Clone, Debug, PartialEq)]
pub struct Activate(Activation);

impl Layer for Activation {
    fn name(&self) -> &'static str {
        self.word
    }

    fn params(&self) -> &'static [Param] {
        const { &[Param::required("x")] }
    }

    fn build(&self, call: &Bound<'_>, graph: &mut dyn Graph) -> Result<NodeId, Reported> {
        let input = call.value("x", graph)?;
        Ok(graph.add(Op::Layer(Activate(*self).into()), vec![input], call.span))
    }
}

impl Rules for Activate {
    fn name(&self) -> &'static str {
        self.0.word
    }

    fn is_position_wise(&self) -> bool {
        true
    }

    fn shape(&self, inputs: &[Operand], _: span::Span) -> Result<Shape, Diagnostic> {
        Ok(Shape::Vector(inputs[0].vector(self.0.word)?))
    }

    fn values(&self, inputs: &[Values], _: &[Shape]) -> Values {
        self.0.values(inputs[0])
    }

    fn kept(&self, inputs: &[Shape]) -> usize {
        self.0.kept(inputs[0].width())
    }

    fn call(&self, site: &CallSite<'_>) -> TokenStream {
        let (input, activation) = (&site.inputs[0], self.0.tokens());
        quote!(ops::activate(#input, #activation))
    }
}
