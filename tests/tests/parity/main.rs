//! Parity with an independent implementation: outputs, loss and the gradient of every parameter of every
//! model.
//!
//! A case is a file of inputs, parameters and results. The suite writes a spec for each case, compiles all
//! specs into one program, takes one step of each with learning rate 1, with the kernels of each instruction
//! set of the machine, and compares the results. Values that no tower returns, such as the scores of a
//! softmax, are recorded by the ops of the program. A result that is not compared is a failure, and so is an
//! option of the model that the spec does not reflect.
//!
//! `TURRET_FIXTURES=folder` replaces the folders next to the repository. `TURRET_DEVICE=cuda` takes the steps
//! on an NVIDIA GPU. If that is in another machine, `TURRET_PARITY_PACK=folder` writes the program and its
//! data, and `TURRET_PARITY_RESULTS=folder` compares the results.

mod away;
mod blocks;
mod case;
mod compare;
mod features;
mod fixture;
mod given;
mod losses;
mod matching;
mod models;
mod program;
mod ranking;
mod retrieval;
mod sequences;

use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::rc::Rc;

use away::Away;
use case::Case;
use compare::{Results, Worst};
use fixture::Fixture;
use models::write_case;
use program::Program;
use turret::runtime::kernels::Kernels;
use turret_tests::program::Module;
use turret_tests::root;

/// Folders of cases: `TURRET_FIXTURES`, or those next to the repository.
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

/// Prints a line of the report, bypassing the test harness, which hides the output of passing tests.
fn say(line: &str) {
    writeln!(std::io::stdout(), "{line}").expect("standard output is open");
}

/// Runs the work of one case. A panic is a failure; other cases continue.
fn attempt<T>(work: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err("it panics, as is said above".to_string()))
}

/// A fixture with its specs and modules.
type Specs<'a> = (&'a Fixture, Vec<(Case<'a>, Module)>);

/// Compiles the specs of a case to modules.
fn compile(fixture: &Fixture) -> Result<Vec<(Case<'_>, Module)>, String> {
    let specs = write_case(fixture).ok_or_else(|| "no spec is written for its model".to_string())?;
    let options = fixture.not_asked_for();
    if !options.is_empty() {
        return Err(format!("unknown options: {}", options.join(", ")));
    }
    specs.into_iter().map(|mut case| program::module(&mut case).map(|module| (case, module))).collect()
}

/// Function that takes the step of a numbered case.
type Step = Box<dyn Fn(usize, &Case<'_>) -> Result<Results, String>>;

/// Returns the ways to take the steps: here, with the kernels of each instruction set; none if they are
/// packed for another machine.
fn steps(cases: &[Specs<'_>]) -> Vec<(String, Step)> {
    if let Some(away) = Away::named_by("TURRET_PARITY_RESULTS") {
        return vec![("on another machine".to_string(), Box::new(move |at, _| away.results(at)))];
    }
    let specs = || cases.iter().flat_map(|(_, specs)| specs);
    let modules: Vec<Module> = specs().map(|(_, module)| module.clone()).collect();
    let program = Program::build(&modules);
    if let Some(away) = Away::named_by("TURRET_PARITY_PACK") {
        away.pack(&program, specs().map(|(case, _)| case));
        say("packed: `sh run` there takes the steps, and TURRET_PARITY_RESULTS compares them");
        return Vec::new();
    }
    let program = Rc::new(program);
    let with = |kernels: Kernels| -> (String, Step) {
        let program = Rc::clone(&program);
        (format!("{kernels} kernels"), Box::new(move |at, case| program.run(at, case, kernels)))
    };
    Kernels::available().into_iter().map(with).collect()
}

/// Compares the results of all cases. Returns those that fail.
fn failing(cases: &[Specs<'_>], step: &Step) -> Vec<String> {
    let mut failures = Vec::new();
    let (mut at, mut outputs, mut gradients) = (0, 0, 0);
    for (fixture, specs) in cases {
        let ran = specs.iter().zip(at..).map(|((case, _), at)| Ok((case, step(at, case)?)));
        let compared = attempt(|| compare::compare(fixture, &ran.collect::<Result<Vec<_>, String>>()?));
        at += specs.len();
        match compared {
            Ok(compared) => {
                outputs += compared.outputs;
                gradients += compared.gradients;
                let Worst { error, tensor } = compared.worst;
                say(&format!("{:<28} {error:.1e} {tensor}", fixture.name));
            }
            Err(message) => failures.push(format!("{}: {message}", fixture.name)),
        }
    }
    say(&format!("compared: {outputs} outputs and {gradients} gradients, all that the cases that pass have"));
    failures
}

#[test]
fn every_model_computes_what_the_reference_computes() {
    let fixtures: Vec<Fixture> = folders().iter().flat_map(|folder| fixture::read_all(folder)).collect();
    if fixtures.is_empty() {
        let asked = std::env::var_os("TURRET_FIXTURES");
        assert!(
            asked.is_none(),
            "no cases in {asked:?}: TURRET_FIXTURES names a folder of `.safetensors` files"
        );
        say("skipped: there are no cases; TURRET_FIXTURES names a folder of them");
        return;
    }
    let mut failures = Vec::new();
    let mut cases = Vec::new();
    for fixture in &fixtures {
        match attempt(|| compile(fixture)) {
            Ok(specs) => cases.push((fixture, specs)),
            Err(message) => failures.push(format!("{}: {message}", fixture.name)),
        }
    }
    for (place, step) in steps(&cases) {
        say(&place);
        failures.extend(failing(&cases, &step).into_iter().map(|failure| format!("{place}: {failure}")));
    }
    assert!(
        failures.is_empty(),
        "{} failures in {} cases:\n{}",
        failures.len(),
        fixtures.len(),
        failures.join("\n")
    );
}
