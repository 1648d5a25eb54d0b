//! A ranking model compiled by the build script, trained on synthetic clicks, and compared with the best
//! possible metrics.

use std::error::Error;

use turret::runtime::cli::interrupt;
use turret::runtime::evaluate::{EvaluateOptions, Measured, evaluate};
use turret::runtime::prelude::Cpu;
use turret::runtime::train::{TrainOptions, train};
use turret::synth;

mod dssm {
    turret::include_spec!("dssm_multivalue");
}

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::temp_dir().join(format!("turret-build-script-{}", std::process::id()));
    let data = folder.join("data");
    let size = synth::Options { rows: Some(20_000), ..Default::default() };
    let planted = synth::write(synth::Kind::MultiValue, &size, &data)?;

    let (device, interrupt) = (Cpu::default(), interrupt()?);
    let options = TrainOptions { data, out: Some(folder.join("run")), ..Default::default() };
    let trained = train::<Cpu, dssm::Model<Cpu>>(&options, &device, &interrupt)?;
    let report = evaluate(&*trained.model, &trained.dataset, EvaluateOptions::default(), &interrupt)?;
    println!("{}", report.protocol);
    for Measured { name, value, .. } in report.metrics {
        let best = planted.metric(&name).unwrap_or(f64::NAN);
        println!("{name}: {value:.4} on {} test rows, {best:.4} for who knows the truth", report.rows);
    }
    Ok(std::fs::remove_dir_all(folder)?)
}
