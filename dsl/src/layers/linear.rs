//! `linear(features)`: first-order terms of a model, with one weight per key and per number.

use proc_macro2::{Literal, TokenStream};
use quote::quote;

use super::concat::Concat;
use super::embed::read_l2;
use super::pool::Pool;
use super::{CallSite, Feature, Graph, Layer, NewTable, Op, Operand, Rules, Shape, Values, Weights};
use crate::arguments::{Bound, Param, Rest};
use crate::diag::{Diagnostic, Reported};
use crate::ids::NodeId;
use crate::span::Span;
use turret_schema::Initializer;

/// The layer.
pub(super) struct LinearLayer;

/// `weight . x`.
#[derive(Clone, Debug, PartialEq)]
pub struct WeightedSum;

/// Sum of scores.
#[derive(Clone, Debug, PartialEq)]
pub struct Total;

impl Layer for LinearLayer {
    fn name(&self) -> &'static str {
        "linear"
    }

    fn params(&self) -> &'static [Param] {
        const { &[Param::named("l2")] }
    }

    fn rest(&self) -> Rest {
        Rest::Collected
    }

    fn build(&self, call: &Bound<'_>, graph: &mut dyn Graph) -> Result<NodeId, Reported> {
        let l2 = read_l2(call, graph);
        let features = graph.features(&call.rest)?;
        if features.is_empty() {
            let message = "`linear` needs columns or values";
            return Err(graph.errors().push(Diagnostic::new("E0204", call.span, message)));
        }
        let (mut terms, mut numbers) = (Vec::new(), Vec::new());
        for feature in features {
            match feature {
                Feature::Keys(column, name, span) => {
                    let name = format!("linear_{name}");
                    let table = NewTable { name, dim: 1, initializer: Initializer::Zeros, l2 };
                    let rows = graph.embedding(&table, column, span)?;
                    terms.push(if graph.holds_many(column) {
                        graph.add(Op::Layer(Pool::SUM.into()), vec![rows], span)
                    } else {
                        rows
                    });
                }
                Feature::Value(node) => numbers.push(node),
            }
        }
        if let [first, rest @ ..] = numbers.as_slice() {
            let first = *first;
            let x =
                if rest.is_empty() { first } else { graph.add(Op::Layer(Concat.into()), numbers, call.span) };
            terms.push(graph.add(Op::Layer(WeightedSum.into()), vec![x], call.span));
        }
        match terms.as_slice() {
            [one] => Ok(*one),
            _ => Ok(graph.add(Op::Layer(Total.into()), terms, call.span)),
        }
    }
}

impl Rules for WeightedSum {
    fn name(&self) -> &'static str {
        "linear"
    }

    fn shape(&self, inputs: &[Operand], _: Span) -> Result<Shape, Diagnostic> {
        inputs[0].vector("linear")?;
        Ok(Shape::Vector(1))
    }

    fn values(&self, _: &[Values], _: &[Shape]) -> Values {
        Values::ANY
    }

    fn weights(&self, inputs: &[Shape]) -> Option<Weights> {
        let width = inputs[0].width();
        Some(Weights { ty: "Coefficients", sizes: vec![width], count: width })
    }

    fn call(&self, site: &CallSite<'_>) -> TokenStream {
        let (input, weights) = (&site.inputs[0], site.weights);
        quote!(ops::weighted_sum(&self.#weights, #input))
    }
}

impl Rules for Total {
    fn name(&self) -> &'static str {
        "linear"
    }

    fn shape(&self, inputs: &[Operand], _: Span) -> Result<Shape, Diagnostic> {
        inputs.iter().try_for_each(|input| input.vector("linear").map(drop))?;
        Ok(Shape::Vector(1))
    }

    fn values(&self, inputs: &[Values], _: &[Shape]) -> Values {
        inputs.iter().copied().reduce(Values::plus).unwrap_or(Values::ANY)
    }

    /// The concatenated scores, and a copy.
    fn saved(&self, inputs: &[Shape]) -> usize {
        2 * inputs.len()
    }

    fn takes_ranges(&self) -> bool {
        true
    }

    fn call(&self, site: &CallSite<'_>) -> TokenStream {
        let (parts, count) = (site.parts(), Literal::usize_unsuffixed(site.shapes.len()));
        quote!(ops::row_sum::<#count, D, T>(ops::concat(#parts)?))
    }
}
