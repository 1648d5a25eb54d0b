//! `relu(x)`, `tanh(x)`, `sigmoid(x)`, and the same words as arguments of other layers.

use std::rc::Rc;

use proc_macro2::TokenStream;
use quote::quote;

use super::{CallSite, Graph, Layer, Operand, Operation, Shape};
use crate::arguments::{Bound, Param};
use crate::diag::{Diagnostic, Errors};
use crate::model::{NodeId, Op};
use crate::span::Span;

/// An activation, by its word.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Activation {
    Linear,
    Relu,
    Tanh,
    Sigmoid,
}

impl Activation {
    /// Reads the word given for a parameter.
    pub(super) fn read(call: &Bound<'_>, name: &str, errors: &mut Errors) -> Option<Activation> {
        Some(match call.word(name, &["linear", "relu", "tanh", "sigmoid"], errors)? {
            "linear" => Activation::Linear,
            "relu" => Activation::Relu,
            "tanh" => Activation::Tanh,
            _ => Activation::Sigmoid,
        })
    }

    /// Its name in the runtime.
    pub(super) fn tokens(self) -> TokenStream {
        match self {
            Activation::Linear => quote!(Activation::Linear),
            Activation::Relu => quote!(Activation::Relu),
            Activation::Tanh => quote!(Activation::Tanh),
            Activation::Sigmoid => quote!(Activation::Sigmoid),
        }
    }
}

/// The layer.
pub(super) struct ActivationLayer {
    name: &'static str,
    activation: Activation,
}

impl ActivationLayer {
    pub(super) const RELU: Self = Self { name: "relu", activation: Activation::Relu };
    pub(super) const TANH: Self = Self { name: "tanh", activation: Activation::Tanh };
    pub(super) const SIGMOID: Self = Self { name: "sigmoid", activation: Activation::Sigmoid };
}

/// The operation.
#[derive(Debug)]
struct Activate {
    name: &'static str,
    activation: Activation,
}

impl Layer for ActivationLayer {
    fn name(&self) -> &'static str {
        self.name
    }

    fn params(&self) -> &'static [Param] {
        const { &[Param::required("x")] }
    }

    fn build(&self, call: &Bound<'_>, graph: &mut dyn Graph) -> Option<NodeId> {
        let input = graph.value(call.get("x")?)?;
        let op = Activate { name: self.name, activation: self.activation };
        Some(graph.add(Op::Layer(Rc::new(op)), vec![input], call.span))
    }
}

impl Operation for Activate {
    fn name(&self) -> &'static str {
        self.name
    }

    fn shape(&self, inputs: &[Operand], _: Span) -> Result<Shape, Diagnostic> {
        Ok(Shape::Vector(inputs[0].vector(self.name)?))
    }

    fn call(&self, site: &CallSite<'_>) -> TokenStream {
        let (input, activation) = (&site.inputs[0], self.activation.tokens());
        quote!(activate(#input, #activation))
    }
}
