//! `ffm(columns, dim)`: a field-aware factorization machine. Each key has one vector for each other column.

use proc_macro2::TokenStream;
use quote::quote;

use super::embed::read_l2;
use super::stack::Stack;
use super::{CallSite, Feature, Graph, Layer, NewTable, Op, Operand, Rules, Shape, Values};
use crate::arguments::{Bound, Param, Rest};
use crate::diag::{Diagnostic, Reported};
use crate::ids::NodeId;
use crate::span::Span;
use turret_schema::Initializer;

/// The layer.
pub(super) struct FfmLayer;

#[derive(Clone, Debug, PartialEq)]
pub struct FieldAware;

/// Maximum width of a table row.
const MAX_ROW: usize = 1 << 16;

impl Layer for FfmLayer {
    fn name(&self) -> &'static str {
        "ffm"
    }

    fn params(&self) -> &'static [Param] {
        const { &[Param { name: "dim", required: true, positional: false }, Param::named("l2")] }
    }

    fn rest(&self) -> Rest {
        Rest::Collected
    }

    fn build(&self, call: &Bound<'_>, graph: &mut dyn Graph) -> Result<NodeId, Reported> {
        let dim = call.count("dim", 1..=MAX_ROW as u64, graph.errors());
        let l2 = read_l2(call, graph);
        let columns = graph.features(&call.rest)?;
        let mut keys = Vec::with_capacity(columns.len());
        for column in columns {
            let Feature::Keys(column, name, span) = column else {
                return Err(graph.errors().push(
                    Diagnostic::new("E0308", call.span, "`ffm` takes columns of keys, not numbers")
                        .help("declare a `bucket` column of the same field"),
                ));
            };
            keys.push((column, name, span));
        }
        let (dim, count) = (dim? as usize, keys.len());
        if count < 2 || count * dim > MAX_ROW {
            let problem =
                format!("`ffm` needs at least 2 columns, and columns times `dim` at most {MAX_ROW}");
            return Err(graph.errors().push(Diagnostic::new("E0207", call.span, problem)));
        }
        let mut rows = Vec::with_capacity(count);
        for (column, name, span) in keys {
            let name = format!("ffm_{name}");
            let table = NewTable { name, dim: count * dim, initializer: Initializer::Uniform(0.05), l2 };
            rows.push(graph.embedding(&table, column, span)?);
        }
        let fields = graph.add(Op::Layer(Stack { layer: "ffm" }.into()), rows, call.span);
        Ok(graph.add(Op::Layer(FieldAware.into()), vec![fields], call.span))
    }
}

impl Rules for FieldAware {
    fn name(&self) -> &'static str {
        "ffm"
    }

    fn shape(&self, inputs: &[Operand], _: Span) -> Result<Shape, Diagnostic> {
        inputs[0].pairs("ffm")?;
        Ok(Shape::Vector(1))
    }

    fn values(&self, inputs: &[Values], shapes: &[Shape]) -> Values {
        inputs[0].times(inputs[0]).summed(shapes[0].width() / 2)
    }

    fn comment(&self, inputs: &[Shape]) -> Option<String> {
        let Shape::Fields(count, width) = inputs[0] else { return None };
        Some(format!("for each of {count} columns {count} vectors of width {}", width / count))
    }

    fn multiply_adds(&self, inputs: &[Shape]) -> usize {
        inputs[0].width() / 2
    }

    fn call(&self, site: &CallSite<'_>) -> TokenStream {
        let input = &site.inputs[0];
        quote!(ops::field_aware(#input))
    }
}
