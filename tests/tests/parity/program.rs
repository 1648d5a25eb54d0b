//! All specs as one program, a module each, so that what they share is compiled once.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use safetensors::Dtype;
use safetensors::tensor::{TensorView, serialize_to_file};
use serde_json::{Map, Value, json};
use turret_dsl::Compiler;
use turret_dsl::expand::Options;
use turret_tests::{outcome, root, target};

use crate::case::Case;
use crate::compare::Results;
use crate::fixture::read_tensors;

/// The program of all cases.
pub(crate) struct Program {
    path: PathBuf,
    folder: PathBuf,
}

/// Compiles the specs of all cases and builds the program.
pub(crate) fn build<'c, 'f: 'c>(cases: impl Iterator<Item = &'c Case<'f>>) -> Program {
    let folder = target().join("parity");
    let mut main =
        "//! The models of all cases.\n#![allow(unused, nonstandard_style)]\n\nmod harness;\n\n".to_string();
    let mut arms = String::new();
    fs::create_dir_all(folder.join("src")).expect("the folder can be made");
    for (at, case) in cases.enumerate() {
        let (name, spec) = (&case.fixture.name, case.spec());
        let code = Compiler::new(name, &spec).compile(&Options::default());
        let code = code.unwrap_or_else(|failure| panic!("{name}:\n{spec}\n{}", failure.render(false)));
        write(&folder.join(format!("src/case_{at}.rs")), code.as_bytes());
        writeln!(main, "mod case_{at};").expect("a string takes all");
        writeln!(
            arms,
            "        \"{at}\" => harness::run::<case_{at}::Model<_>>(folder.as_ref(), {}),",
            case.training
        )
        .expect("a string takes all");
    }
    write!(
        main,
        "\nfn main() {{\n    let arguments: Vec<String> = std::env::args().collect();\n    let folder = &arguments[2];\n    \
         let result = match arguments[1].as_str() {{\n{arms}        other => panic!(\"no case {{other}}\"),\n    }};\n    \
         if let Err(error) = result {{\n        eprintln!(\"{{error}}\");\n        std::process::exit(1);\n    }}\n}}\n"
    )
    .expect("a string takes all");
    write(&folder.join("src/main.rs"), main.as_bytes());
    write(&folder.join("src/harness.rs"), include_bytes!("harness.rs"));
    write(&folder.join("Cargo.toml"), manifest().as_bytes());
    let lock = fs::read(root().join("Cargo.lock")).expect("the repository has a lock file");
    fs::write(folder.join("Cargo.lock"), lock).expect("a file of the program can be written");
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--quiet", "--target-dir"]).arg(folder.join("target")).current_dir(&folder);
    let built = outcome(cargo.env_remove("RUSTFLAGS"));
    assert_eq!(built.status, 0, "{}", built.stderr);
    Program { path: folder.join("target/debug/turret-parity"), folder }
}

/// What is shared is optimized, what is generated need not be: it runs once.
fn manifest() -> String {
    let runtime = root().join("runtime");
    format!(
        "[package]\nname = \"turret-parity\"\nversion = \"0.0.0\"\nedition = \"2024\"\npublish = false\n\n[dependencies]\n\
         turret-runtime = {{ path = {:?} }}\nserde = \"1\"\nserde_json = {{ version = \"1\", features = [\"float_roundtrip\"] }}\n\n\
         [profile.dev]\ndebug = false\n\n[profile.dev.package.\"*\"]\nopt-level = 3\n\n[workspace]\n",
        runtime.display().to_string()
    )
}

/// Writes a file unless it is there, so that Cargo builds what has changed.
fn write(path: &Path, bytes: &[u8]) {
    if fs::read(path).ok().as_deref() != Some(bytes) {
        fs::write(path, bytes).expect("a file of the program can be written");
    }
}

impl Program {
    /// Takes a step of a case and reads what it gave.
    pub(crate) fn run(&self, at: usize, case: &Case<'_>) -> Result<Results, String> {
        let folder = self.folder.join(format!("data/case_{at}"));
        fs::create_dir_all(&folder).expect("the folder of a case can be made");
        write(&folder.join("case.dm"), case.spec().as_bytes());
        write(&folder.join("records.csv"), case.csv().as_bytes());
        if let Some((key, keys)) = &case.catalogue {
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
            weights.map(|(name, values)| (name, vec![values.len()], values)),
        );
        for (table, name) in &case.pretrained {
            let tensor = case.fixture.tensor(name);
            let (rows, width) = tensor.rows_and_width();
            let vectors = (table.clone(), vec![rows, width], tensor.values.clone());
            write_tensors(&folder.join(format!("{table}.safetensors")), [vectors].into_iter());
            let keys: String = (0..rows).map(|row| format!("{row}\n")).collect();
            write(&folder.join(format!("{table}.txt")), keys.as_bytes());
        }
        let ran = outcome(Command::new(&self.path).arg(at.to_string()).arg(&folder));
        if ran.status != 0 {
            return Err(format!("the program ends with status {}\n{}", ran.status, ran.stderr));
        }
        let results = fs::read(folder.join("results.safetensors")).expect("the program writes its results");
        read_tensors(&results).map_err(|error| format!("{error:?}"))
    }
}

/// What a column that saw one number would have learned, had that the given mean and variance.
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
