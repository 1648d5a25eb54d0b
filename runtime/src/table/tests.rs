mod short_rows;

use dfdx::tensor::{Cpu, OwnedTape};
use dfdx::tensor_ops::Backward;

use super::*;
use crate::data::{NONE, Vocabulary};
use crate::ops::{Combiner, Pass, Rows, Softmax, add, scale, softmax};
use crate::optim::{OptimizerSpec, UpdateRule};
use crate::rng::Stream;
use crate::state::{NamedTensor, StateFile, write_state};
use turret_schema::Precision;

type Taped = OwnedTape<f32, Cpu>;

/// Rows of some columns.
pub(super) fn gathered<const W: usize>(
    table: &Table<W>,
    columns: &[&[u32]],
    pass: &mut Pass<Cpu>,
) -> EmbeddingRows<W, Cpu> {
    let found = find_rows(vec![Lookup { table, columns: columns.to_vec() }], pass);
    EmbeddingRows::new(found.into_iter().next().unwrap(), pass).unwrap()
}

/// Values of a row as trained.
pub(super) fn row_of(table: &Embedding, row: usize) -> Vec<f32> {
    table.values()[row * table.width()..(row + 1) * table.width()].to_vec()
}

fn step(
    table: &mut Table<4>,
    users: &[u32],
    bags: (&[u32], &[u32]),
    optimizer: &OptimizerSpec,
    at: u64,
) -> f32 {
    let mut pass = Pass::training(&Cpu::default(), 1, at);
    let rows = gathered(table, &[users, bags.0], &mut pass);
    let query: Rows<4, Cpu, Taped> = rows.lookup(0).unwrap();
    let candidate: Rows<4, Cpu, Taped> = rows.pool(1, bags.1, &[], Combiner::Mean).unwrap();
    let candidate = add(scale(candidate, 2.0).unwrap(), rows.lookup(0).unwrap()).unwrap();
    let options = Softmax { temperature: 1.0, ..Default::default() };
    let loss = softmax(query, candidate, &options).unwrap();
    let value = loss.as_vec()[0];
    let update = rows.update(table, &mut loss.backward()).unwrap();
    update_rows(update.into_iter().collect(), optimizer, 1.0);
    value
}

/// All optimizers, fast ones.
fn optimizers() -> impl Iterator<Item = OptimizerSpec> {
    let with_momentum = OptimizerSpec::Sgd { lr: 0.1, momentum: 0.9 };
    let usual = OptimizerSpec::WORDS.map(|(_, usual)| match usual {
        // It forgets the first values of the rows, and begins as from 0.
        OptimizerSpec::Ftrl { .. } => usual.with_lr(0.4),
        // Its first steps are short, and those of the paper 1000 times as long as the usual ones.
        OptimizerSpec::Adadelta { .. } => usual.with_lr(20.0),
        _ => usual.with_lr(40.0 * usual.lr()),
    });
    usual.into_iter().chain([with_momentum])
}

#[test]
fn every_optimizer_learns_and_leaves_untouched_rows_alone() {
    for (optimizer, (_, precision)) in
        optimizers().flat_map(|o| Precision::WORDS.map(|precision| (o, precision)))
    {
        let embedding = Embedding::of_precision(precision, "user", 50, 4, Initializer::Normal(0.3), 7);
        let mut table = Table::<4>::of(embedding);
        let before = table.values().to_vec();
        let (users, items, offsets) = ([3, 3, 9, NONE, 12], [20, 20, 21, NONE, 22, 23], [0, 2, 3, 4, 4, 6]);
        let first = step(&mut table, &users, (&items, &offsets), &optimizer, 1);
        let last =
            (2..40).map(|at| step(&mut table, &users, (&items, &offsets), &optimizer, at)).last().unwrap();
        assert!(last < first * 0.8, "{optimizer:?}: {first} to {last}");
        for row in 0..50 {
            let touched = [3, 9, 12, 20, 21, 22, 23].contains(&row);
            assert_eq!(
                touched,
                row_of(&table, row) != before[row * 4..row * 4 + 4],
                "{optimizer:?} row {row}"
            );
        }
    }
}

