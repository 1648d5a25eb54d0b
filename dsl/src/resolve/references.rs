//! Resolution of names in a tower: `let`s, towers, columns, table rows.

use super::expressions::Scope;
use crate::ast::{Expr, ExprKind};
use crate::diag::{Diagnostic, Reported};
use crate::layers::{Feature, Graph, LAYERS};
use crate::model::{ColumnId, ColumnRole, Content, NodeId, Op, TableId};
use crate::span::Span;

impl Scope<'_> {
    pub(super) fn name(&mut self, name: &str, span: Span) -> Result<NodeId, Reported> {
        if let Some(bound) = self.lets.last_mut().and_then(|scope| scope.get_mut(name)) {
            bound.used = true;
            let node = bound.node?;
            self.uses.insert(node, span);
            return Ok(node);
        }
        // A tower may have the name of a column. In the objective the name means the tower; in a tower it
        // means the column.
        let tower = self.names.towers.get(name).filter(|_| self.siblings.is_empty());
        if let Some(&tower) = tower {
            return Ok(self.add(Op::Tower(tower), Vec::new(), span));
        }
        if let Some(&id) = self.names.columns.get(name) {
            return self.column(id, span);
        }
        if self.names.tables.contains_key(name) {
            return Err(self.errors.push(
                Diagnostic::new("E0304", span, format!("`{name}` is a table, not a value"))
                    .label("a table holds the rows of all keys")
                    .help(format!("look a column up in it: `{name}[column]`")),
            ));
        }
        if let Some(&reported) = self.names.wrong_columns.get(name) {
            return Err(reported);
        }
        if let Some(&declared) = self.siblings.get(name) {
            return Err(self.errors.push(
                Diagnostic::new("E0312", span, format!("a tower cannot read the tower `{name}`"))
                    .note(declared, "declared here")
                    .help("combine towers in the objective, `bce(dot(user, item), label)`; put shared steps into a `block`"),
            ));
        }
        if LAYERS.iter().any(|layer| layer.name() == name) || self.blocks.by_name.contains_key(name) {
            return Err(self.errors.push(
                Diagnostic::new("E0304", span, format!("`{name}` is a function, not a value"))
                    .label("a call is missing")
                    .help(format!("call it: `{name}(...)`, or `... |> {name}`")),
            ));
        }
        let lets = self.lets.last().into_iter().flat_map(|scope| scope.keys());
        let known = self.names.columns.keys().chain(self.names.towers.keys()).chain(lets);
        Err(self.errors.push(
            Diagnostic::new("E0105", span, format!("unknown name `{name}`"))
                .label("no column, `let` or tower has this name")
                .suggest(name, known.map(String::as_str), "columns are declared in `input`"),
        ))
    }

    fn column(&mut self, id: ColumnId, span: Span) -> Result<NodeId, Reported> {
        let column = &self.model.columns[id.0];
        let problem = match (column.kind.role(), column.kind.content()) {
            (ColumnRole::Feature, Content::Numbers(_)) => {
                return Ok(self.add(Op::Column(id), Vec::new(), span));
            }
            (ColumnRole::Label, _) => {
                Diagnostic::new("E0305", span, format!("the label `{}` is used as a feature", column.name))
                    .note(column.span, "declared as a label here")
                    .help("a model that reads its label learns nothing else; use it in the objective only")
            }
            (ColumnRole::Frequency, _) => Diagnostic::new(
                "E0305",
                span,
                format!("the frequency `{}` is used as a feature", column.name),
            )
            .note(column.span, "declared here")
            .help("it is the sampling probability of candidates: `in_batch_softmax(..., probability = ...)`"),
            (ColumnRole::Weight, _) => Diagnostic::new(
                "E0305",
                span,
                format!("the sample weight `{}` is used as a feature", column.name),
            )
            .note(column.span, "declared as a weight here")
            .help("declare a `float` column with `from` to use the same field as a feature"),
            (ColumnRole::Feature, Content::Row | Content::Bag(_) | Content::Sequence(..)) => {
                Diagnostic::new("E0306", span, format!("`{}` holds keys, not numbers", column.name))
                    .label(format!("a column of kind `{}`", column.word))
                    .note(column.span, "declared here")
                    .help(format!("look it up in a table: `table[{}]`", column.name))
            }
        };
        Err(self.errors.push(problem))
    }

    pub(super) fn index(&mut self, table: &Expr, column: &Expr, span: Span) -> Result<NodeId, Reported> {
        let (ExprKind::Name(table_name), ExprKind::Name(column_name)) = (&table.kind, &column.kind) else {
            return Err(self.errors.push(
                Diagnostic::new("E0307", span, "a lookup is a table and a column")
                    .help("write `table[column]`"),
            ));
        };
        let found_table = self.table(table_name, table.span);
        let id = match self.names.columns.get(column_name) {
            Some(&id) => id,
            None => return Err(self.unknown_column(column_name, column.span)),
        };
        let declared = &self.model.columns[id.0];
        if !declared.kind.is_key() {
            return Err(self.errors.push(
                Diagnostic::new("E0308", column.span, format!("`{column_name}` holds no keys to look up"))
                    .label(format!("a column of kind `{}`", declared.word))
                    .note(declared.span, "declared here")
                    .help("use it without a table, or declare a `bucket` column of the same field"),
            ));
        }
        Ok(self.add(Op::Lookup(found_table?, id), Vec::new(), span))
    }

    /// Reports an unknown column, unless its wrong declaration was already reported.
    fn unknown_column(&mut self, name: &str, span: Span) -> Reported {
        if let Some(&reported) = self.names.wrong_columns.get(name) {
            return reported;
        }
        let known = self.names.columns.keys().map(String::as_str);
        self.errors.push(
            Diagnostic::new("E0105", span, format!("unknown column `{name}`"))
                .label("no column has this name")
                .suggest(name, known, "columns are declared in `input`"),
        )
    }

    pub(super) fn table(&mut self, name: &str, span: Span) -> Result<TableId, Reported> {
        self.names.tables.get(name).copied().ok_or_else(|| {
            self.errors.push(
                Diagnostic::new("E0105", span, format!("unknown table `{name}`"))
                    .label("no `embedding` has this name")
                    .suggest(
                        name,
                        self.names.tables.keys().map(String::as_str),
                        format!("declare it: `embedding {name} {{ dim = 16 }}`"),
                    ),
            )
        })
    }

    /// Resolves a key column or a value.
    pub(super) fn feature(&mut self, expr: &Expr) -> Result<Feature, Reported> {
        if let ExprKind::Name(name) = &expr.kind
            && !self.lets.last().is_some_and(|scope| scope.contains_key(name))
            && !(self.siblings.is_empty() && self.names.towers.contains_key(name))
            && let Some(&id) = self.names.columns.get(name)
            && self.model.columns[id.0].kind.is_key()
        {
            return Ok(Feature::Keys(id, name.clone(), expr.span));
        }
        self.value(expr).map(Feature::Value)
    }
}
