//! Ops of models, each in a planned pass of its own over a batch; the pass copies inputs and outputs.

use std::hint::black_box;

use turret_runtime::dfdx::shapes::{Const, Shape};
use turret_runtime::dfdx::tensor::{Cpu, CpuError, PutTape, Tensor, TensorFromVec};
use turret_runtime::matrix::Matrix;
use turret_runtime::metrics::{DotProduct, Scorer};
use turret_runtime::ops::{
    Activation, Attention, Cross, Device, Linear, Pass, Planned, Rows, Sequence, Softmax, StepMemory,
    UnbiasedLinear, Vectors, activate, attention, bi_interaction, cin, cross, dense, softmax,
};
use turret_runtime::table::{Embedding, Lookup, find_rows};

use super::{Rates, TURRET, Work};
use crate::Failure;

/// Records of a batch.
const BATCH: usize = 4096;
/// Fields of a record, and their width: those of the DeepFM.
const FIELDS: usize = 26;
const WIDTH: usize = 16;
/// Activations and cross layers of a pass, one after the other, so that copies do not count.
const LAYERS: usize = 16;

pub(super) fn measure(rates: &mut Rates) -> Result<(), Failure> {
    gather(rates);
    dots(rates);
    activations(rates)?;
    interactions(rates)?;
    sequences(rates)?;
    layer(rates)?;
    in_batch_softmax(rates)
}

fn numbers(count: usize) -> Vec<f32> {
    (0..count).map(|at| ((at * 37 + 11) % 101) as f32 / 100.0 - 0.5).collect()
}

fn tensor<S: Shape>(shape: S) -> Tensor<S, f32, Cpu> {
    Cpu::default().tensor_from_vec(numbers(shape.num_elements()), shape)
}

/// Times the planned pass of an output.
fn pass<S: Shape>(
    rates: &mut Rates,
    name: &str,
    work: Work,
    record: impl Fn() -> Result<Tensor<S, f32, Cpu, Planned>, CpuError>,
) -> Result<(), Failure> {
    let mut memory = StepMemory::default();
    let mut run = || -> Result<Vec<f32>, Failure> {
        let output = record().map_err(|error| format!("{name}: {error:?}"))?;
        Ok(Cpu::values(output, &mut memory).map_err(|error| format!("{name}: {error:?}"))?)
    };
    run()?;
    rates.time(TURRET, name, work, || {
        black_box(run().ok());
    });
    Ok(())
}
fn planned<S: Shape>(x: &Tensor<S, f32, Cpu>) -> Tensor<S, f32, Cpu, Planned> {
    x.clone().put_tape(Planned::default())
}

/// Distinct rows of a batch of ids, and their values.
fn gather(rates: &mut Rates) {
    let rows = 1_000_000;
    let table = Embedding::from_values("table", WIDTH, numbers(rows * WIDTH));
    let ids: Vec<u32> =
        (0..(BATCH * FIELDS) as u64).map(|at| (at * 2_654_435_761 % rows as u64) as u32).collect();
    let (mut pass, bytes) = (Pass::inference(&Cpu::default()), 2 * ids.len() * WIDTH * size_of::<f32>());
    rates.time(TURRET, "rows of a table of a million × 16, found and copied", Work::Bytes(bytes), || {
        let lookup = Lookup { table: &table, columns: vec![&ids] };
        black_box(find_rows(vec![lookup], &mut pass));
    });
}

/// Scores of queries with all candidates.
fn dots(rates: &mut Rates) {
    const QUERIES: usize = 64;
    let candidates = Matrix { width: 64, values: numbers(64 << 14) };
    let queries = Matrix { width: 64, values: numbers(64 * QUERIES) };
    let scorer = DotProduct { queries: &queries, candidates: &candidates };
    let mut scores = vec![0.0; QUERIES * candidates.rows()];
    for (name, count) in [("scores of one query, width 64", 1), ("scores of 64 queries, width 64", QUERIES)] {
        let scores = &mut scores[..count * candidates.rows()];
        let work = Work::Operations(2 * 64 * scores.len());
        rates.time(TURRET, name, work, || {
            scorer.score_block(0..count, 0..candidates.rows(), black_box(&mut *scores));
        });
    }
}