#[test]
fn gradients_are_those_of_finite_differences() {
    let table = Table::<4>::of(Embedding::new("user", 30, 4, Initializer::Normal(0.5), 7));
    let (users, items, offsets) = ([3, 3, 9, NONE, 12], [20, 20, 21, NONE, 3, 23], [0, 2, 3, 4, 4, 6]);
    let loss_of = |values: Vec<f32>| {
        let mut moved = Table::<4>::of(Embedding::from_values("user", 4, values));
        f64::from(step(&mut moved, &users, (&items, &offsets), &OptimizerSpec::sgd(1.0), 1))
    };
    let mut stepped = Table::<4>::of(Embedding::from_values("user", 4, table.values().to_vec()));
    step(&mut stepped, &users, (&items, &offsets), &OptimizerSpec::sgd(1.0), 1);
    for at in 0..table.values().len() {
        let gradient = f64::from(table.values()[at] - stepped.values()[at]);
        let shifted = |by: f32| {
            let mut values = table.values().to_vec();
            values[at] += by;
            loss_of(values)
        };
        let difference = (shifted(1e-2) - shifted(-1e-2)) / 2e-2;
        assert!((gradient - difference).abs() < 1e-4, "{at}: {gradient} {difference}");
    }
}

#[test]
fn first_steps_are_those_of_keras() {
    for (optimizer, expected) in [
        (OptimizerSpec::adagrad(0.1), 1.0 - 0.1 * 2.0 / (0.1f32 + 4.0 + 1e-7).sqrt()),
        (OptimizerSpec::adam(0.1), 1.0 - 0.1),
        (OptimizerSpec::sgd(0.1), 0.8),
    ] {
        let rule = UpdateRule::of(optimizer).at(1, 1.0);
        let (mut weight, mut first, mut second) = ([1.0], [rule.initial()], [0.0]);
        rule.apply(&mut weight, &[2.0], &mut first, &mut second);
        assert!((weight[0] - expected).abs() < 1e-6, "{optimizer:?}: {weight:?}");
    }
}

#[test]
fn rows_depend_on_their_number_only() {
    let small = Embedding::new("user", 10, 4, Initializer::default(), 7);
    let large = Embedding::new("user", 1000, 4, Initializer::default(), 7);
    assert_eq!(*small.values(), large.values()[..40]);
    assert_ne!(small.values(), Embedding::new("item", 10, 4, Initializer::default(), 7).values());
    assert!(large.values().iter().all(|value| value.abs() <= 0.05));
}

#[test]
fn frozen_tables_keep_their_rows_and_ids_out_of_range_are_none() {
    let mut table = Table::<4>::of(Embedding::new("user", 5, 4, Initializer::default(), 7).frozen());
    let before = table.values().to_vec();
    step(&mut table, &[1, 2], (&[3, 4], &[0, 1, 2]), &OptimizerSpec::sgd(1.0), 1);
    assert_eq!(table.values(), before);
    let device = Cpu::default();
    // In inference the table is read in place.
    for (mut pass, touched) in [(Pass::training(&device, 1, 1), &[2][..]), (Pass::inference(&device), &[])] {
        let gathered = gathered(&table, &[&[2, 5, NONE, 2]], &mut pass);
        assert_eq!(gathered.touched(), touched);
        let rows: Rows<4, Cpu> = gathered.lookup(0).unwrap();
        assert_eq!(rows.as_vec()[..4], row_of(&table, 2));
        assert_eq!(rows.as_vec()[4..12], [0.0; 8]);
    }
}

#[test]
fn l2_pulls_on_touched_rows_and_an_optimizer_of_its_own_comes_first() {
    let (users, bags): (&[u32], (&[u32], &[u32])) = (&[3, 9], (&[20, 21], &[0, 1, 2]));
    let plain = || Embedding::new("user", 30, 4, Initializer::Normal(0.3), 7);
    let after = |embedding: Embedding, optimizer: OptimizerSpec| {
        let mut table = Table::of(embedding);
        step(&mut table, users, bags, &optimizer, 1);
        table.values().to_vec()
    };
    let before = plain().values().to_vec();
    let without = after(plain(), OptimizerSpec::sgd(0.5));
    let with = after(plain().l2(0.1), OptimizerSpec::sgd(0.5));
    for at in 0..before.len() {
        let pull = if [3, 9, 20, 21].contains(&(at / 4)) { 0.5 * 2.0 * 0.1 * before[at] } else { 0.0 };
        assert!((without[at] - pull - with[at]).abs() < 1e-6, "{at}");
    }
    let own = after(plain().optimizer(OptimizerSpec::adam(0.05)), OptimizerSpec::sgd(0.5));
    assert_eq!(own, after(plain(), OptimizerSpec::adam(0.05)));
    assert_ne!(own, without);
}

