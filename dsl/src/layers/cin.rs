//! `cin(fields, [sizes])`: the compressed interaction network of xDeepFM.

use proc_macro2::TokenStream;
use quote::quote;

use super::concat::Concat;
use super::dense::MAX_UNITS;
use super::graph::give_row;
use super::{
    CallSite, Graph, Layer, Op, Operand, Rules, Shape, Values, WeightSettings, Weights, wide_vector,
};
use crate::arguments::{Bound, Param, whole};
use crate::ast::ExprKind;
use crate::diag::{Diagnostic, Reported};
use crate::ids::NodeId;
use crate::span::Span;

/// The layer.
pub(super) struct CinLayer;

/// A layer of the network. Inputs: the fields of the network, and the output of the previous layer.
#[derive(Clone, Debug, PartialEq)]
pub struct Cin {
    size: usize,
}

/// Sum of each field's components.
#[derive(Clone, Debug, PartialEq)]
pub struct VectorSums;

impl Layer for CinLayer {
    fn name(&self) -> &'static str {
        "cin"
    }

    fn params(&self) -> &'static [Param] {
        const {
            &[
                Param::required("fields"),
                Param::required("sizes"),
                Param::named("initializer"),
                Param::named("l2"),
                Param::named("weight_decay"),
            ]
        }
    }

    fn build(&self, call: &Bound<'_>, graph: &mut dyn Graph) -> Result<NodeId, Reported> {
        let first = call.value("fields", graph);
        let sizes = call.required("sizes", graph.errors())?;
        let sizes = match &sizes.kind {
            ExprKind::List(sizes) if !sizes.is_empty() => sizes,
            _ => {
                let expected = "a list of sizes, such as `[64, 64]`";
                return Err(call.wrong("sizes", sizes, expected, graph.errors()));
            }
        };
        let sizes: Vec<Result<u64, Reported>> =
            sizes.iter().map(|size| whole("sizes", size, 1..=MAX_UNITS, graph.errors())).collect();
        let settings = WeightSettings::read(call, graph.errors());
        let (first, mut row, mut sums) = (first?, Vec::new(), Vec::with_capacity(sizes.len()));
        let mut fields = first;
        for size in sizes.into_iter().collect::<Result<Vec<_>, Reported>>()? {
            fields = graph.add(Op::Layer(Cin { size: size as usize }.into()), vec![first, fields], call.span);
            graph.train_by(fields, settings);
            row.push(fields);
            sums.push(graph.add(Op::Layer(VectorSums.into()), vec![fields], call.span));
        }
        let result = match sums.as_slice() {
            [one] => *one,
            _ => graph.add(Op::Layer(Concat.into()), sums, call.span),
        };
        give_row(graph, &row, "interaction", result);
        Ok(result)
    }
}

impl Rules for Cin {
    fn name(&self) -> &'static str {
        "cin"
    }

    fn shape(&self, inputs: &[Operand], span: Span) -> Result<Shape, Diagnostic> {
        let ((first, width), (before, _)) = (inputs[0].fields("cin")?, inputs[1].fields("cin")?);
        wide_vector(first.checked_mul(before), span)?;
        wide_vector(self.size.checked_mul(width), span)?;
        Ok(Shape::Fields(self.size, width))
    }

    fn values(&self, _: &[Values], _: &[Shape]) -> Values {
        Values::ANY
    }

    fn weights(&self, inputs: &[Shape]) -> Option<Weights> {
        let (Shape::Fields(first, _), Shape::Fields(before, _)) = (inputs[0], inputs[1]) else { return None };
        let pairs = first * before;
        Some(Weights { ty: "UnbiasedDense", sizes: vec![pairs, self.size], count: pairs * self.size })
    }

    fn multiply_adds(&self, inputs: &[Shape]) -> usize {
        let (Shape::Fields(first, width), Shape::Fields(before, _)) = (inputs[0], inputs[1]) else {
            return 0;
        };
        first * before * width * (self.size + 1)
    }

    fn call(&self, site: &CallSite<'_>) -> TokenStream {
        let (first, fields, weights) = (&site.inputs[0], &site.inputs[1], site.weights);
        quote!(ops::cin(&self.#weights, #first, #fields))
    }
}

impl Rules for VectorSums {
    fn name(&self) -> &'static str {
        "sums"
    }

    fn shape(&self, inputs: &[Operand], _: Span) -> Result<Shape, Diagnostic> {
        Ok(Shape::Vector(inputs[0].fields("cin")?.0))
    }

    fn values(&self, inputs: &[Values], shapes: &[Shape]) -> Values {
        inputs[0].summed(shapes[0].several().map_or(0, |(_, width)| width))
    }

    fn saved(&self, _: &[Shape]) -> usize {
        0
    }

    fn call(&self, site: &CallSite<'_>) -> TokenStream {
        let input = &site.inputs[0];
        quote!(ops::vector_sums(#input))
    }
}
