//! Estimate of the memory needed for training, before any of it is allocated.

mod error;

pub use bytesize::ByteSize;
pub use error::{MemoryError, MemoryLimit, MemoryRemedy};
use turret_schema::{Costs, Each, Precision, SoftmaxCost};

use crate::data::DataMemory;
use crate::ops::{SOFTMAX_TILE, lanes};

/// Bytes of a float.
const NUMBER: u64 = 4;

/// Sizes of a model, in floats.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Footprint {
    /// Tables.
    pub tables: Vec<TableFootprint>,
    /// Everything else.
    pub costs: Costs,
    /// Number of candidates in the catalog.
    pub candidates: u64,
}

/// Size of a table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TableFootprint {
    /// Name.
    pub name: String,
    /// Number of rows.
    pub rows: u64,
    /// Width of a row.
    pub dim: u64,
    /// Number format of the rows.
    pub precision: Precision,
    /// Floats of optimizer state per row.
    pub state: u64,
    /// Maximum number of rows that are looked up.
    pub lookups: Each,
}

/// Bytes of a softmax over candidates. The matrix of all scores is never stored: each thread has the scores
/// of a few records, and each lane of records a gradient of all candidates. A queue has vectors, ids and expected counts,
/// and each thread has the transpose of its vectors.
pub fn softmax_bytes(softmax: SoftmaxCost, records: u64, sampled: u64, threads: u64) -> u64 {
    let sampled = if softmax.sampled { sampled } else { 0 };
    let candidates = records.saturating_add(sampled);
    let scored = if softmax.in_batch { candidates } else { sampled }.saturating_add(softmax.queue);
    let lanes = usize::try_from(records).map_or(0, lanes) as u64;
    let threads = threads.min(lanes);
    let vectors = |count: u64| count.saturating_mul(softmax.width);
    let scores = scored.saturating_mul(SOFTMAX_TILE as u64).saturating_mul(threads);
    // Copies and gradients of records; copies of candidates.
    let shared = vectors(records).saturating_mul(2).saturating_add(vectors(candidates));
    let gradients = vectors(candidates).saturating_mul(lanes);
    let queue =
        vectors(softmax.queue).saturating_mul(1 + threads).saturating_add(softmax.queue.saturating_mul(2));
    gradients.saturating_add(scores).saturating_add(shared).saturating_add(queue).saturating_mul(NUMBER)
}

/// Memory of a training step, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    /// Tables.
    pub tables: u64,
    /// Optimizer state of the tables.
    pub table_state: u64,
    /// Dense weights and their gradients.
    pub weights: u64,
    /// Optimizer state of the dense weights.
    pub weight_state: u64,
    /// Gathered table rows of a batch and their gradients.
    pub gathered: u64,
    /// Activations of a batch that are saved for the backward pass.
    pub activations: u64,
    /// Gradients of one layer's output and input. For only one layer at a time these exceed the memory freed
    /// by later layers.
    pub gradients: u64,
    /// Softmaxes over candidates.
    pub softmaxes: u64,
}

impl Memory {
    /// Total.
    pub fn total(&self) -> u64 {
        self.parts().iter().fold(0, |sum, (_, bytes)| sum.saturating_add(*bytes))
    }

    /// Returns the name and bytes of each part.
    pub fn parts(&self) -> [(&'static str, u64); 8] {
        [
            ("tables", self.tables),
            ("optimizer of the tables", self.table_state),
            ("weights and their gradients", self.weights),
            ("optimizer of the weights", self.weight_state),
            ("rows gathered for a batch, and their gradients", self.gathered),
            ("activations saved for the backward pass", self.activations),
            ("gradients of the widest layer", self.gradients),
            ("scores of candidates, and their gradients", self.softmaxes),
        ]
    }
}

impl TableFootprint {
    /// Bytes of its rows and their optimizer state, and up to one number per row for numbering the rows of a
    /// batch.
    pub fn bytes(&self) -> u64 {
        self.rows.saturating_mul(self.row_bytes() + NUMBER).saturating_add(self.state_bytes())
    }

    /// Bytes of a row.
    pub fn row_bytes(&self) -> u64 {
        self.dim * self.precision.bytes()
    }

