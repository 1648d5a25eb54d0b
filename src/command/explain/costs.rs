//! Costs of a spec: operations of each tower, tables, and a training step.

use std::fmt::Write;

use serde_json::{Value, json};
use turret_dsl::cost::{Each, RowCount, SampledCount, SoftmaxCost};
use turret_dsl::model::{InputId, Op, Precision, TableId};
use turret_dsl::plan::{Module, Plan, Step, WeightedLayer};
use turret_runtime::footprint::{ByteSize, Footprint, Memory, MemoryError, TableFootprint, softmax_bytes};

/// The backward pass has two products for each one of the forward pass: for the weights and for the inputs.
const TRAINING_PER_FORWARD: u64 = 3;

/// Settings of a training step, and known sizes of the data.
pub(super) struct Setting<R> {
    /// Batch size, if it differs from the spec's.
    pub(super) batch: Option<u64>,
    /// Number of threads.
    pub(super) threads: u64,
    /// Number of rows of a table by name.
    pub(super) rows: R,
    /// Number of rows of the catalog.
    pub(super) candidates: Option<u64>,
}

/// Costs of a model for a batch.
#[derive(Clone)]
pub(super) struct Costs<'p> {
    plan: &'p Plan,
    /// Batch size.
    batch: u64,
    /// Number of threads.
    threads: u64,
    /// Number of rows of each table.
    rows: Vec<RowCount>,
    /// True if all candidates are used and their number is unknown.
    draws_unknown: bool,
    /// Sizes of the model. Tables and a catalog of unknown size count as empty.
    footprint: Footprint,
}

/// Costs of an operation or term for a batch.
struct Line {
    name: String,
    operation: String,
    shape: String,
    parameters: u64,
    flops: u64,
    bytes: u64,
}

/// Line of the learned weights of tasks.
fn weights_of_tasks(weights: &WeightedLayer) -> Line {
    Line {
        name: weights.field.clone(),
        operation: "uncertainty".to_owned(),
        shape: weights.weights.count.to_string(),
        parameters: weights.weights.count as u64,
        flops: 0,
        bytes: 0,
    }
}

impl<'p> Costs<'p> {
    /// Computes the costs of a plan. `setting` has known sizes of tables and of the catalog.
    pub(super) fn new(plan: &'p Plan, setting: &Setting<impl Fn(&str) -> Option<u64>>) -> Self {
        let rows = plan.model.tables.iter().enumerate().map(|(index, table)| {
            (setting.rows)(&table.name).map_or_else(|| plan.row_count(TableId(index)), RowCount::Exactly)
        });
        let rows: Vec<RowCount> = rows.collect();
        let footprint = footprint(plan, &rows, setting.candidates.unwrap_or(0));
        let draws_unknown = footprint.costs.sampled == SampledCount::Catalog && setting.candidates.is_none();
        let batch = setting.batch.unwrap_or(plan.model.train.batch as u64);
        Costs { plan, batch, threads: setting.threads, rows, draws_unknown, footprint }
    }

    /// Returns the tables whose size depends on the data.
    fn unknown(&self) -> Vec<&str> {
        let tables = self.plan.model.tables.iter().zip(&self.rows);
        tables.filter(|(_, rows)| **rows == RowCount::Unknown).map(|(table, _)| table.name.as_str()).collect()
    }

    /// Returns an error if training exceeds the budget together with the data.
    pub(super) fn check(&self, budget: ByteSize, data: ByteSize) -> Result<(), MemoryError> {
        self.footprint.check_compounds(data.as_u64(), self.batch, self.threads, budget.as_u64())
    }

    fn memory(&self) -> Memory {
        self.footprint.memory(self.batch, self.threads)
    }

    /// Returns the number of sampled candidates per step.
    fn sampled(&self) -> u64 {
        self.footprint.sampled(self.batch)
    }

    /// FLOP of a forward pass.
    fn flops(&self) -> u64 {
        self.modules().iter().flat_map(|(_, lines)| lines).map(|line| line.flops).sum()
    }

    /// Returns the FLOP and bytes of one more sampled candidate.
    fn each_sampled(&self) -> (u64, u64) {
        let mut more = self.clone();
        more.footprint.costs.sampled = SampledCount::ForAll(self.sampled() + 1);
        (more.flops() - self.flops(), more.memory().total() - self.memory().total())
    }

