//! `fm(fields)` and `bi_interaction(fields)`: products of all pairs of fields, as in factorization machines.

use proc_macro2::TokenStream;
use quote::quote;

use super::{Algebra, CallSite, Graph, Layer, Op, Operand, Rules, Shape, Values};
use crate::arguments::{Bound, Param};
use crate::diag::{Diagnostic, Reported};
use crate::ids::NodeId;
use crate::span::Span;

/// `fm(fields)`.
pub(super) struct FmLayer;
/// `bi_interaction(fields)`.
pub(super) struct BiInteractionLayer;

#[derive(Clone, Debug, PartialEq)]
pub struct Fm;

#[derive(Clone, Debug, PartialEq)]
pub struct BiInteraction;

const PARAMS: &[Param] = &[Param::required("fields")];

impl Layer for FmLayer {
    fn name(&self) -> &'static str {
        "fm"
    }

    fn params(&self) -> &'static [Param] {
        PARAMS
    }

    fn build(&self, call: &Bound<'_>, graph: &mut dyn Graph) -> Result<NodeId, Reported> {
        let input = call.value("fields", graph)?;
        Ok(graph.add(Op::Layer(Fm.into()), vec![input], call.span))
    }
}

/// Number of pairs of `count` fields.
fn pairs_of(count: usize) -> usize {
    count * count.saturating_sub(1) / 2
}

impl Rules for Fm {
    fn name(&self) -> &'static str {
        "fm"
    }

    fn shape(&self, inputs: &[Operand], _: Span) -> Result<Shape, Diagnostic> {
        inputs[0].fields("fm")?;
        Ok(Shape::Vector(1))
    }

    fn values(&self, inputs: &[Values], shapes: &[Shape]) -> Values {
        let (count, width) = shapes[0].several().unwrap_or_default();
        inputs[0].times(inputs[0]).summed(pairs_of(count) * width)
    }

    /// A copy of the fields, their sum, and their interactions, twice.
    fn saved(&self, inputs: &[Shape]) -> usize {
        let Some((count, width)) = inputs[0].several() else { return 0 };
        (count + 3) * width
    }

    fn algebra(&self) -> Algebra {
        Algebra::Unordered
    }

    fn call(&self, site: &CallSite<'_>) -> TokenStream {
        let input = &site.inputs[0];
        quote!(ops::row_sum(ops::bi_interaction(#input)?))
    }
}

impl Layer for BiInteractionLayer {
    fn name(&self) -> &'static str {
        "bi_interaction"
    }

    fn params(&self) -> &'static [Param] {
        PARAMS
    }

    fn build(&self, call: &Bound<'_>, graph: &mut dyn Graph) -> Result<NodeId, Reported> {
        let input = call.value("fields", graph)?;
        Ok(graph.add(Op::Layer(BiInteraction.into()), vec![input], call.span))
    }
}

impl Rules for BiInteraction {
    fn name(&self) -> &'static str {
        "interactions"
    }

    fn shape(&self, inputs: &[Operand], _: Span) -> Result<Shape, Diagnostic> {
        Ok(Shape::Vector(inputs[0].fields("bi_interaction")?.1))
    }

    fn values(&self, inputs: &[Values], shapes: &[Shape]) -> Values {
        let (count, _) = shapes[0].several().unwrap_or_default();
        inputs[0].times(inputs[0]).summed(pairs_of(count))
    }

    /// A copy of the fields, and their sum.
    fn saved(&self, inputs: &[Shape]) -> usize {
        let Some((count, width)) = inputs[0].several() else { return 0 };
        (count + 1) * width
    }

    fn algebra(&self) -> Algebra {
        Algebra::Unordered
    }

    fn call(&self, site: &CallSite<'_>) -> TokenStream {
        let input = &site.inputs[0];
        quote!(ops::bi_interaction(#input))
    }
}
