//! `dot(a, b)`, `cosine(a, b)` and `distance(a, b)`: a score for each record.

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use super::arithmetic::same_width;
use super::{Algebra, CallSite, Graph, Layer, Op, Operand, Rules, Sense, Shape, Values};
use crate::arguments::{Bound, Param};
use crate::diag::{Diagnostic, Reported};
use crate::ids::NodeId;
use crate::span::Span;

/// Comparison of two vectors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// By their inner product.
    Dot,
    /// By the cosine of the angle between them.
    Cosine,
    /// By the squared Euclidean distance.
    Distance,
}

/// `dot` and its kind.
pub(super) struct SimilarityLayer {
    name: &'static str,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Similarity {
    name: &'static str,
}

impl SimilarityLayer {
    pub(super) const DOT: Self = Self { name: "dot" };
    pub(super) const COSINE: Self = Self { name: "cosine" };
    pub(super) const DISTANCE: Self = Self { name: "distance" };
}

/// `distance(a, b)`.
pub fn distance_nodes(graph: &mut dyn Graph, a: NodeId, b: NodeId, span: Span) -> NodeId {
    graph.add(Op::Layer(Similarity { name: "distance" }.into()), vec![a, b], span)
}

impl Layer for SimilarityLayer {
    fn name(&self) -> &'static str {
        self.name
    }

    fn params(&self) -> &'static [Param] {
        const { &[Param::required("a"), Param::required("b")] }
    }

    fn build(&self, call: &Bound<'_>, graph: &mut dyn Graph) -> Result<NodeId, Reported> {
        let (a, b) = (call.value("a", graph), call.value("b", graph));
        Ok(graph.add(Op::Layer(Similarity { name: self.name }.into()), vec![a?, b?], call.span))
    }
}

impl Similarity {
    /// The comparison of two vectors.
    pub fn measure(&self) -> Measure {
        match self.name {
            "dot" => Measure::Dot,
            "cosine" => Measure::Cosine,
            _ => Measure::Distance,
        }
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
        match self.name {
            "dot" => a.times(b).summed(width).of(Sense::Similarity),
            // What lies between -1 and 1 is taken for a score: the temperature is the weight of the loss.
            "cosine" => {
                let signs = a.times(b);
                let end = |end: f64, free: f64| if end == 0.0 { 0.0 } else { free };
                let (low, high) = (end(signs.low, f64::NEG_INFINITY), end(signs.high, f64::INFINITY));
                Values { low, high, spread: high - low, ..signs }.of(Sense::Similarity)
            }
            _ => {
                let squares = a.squared_difference(b).summed(width);
                Values { limit: squares.limit.or(Some(self.name)), ..squares }.of(Sense::Distance)
            }
        }
    }

    fn algebra(&self) -> Algebra {
        Algebra::Compared(self.measure())
    }

    fn multiply_adds(&self, inputs: &[Shape]) -> usize {
        let width = inputs[0].width();
        match self.name {
            "dot" => width,
            "cosine" => 3 * width,
            _ => 2 * width,
        }
    }

    /// Copies of the two vectors; of a cosine the two of length one, twice, of a distance the difference and what is subtracted.
    fn kept(&self, inputs: &[Shape]) -> usize {
        let width = inputs[0].width();
        match self.name {
            "dot" => 2 * width,
            "cosine" => 6 * width,
            _ => 4 * width,
        }
    }

    fn call(&self, site: &CallSite<'_>) -> TokenStream {
        let (a, b) = (&site.inputs[0], &site.inputs[1]);
        let function = Ident::new(self.name, proc_macro2::Span::call_site());
        quote!(ops::column(ops::#function(#a, #b)?))
    }
}
