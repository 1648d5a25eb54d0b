//! `dropout(x, rate)`: Srivastava et al. 2014. Identity outside of training.

use proc_macro2::{Literal, TokenStream};
use quote::quote;

use super::{CallSite, Graph, Layer, Op, Operand, Rules, Shape, Values};
use crate::arguments::{Bound, Param};
use crate::diag::{Diagnostic, Reported};
use crate::ids::NodeId;
use crate::span::Span;

/// The layer.
pub(super) struct DropoutLayer;

/// The operation.
#[derive(Clone, Debug, PartialEq)]
pub struct Dropout {
    pub(super) rate: f64,
}

impl Layer for DropoutLayer {
    fn name(&self) -> &'static str {
        "dropout"
    }

    fn params(&self) -> &'static [Param] {
        const { &[Param::required("x"), Param::required("rate")] }
    }

    fn build(&self, call: &Bound<'_>, graph: &mut dyn Graph) -> Result<NodeId, Reported> {
        let input = call.value("x", graph);
        let rate = call.number("rate", 0.0..=0.99, graph.errors())?;
        Ok(graph.add(Op::Layer(Dropout { rate }.into()), vec![input?], call.span))
    }
}

impl Rules for Dropout {
    fn name(&self) -> &'static str {
        "dropped"
    }

    fn is_position_wise(&self) -> bool {
        true
    }

    fn shape(&self, inputs: &[Operand], _: Span) -> Result<Shape, Diagnostic> {
        Ok(Shape::Vector(inputs[0].vector("dropout")?))
    }

    fn values(&self, inputs: &[Values], _: &[Shape]) -> Values {
        inputs[0]
    }

    fn drops(&self) -> bool {
        true
    }

    /// The mask, and copies of both factors.
    fn saved(&self, inputs: &[Shape]) -> usize {
        inputs[0].width()
    }

    fn call(&self, site: &CallSite<'_>) -> TokenStream {
        let (input, rate) = (&site.inputs[0], Literal::f32_unsuffixed(self.rate as f32));
        let label = site.label;
        quote!(ops::dropout(#input, #rate, #label, pass))
    }
}
