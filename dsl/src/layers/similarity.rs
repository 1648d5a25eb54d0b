//! `dot(a, b)`, `cosine(a, b)` and `distance(a, b)`: one score per record.

use proc_macro2::{Ident, TokenStream};
use quote::quote;
use turret_schema as schema;

use super::arithmetic::same_width;
use super::{Algebra, CallSite, Graph, Layer, Op, Operand, Rules, Sense, Shape, Values};
use crate::arguments::{Bound, Param};
use crate::diag::{Diagnostic, Reported};
use crate::ids::NodeId;
use crate::span::Span;

/// `dot`, `cosine` and `distance`.
#[derive(Clone, Copy)]
pub(super) struct SimilarityLayer(Similarity);

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Similarity {
    name: &'static str,
    /// Similarity measure.
    pub by: schema::Similarity,
}

impl SimilarityLayer {
    pub(super) const DOT: Self = Self(Similarity { name: "dot", by: schema::Similarity::Dot });
    pub(super) const COSINE: Self = Self(Similarity { name: "cosine", by: schema::Similarity::Cosine });
    pub(super) const DISTANCE: Self = Self(Similarity { name: "distance", by: schema::Similarity::Distance });
}

/// `distance(a, b)`.
pub fn distance_nodes(graph: &mut dyn Graph, a: NodeId, b: NodeId, span: Span) -> NodeId {
    graph.add(Op::Layer(SimilarityLayer::DISTANCE.0.into()), vec![a, b], span)
}

impl Layer for SimilarityLayer {
    fn name(&self) -> &'static str {
        self.0.name
    }

    fn params(&self) -> &'static [Param] {
        const { &[Param::required("a"), Param::required("b")] }
    }

    fn build(&self, call: &Bound<'_>, graph: &mut dyn Graph) -> Result<NodeId, Reported> {
        let (a, b) = (call.value("a", graph), call.value("b", graph));
        Ok(graph.add(Op::Layer(self.0.into()), vec![a?, b?], call.span))
    }
}

impl Rules for Similarity {
    fn name(&self) -> &'static str {
        "similarity"
    }

    fn is_position_wise(&self) -> bool {
        true
    }

    fn shape(&self, inputs: &[Operand], _: Span) -> Result<Shape, Diagnostic> {
        let widths = (inputs[0].vector(self.name)?, inputs[1].vector(self.name)?);
        same_width(self.name, inputs, widths)?;
        Ok(Shape::Vector(1))
    }

    fn values(&self, inputs: &[Values], shapes: &[Shape]) -> Values {
        let (a, b, width) = (inputs[0], inputs[1], shapes[0].width());
        match self.by {
            schema::Similarity::Dot => a.times(b).summed(width).of(Sense::Similarity),
            // Values between -1 and 1 are scores; the temperature is the weight of the loss.
            schema::Similarity::Cosine => {
                let signs = a.times(b);
                let end = |end: f64, free: f64| if end == 0.0 { 0.0 } else { free };
                let (low, high) = (end(signs.low, f64::NEG_INFINITY), end(signs.high, f64::INFINITY));
                Values { low, high, spread: high - low, ..signs }.of(Sense::Similarity)
            }
            schema::Similarity::Distance => {
                let squares = a.squared_difference(b).summed(width);
                Values { limit: squares.limit.or(Some(self.name)), ..squares }.of(Sense::Distance)
            }
        }
    }

    fn algebra(&self) -> Algebra {
        Algebra::Compared(self.by)
    }

    fn multiply_adds(&self, inputs: &[Shape]) -> usize {
        let width = inputs[0].width();
        match self.by {
            schema::Similarity::Dot => width,
            schema::Similarity::Cosine => 3 * width,
            schema::Similarity::Distance => 2 * width,
        }
    }

    /// Copies of both vectors. For a cosine also the normalized vectors, twice; for a distance the difference
    /// and the subtrahend.
    fn saved(&self, inputs: &[Shape]) -> usize {
        let width = inputs[0].width();
        match self.by {
            schema::Similarity::Dot => 2 * width,
            schema::Similarity::Cosine => 4 * width + 2,
            schema::Similarity::Distance => 4 * width,
        }
    }

    fn call(&self, site: &CallSite<'_>) -> TokenStream {
        let (a, b) = (&site.inputs[0], &site.inputs[1]);
        let function = Ident::new(self.name, proc_macro2::Span::call_site());
        quote!(ops::column(ops::#function(#a, #b)?))
    }
}
