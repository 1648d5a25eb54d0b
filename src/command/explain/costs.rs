//! What a spec costs: the operations of each tower, the tables, and a step of training.

use std::fmt::Write;

use serde_json::{Value, json};
use turret_dsl::cost::{RowCount, StepCost};
use turret_dsl::model::{Op, TableId};
use turret_dsl::plan::{Plan, Site, Step};
use turret_runtime::footprint::{ByteSize, Footprint, TableFootprint};

/// A backward pass is two products where the forward pass is one: by the weights and by the inputs.
const TRAINING_PER_FORWARD: u64 = 3;

/// The costs of a model for a batch.
pub(super) struct Costs<'p> {
    plan: &'p Plan,
    /// Records of a batch.
    batch: u64,
    /// Rows of each table.
    rows: Vec<RowCount>,
}

impl<'p> Costs<'p> {
    /// Of a plan, with the rows of its tables where something knows better than the spec.
    pub(super) fn new(plan: &'p Plan, batch: Option<u64>, known: impl Fn(&str) -> Option<u64>) -> Self {
        let rows = plan.model.tables.iter().enumerate().map(|(index, table)| {
            known(&table.name).map_or_else(|| plan.row_count(TableId(index)), RowCount::Exactly)
        });
        Costs { plan, batch: batch.unwrap_or(plan.model.train.batch), rows: rows.collect() }
    }

    /// The sizes of the model; tables of unknown size count as empty.
    fn footprint(&self) -> Footprint {
        let (weights, state, activations) = self.plan.numbers();
        let tables = self.plan.model.tables.iter().enumerate().map(|(index, table)| TableFootprint {
            name: table.name.clone(),
            rows: match self.rows[index] {
                RowCount::Exactly(rows) | RowCount::AtMost(rows) => rows,
                RowCount::Unknown => 0,
            },
            dim: table.dim as u64,
            state: self.plan.row_state(TableId(index)),
            lookups: self.plan.rows_looked_up(TableId(index)),
        });
        Footprint { tables: tables.collect(), weights, state, activations }
    }

    /// The tables whose size only the data tell.
    fn unknown(&self) -> Vec<&str> {
        let tables = self.plan.model.tables.iter().zip(&self.rows);
        tables.filter(|(_, rows)| **rows == RowCount::Unknown).map(|(table, _)| table.name.as_str()).collect()
    }

    /// Refuses what does not fit.
    pub(super) fn check(&self, budget: ByteSize) -> Result<(), turret_runtime::error::Error> {
        self.footprint().check(self.batch, budget.as_u64())
    }

    /// The costs of the sites that compute something, with their names.
    fn sites(&self) -> impl Iterator<Item = (&str, &Site, Vec<StepCost>)> {
        self.plan.sites.iter().enumerate().filter(|(_, site)| !site.steps.is_empty()).map(|(index, site)| {
            let name = self.plan.model.towers.get(index).map_or("objective", |tower| tower.name.as_str());
            (name, site, site.steps.iter().map(|step| self.plan.step_cost(site, step)).collect())
        })
    }

    fn flops(&self, costs: &[StepCost]) -> u64 {
        costs.iter().map(|cost| 2 * cost.multiply_adds * self.batch).sum()
    }

    fn bytes(&self, cost: StepCost) -> u64 {
        4 * cost.activations * self.batch
    }

    /// As a person reads it.
    pub(super) fn text(&self) -> String {
        let mut text = format!("{}, batches of {}\n", self.plan.model.name, grouped(self.batch));
        let mut flops = 0;
        for (name, site, costs) in self.sites() {
            let parameters = costs.iter().map(|cost| cost.parameters).sum();
            flops += self.flops(&costs);
            line(&mut text, &format!("\n{name}: {} parameters", grouped(parameters)));
            let head = ["", "", "shape", "parameters", "FLOP", "memory"].map(str::to_owned);
            let rows = site.steps.iter().zip(&costs).map(|(step, cost)| {
                [
                    step.name.clone(),
                    operation(self.plan, step),
                    self.plan.shapes[step.node.0].to_string(),
                    grouped(cost.parameters),
                    grouped(self.flops(&[*cost])),
                    ByteSize::b(self.bytes(*cost)).to_string(),
                ]
            });
            columns(&mut text, &std::iter::once(head).chain(rows).collect::<Vec<_>>(), 3);
        }
        let footprint = self.footprint();
        if !footprint.tables.is_empty() {
            line(&mut text, "\ntables");
            let head = ["", "rows", "width", "memory", "optimizer"].map(str::to_owned);
            let rows = footprint.tables.iter().zip(&self.rows).enumerate().map(|(index, (table, rows))| {
                let size = |of_row: u64| match rows {
                    RowCount::Unknown => format!("{} a row", ByteSize::b(4 * of_row)),
                    _ => ByteSize::b(4 * of_row * table.rows).to_string(),
                };
                let count = match *rows {
                    RowCount::Exactly(rows) => grouped(rows),
                    RowCount::AtMost(rows) => format!("at most {}", grouped(rows)),
                    RowCount::Unknown => "by the data".to_owned(),
                };
                let optimizer = match self.plan.model.tables[index].frozen {
                    true => "frozen".to_owned(),
                    false => size(table.state),
                };
                [table.name.clone(), count, table.dim.to_string(), size(table.dim), optimizer]
            });
            columns(&mut text, &std::iter::once(head).chain(rows).collect::<Vec<_>>(), 1);
        }
        line(&mut text, "\na step of training");
        let arithmetic = |flops: u64, what: &str| [what.to_owned(), grouped(flops) + " FLOP"];
        let mut rows = vec![
            arithmetic(flops, "forward"),
            arithmetic(TRAINING_PER_FORWARD * flops, "forward and backward"),
        ];
        let memory = footprint.memory(self.batch);
        rows.extend(memory.parts().map(|(what, bytes)| [what.to_owned(), ByteSize::b(bytes).to_string()]));
        rows.push(["memory in all".to_owned(), ByteSize::b(memory.total()).to_string()]);
        columns(&mut text, &rows, 1);
        let unknown = self.unknown();
        if !unknown.is_empty() {
            let tables = unknown.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
            line(&mut text, &format!("\nnot counted, for the data decide how many rows they have: {tables}"));
        }
        if self.plan.model.negatives.is_some() {
            line(&mut text, "\nnot counted: candidates that are drawn beside those of the records");
        }
        text
    }

