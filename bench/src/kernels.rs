//! Comparison of the instruction sets of the machine: training, and one dense layer.

use std::process::Command;
use std::time::Instant;

use turret_runtime::dfdx::shapes::Const;
use turret_runtime::dfdx::tensor::{Cpu, NoneTape, TensorFromVec, ZerosTensor};
use turret_runtime::kernels::{Kernels, VARIABLE};
use turret_runtime::ops::{Activation, Linear, Rows, dense};

use crate::Failure;
use crate::process::run;
use crate::table::{begin, median, row};

/// Rows and widths of the layer: the first layer of a DeepFM with 26 tables of 16 columns and 128 further
/// inputs.
const ROWS: usize = 4096;
const INPUTS: usize = 544;
const OUTPUTS: usize = 256;

/// Prints a row for each instruction set. `train` returns the samples per second with it.
pub(crate) fn compare(runs: usize, train: impl Fn(&str) -> Result<f64, Failure>) -> Result<(), Failure> {
    begin(
        "Kernels",
        &["kernels", "`two_tower.dm` [64, 32], samples/s", "a dense layer on one thread, GFLOP/s"],
    );
    let program = std::env::current_exe()?;
    for kernels in Kernels::available() {
        let rates: Result<Vec<_>, _> = (0..runs).map(|_| train(kernels.word())).collect();
        let layer = run(
            Command::new(&program).arg("--layer").arg(runs.to_string()).env(VARIABLE, kernels.word()),
            "",
        )?;
        let layer = layer.result()?.number("gflops")?;
        row(&[kernels.to_string(), format!("{:.0}", median(rates?)), format!("{layer:.1}")]);
    }
    Ok(())
}

/// Times the layer in this process and prints the rate as a JSON object.
pub(crate) fn layer(runs: usize) -> Result<(), Failure> {
    rayon::ThreadPoolBuilder::new().num_threads(1).build_global()?;
    let cpu = Cpu::default();
    let layer: Linear<INPUTS, OUTPUTS, Cpu> = Linear { weight: cpu.zeros(), bias: cpu.zeros() };
    let x: Rows<INPUTS, Cpu> = cpu.tensor_from_vec(vec![1.0; ROWS * INPUTS], (ROWS, Const));
    let mut rates = Vec::new();
    for _ in 0..10 * runs.max(1) {
        let start = Instant::now();
        let y = dense::<INPUTS, OUTPUTS, Cpu, NoneTape>(&layer, x.clone(), Activation::Linear)
            .map_err(|error| format!("{error:?}"))?;
        let seconds = start.elapsed().as_secs_f64();
        std::hint::black_box(y.as_vec());
        rates.push((2 * ROWS * INPUTS * OUTPUTS) as f64 / seconds / 1e9);
    }
    println!("{}", serde_json::json!({ "gflops": median(rates) }));
    Ok(())
}
