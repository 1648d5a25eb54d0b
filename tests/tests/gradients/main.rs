//! Gradients of every layer of the language against finite differences.

use std::fs;
use std::sync::OnceLock;

use turret_dsl::Compiler;
use turret_dsl::expand::Options;
use turret_dsl::layers::LAYERS;
use turret_tests::program::{Device, Module, Program};
use turret_tests::{names_not_in, outcome};

/// Towers that call each layer of the language.
const TOWERS: [(&str, &str); 4] = [
    ("dense", include_str!("dense.dm")),
    ("fields", include_str!("fields.dm")),
    ("sequences", include_str!("sequences.dm")),
    ("interests", include_str!("interests.dm")),
];

/// Records of the towers: known and unknown keys; empty, full and single-key bags and sequences.
const RECORDS: &str = "\
shown,bought,history,visits,age,position,label
0,1,3|4|3,5|6|7|8,0.3,0.1|-0.2|0.5,1
1,2,,,-0.7,0.4|0.3|-0.1,0
2,0,5,6,1.1,-0.6|0.2|0.2,1
3,3,6|7|8|0,1|2|1,0.2,0.9|-0.4|0.7,0
4,8,2|1,8|3,-0.4,0.0|0.8|-0.3,1
";

/// A spec with these towers, and a further one that reads every column.
fn spec(towers: &str) -> String {
    let names = towers.lines().filter_map(|line| line.strip_prefix("tower ")?.split(' ').next());
    let names: Vec<&str> = names.chain(["frame"]).collect();
    format!(
        "model Gradients {{
    data {{ records = csv(\"records.csv\") }}
    input {{
        shown: id, bought: id, age: float, label: label
        history:  ids(max = 4, separator = \"|\")
        visits:   sequence(max = 4, separator = \"|\")
        position: vector(width = 3, separator = \"|\")
    }}
    embedding item {{ dim = 4, vocab = range(0, 9), oov = error }}
    {towers}
    tower frame {{ concat(item[shown], item[bought], sum(item[history]), mean(item[visits]), age, position) }}
    objective bce(concat({}) |> dense(3, tanh) |> dense(1), label)
    train {{ optimizer = sgd(lr = 1) }}
}}",
        names.join(", ")
    )
}

#[test]
fn every_layer_is_differentiated() {
    let written: String = TOWERS.iter().map(|(_, towers)| *towers).collect();
    let forgotten = names_not_in(LAYERS.iter().map(|layer| layer.name()), &written);
    assert!(forgotten.is_empty(), "no gradient is taken of {}", forgotten.join(", "));
}

/// Program of all towers, with data.
fn program() -> &'static Program {
    static BUILT: OnceLock<Program> = OnceLock::new();
    BUILT.get_or_init(|| {
        let modules = TOWERS.map(|(name, towers)| {
            let compiled = Compiler::new(name, &spec(towers)).compile(&Options::default());
            let code = compiled.unwrap_or_else(|failure| panic!("{}", failure.render(false)));
            Module { code, arguments: String::new() }
        });
        let program = Program::build("gradients", &modules, include_str!("differences.rs"));
        for at in 0..TOWERS.len() {
            fs::write(program.folder(at).join("records.csv"), RECORDS).unwrap();
        }
        program
    })
}

#[test]
fn gradients_are_those_of_finite_differences() {
    let mut wrong = Vec::new();
    for (at, (name, _)) in TOWERS.iter().enumerate() {
        let ran = outcome(&mut program().command(at));
        if ran.status != 0 {
            wrong.push(format!("{name}:\n{}", ran.stderr));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// For the stand-in as the device.
#[test]
fn a_machine_without_a_gpu_is_said() {
    if Device::asked() == Device::StandIn {
        for variable in ["TURRET_STAND_IN_DEVICES", "TURRET_STAND_IN_MEMORY"] {
            let ran = outcome(program().command(0).env(variable, "0"));
            assert_eq!(ran.status, 1, "{}", ran.stderr);
            assert!(ran.stderr.contains("no CUDA device can be used"), "{}", ran.stderr);
        }
    }
}
