//! `residual_unit(x, units, activation)`: two layers whose input is added to their output, as in Deep Crossing.

use std::rc::Rc;

use proc_macro2::TokenStream;
use quote::quote;

use super::activation::Activation;
use super::dense::MAX_UNITS;
use super::{CallSite, Graph, Layer, Operand, Operation, Shape, Weights};
use crate::arguments::{Bound, Param};
use crate::diag::Diagnostic;
use crate::model::{NodeId, Op};
use crate::span::Span;

/// The layer.
pub(super) struct ResidualUnitLayer;

#[derive(Debug)]
struct ResidualUnit {
    units: usize,
    activation: Activation,
}

impl Layer for ResidualUnitLayer {
    fn name(&self) -> &'static str {
        "residual_unit"
    }

    fn params(&self) -> &'static [Param] {
        const { &[Param::required("x"), Param::required("units"), Param::optional("activation")] }
    }

    fn build(&self, call: &Bound<'_>, graph: &mut dyn Graph) -> Option<NodeId> {
        let input = call.get("x").and_then(|x| graph.value(x));
        let units = call.count("units", 1..=MAX_UNITS, graph.errors());
        let activation = match call.get("activation") {
            None => Some(Activation::RELU),
            Some(_) => Activation::read(call, "activation", graph.errors()),
        };
        let unit = ResidualUnit { units: units? as usize, activation: activation? };
        Some(graph.add(Op::Layer(Rc::new(unit)), vec![input?], call.span))
    }
}

impl Operation for ResidualUnit {
    fn name(&self) -> &'static str {
        "unit"
    }

    fn is_position_wise(&self) -> bool {
        true
    }

    fn shape(&self, inputs: &[Operand], _: Span) -> Result<Shape, Diagnostic> {
        Ok(Shape::Vector(inputs[0].vector("residual_unit")?))
    }

    fn weights(&self, inputs: &[Shape]) -> Option<Weights> {
        Some(two_layers(inputs[0].width(), self.units))
    }

    fn multiply_adds(&self, inputs: &[Shape]) -> usize {
        2 * inputs[0].width() * self.units
    }

    fn call(&self, site: &CallSite<'_>) -> TokenStream {
        let (input, weights, activation) = (&site.inputs[0], site.weights, self.activation.tokens());
        quote!(residual_unit(&self.#weights, #input, #activation))
    }
}

/// The weights of two layers, from a width to a number of units and back.
pub(super) fn two_layers(width: usize, units: usize) -> Weights {
    Weights {
        ty: "ResidualUnit",
        sizes: vec![width, units],
        count: (width + 1) * units + (units + 1) * width,
        docs: format!("{width} to {units} and back"),
    }
}
