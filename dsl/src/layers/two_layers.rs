//! Two dense layers, to a number of units and back: `residual_unit(x, units, activation)` of Deep Crossing,
//! which adds its input to its output, and `feed_forward(x, units, activation)`, the position-wise network of
//! a transformer.

use turret_schema::{Activation, Code};

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::dense::MAX_UNITS;
use super::{CallSite, Graph, Layer, Op, Operand, Rules, Shape, Values, Weights, activation};
use crate::arguments::{Bound, Param};
use crate::diag::{Diagnostic, Reported};
use crate::ids::NodeId;
use crate::span::Span;

/// Either layer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct TwoLayersLayer {
    /// Name of the function in the language and in the runtime.
    function: &'static str,
    /// Name of its variable.
    variable: &'static str,
    /// Type of its weights.
    weights: &'static str,
}

impl TwoLayersLayer {
    pub(super) const RESIDUAL_UNIT: Self =
        Self { function: "residual_unit", variable: "unit", weights: "ResidualUnit" };
    pub(super) const FEED_FORWARD: Self =
        Self { function: "feed_forward", variable: "feed_forward", weights: "FeedForward" };

    /// Reads `units` and `activation`.
    pub(super) fn read(self, call: &Bound<'_>, graph: &mut dyn Graph) -> Result<TwoLayers, Reported> {
        let units = call.count("units", 1..=MAX_UNITS, graph.errors());
        let activation = match call.get("activation") {
            None => Ok(Activation::Relu),
            Some(_) => activation::read(call, "activation", graph.errors()),
        };
        Ok(TwoLayers { layer: self, units: units? as usize, activation: activation? })
    }
}

/// The operation.
#[derive(Clone, Debug, PartialEq)]
pub struct TwoLayers {
    layer: TwoLayersLayer,
    units: usize,
    activation: Activation,
}

impl Layer for TwoLayersLayer {
    fn name(&self) -> &'static str {
        self.function
    }

    fn params(&self) -> &'static [Param] {
        const { &[Param::required("x"), Param::required("units"), Param::optional("activation")] }
    }

    fn build(&self, call: &Bound<'_>, graph: &mut dyn Graph) -> Result<NodeId, Reported> {
        let x = call.value("x", graph);
        let layers = self.read(call, graph)?;
        Ok(graph.add(Op::Layer(layers.into()), vec![x?], call.span))
    }
}

impl Rules for TwoLayers {
    fn name(&self) -> &'static str {
        self.layer.variable
    }

    fn is_position_wise(&self) -> bool {
        true
    }

    fn shape(&self, inputs: &[Operand], _: Span) -> Result<Shape, Diagnostic> {
        Ok(Shape::Vector(inputs[0].vector(self.layer.function)?))
    }

    fn weights(&self, inputs: &[Shape]) -> Option<Weights> {
        let (width, units) = (inputs[0].width(), self.units);
        Some(Weights {
            ty: self.layer.weights,
            sizes: vec![width, units],
            count: (width + 1) * units + (units + 1) * width,
        })
    }

    fn values(&self, _: &[Values], _: &[Shape]) -> Values {
        match self.layer.function {
            "residual_unit" => activation::values(self.activation, Values::ANY),
            _ => Values::ANY,
        }
    }

    fn multiply_adds(&self, inputs: &[Shape]) -> usize {
        2 * inputs[0].width() * self.units
    }

    /// Copies of the inputs of both layers and the hidden units. For a residual unit also the addends, their
    /// sum, and a copy of the activation.
    fn saved(&self, inputs: &[Shape]) -> usize {
        let (width, units) = (inputs[0].width(), self.units);
        let around = if self.layer.function == "residual_unit" {
            2 * width + activation::saved(self.activation, width)
        } else {
            0
        };
        width + 2 * units + activation::saved(self.activation, units) + around
    }

    fn call(&self, site: &CallSite<'_>) -> TokenStream {
        let (input, weights, activation) = (&site.inputs[0], site.weights, self.activation.code());
        let function = format_ident!("{}", self.layer.function);
        quote!(ops::#function(&self.#weights, #input, #activation))
    }
}