fn activations(rates: &mut Rates) -> Result<(), Failure> {
    let x: Rows<256, Cpu> = tensor((BATCH, Const));
    for (name, activation) in
        [("sigmoid", Activation::Sigmoid), ("tanh", Activation::Tanh), ("relu", Activation::Relu)]
    {
        pass(rates, name, Work::Values(LAYERS * BATCH * 256), || {
            (0..LAYERS).try_fold(planned(&x), |x, _| activate(x, activation))
        })?;
    }
    Ok(())
}

fn interactions(rates: &mut Rates) -> Result<(), Failure> {
    let fields: Vectors<FIELDS, WIDTH, Cpu> = tensor((BATCH, Const, Const));
    let work = Work::Operations(BATCH * WIDTH * (3 * FIELDS + 2));
    pass(rates, "products of pairs (FM), 26 × 16", work, || bi_interaction(planned(&fields)))?;

    const MAPS: usize = 64;
    let maps: UnbiasedLinear<{ FIELDS * FIELDS }, MAPS, Cpu> =
        UnbiasedLinear { weight: tensor((Const, Const)) };
    let work = Work::Operations(BATCH * WIDTH * FIELDS * FIELDS * (2 * MAPS + 1));
    pass(rates, "CIN, 26 × 26 × 16 to 64 maps", work, || cin(&maps, planned(&fields), planned(&fields)))?;

    const NUMBERS: usize = FIELDS * WIDTH;
    let x: Rows<NUMBERS, Cpu> = tensor((BATCH, Const));
    let layer: Cross<NUMBERS, Cpu> = Cross { weight: tensor((Const, Const)), bias: tensor((Const,)) };
    let work = Work::Operations(LAYERS * BATCH * NUMBERS * 5);
    pass(rates, "cross layer, width 416", work, || {
        (0..LAYERS).try_fold(planned(&x), |y, _| cross(&layer, planned(&x), y))
    })
}

/// Self-attention over a history.
fn sequences(rates: &mut Rates) -> Result<(), Failure> {
    const LENGTH: usize = 50;
    const UNITS: usize = 64;
    const RECORDS: usize = 256;
    let values: Vectors<LENGTH, UNITS, Cpu> = tensor((RECORDS, Const, Const));
    let mask = Cpu::default().tensor_from_vec(vec![1.0; RECORDS * LENGTH], (RECORDS, Const));
    let sequence = || Sequence { values: planned(&values), mask: mask.clone() };
    let work = Work::Operations(RECORDS * LENGTH * LENGTH * (4 * UNITS + 5));
    pass(rates, "attention, length 50, width 64, one head", work, || {
        Ok(attention(sequence(), sequence(), sequence(), Attention::new(1))?.values)
    })
}

/// A dense layer with bias and activation.
fn layer(rates: &mut Rates) -> Result<(), Failure> {
    const INPUTS: usize = 544;
    const OUTPUTS: usize = 256;
    let x: Rows<INPUTS, Cpu> = tensor((BATCH, Const));
    let layer: Linear<INPUTS, OUTPUTS, Cpu> =
        Linear { weight: tensor((Const, Const)), bias: tensor((Const,)) };
    let work = Work::Operations(2 * BATCH * INPUTS * OUTPUTS);
    pass(rates, "dense layer with ReLU, 4096 × 544 × 256", work, || {
        dense(&layer, planned(&x), Activation::Relu)
    })
}

/// The loss of in-batch softmax, by tiles of scores, with its gradients.
fn in_batch_softmax(rates: &mut Rates) -> Result<(), Failure> {
    const QUERIES: usize = 2048;
    let (queries, candidates): (Rows<32, Cpu>, Rows<32, Cpu>) =
        (tensor((QUERIES, Const)), tensor((QUERIES, Const)));
    let mut memory = StepMemory::default();
    let mut run = || {
        let loss = softmax(planned(&queries), planned(&candidates), &Softmax::default())?;
        Cpu::gradients(loss, &mut memory)
    };
    run().map_err(|error| format!("softmax: {error:?}"))?;
    // Scores, and the two products of the backward pass.
    let work = Work::Operations(3 * 2 * QUERIES * QUERIES * 32);
    rates.time(TURRET, "in-batch softmax with gradients, 2048 × 32", work, || {
        black_box(run().ok());
    });
    Ok(())
}
