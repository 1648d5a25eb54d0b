//! Tables with rows of 16 bits.

use super::*;
use crate::precision::{bf16, f16};
use turret_schema::Precision::{self, Bf16, F16, F32};

/// Largest distance to the nearest number of a format, relative to a number of its normal range.
fn rounding_of(precision: Precision) -> f32 {
    match precision {
        F32 => 0.0,
        F16 => 1.0 / 2048.0,
        Bf16 => 1.0 / 256.0,
    }
}

fn table_of(precision: Precision) -> Table<4> {
    Table::of(Embedding::of_precision(precision, "user", 50, 4, Initializer::Normal(0.3), 7))
}

const USERS: [u32; 5] = [3, 3, 9, NONE, 12];
const BAGS: (&[u32], &[u32]) = (&[20, 20, 21, NONE, 22, 23], &[0, 2, 3, 4, 4, 6]);

fn trained(precision: Precision, optimizer: &OptimizerSpec, steps: u64) -> (Table<4>, f32) {
    let mut table = table_of(precision);
    let losses = (1..=steps).map(|at| step(&mut table, &USERS, BAGS, optimizer, at));
    let loss = losses.last().unwrap();
    (table, loss)
}

#[test]
fn first_values_are_the_nearest() {
    let exact = table_of(F32);
    for precision in [F16, Bf16] {
        let table = table_of(precision);
        assert_eq!(table.precision(), precision);
        for (value, exact) in table.values().iter().zip(&*exact.values()) {
            let tolerance = exact.abs().max(1e-4) * rounding_of(precision);
            assert!((value - exact).abs() <= tolerance, "{precision:?}: {value} {exact}");
        }
    }
}

#[test]
fn training_stays_near_that_of_32_bits() {
    for optimizer in [OptimizerSpec::sgd(0.1), OptimizerSpec::adagrad(0.05), OptimizerSpec::adam(0.01)] {
        let (exact, loss) = trained(F32, &optimizer, 40);
        for precision in [F16, Bf16] {
            let (table, short) = trained(precision, &optimizer, 40);
            // Each of 40 steps rounds by at most two of these distances, up or down.
            let most = 2.0 * rounding_of(precision) * 40f32.sqrt();
            let far =
                exact.values().iter().zip(&*table.values()).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(far > 0.0 && far < 4.0 * most, "{precision:?} {optimizer:?}: {far}");
            assert!((loss - short).abs() < 4.0 * most, "{precision:?} {optimizer:?}: {loss} {short}");
        }
    }
}

/// Steps of a constant gradient of 1 with this rate, for a table of ones.
fn walked(precision: Precision, rate: f32, steps: usize) -> f32 {
    let mut table = Embedding::of_precision(precision, "user", 64, 16, Initializer::Zeros, 7);
    let rows: Vec<u32> = (0..64).collect();
    let mut take = |rate: f32| {
        let gradient = vec![1.0; 64 * 16];
        update_rows(
            vec![RowUpdate { table: &mut table, rows: &rows, gradient }],
            &OptimizerSpec::sgd(rate),
            1.0,
        );
    };
    take(-1.0);
    (0..steps).for_each(|_| take(rate));
    table.values().iter().sum::<f32>() / (64.0 * 16.0)
}

#[test]
fn steps_that_the_nearest_number_would_lose_add_up() {
    let rate = 1e-4;
    assert_eq!(bf16::from_f32(1.0 - rate).to_f32(), 1.0);
    assert_eq!(f16::from_f32(1.0 - rate).to_f32(), 1.0);
    for precision in [F16, Bf16] {
        let mean = walked(precision, rate, 1000);
        assert!((mean - 0.9).abs() < 2e-3, "{precision:?}: {mean}");
    }
}

/// Bytes of the file of a table's rows, and the table read from it.
fn saved(table: &Table<4>) -> (u64, Table<4>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.safetensors");
    write_state(&path, &table.named("tables."), "stamp").unwrap();
    let mut read = table_of(table.precision());
    read.load("tables.", &mut StateFile::read(&path).unwrap().tensors().unwrap()).unwrap();
    (std::fs::metadata(&path).unwrap().len(), read)
}