    fn state_bytes(&self) -> u64 {
        self.rows.saturating_mul(self.state * NUMBER)
    }
}

/// Rejects data whose reading alone exceeds a limit. [`MemoryLimit::Process`] is what the system has, and allows
/// this process to have.
pub fn check_data(memory: &DataMemory, limit: MemoryLimit) -> Result<(), MemoryError> {
    let fits = match limit {
        MemoryLimit::Process => can_be_had(memory.total()),
        MemoryLimit::Budget(most) | MemoryLimit::Reading(most) => memory.total() <= most,
    };
    if fits { Ok(()) } else { Err(MemoryError::Data { memory: *memory, limit }) }
}

/// Returns whether this much memory can be allocated. It is freed again.
fn can_be_had(bytes: u64) -> bool {
    let mut room: Vec<u8> = Vec::new();
    let is_had = usize::try_from(bytes).is_ok_and(|bytes| room.try_reserve_exact(bytes).is_ok());
    // Otherwise the allocation would be optimized away.
    std::hint::black_box(&room);
    is_had
}

impl Footprint {
    /// Number of sampled candidates of a step with this number of records.
    pub fn sampled(&self, records: u64) -> u64 {
        self.costs.sampled.of(records, self.candidates)
    }

    /// Peak memory of training with this batch size and number of threads.
    pub fn memory(&self, batch: u64, threads: u64) -> Memory {
        let sum = |of: &dyn Fn(&TableFootprint) -> u64| {
            self.tables.iter().fold(0_u64, |sum, table| sum.saturating_add(of(table)))
        };
        let (sampled, costs) = (self.sampled(batch), &self.costs);
        let softmaxes =
            costs.softmaxes.iter().map(|softmax| softmax_bytes(*softmax, batch, sampled, threads));
        Memory {
            tables: sum(&|table| table.rows.saturating_mul(table.row_bytes() + NUMBER)),
            table_state: sum(&TableFootprint::state_bytes),
            weights: costs.weights.saturating_mul(2 * NUMBER),
            weight_state: costs.state.saturating_mul(NUMBER),
            // Once for reading, once on the device, and a gradient.
            gathered: sum(&|table| {
                let rows = table.lookups.of(batch, sampled).min(table.rows);
                rows.saturating_mul(3 * table.dim * NUMBER)
            }),
            activations: costs.activations.of(batch, sampled).saturating_mul(NUMBER),
            gradients: costs.widest.of(batch, sampled).saturating_mul(2 * NUMBER),
            softmaxes: softmaxes.fold(0, u64::saturating_add),
        }
    }

    /// Rejects tables and weights for which the system has no memory, or does not allow this process to have
    /// it.
    pub fn check_room(&self) -> Result<(), MemoryError> {
        let bytes = self.memory(0, 0).total();
        if can_be_had(bytes) { Ok(()) } else { Err(MemoryError::Tables { bytes }) }
    }

    /// Returns the largest batch size up to `most` that fits; 0 if a single record does not.
    fn fitting(&self, most: u64, threads: u64, budget: u64) -> u64 {
        let (mut fits, mut too_large) = (0, most.saturating_add(1));
        while too_large - fits > 1 {
            let batch = fits + (too_large - fits) / 2;
            match self.memory(batch, threads).total() <= budget {
                true => fits = batch,
                false => too_large = batch,
            }
        }
        fits
    }

    /// Rejects a configuration that does not fit, with its parts and a remedy.
    pub fn check(&self, batch: u64, threads: u64, budget: u64) -> Result<(), MemoryError> {
        self.check_compounds(0, batch, threads, budget)
    }

    /// Same as `check`, with the memory of the data in addition.
    pub fn check_compounds(
        &self,
        data: u64,
        batch: u64,
        threads: u64,
        budget: u64,
    ) -> Result<(), MemoryError> {
        let memory = self.memory(batch, threads);
        let total = memory.total().saturating_add(data);
        if total <= budget {
            return Ok(());
        }
        let parts = memory.parts().into_iter().chain([("data", data)]);
        let mut parts: Vec<_> = parts.filter(|(_, bytes)| *bytes > 0).collect();
        parts.sort_by_key(|(_, bytes)| std::cmp::Reverse(*bytes));
        let largest = self.tables.iter().max_by_key(|table| table.bytes());
        let of_rows = memory.tables.saturating_add(memory.table_state);
        let fixed = of_rows.saturating_add(memory.weights).saturating_add(memory.weight_state);
        let fitting = self.fitting(batch, threads, budget.saturating_sub(data));
        let fixed = fixed.saturating_add(data);
        let remedy = match largest {
            _ if fitting > 0 => MemoryRemedy::Batch(fitting),
            _ if fixed < budget && self.sampled(0) > 0 => MemoryRemedy::FewerCandidates,
            Some(table) if of_rows >= fixed / 2 => {
                let optimizer = memory.table_state >= memory.tables / 2;
                let (table, precision) = (table.name.clone(), table.precision);
                MemoryRemedy::SmallerTable { table, optimizer, precision }
            }
            _ => MemoryRemedy::NarrowerLayers,
        };
        Err(MemoryError::Training {
            batch,
            sampled: self.sampled(batch),
            budget,
            total,
            parts,
            table: largest.filter(|table| table.bytes().saturating_mul(4) > budget).cloned().map(Box::new),
            remedy,
        })
    }
}

#[cfg(test)]
mod tests {
    use turret_schema::{Costs, Each, Precision, SampledCount, SoftmaxCost};

