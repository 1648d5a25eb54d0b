//! A training step takes the memory of the step before it.

use std::fmt::Write as _;
use std::fs;

use turret_dsl::Compiler;
use turret_dsl::expand::Options;
use turret_tests::outcome;
use turret_tests::program::{Device, Module, Program};

/// Number of data rows.
const ROWS: usize = 2048;

const DATA: &str = "data { records = csv(\"records.csv\") }
    input {
        user: id
        item: id
        tags: ids(max = 4, separator = \"|\")
        age:  float
        label: label
    }
    embedding user { dim = 16 }
    embedding item { dim = 16 }";

/// Bodies of the models after the data.
const MODELS: &[(&str, &str)] = &[
    (
        "ranking",
        "tower score { concat(user[user], item[item], mean(item[tags]), age) |> dense(64, relu) |> dropout(0.1) |> dense(32, relu) |> dense(1) }
    objective bce(score, label)
    train { optimizer = adagrad(lr = 0.01) }",
    ),
    (
        "retrieval",
        "tower query     { concat(user[user], mean(item[tags])) |> mlp([32, 16], relu) }
    tower candidate { item[item] |> dense(16) }
    objective in_batch_softmax(query, candidate)
    train { optimizer = adam(lr = 0.001) }",
    ),
];

#[test]
fn a_steady_step_allocates_nothing_for_its_rows() {
    if Device::asked() != Device::Cpu {
        return;
    }
    let modules = MODELS.iter().map(|(name, body)| {
        let spec = format!("model {name} {{\n    {DATA}\n    {body}\n}}\n");
        let compiler = Compiler::new("steady.dm", &spec);
        let plan = compiler.plan().unwrap_or_else(|failure| panic!("{}", failure.render(false)));
        Module { code: compiler.source(&plan, &Options::default()), arguments: String::new() }
    });
    let program = Program::build("steady", &modules.collect::<Vec<_>>(), include_str!("counted.rs"));
    let mut records = "user,item,tags,age,label\n".to_owned();
    for row in 0..ROWS {
        let item = |at: usize| (row * 7 + at) % 500;
        let list = [1, 2, 3, 4].map(|at| item(at).to_string()).join("|");
        writeln!(records, "{},{},{list},{},{}", row % 300, item(0), row % 90, row % 2).unwrap();
    }
    for (at, (name, _)) in MODELS.iter().enumerate() {
        fs::write(program.folder(at).join("records.csv"), &records).unwrap();
        let ran = outcome(program.command(at).env("RAYON_NUM_THREADS", "1"));
        assert_eq!(ran.status, 0, "{}", ran.stderr);
        let counted: Vec<Vec<usize>> = ran
            .stdout
            .lines()
            .map(|line| line.split(' ').map(|number| number.parse().unwrap()).collect())
            .collect();
        let [few, many] = &counted[..] else { panic!("{}", ran.stdout) };
        println!("{name}: {few:?} {many:?}");
        assert_eq!((few[1], few[2]), (many[1], many[2]), "{name}: allocations and bytes of a step");
    }
}
