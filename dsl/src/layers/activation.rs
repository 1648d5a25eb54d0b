//! `relu(x)`, `tanh(x)` and other activations, also as arguments of other layers.

use proc_macro2::TokenStream;
use quote::quote;
use turret_schema::{Activation, Code};

use super::{CallSite, Graph, Layer, Op, Operand, Rules, Shape, Values};
use crate::arguments::{Bound, Param, word_of};
use crate::diag::{Diagnostic, Errors, Reported};
use crate::ids::NodeId;
use crate::span;

/// The activations by their words.
pub(crate) const ACTIVATIONS: [(&str, Activation); 9] = [
    ("linear", Activation::Linear),
    ("relu", Activation::Relu),
    ("leaky_relu", Activation::LeakyRelu),
    ("elu", Activation::Elu),
    ("softplus", Activation::Softplus),
    ("tanh", Activation::Tanh),
    ("sigmoid", Activation::Sigmoid),
    ("silu", Activation::Silu),
    ("gelu", Activation::Gelu),
];

/// Reads an activation argument.
pub(super) fn read(call: &Bound<'_>, name: &str, errors: &mut Errors) -> Result<Activation, Reported> {
    call.word(name, &ACTIVATIONS, errors)
}

/// The word of an activation.
pub(super) fn word(activation: Activation) -> &'static str {
    word_of(&ACTIVATIONS, |other| other == activation)
}

/// Floats that a layer of `units` units saves for its gradient: the pre-activations, unless the outputs
/// suffice.
pub(super) fn saved(activation: Activation, units: usize) -> usize {
    if activation.needs_input() { units } else { 0 }
}

/// Returns the range of the numbers that an activation makes of others.
pub(super) fn values(activation: Activation, x: Values) -> Values {
    let word = word(activation);
    // Minimum of functions that decrease before they increase.
    let valley = |least: f64| Values::within(least, x.high.max(0.0), word).of(x.sense);
    match activation {
        Activation::Linear => x,
        Activation::Relu => x.risen(|x| x.max(0.0), word),
        Activation::LeakyRelu => x.risen(|x| x.max(0.01 * x), word),
        Activation::Elu => x.risen(|x| if x > 0.0 { x } else { x.exp_m1() }, word),
        Activation::Softplus => x.risen(|x| if x > 30.0 { x } else { x.exp().ln_1p() }, word),
        Activation::Tanh => x.risen(f64::tanh, word),
        Activation::Sigmoid => x.risen(|x| 1.0 / (1.0 + (-x).exp()), word),
        Activation::Silu => valley(-0.279),
        Activation::Gelu => valley(-0.171),
    }
}

/// The layer of an activation.
pub(super) struct ActivationLayer(Activation);

impl ActivationLayer {
    pub(super) const RELU: Self = Self(Activation::Relu);
    pub(super) const LEAKY_RELU: Self = Self(Activation::LeakyRelu);
    pub(super) const ELU: Self = Self(Activation::Elu);
    pub(super) const SOFTPLUS: Self = Self(Activation::Softplus);
    pub(super) const TANH: Self = Self(Activation::Tanh);
    pub(super) const SIGMOID: Self = Self(Activation::Sigmoid);
    pub(super) const SILU: Self = Self(Activation::Silu);
    pub(super) const GELU: Self = Self(Activation::Gelu);
}

/// The operation.
#[derive(Clone, Debug, PartialEq)]
pub struct Activate(pub(super) Activation);

impl Layer for ActivationLayer {
    fn name(&self) -> &'static str {
        word(self.0)
    }

    fn params(&self) -> &'static [Param] {
        const { &[Param::required("x")] }
    }

    fn build(&self, call: &Bound<'_>, graph: &mut dyn Graph) -> Result<NodeId, Reported> {
        let input = call.value("x", graph)?;
        Ok(graph.add(Op::Layer(Activate(self.0).into()), vec![input], call.span))
    }
}

impl Rules for Activate {
    fn name(&self) -> &'static str {
        word(self.0)
    }

    fn is_position_wise(&self) -> bool {
        true
    }

    fn shape(&self, inputs: &[Operand], _: span::Span) -> Result<Shape, Diagnostic> {
        Ok(Shape::Vector(inputs[0].vector(word(self.0))?))
    }

    fn values(&self, inputs: &[Values], _: &[Shape]) -> Values {
        values(self.0, inputs[0])
    }

    fn saved(&self, inputs: &[Shape]) -> usize {
        saved(self.0, inputs[0].width())
    }

    fn call(&self, site: &CallSite<'_>) -> TokenStream {
        let (input, activation) = (&site.inputs[0], self.0.code());
        quote!(ops::activate(#input, #activation))
    }
}

#[cfg(test)]
mod tests {
    use super::ACTIVATIONS;
    use crate::arguments::assert_all;

    #[test]
    fn every_activation_has_a_word() {
        assert_all(&ACTIVATIONS);
    }
}
