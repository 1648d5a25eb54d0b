//! What a model needs in memory to train, told before any of it is allocated.

use std::fmt::Write;

pub use bytesize::ByteSize;

use crate::error::Error;

/// Bytes of a number.
const NUMBER: u64 = 4;

/// The sizes of a model, in numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Footprint {
    /// Its tables.
    pub tables: Vec<TableFootprint>,
    /// Trained numbers beside the tables.
    pub weights: u64,
    /// Numbers that the optimizer keeps for those.
    pub state: u64,
    /// Numbers that the layers make of a record.
    pub activations: u64,
}

/// The sizes of a table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TableFootprint {
    /// Its name.
    pub name: String,
    /// Its rows.
    pub rows: u64,
    /// Width of a row.
    pub dim: u64,
    /// Numbers that the optimizer keeps for a row.
    pub state: u64,
    /// Rows that a record looks up at most.
    pub lookups: u64,
}

/// The memory of a training step, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    /// Tables.
    pub tables: u64,
    /// What the optimizer keeps for tables.
    pub table_state: u64,
    /// Weights beside tables, with their gradients.
    pub weights: u64,
    /// What the optimizer keeps for those.
    pub weight_state: u64,
    /// Rows of tables gathered for a batch, with their gradients.
    pub gathered: u64,
    /// What the layers make of a batch, with its gradients.
    pub activations: u64,
}

impl Memory {
    /// All of it.
    pub fn total(&self) -> u64 {
        self.parts().iter().fold(0, |sum, (_, bytes)| sum.saturating_add(*bytes))
    }

    /// What each part is, and its bytes.
    pub fn parts(&self) -> [(&'static str, u64); 6] {
        [
            ("tables", self.tables),
            ("optimizer of the tables", self.table_state),
            ("weights and their gradients", self.weights),
            ("optimizer of the weights", self.weight_state),
            ("rows gathered for a batch, and their gradients", self.gathered),
            ("activations of a batch, and their gradients", self.activations),
        ]
    }
}

impl TableFootprint {
    /// Bytes of its rows and of what the optimizer keeps for them, and a mark for each row that tells whether a batch holds it.
    pub fn bytes(&self) -> u64 {
        self.numbers(self.dim + 1).saturating_add(self.numbers(self.state))
    }

    fn numbers(&self, of_row: u64) -> u64 {
        self.rows.saturating_mul(of_row).saturating_mul(NUMBER)
    }
}

impl Footprint {
    /// What training with batches of so many records takes, at most.
    pub fn memory(&self, batch: u64) -> Memory {
        let sum = |of: &dyn Fn(&TableFootprint) -> u64| {
            self.tables.iter().fold(0_u64, |sum, table| sum.saturating_add(of(table)))
        };
        Memory {
            tables: sum(&|table| table.numbers(table.dim + 1)),
            table_state: sum(&|table| table.numbers(table.state)),
            weights: self.weights.saturating_mul(2 * NUMBER),
            weight_state: self.state.saturating_mul(NUMBER),
            // Once to read from, once on the device, and a gradient.
            gathered: sum(&|table| {
                let rows = table.lookups.saturating_mul(batch).min(table.rows);
                rows.saturating_mul(3 * table.dim * NUMBER)
            }),
            activations: self.activations.saturating_mul(batch).saturating_mul(2 * NUMBER),
        }
    }