    /// As a script reads it.
    pub(super) fn json(&self) -> Value {
        let mut flops = 0;
        let sites: Vec<Value> = self
            .sites()
            .map(|(name, site, costs)| {
                flops += self.flops(&costs);
                let steps = site.steps.iter().zip(&costs).map(|(step, cost)| {
                    json!({
                        "name": step.name,
                        "operation": operation(self.plan, step),
                        "shape": self.plan.shapes[step.node.0].to_string(),
                        "parameters": cost.parameters,
                        "flops": self.flops(&[*cost]),
                        "bytes": self.bytes(*cost),
                    })
                });
                json!({
                    "name": name,
                    "parameters": costs.iter().map(|cost| cost.parameters).sum::<u64>(),
                    "flops": self.flops(&costs),
                    "steps": steps.collect::<Vec<_>>(),
                })
            })
            .collect();
        let footprint = self.footprint();
        let memory = footprint.memory(self.batch);
        let tables: Vec<Value> = footprint
            .tables
            .iter()
            .zip(&self.rows)
            .map(|(table, rows)| {
                let (count, is) = match *rows {
                    RowCount::Exactly(rows) => (Some(rows), "exact"),
                    RowCount::AtMost(rows) => (Some(rows), "at_most"),
                    RowCount::Unknown => (None, "unknown"),
                };
                json!({
                    "name": table.name,
                    "rows": count,
                    "rows_are": is,
                    "dim": table.dim,
                    "bytes": count.map(|rows| 4 * rows * table.dim),
                    "optimizer_bytes": count.map(|rows| 4 * rows * table.state),
                })
            })
            .collect();
        json!({
            "model": self.plan.model.name,
            "batch": self.batch,
            "towers": sites,
            "tables": tables,
            "flops_forward": flops,
            "flops_training": TRAINING_PER_FORWARD * flops,
            "bytes": {
                "tables": memory.tables,
                "table_optimizer": memory.table_state,
                "weights": memory.weights,
                "weight_optimizer": memory.weight_state,
                "gathered": memory.gathered,
                "activations": memory.activations,
                "total": memory.total(),
            },
            "tables_not_counted": self.unknown(),
        })
    }
}

/// What an operation is called.
pub(super) fn operation(plan: &Plan, step: &Step) -> String {
    let model = &plan.model;
    match &model.nodes[step.node.0].op {
        Op::Column(column) => format!("column {}", model.columns[column.0].name),
        Op::Lookup(table, column) => {
            format!("{}[{}]", model.tables[table.0].name, model.columns[column.0].name)
        }
        Op::Tower(tower) => format!("tower {}", model.towers[tower.0].name),
        Op::Layer(layer) => layer.name().to_owned(),
    }
}

fn line(text: &mut String, line: &str) {
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{line}");
}

/// A number with its digits in groups of three, as the language writes them: `12_345`.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push('_');
        }
        text.push(digit);
    }
    text
}

/// Writes rows with their columns aligned, those from `right` on to the right.
fn columns<const N: usize>(text: &mut String, rows: &[[String; N]], right: usize) {
    let widths: [usize; N] =
        std::array::from_fn(|column| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0));
    for row in rows {
        let cells = row.iter().zip(widths).enumerate().map(|(column, (cell, width))| match column < right {
            true => format!("{cell:width$}"),
            false => format!("{cell:>width$}"),
        });
        line(text, format!("    {}", cells.collect::<Vec<_>>().join("  ")).trim_end());
    }
}
