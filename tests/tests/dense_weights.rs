//! Training of dense weights in a whole program: optimizers of towers, penalties, first values, norms and dropout. Any number
//! of threads and a continued run give the same bits.

use std::fmt::Write as _;
use std::path::Path;

use tempfile::TempDir;
use turret::runtime::evaluate::{EvaluateOptions, evaluate};
use turret::runtime::prelude::{Cpu, DenseSpec, Initializer, OptimizerSpec, Program};
use turret::runtime::run::RunWriter;
use turret::runtime::train::{Interrupt, ResumeOptions, TrainOptions, Trained, resume, train};
use turret_dsl::Compiler;

mod mixed {
    turret::include_model!("dense_weights/model.dm");
}

type Mixed = mixed::Model<Cpu>;

const EPOCHS: usize = 6;

/// Viewers click on films of their kind, of four, and sometimes on others.
fn log(folder: &Path) {
    let mut log = String::from("viewer,film,seen,age,click\n");
    for row in 0..3000u32 {
        let (viewer, film) = (row * 7 % 101, row.wrapping_mul(2_654_435_761) >> 16 & 63);
        let click = (viewer % 4 == film % 4) ^ row.is_multiple_of(19);
        let seen = (0..row % 5).map(|at| ((viewer + 4 * at) % 64).to_string()).collect::<Vec<_>>().join("|");
        let _ = writeln!(log, "{viewer},{film},{seen},{},{}", row % 9, u8::from(click));
    }
    std::fs::write(folder.join("log.csv"), log).unwrap();
}

fn trained(data: &Path, out: &str, epochs: usize, threads: usize) -> Trained {
    let options = TrainOptions {
        data: data.to_owned(),
        out: Some(data.join(out)),
        epochs: Some(epochs),
        seed: 3,
        threads,
        ..Default::default()
    };
    train::<Cpu, Mixed>(&options, &Cpu::default(), &Interrupt::default()).unwrap()
}

/// Names and numbers of the weights, and of the state of the optimizers.
fn numbers(run: &Trained) -> Vec<(String, Vec<f32>)> {
    let tensors = run.model.weights().into_iter().chain(run.model.optimizer_state());
    tensors.map(|one| (one.name, one.values.widen().into_owned())).collect()
}

#[test]
fn a_program_knows_the_settings_of_its_weights() {
    let dense = &<Mixed as Program<Cpu>>::description().dense;
    let ftrl = OptimizerSpec::Ftrl {
        lr: 0.1,
        l1: 0.01,
        l2: 0.0,
        beta: 0.0,
        lr_power: -0.5,
        initial_accumulator: 0.1,
    };
    let expected = [
        DenseSpec::new("").initializer(Initializer::He).l2(1e-5),
        DenseSpec::new("wide.").optimizer(ftrl),
        DenseSpec::new("deep.hidden_0.").l2(1e-4),
        DenseSpec::new("deep.hidden_1.").l2(1e-4),
        DenseSpec::new("deep.dense.").initializer(Initializer::Normal(0.1)).weight_decay(0.02),
    ];
    assert_eq!(*dense, expected);
    let text = &<Mixed as Program<Cpu>>::description().spec.text;
    let plan = Compiler::new("model.dm", text).plan().unwrap();
    let optimizers: Vec<_> =
        plan.model.tables.iter().map(|table| (table.name.as_str(), table.optimizer)).collect();
    let films = OptimizerSpec::RmsProp { lr: 0.01, rho: 0.9, momentum: 0.5, epsilon: 1e-7 };
    assert_eq!(
        optimizers,
        [
            ("films", Some(films)),
            ("linear_viewer", Some(ftrl)),
            ("linear_film", Some(ftrl)),
            ("viewer", None)
        ]
    );
}

#[test]
fn it_learns_with_the_same_bits_on_any_number_of_threads_and_after_a_stop() {
    let data = TempDir::new().unwrap();
    log(data.path());
    let run = trained(data.path(), "whole", EPOCHS, 1);
    let report =
        evaluate(&*run.model, &run.dataset, EvaluateOptions::default(), &Interrupt::default()).unwrap();
    assert!(report.metrics[0].value > 0.8, "{}", report.metrics[0].value);
    let whole = numbers(&run);
    for state in ["wide.linear.weight.second", "deep.hidden_0.weight.first", "tables.linear_film.second"] {
        assert!(whole.iter().any(|(name, _)| name == state), "{state}");
    }
    for threads in [2, 4] {
        assert!(whole == numbers(&trained(data.path(), &threads.to_string(), EPOCHS, threads)));
    }
    trained(data.path(), "parts", 2, 1);
    let spec = &<Mixed as Program<Cpu>>::description().spec;
    let (folder, info) = RunWriter::open(&data.path().join("parts"), spec).unwrap();
    let options = ResumeOptions { epochs: Some(EPOCHS), threads: 1, ..Default::default() };
    let parts = resume::<Cpu, Mixed>(folder, info, &options, &Cpu::default(), &Interrupt::default()).unwrap();
    assert!(whole == numbers(&parts));
}