    /// Returns the costs of the towers and of the objective by name.
    fn modules(&self) -> Vec<(&str, Vec<Line>)> {
        let modules = self.plan.modules().map(|(input, module)| {
            let name = match input {
                InputId::Tower(tower) => self.plan.model.towers[tower].name.as_str(),
                InputId::Objective => "objective",
            };
            let steps = module.steps.iter().map(|step| self.step(input, module, step));
            let weights = module.weights.iter().filter(|layer| layer.node.is_none()).map(weights_of_tasks);
            let softmaxes = (input == InputId::Objective).then(|| self.softmaxes());
            (name, steps.chain(softmaxes.into_iter().flatten()).chain(weights).collect::<Vec<_>>())
        });
        modules.filter(|(_, lines)| !lines.is_empty()).collect()
    }

    fn step(&self, input: InputId, module: &Module, step: &Step) -> Line {
        let cost = self.plan.step_cost(input, module, step);
        let of_batch = |each: Each| each.of(self.batch, self.sampled());
        Line {
            name: step.name.clone(),
            operation: operation(self.plan, step),
            shape: self.plan.shapes[step.node].to_string(),
            parameters: cost.parameters,
            flops: of_batch(cost.multiply_adds).saturating_mul(2),
            bytes: of_batch(cost.activations).saturating_mul(4),
        }
    }

    fn softmaxes(&self) -> Vec<Line> {
        let sampled = self.sampled();
        let line = |(name, cost): (&'static str, SoftmaxCost)| {
            let candidates = cost.candidates(self.batch, sampled);
            Line {
                name: "loss".to_owned(),
                operation: name.to_owned(),
                shape: format!("{} candidates", grouped(candidates)),
                parameters: 0,
                flops: (2 * cost.width).saturating_mul(self.batch).saturating_mul(candidates),
                bytes: softmax_bytes(cost, self.batch, sampled, self.threads),
            }
        };
        self.plan.softmaxes().map(line).collect()
    }

    /// Formats the costs as text.
    pub(super) fn text(&self) -> String {
        let (sampled, footprint) = (self.sampled(), &self.footprint);
        let candidates = match sampled {
            0 => String::new(),
            sampled => format!(" and {} sampled candidates", grouped(sampled)),
        };
        let mut text = format!("{}, batches of {}{candidates}\n", self.plan.model.name, grouped(self.batch));
        for (name, lines) in self.modules() {
            let parameters = lines.iter().map(|line| line.parameters).sum();
            line(&mut text, &format!("\n{name}: {} parameters", grouped(parameters)));
            let head = ["", "", "shape", "parameters", "FLOP", "memory"].map(str::to_owned);
            let rows = lines.into_iter().map(|line| {
                let memory = ByteSize::b(line.bytes).to_string();
                let [parameters, flops] = [line.parameters, line.flops].map(grouped);
                [line.name, line.operation, line.shape, parameters, flops, memory]
            });
            columns(&mut text, &std::iter::once(head).chain(rows).collect::<Vec<_>>(), 3);
        }
        if !footprint.tables.is_empty() {
            line(&mut text, "\ntables");
            let head = ["", "rows", "width", "memory", "optimizer"].map(str::to_owned);
            let rows = footprint.tables.iter().zip(&self.rows).enumerate().map(|(index, (table, rows))| {
                let size = |of_row: u64| match rows {
                    RowCount::Unknown => format!("{} a row", ByteSize::b(of_row)),
                    _ => ByteSize::b(of_row * table.rows).to_string(),
                };
                let count = match *rows {
                    RowCount::Exactly(rows) => grouped(rows),
                    RowCount::AtMost(rows) => format!("at most {}", grouped(rows)),
                    RowCount::Unknown => "by the data".to_owned(),
                };
                let optimizer = match self.plan.model.tables[index].frozen {
                    true => "frozen".to_owned(),
                    false => size(4 * table.state),
                };
                let width = match table.precision {
                    Precision::F32 => table.dim.to_string(),
                    precision => format!("{} {}", table.dim, precision.word()),
                };
                [table.name.clone(), count, width, size(table.row_bytes()), optimizer]
            });
            columns(&mut text, &std::iter::once(head).chain(rows).collect::<Vec<_>>(), 1);
        }
        line(&mut text, "\na step of training");
        let arithmetic = |flops: u64, what: &str| [what.to_owned(), grouped(flops) + " FLOP"];
        let flops = self.flops();
        let mut rows = vec![
            arithmetic(flops, "forward"),
            arithmetic(TRAINING_PER_FORWARD.saturating_mul(flops), "forward and backward"),
        ];
        let memory = self.memory();
        rows.extend(memory.parts().map(|(what, bytes)| [what.to_owned(), ByteSize::b(bytes).to_string()]));
        rows.push(["memory in all".to_owned(), ByteSize::b(memory.total()).to_string()]);
        columns(&mut text, &rows, 1);
        let unknown = self.unknown();
        if !unknown.is_empty() {
            let tables = unknown.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
            line(
                &mut text,
                &format!("\nnot counted, because their number of rows depends on the data: {tables}"),
            );
        }
        if self.draws_unknown {
            let (flops, bytes) = self.each_sampled();
            let each = format!("{} FLOP and {} for each", grouped(flops), ByteSize::b(bytes));
            line(
                &mut text,
                &format!("\nnot counted, because the number of candidates depends on the data: {each}"),
            );
        }
        text
    }