#[test]
fn files_have_half_the_size_and_the_same_bits() {
    let adam = OptimizerSpec::adam(0.01);
    let (long, _) = saved(&trained(F32, &adam, 3).0);
    for precision in [F16, Bf16] {
        let (table, _) = trained(precision, &adam, 3);
        let (short, read) = saved(&table);
        // 50 rows of 4 numbers, and the name of the format.
        assert!((50 * 4 * 2 - 8..=50 * 4 * 2 + 8).contains(&(long - short)), "{long} {short}");
        assert_eq!(read.named(""), table.named(""));
    }
}

#[test]
fn a_file_of_another_format_is_refused_with_both() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.safetensors");
    for (found, expected) in [(F32, Bf16), (Bf16, F16), (F16, F32)] {
        write_state(&path, &table_of(found).named("tables."), "stamp").unwrap();
        let file = StateFile::read(&path).unwrap();
        let error = table_of(expected).load("tables.", &mut file.tensors().unwrap()).unwrap_err();
        let (said, help) = (error.to_string(), error.help().unwrap());
        let [found, expected] = [found, expected].map(Precision::word);
        let expected =
            format!("the rows of the table `user` are {found}, but its spec has `precision = {expected}`");
        assert!(said.contains(&expected) && said.contains("t.safetensors"), "{said}");
        assert!(help.contains("`precision`"), "{help}");
    }
}

#[test]
fn bits_do_not_depend_on_the_number_of_threads() {
    let stream = Stream::new(1, "gradient");
    let rows: Vec<u32> = (0..2000).map(|row| row * 2).rev().collect();
    let gradient: Vec<f32> = (0..2000 * 16).map(|at| stream.normal(at)).collect();
    for precision in [F16, Bf16] {
        let with = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let mut table = Embedding::of_precision(precision, "user", 4000, 16, Initializer::default(), 7);
            pool.install(|| {
                for _ in 0..3 {
                    let gradient = gradient.clone();
                    let update = RowUpdate { table: &mut table, rows: &rows, gradient };
                    update_rows(vec![update], &OptimizerSpec::adam(0.001), 1.0);
                }
            });
            table.values().into_owned()
        };
        assert!([2, 4].map(with).iter().all(|values| *values == with(1)));
    }
}

#[test]
fn vectors_beyond_the_range_of_the_format_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let vectors = NamedTensor::new("vectors", [2, 2], vec![1.0, 2.0, 3.0, 70_000.0]);
    write_state(&folder.path().join("v.safetensors"), &[vectors], "stamp").unwrap();
    let shape = [2, 2];
    assert!(check_pretrained(folder.path(), "v.safetensors", shape, Bf16).is_ok());
    let error = check_pretrained(folder.path(), "v.safetensors", shape, F16).unwrap_err();
    let (said, help) = (error.to_string(), error.help().unwrap());
    assert!(said.contains("row 1") && said.contains("70000") && said.contains("`precision = f16`"), "{said}");
    assert!(help.contains("`bf16`"), "{help}");
}

#[test]
fn vectors_of_16_bits_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("v.safetensors");
    let mut vocabulary = Vocabulary::new("post", turret_schema::Keys::list(["a", "b"]));
    vocabulary.finish(std::path::Path::new("")).unwrap();
    let values = [1.0f32, 2.0, -3.5, 4.0];
    let [half, brain]: [crate::precision::Numbers<'_>; 2] =
        [values.map(f16::from_f32).to_vec().into(), values.map(bf16::from_f32).to_vec().into()];
    for vectors in [half, brain] {
        write_state(&path, &[NamedTensor::new("vectors", [2, 2], vectors)], "stamp").unwrap();
        for precision in [F32, F16, Bf16] {
            let table =
                Embedding::of_precision(precision, "post", vocabulary.rows(), 2, Initializer::default(), 7);
            let table = table.pretrained(Some(folder.path()), "v.safetensors", &vocabulary).unwrap();
            assert_eq!(table.values()[2..], values);
        }
    }
}
