//! `embed(columns, dim)` and `embed(columns, table)`: the rows of columns of keys as fields.

use std::rc::Rc;

use super::stack::Stack;
use super::{Feature, Graph, Layer, NewTable};
use crate::arguments::{Bound, Param, Rest};
use crate::diag::Diagnostic;
use crate::model::{Initializer, NodeId, Op};

/// The layer.
pub(super) struct EmbedLayer;

impl Layer for EmbedLayer {
    fn name(&self) -> &'static str {
        "embed"
    }

    fn params(&self) -> &'static [Param] {
        const { &[Param::named("dim"), Param::named("table")] }
    }

    fn rest(&self) -> Rest {
        Rest::Collected
    }

    fn build(&self, call: &Bound<'_>, graph: &mut dyn Graph) -> Option<NodeId> {
        let columns = graph.features(&call.rest);
        let dim = call.count("dim", 1..=65536, graph.errors());
        let table = call.get("table");
        let columns = columns?;
        let problem = match (call.get("dim"), table) {
            _ if columns.is_empty() => Some(("E0204", "`embed` needs columns of keys")),
            (None, None) => {
                Some(("E0204", "`embed` needs `dim`, the width of a table a column, or one `table` for all"))
            }
            (Some(_), Some(_)) => Some(("E0208", "`dim` and `table` exclude each other")),
            _ => None,
        };
        if let Some((code, problem)) = problem {
            let help = "write `embed(a, b, dim = 16)`, or `embed(a, b, table = item)`";
            graph.errors().push(Diagnostic::new(code, call.span, problem).help(help));
            return None;
        }
        let mut fields = Vec::with_capacity(columns.len());
        for column in columns {
            fields.push(match column {
                // A value is stacked as it is: its width is checked with those of the rows.
                Feature::Value(node) => Some(node),
                Feature::Keys(column, name, span) => match (table, dim) {
                    (Some(table), _) => graph.lookup(table, column, span),
                    (None, dim) => {
                        let table =
                            NewTable { name, dim: dim? as usize, initializer: Initializer::Uniform(0.05) };
                        graph.embedding(&table, column, span)
                    }
                },
            });
        }
        let fields = fields.into_iter().collect::<Option<_>>()?;
        Some(graph.add(Op::Layer(Rc::new(Stack { layer: "embed" })), fields, call.span))
    }
}
