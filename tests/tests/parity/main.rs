//! Parity with an independent implementation of the mathematics: of every model, outputs, loss and the gradient of every parameter.
//!
//! A case is a file of inputs, parameters and results. The suite writes its spec from what the file says of the model, compiles
//! all specs into one program, takes one step of each with a learning rate of 1 and compares what it gave.
//! `TURRET_FIXTURES=folder` names another folder than those beside the repository.

mod blocks;
mod case;
mod compare;
mod features;
mod fixture;
mod losses;
mod matching;
mod models;
mod program;
mod ranking;
mod retrieval;
mod sequences;

use std::path::PathBuf;

use fixture::Fixture;
use models::{NOT_YET, write_case};
use turret_tests::root;

/// The folders of cases: those of `TURRET_FIXTURES`, else what is there beside the repository.
fn folders() -> Vec<PathBuf> {
    match std::env::var_os("TURRET_FIXTURES") {
        Some(folder) => vec![PathBuf::from(folder)],
        None => ["fixtures", "holdout"]
            .map(|name| root().join("../shared/reference").join(name))
            .into_iter()
            .filter(|folder| folder.is_dir())
            .collect(),
    }
}

#[test]
fn every_model_computes_what_the_reference_computes() {
    let fixtures: Vec<Fixture> = folders().iter().flat_map(|folder| fixture::read_all(folder)).collect();
    if fixtures.is_empty() {
        println!("no cases: name a folder of them in TURRET_FIXTURES");
        return;
    }
    let mut failures = Vec::new();
    let mut cases = Vec::new();
    for fixture in &fixtures {
        let missing = NOT_YET.iter().find(|(model, _)| *model == fixture.model).map(|(_, missing)| missing);
        match (write_case(fixture), missing) {
            (Some(specs), None) => cases.push((fixture, specs)),
            (Some(_), Some(_)) => failures.push(format!("{}: it can be expressed now", fixture.name)),
            (None, None) => failures.push(format!("{}: no spec is written for its model", fixture.name)),
            (None, Some(missing)) => println!("{:<28} not yet: {missing}", fixture.name),
        }
    }
    let program = program::build(cases.iter().flat_map(|(_, specs)| specs));
    let mut at = 0;
    for (fixture, specs) in &cases {
        let ran = specs.iter().zip(at..).map(|(case, at)| Ok((case, program.run(at, case)?)));
        let compared =
            ran.collect::<Result<Vec<_>, String>>().and_then(|ran| compare::compare(fixture, &ran));
        at += specs.len();
        match compared {
            Ok(worst) => println!("{:<28} {:.1e} {}", fixture.name, worst.error, worst.tensor),
            Err(message) => failures.push(format!("{}: {message}", fixture.name)),
        }
    }
    assert!(
        failures.is_empty(),
        "{} of {} cases fail:\n{}",
        failures.len(),
        fixtures.len(),
        failures.join("\n")
    );
}