#[test]
fn the_same_steps_give_the_same_bits() {
    let run = || {
        let mut table = Table::<4>::of(Embedding::new("user", 500, 4, Initializer::default(), 7));
        let stream = Stream::new(1, "ids");
        let users: Vec<u32> = (0..300).map(|at| stream.below(at, 500) as u32).collect();
        let offsets: Vec<u32> = (0..=300).collect();
        for at in 1..4 {
            step(&mut table, &users, (&users, &offsets), &OptimizerSpec::adam(0.01), at);
        }
        table.values().to_vec()
    };
    assert_eq!(run(), run());
}

#[test]
fn a_resumed_table_equals_an_uninterrupted_one() {
    let (users, items, offsets) = ([3, 3, 9, NONE, 12], [20, 20, 21, NONE, 22, 23], [0, 2, 3, 4, 4, 6]);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.safetensors");
    for (optimizer, (_, precision)) in
        optimizers().flat_map(|o| Precision::WORDS.map(|precision| (o, precision)))
    {
        let table = |initializer, seed| {
            Table::<4>::of(Embedding::of_precision(precision, "user", 50, 4, initializer, seed))
        };
        let mut whole = table(Initializer::Normal(0.3), 7);
        let run = |table: &mut Table<4>, at| step(table, &users, (&items, &offsets), &optimizer, at);
        (1..4).for_each(|at| assert!(run(&mut whole, at).is_finite()));
        let mut named = whole.named("tables.");
        named.extend(whole.named_state("tables.", &optimizer));
        write_state(&path, &named, "stamp").unwrap();
        let file = StateFile::read(&path).unwrap();
        let mut reader = file.tensors().unwrap();
        let mut resumed = table(Initializer::Zeros, 7);
        resumed.load("tables.", &mut reader).unwrap();
        resumed.load_state("tables.", &optimizer, &mut reader).unwrap();
        reader.finish().unwrap();
        for at in 4..7 {
            assert_eq!(run(&mut whole, at), run(&mut resumed, at), "{optimizer:?}");
        }
        assert_eq!(whole.values(), resumed.values(), "{optimizer:?}");
    }
}

#[test]
fn pretrained_vectors_go_to_the_rows_of_their_keys() {
    let folder = tempfile::tempdir().unwrap();
    let vectors = NamedTensor::new("vectors", [2, 4], (1..9).map(|at| at as f32).collect::<Vec<f32>>());
    write_state(&folder.path().join("v.safetensors"), &[vectors], "stamp").unwrap();
    let mut vocabulary = Vocabulary::new("post", turret_schema::Keys::list(["a", "b"]));
    vocabulary.finish(std::path::Path::new("")).unwrap();
    let table = || Embedding::new("post", vocabulary.rows(), 4, Initializer::default(), 7);
    let read = table().pretrained(Some(folder.path()), "v.safetensors", &vocabulary).unwrap();
    assert_eq!(*read.values(), [0.0, 0.0, 0.0, 0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]);
    assert_eq!(table().pretrained(None, "v.safetensors", &vocabulary).unwrap().values(), table().values());
    for (file, expected) in
        [("../v.safetensors", "leads out of the data folder"), ("v.npy", "cannot be read")]
    {
        let message = table().pretrained(Some(folder.path()), file, &vocabulary).unwrap_err().to_string();
        assert!(message.contains(expected), "{message}");
    }
    // As numpy 2.1 writes np.arange(1, 9, dtype=np.float32).reshape(2, 4).
    let header = b"\x93NUMPY\x01\x00v\x00{'descr': '<f4', 'fortran_order': False, 'shape': (2, 4), }";
    let mut npy = header.to_vec();
    npy.resize(127, b' ');
    npy.push(b'\n');
    npy.extend((1..9).flat_map(|at| (at as f32).to_le_bytes()));
    std::fs::write(folder.path().join("v.npy"), &npy).unwrap();
    let from_npy = table().pretrained(Some(folder.path()), "v.npy", &vocabulary).unwrap();
    assert_eq!(from_npy.values(), read.values());
    npy[128..132].copy_from_slice(&f32::NAN.to_le_bytes());
    std::fs::write(folder.path().join("nan.npy"), &npy).unwrap();
    let message = table().pretrained(Some(folder.path()), "nan.npy", &vocabulary).unwrap_err().to_string();
    assert!(message.contains("row 0") && message.contains("NaN"), "{message}");
    let wide = Embedding::new("post", vocabulary.rows(), 3, Initializer::default(), 7);
    let message = wide.pretrained(Some(folder.path()), "v.safetensors", &vocabulary).unwrap_err().to_string();
    assert!(message.contains("[2, 4]") && message.contains("[2, 3]"), "{message}");
}
