//! A queue of candidates of earlier batches: a run that was stopped continues with it to the same bits, on any number of threads.

use std::fmt::Write as _;
use std::path::Path;

use tempfile::TempDir;
use turret::runtime::prelude::{Cpu, Program};
use turret::runtime::run::RunWriter;
use turret::runtime::train::{Interrupt, ResumeOptions, TrainOptions, Trained, resume, train};

mod queued {
    turret::include_model!("queue/queued.dm");
}

type Queued = queued::Model<Cpu>;

/// Maximum number of queued candidates in the spec.
const SIZE: usize = 300;

/// Viewers watch films of their kind, of four.
fn log(folder: &Path) {
    let mut log = String::from("viewer,film\n");
    for row in 0..2000u32 {
        let (viewer, film) = (row * 7 % 101, row.wrapping_mul(2_654_435_761) >> 16 & 15);
        let _ = writeln!(log, "{viewer},{}", 4 * film + viewer % 4);
    }
    std::fs::write(folder.join("log.csv"), log).unwrap();
}

fn trained(data: &Path, out: &str, steps: Option<u64>, threads: usize) -> Trained {
    let out = Some(data.join(out));
    let options =
        TrainOptions { data: data.to_owned(), out, steps, seed: 3, threads, ..TrainOptions::default() };
    train::<Cpu, Queued>(&options, &Cpu::default(), &Interrupt::default()).unwrap()
}

/// Bits of the weights, of the optimizer and of the queue by name.
fn state(run: &Trained) -> Vec<(String, Vec<u32>)> {
    let tensors = run.model.weights().into_iter().chain(run.model.optimizer_state());
    let bits = |values: &[f32]| values.iter().map(|value| value.to_bits()).collect();
    tensors.map(|tensor| (tensor.name.clone(), bits(&tensor.values.widen()))).collect()
}

#[test]
fn a_continued_run_has_the_queue_of_an_unbroken_one_on_any_number_of_threads() {
    let data = TempDir::new().unwrap();
    log(data.path());
    let whole = trained(data.path(), "whole", None, 1);
    let steps = whole.info.steps;
    assert_eq!(steps, 2 * 29);
    let expected = state(&whole);
    let length = |name: &str| expected.iter().find(|(found, _)| found == name).map(|(_, bits)| bits.len());
    assert_eq!(length("queue.vectors"), Some(8 * SIZE));
    assert_eq!((length("queue.ids"), length("queue.log_q")), (Some(2 * SIZE), Some(SIZE)));
    for threads in [2, 4] {
        assert_eq!(state(&trained(data.path(), &format!("on-{threads}"), None, threads)), expected);
    }
    // The queue is empty, filling and full, and the last stop is at the end of an epoch.
    for at in [1, 3, 17, 29] {
        let out = format!("stopped-{at}");
        drop(trained(data.path(), &out, Some(at), 2));
        let spec = &<Queued as Program<Cpu>>::description().spec;
        let (folder, info) = RunWriter::open(&data.path().join(&out), spec).unwrap();
        let options = ResumeOptions { steps: Some(steps), threads: 1, ..ResumeOptions::default() };
        let resumed =
            resume::<Cpu, Queued>(folder, info, &options, &Cpu::default(), &Interrupt::default()).unwrap();
        assert_eq!(resumed.info.steps, steps);
        assert!(state(&resumed) == expected, "stopped after {at} steps");
    }
}
