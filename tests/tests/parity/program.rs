//! The program of all cases, and its files.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::{Path, PathBuf};

use safetensors::Dtype;
use safetensors::tensor::{TensorView, serialize_to_file};
use serde_json::{Map, Value, json};
use turret::runtime::kernels::{Kernels, VARIABLE};
use turret_dsl::Compiler;
use turret_dsl::expand::Options;
use turret_dsl::plan::{Plan, WeightedLayer, former_name};
use turret_tests::outcome;
use turret_tests::program::Module;

use crate::case::Case;
use crate::compare::Results;
use crate::fixture::read_tensors;

/// Harness of each program: a step with recording ops.
const HARNESS: &str =
    concat!(include_str!("harness.rs"), "\npub mod heard {\n", include_str!("heard.rs"), "}\n");

/// Ops that programs call instead of the runtime's.
const HEARD: &str = "
mod ops {
    pub use crate::harness::heard::{
        bce, bpr, capsule_routing_from, hinge, label_aware_attention, softmax, triplet, weighted_bce,
    };
    pub use turret_runtime::ops::*;
}
";

/// Compiles the spec of a case, and resolves the names of its weights.
pub(crate) fn module(case: &mut Case<'_>) -> Result<Module, String> {
    let spec = case.spec();
    let compiler = Compiler::new(&case.fixture.name, &spec);
    let mut plan = compiler.plan().map_err(|failure| format!("{spec}\n{}", failure.render(false)))?;
    let last = plan.objective.tasks.last_mut().and_then(|task| task.terms.last_mut());
    if let Some(term) = last.filter(|_| case.subtracts) {
        term.weight = -term.weight;
    }
    let names = present_names(&plan);
    let given = case.weights.iter_mut().map(|weight| &mut weight.name);
    for name in given.chain(case.aids.iter_mut().map(|(name, _)| name)) {
        if let Some((layer, part)) = name.match_indices('.').nth(1).map(|(at, _)| name.split_at(at))
            && let Some(present) = names.get(layer)
        {
            *name = format!("{present}{part}");
        }
    }
    let code = compiler.source(&plan, &Options::default());
    Ok(Module { code: code + HEARD, arguments: format!(", {}", case.training) })
}

/// Current names of all layers, by the names of earlier versions, which cases use.
fn present_names(plan: &Plan) -> BTreeMap<String, String> {
    let layers = plan.modules().flat_map(|(_, module)| {
        let field = &module.field;
        let name = move |(number, layer): (usize, &WeightedLayer)| {
            (format!("{field}.{}", former_name(layer.kind, number)), format!("{field}.{}", layer.field))
        };
        module.weights.iter().enumerate().map(name)
    });
    layers.collect()
}

/// Writes a data file of a case.
fn write(path: &Path, bytes: &[u8]) {
    fs::write(path, bytes).expect("a file of the data can be written");
}

/// The program of all cases, with a data folder for each.
pub(crate) struct Program(turret_tests::program::Program);

impl Program {
    /// Builds the program of the modules of all cases.
    pub(crate) fn build(modules: &[Module]) -> Self {
        Self(turret_tests::program::Program::build("parity", modules, HARNESS))
    }

    /// Returns the executable file.
    pub(crate) fn executable(&self) -> &Path {
        &self.0.executable
    }

    /// Takes the step of a case with these kernels and reads the results.
    pub(crate) fn run(&self, at: usize, case: &Case<'_>, kernels: Kernels) -> Result<Results, String> {
        let folder = self.0.folder(at);
        write_data(&folder, case);
        let ran = outcome(self.0.command(at).env(VARIABLE, kernels.word()));
        if ran.status != 0 {
            return Err(format!("the program ends with status {}\n{}", ran.status, ran.stderr));
        }
        read_results(&folder)
    }
}

/// Result file of a case.
fn results(folder: &Path) -> PathBuf {
    folder.join("results.safetensors")
}

/// Reads the results of a case.
pub(crate) fn read_results(folder: &Path) -> Result<Results, String> {
    let results = fs::read(results(folder)).map_err(|error| format!("no results: {error}"))?;
    read_tensors(&results).map_err(|error| format!("{error:?}"))
}

/// Writes the input files of a case.
pub(crate) fn write_data(folder: &Path, case: &Case<'_>) {
    write(&folder.join("case.dm"), case.spec().as_bytes());
    write(&folder.join("records.csv"), case.csv().as_bytes());
    if let Some((key, keys)) = &case.catalog {
        let items: String = (0..*keys).map(|item| format!("{item}\n")).collect();
        write(&folder.join("items.csv"), format!("{key}\n{items}").as_bytes());
    }
    let (drawn, tries) = case.draw.clone().unwrap_or_default();
    write(&folder.join("draw.json"), json!({ "drawn": drawn, "tries": tries }).to_string().as_bytes());
    let learned: Map<String, Value> = case.statistics.iter().map(statistics).collect();
    write(&folder.join("statistics.json"), Value::from(learned).to_string().as_bytes());
    let weights = case.weights.iter().map(|weight| (weight.name.clone(), case.values(weight)));
    write_tensors(
        &folder.join("parameters.safetensors"),
        weights.chain(case.aids.clone()).map(|(name, values)| (name, vec![values.len()], values)),
    );
    for (table, name) in &case.pretrained {
        let tensor = case.fixture.tensor(name);
        let (rows, width) = tensor.rows_and_width();
        let vectors = (table.clone(), vec![rows, width], tensor.values.clone());
        write_tensors(&folder.join(format!("{table}.safetensors")), [vectors].into_iter());
        let keys: String = (0..rows).map(|row| format!("{row}\n")).collect();
        write(&folder.join(format!("{table}.txt")), keys.as_bytes());
    }
}

/// State of a column that was fitted on one number, with the given mean and variance.
fn statistics((column, mean, variance): &(String, f64, f64)) -> (String, Value) {
    (column.clone(), json!({ "count": 1, "mean": mean, "squares": variance }))
}

fn write_tensors(path: &Path, tensors: impl Iterator<Item = (String, Vec<usize>, Vec<f64>)>) {
    let single = |values: Vec<f64>| values.iter().flat_map(|&value| (value as f32).to_le_bytes()).collect();
    let tensors: Vec<(String, Vec<usize>, Vec<u8>)> =
        tensors.map(|(name, shape, values)| (name, shape, single(values))).collect();
    let views = tensors.iter().map(|(name, shape, bytes)| {
        (name, TensorView::new(Dtype::F32, shape.clone(), bytes).expect("a shape fits its values"))
    });
    serialize_to_file(views, &None::<HashMap<String, String>>, path)
        .expect("a file of the program can be written");
}