    /// Formats the costs as JSON.
    pub(super) fn json(&self) -> Value {
        let modules = self.modules().into_iter().map(|(name, lines)| {
            let steps = lines.iter().map(|line| {
                json!({
                    "name": line.name,
                    "operation": line.operation,
                    "shape": line.shape,
                    "parameters": line.parameters,
                    "flops": line.flops,
                    "bytes": line.bytes,
                })
            });
            json!({
                "name": name,
                "parameters": lines.iter().map(|line| line.parameters).sum::<u64>(),
                "flops": lines.iter().map(|line| line.flops).sum::<u64>(),
                "steps": steps.collect::<Vec<_>>(),
            })
        });
        let tables = self.footprint.tables.iter().zip(&self.rows).map(|(table, rows)| {
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
                "precision": table.precision.word(),
                "bytes": count.map(|rows| rows * table.row_bytes()),
                "optimizer_bytes": count.map(|rows| 4 * rows * table.state),
            })
        });
        let sampled = self.plan.model.negatives.is_some().then(|| {
            let (flops, bytes) = self.each_sampled();
            let candidates = (!self.draws_unknown).then(|| self.sampled());
            json!({ "candidates": candidates, "flops_each": flops, "bytes_each": bytes })
        });
        let (flops, memory) = (self.flops(), self.memory());
        json!({
            "model": self.plan.model.name,
            "batch": self.batch,
            "threads": self.threads,
            "drawn": sampled,
            "towers": modules.collect::<Vec<_>>(),
            "tables": tables.collect::<Vec<_>>(),
            "flops_forward": flops,
            "flops_training": TRAINING_PER_FORWARD.saturating_mul(flops),
            "bytes": {
                "tables": memory.tables,
                "table_optimizer": memory.table_state,
                "weights": memory.weights,
                "weight_optimizer": memory.weight_state,
                "gathered": memory.gathered,
                "activations": memory.activations,
                "gradients": memory.gradients,
                "softmaxes": memory.softmaxes,
                "total": memory.total(),
            },
            "tables_not_counted": self.unknown(),
        })
    }
}

fn footprint(plan: &Plan, rows: &[RowCount], candidates: u64) -> Footprint {
    let tables =
        plan.model.tables.iter().zip(rows).enumerate().map(|(index, (table, rows))| TableFootprint {
            name: table.name.clone(),
            rows: match *rows {
                RowCount::Exactly(rows) | RowCount::AtMost(rows) => rows,
                RowCount::Unknown => 0,
            },
            dim: table.dim as u64,
            precision: table.precision,
            state: plan.row_state(TableId(index)),
            lookups: plan.rows_looked_up(TableId(index)),
        });
    Footprint { tables: tables.collect(), costs: plan.costs(), candidates }
}

/// Returns the name of an operation.
pub(super) fn operation(plan: &Plan, step: &Step) -> String {
    let model = &plan.model;
    match &model.nodes[step.node].op {
        Op::Column(column) => format!("column {}", model.columns[column].name),
        Op::Lookup(table, column) => {
            format!("{}[{}]", model.tables[table].name, model.columns[column].name)
        }
        Op::Tower(tower) => format!("tower {}", model.towers[tower].name),
        Op::Layer(layer) => layer.name().to_owned(),
    }
}

fn line(text: &mut String, line: &str) {
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{line}");
}

/// Formats a number with `_` between groups of three digits: `12_345`.
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

/// Writes rows with aligned columns; columns from `right` on are right-aligned.
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
