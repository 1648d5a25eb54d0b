//! Rates of kernels alone, on one thread, with those of the machine and of other crates in the same run.

mod machine;
mod ops;
mod others;
mod products;

use std::process::Command;
use std::time::Instant;

use serde_json::json;
use turret_runtime::kernels::{Kernels, VARIABLE};

use crate::Failure;
use crate::process::{Fields, run};
use crate::table::{begin, median, row};

/// Seconds for which a kernel is repeated before the clock is read.
const SAMPLE: f64 = 0.02;

/// Work of a kernel per call.
#[derive(Clone, Copy)]
enum Work {
    /// Additions and multiplications.
    Operations(usize),
    /// Bytes read and written.
    Bytes(usize),
    /// Values of a function.
    Values(usize),
}

impl Work {
    /// Amount, and its unit when it is done in a nanosecond.
    fn amount(self) -> (f64, &'static str) {
        match self {
            Work::Operations(count) => (count as f64, "GFLOP/s"),
            Work::Bytes(count) => (count as f64, "GB/s"),
            Work::Values(count) => (count as f64, "billion values/s"),
        }
    }
}

/// Rates of this process.
struct Rates {
    runs: usize,
    found: Vec<serde_json::Value>,
}

impl Rates {
    /// Times a call that is repeated. `by` names what is called.
    fn time(&mut self, by: &str, kernel: &str, work: Work, mut call: impl FnMut()) {
        let mut seconds = |times: usize| {
            let start = Instant::now();
            (0..times).for_each(|_| call());
            start.elapsed().as_secs_f64() / times as f64
        };
        seconds(1);
        let times = (SAMPLE / seconds(1).max(1e-9)).ceil() as usize;
        let taken = median((0..self.runs).map(|_| seconds(times)).collect());
        let (amount, unit) = work.amount();
        self.found.push(json!({ "by": by, "kernel": kernel, "unit": unit, "rate": amount / taken / 1e9 }));
    }
}

/// Times the kernels in this process and prints their rates as a JSON object.
pub(crate) fn rates(runs: usize) -> Result<(), Failure> {
    rayon::ThreadPoolBuilder::new().num_threads(1).build_global()?;
    let mut rates = Rates { runs: runs.max(1), found: Vec::new() };
    machine::measure(&mut rates);
    products::measure(&mut rates);
    ops::measure(&mut rates)?;
    println!("{}", json!({ "rates": rates.found }));
    Ok(())
}

/// Prints a row for each kernel, with a column for each instruction set and for the other crates.
pub(crate) fn compare(runs: usize) -> Result<(), Failure> {
    let program = std::env::current_exe()?;
    let sets = Kernels::available();
    let mut found = Vec::new();
    for kernels in &sets {
        let mut rates = Command::new(&program);
        rates.arg("--rates").arg(runs.to_string()).env(VARIABLE, kernels.word());
        found.push(run(&mut rates, "")?.result()?.list("rates")?);
    }
    let sets: Vec<String> = sets.iter().map(ToString::to_string).collect();
    let others = [others::GEMM, others::MATRIXMULTIPLY];
    let columns: Vec<&str> =
        ["kernel", "unit"].into_iter().chain(sets.iter().map(String::as_str)).chain(others).collect();
    begin("Kernels, on one thread", &columns);
    // Other crates choose their instruction set themselves, so their rates are those of one process.
    let [first, ..] = &found[..] else { return Ok(()) };
    for kernel in first {
        if kernel.text("by")? != TURRET {
            continue;
        }
        let name = kernel.text("kernel")?;
        let mut cells = vec![name.to_owned(), kernel.text("unit")?.to_owned()];
        for rates in &found {
            cells.push(rate_of(rates, TURRET, name)?);
        }
        for other in others {
            cells.push(rate_of(first, other, name)?);
        }
        row(&cells);
    }
    Ok(())
}

/// Name of what Turret computes, and of what the machine gives.
const TURRET: &str = "turret";

/// A rate as text; empty if there is none.
fn rate_of(rates: &[Fields], by: &str, kernel: &str) -> Result<String, Failure> {
    for rate in rates {
        if rate.text("by")? == by && rate.text("kernel")? == kernel {
            return Ok(format!("{:.2}", rate.number("rate")?));
        }
    }
    Ok(String::new())
}