    /// Refuses what does not fit, saying what takes how much and what to change.
    pub fn check(&self, batch: u64, budget: u64) -> Result<(), Error> {
        let memory = self.memory(batch);
        if memory.total() <= budget {
            return Ok(());
        }
        let size = ByteSize::b;
        let mut message = format!(
            "training with batches of {batch} takes {}, more than the budget of {}",
            size(memory.total()),
            size(budget)
        );
        let mut parts: Vec<_> = memory.parts().into_iter().filter(|(_, bytes)| *bytes > 0).collect();
        parts.sort_by_key(|(_, bytes)| std::cmp::Reverse(*bytes));
        for (part, bytes) in &parts {
            // Writing to a string cannot fail.
            let _ = write!(message, "\n  {:>10}  {part}", size(*bytes).to_string());
        }
        let largest = self.tables.iter().max_by_key(|table| table.bytes());
        if let Some(table) = largest.filter(|table| table.bytes() * 4 > budget) {
            let _ = write!(
                message,
                "\nthe largest table is `{}`: {} rows of {}, {}",
                table.name,
                table.rows,
                table.dim,
                size(table.bytes())
            );
        }
        let of_batch = memory.activations.saturating_add(memory.gathered);
        let fixed = memory.total().saturating_sub(of_batch);
        let of_rows = memory.tables.saturating_add(memory.table_state);
        let help = match largest {
            _ if fixed < budget => {
                let fitting = (budget - fixed) / of_batch.div_ceil(batch.max(1)).max(1);
                format!("batches of {fitting} fit: `--batch {fitting}`")
            }
            Some(table) if of_rows >= fixed / 2 => {
                let optimizer = match memory.table_state >= memory.tables / 2 {
                    true => ", or an optimizer that keeps one number a row (`row_wise_adagrad`)",
                    false => "",
                };
                format!(
                    "give `{}` fewer rows (`vocab = learned(max = ...)`, `hash = ...`) or a smaller `dim`{optimizer}",
                    table.name
                )
            }
            _ => "make the layers narrower".to_owned(),
        };
        Err(Error::input(message).help(help))
    }
}

#[cfg(test)]
mod tests {
    use super::{Footprint, Memory, TableFootprint};

    fn model() -> Footprint {
        let table = |name: &str, rows, dim, state, lookups| TableFootprint {
            name: name.to_owned(),
            rows,
            dim,
            state,
            lookups,
        };
        Footprint {
            tables: Vec::from([table("item", 1000, 8, 16, 21), table("age", 5, 4, 1, 1)]),
            weights: 100,
            state: 200,
            activations: 50,
        }
    }

    #[test]
    fn memory_is_counted_part_by_part() {
        let memory = model().memory(10);
        let wanted = Memory {
            tables: 4 * (1000 * 9 + 5 * 5),
            table_state: 4 * (1000 * 16 + 5),
            weights: 4 * 200,
            weight_state: 4 * 200,
            // ten records look up 210 rows of one table, and all there are of the other
            gathered: 4 * 3 * (210 * 8 + 5 * 4),
            activations: 4 * 2 * 50 * 10,
        };
        assert_eq!(memory, wanted);
        assert_eq!(memory.total(), 36_100 + 64_020 + 800 + 800 + 20_400 + 4_000);
    }

    #[test]
    fn what_does_not_fit_is_refused_with_what_to_change() {
        let model = model();
        assert!(model.check(10, 126_120).is_ok());
        let refused = model.check(10, 126_119).expect_err("one byte too few").to_string();
        assert!(refused.contains("62.5 KiB  optimizer of the tables"), "{refused}");
        assert!(refused.contains("`item`: 1000 rows of 8"), "{refused}");
        assert!(refused.contains("`--batch 9`"), "{refused}");
        let refused = model.check(10, 90_000).expect_err("tables too large").to_string();
        assert!(refused.contains("`row_wise_adagrad`"), "{refused}");
        let layers = Footprint { tables: Vec::new(), ..model };
        let refused = layers.check(1000, 9600).expect_err("a batch too many").to_string();
        assert!(refused.contains("`--batch 20`"), "{refused}");
        assert!(layers.check(20, 9600).is_ok());
    }

    #[test]
    fn sizes_do_not_overflow() {
        let table = TableFootprint { rows: u64::MAX, dim: 1 << 16, ..TableFootprint::default() };
        let model = Footprint { tables: Vec::from([table]), ..Footprint::default() };
        assert!(model.check(u64::MAX, u64::MAX - 1).is_err());
    }
}