    use super::{DataMemory, Footprint, Memory, MemoryError, MemoryLimit, TableFootprint, check_data};

    fn said(refused: MemoryError) -> String {
        format!("{refused}\nhelp: {}", refused.help())
    }

    fn model() -> Footprint {
        let table = |name: &str, rows, dim, state, lookups| TableFootprint {
            name: name.to_owned(),
            rows,
            dim,
            precision: Precision::F32,
            state,
            lookups: Each { record: lookups, sampled: 0 },
        };
        Footprint {
            tables: Vec::from([table("item", 1000, 8, 16, 21), table("age", 5, 4, 1, 1)]),
            costs: Costs {
                weights: 100,
                state: 200,
                activations: Each::new(90, 0),
                widest: Each::new(5, 0),
                ..Costs::default()
            },
            candidates: 500,
        }
    }

    #[test]
    fn memory_is_counted_part_by_part() {
        let memory = model().memory(10, 1);
        let wanted = Memory {
            tables: 4 * (1000 * 9 + 5 * 5),
            table_state: 4 * (1000 * 16 + 5),
            weights: 4 * 200,
            weight_state: 4 * 200,
            // Ten records look up 210 rows of one table, and all rows of the other.
            gathered: 4 * 3 * (210 * 8 + 5 * 4),
            activations: 4 * 90 * 10,
            gradients: 4 * 2 * 5 * 10,
            softmaxes: 0,
        };
        assert_eq!(memory, wanted);
        assert_eq!(memory.total(), 36_100 + 64_020 + 800 + 800 + 20_400 + 4_000);
    }

    #[test]
    fn rows_of_16_bits_count_half() {
        let short = |precision| {
            let mut model = model();
            model.tables[0].precision = precision;
            model
        };
        for precision in [Precision::F16, Precision::Bf16] {
            let (memory, exact) = (short(precision).memory(10, 1), model().memory(10, 1));
            assert_eq!(memory, Memory { tables: exact.tables - 2 * 1000 * 8, ..exact });
            let refused = said(short(precision).check(10, 1, 80_000).expect_err("tables too large"));
            assert!(!refused.contains("`precision"), "{refused}");
        }
    }

    #[test]
    fn what_does_not_fit_is_refused_with_what_to_change() {
        let model = model();
        assert!(model.check(10, 1, 126_120).is_ok());
        let refused = said(model.check(10, 1, 126_119).expect_err("one byte too few"));
        assert!(refused.contains("62.5 KiB  optimizer of the tables"), "{refused}");
        assert!(refused.contains("`item`: 1000 rows of 8"), "{refused}");
        assert!(refused.contains("batches of 9 fit"), "{refused}");
        let refused = said(model.check(10, 1, 90_000).expect_err("tables too large"));
        assert!(
            refused.contains("`row_wise_adagrad`") && refused.contains("`precision = bf16`"),
            "{refused}"
        );
        let layers = Footprint { tables: Vec::new(), ..model };
        let refused = said(layers.check(1000, 1, 9600).expect_err("a batch too many"));
        assert!(refused.contains("batches of 20 fit"), "{refused}");
        assert!(layers.check(20, 1, 9600).is_ok());
    }

