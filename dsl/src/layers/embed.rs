//! `embed(features, dim)` and `embed(columns, table)`: table rows of key columns, and numbers times trained
//! vectors, as fields.

use proc_macro2::TokenStream;
use quote::quote;

use super::concat::Concat;
use super::stack::Stack;
use super::{
    CallSite, Feature, Graph, Layer, NewTable, Op, Operand, Rules, Shape, Values, Weights, wide_vector,
};
use crate::arguments::{Bound, Param, Rest};
use crate::ast::Expr;
use crate::diag::{Diagnostic, Reported};
use crate::ids::NodeId;
use crate::span::Span;
use turret_schema::Initializer;

/// The layer.
pub(super) struct EmbedLayer;

/// Source of the rows of columns.
#[derive(Clone, Copy)]
enum Rows<'e> {
    /// A named table.
    In(&'e Expr),
    /// One table per column, of this width.
    Of(usize),
}

/// Product of each number with its own trained vector, as fields.
#[derive(Clone, Debug, PartialEq)]
pub struct EmbedNumbers {
    dim: usize,
}

impl Layer for EmbedLayer {
    fn name(&self) -> &'static str {
        "embed"
    }

    fn params(&self) -> &'static [Param] {
        const { &[Param::named("dim"), Param::named("table"), Param::named("l2")] }
    }

    fn rest(&self) -> Rest {
        Rest::Collected
    }

    fn build(&self, call: &Bound<'_>, graph: &mut dyn Graph) -> Result<NodeId, Reported> {
        let columns = graph.features(&call.rest);
        let table = call.get("table");
        let l2 = read_l2(call, graph);
        let columns = columns?;
        let problem = match (call.get("dim"), table) {
            _ if columns.is_empty() => Some(("E0204", "`embed` needs columns")),
            (None, None) => Some((
                "E0204",
                "`embed` needs `dim`, the width of one table per column, or one `table` for all columns",
            )),
            (Some(_), Some(_)) => Some(("E0208", "`dim` and `table` exclude each other")),
            (None, Some(_)) if l2.is_some() => Some(("E0208", "`l2` and `table` exclude each other")),
            _ => None,
        };
        if let Some((code, problem)) = problem {
            let help = "write `embed(a, b, dim = 16)`, or `embed(a, b, table = item)`";
            return Err(graph.errors().push(Diagnostic::new(code, call.span, problem).help(help)));
        }
        let rows = match table {
            Some(table) => Rows::In(table),
            None => Rows::Of(call.count("dim", 1..=65536, graph.errors())? as usize),
        };
        let mut fields = Vec::with_capacity(columns.len());
        let mut columns = columns.into_iter().peekable();
        while let Some(column) = columns.next() {
            fields.push(match (column, rows) {
                (Feature::Keys(column, _, span), Rows::In(table)) => graph.lookup(table, column, span),
                (Feature::Keys(column, name, span), Rows::Of(dim)) => {
                    let initializer = Initializer::Uniform(0.05);
                    graph.embedding(&NewTable { name, dim, initializer, l2 }, column, span)
                }
                (Feature::Value(_), Rows::In(_)) => {
                    let problem = "a number has no row in a table";
                    let help = "`embed(age, dim = 16)` gives each number a vector of its own";
                    Err(graph.errors().push(Diagnostic::new("E0308", call.span, problem).help(help)))
                }
                (Feature::Value(first), Rows::Of(dim)) => {
                    let mut numbers = vec![first];
                    while let Some(Feature::Value(next)) =
                        columns.next_if(|next| matches!(next, Feature::Value(_)))
                    {
                        numbers.push(next);
                    }
                    if numbers.len() > 1 {
                        numbers = vec![graph.add(Op::Layer(Concat.into()), numbers, call.span)];
                    }
                    Ok(graph.add(Op::Layer(EmbedNumbers { dim }.into()), numbers, call.span))
                }
            });
        }
        let fields = fields.into_iter().collect::<Result<_, Reported>>()?;
        Ok(graph.add(Op::Layer(Stack { layer: "embed" }.into()), fields, call.span))
    }
}

/// Reads the `l2` of the tables that a call adds.
pub(super) fn read_l2(call: &Bound<'_>, graph: &mut dyn Graph) -> Option<f64> {
    call.get("l2")?;
    call.number("l2", 0.0..=1e6, graph.errors()).ok()
}

impl Rules for EmbedNumbers {
    fn name(&self) -> &'static str {
        "numbers"
    }

    fn shape(&self, inputs: &[Operand], span: Span) -> Result<Shape, Diagnostic> {
        let count = inputs[0].vector("embed")?;
        wide_vector(count.checked_mul(self.dim), span)?;
        Ok(Shape::Fields(count, self.dim))
    }

    fn values(&self, _: &[Values], _: &[Shape]) -> Values {
        Values::ANY
    }

    fn weights(&self, inputs: &[Shape]) -> Option<Weights> {
        let count = inputs[0].width();
        Some(Weights { ty: "NumberEmbedding", sizes: vec![count, self.dim], count: count * self.dim })
    }

    fn multiply_adds(&self, inputs: &[Shape]) -> usize {
        inputs[0].width() * self.dim
    }

    fn call(&self, site: &CallSite<'_>) -> TokenStream {
        let (input, weights) = (&site.inputs[0], site.weights);
        quote!(ops::embed_numbers(&self.#weights, #input))
    }
}