    #[test]
    fn sampled_candidates_count() {
        let table = TableFootprint {
            rows: 1000,
            dim: 8,
            lookups: Each { record: 2, sampled: 1 },
            ..TableFootprint::default()
        };
        let footprint = |sampled, softmaxes| Footprint {
            tables: vec![table.clone()],
            costs: Costs { activations: Each::new(40, 16), sampled, softmaxes, ..Costs::default() },
            candidates: 500,
        };
        let each = footprint(SampledCount::ForEach(3), Vec::new());
        assert_eq!(each.memory(10, 1).activations, 4 * (40 * 10 + 16 * 30));
        assert_eq!(each.memory(10, 1).gathered, 4 * 3 * 8 * (2 * 10 + 30));
        let softmax = |in_batch, sampled| vec![SoftmaxCost::new(8, in_batch, sampled)];
        let all = footprint(SampledCount::Catalog, softmax(false, true));
        let given = footprint(SampledCount::ForAll(500), softmax(false, true));
        assert_eq!(all.memory(10, 4), given.memory(10, 4));
        assert_eq!(all.memory(10, 1).activations, 4 * (40 * 10 + 16 * 500));
        // Queries and candidates, two gradients, on each lane another gradient, and on each thread the scores
        // of 64 records. Ten records are one lane, a thousand are eight.
        let bytes = |records: u64, lanes: u64, threads: u64| {
            let (copies, gradients) = (8 * (3 * records + 500), 8 * (records + 500) * lanes);
            4 * (copies + gradients + 64 * 500 * threads)
        };
        assert_eq!(all.memory(10, 1).softmaxes, bytes(10, 1, 1));
        assert_eq!(all.memory(10, 4).softmaxes, bytes(10, 1, 1));
        assert_eq!(all.memory(1000, 4).softmaxes, bytes(1000, 8, 4));
        let in_batch = footprint(SampledCount::Nothing, softmax(true, false));
        assert_eq!(in_batch.memory(10, 1).softmaxes, 4 * (8 * 30 + 8 * 10 + 64 * 10));
        let queued = footprint(SampledCount::Nothing, vec![SoftmaxCost::new(8, true, false).queue(100)]);
        let of_queue = |threads: u64| 4 * (100 * 8 * (1 + threads) + 100 * 2 + 64 * 100 * threads);
        let more = queued.memory(1000, 2).softmaxes - in_batch.memory(1000, 2).softmaxes;
        assert_eq!(more, of_queue(2));
        let refused = said(all.check(10, 1, 40_000).expect_err("not even one record"));
        assert!(refused.contains("batches of 10 and 500 sampled candidates"), "{refused}");
        assert!(refused.contains("sample fewer candidates"), "{refused}");
    }

    #[test]
    fn what_nobody_has_is_refused() {
        assert!(model().check_room().is_ok());
        let table = TableFootprint { rows: 1 << 40, dim: 1 << 20, ..TableFootprint::default() };
        let refused =
            said(Footprint { tables: vec![table], ..Footprint::default() }.check_room().unwrap_err());
        assert!(refused.contains("more than this process can allocate"), "{refused}");
        let process = MemoryLimit::Process;
        assert!(check_data(&DataMemory::default(), process).is_ok());
        let most = DataMemory { text: 1 << 61, ..DataMemory::default() };
        let refused = said(check_data(&most, process).unwrap_err());
        assert!(refused.contains("text of the rows") && refused.contains("`ulimit -v`"), "{refused}");
    }

    #[test]
    fn data_count() {
        let model = model();
        assert!(model.check_compounds(1000, 10, 1, 127_120).is_ok());
        let refused = said(model.check_compounds(1000, 10, 1, 127_119).expect_err("one byte too few"));
        assert!(refused.contains("1000 B  data") && refused.contains("batches of 9 fit"), "{refused}");
        let data =
            DataMemory { text: 2000, places: 500, blocks: 1400, encoded: 100, ..DataMemory::default() };
        for limit in [MemoryLimit::Budget, MemoryLimit::Reading] {
            assert!(check_data(&data, limit(4000)).is_ok());
            let refused = said(check_data(&data, limit(3999)).expect_err("one byte too few"));
            assert!(refused.contains("takes 3.9 KiB") && refused.contains("blocks of files"), "{refused}");
        }
    }

    #[test]
    fn sizes_do_not_overflow() {
        let table = TableFootprint { rows: u64::MAX, dim: 1 << 16, ..TableFootprint::default() };
        let model = Footprint { tables: Vec::from([table]), ..Footprint::default() };
        assert!(model.check(u64::MAX, 1, u64::MAX - 1).is_err());
    }
}
