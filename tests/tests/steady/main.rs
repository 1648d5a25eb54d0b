//! A training step takes the memory of the step before it, but for the record of its ops, and for the table rows of its
//! batch and their gradients.

use std::fmt::Write as _;
use std::fs;

use turret_dsl::Compiler;
use turret_dsl::expand::Options;
use turret_tests::outcome;
use turret_tests::program::{Device, Module, Program};

/// Most bytes that a step allocates for another record: two tables of 16 floats, and four keys of a bag, whose rows are
/// gathered once and have one gradient.
const A_RECORD: usize = 512;

/// Number of data rows.
const ROWS: usize = 2048;

/// The models: columns that only one of them has, and what follows the tables.
const MODELS: &[(&str, &str, &str)] = &[
    (
        "ranking",
        "age: float, label: label",
        "tower score {
        concat(user[user], item[item], mean(item[tags]), age)
            |> dense(64, relu) |> dropout(0.1) |> dense(32, relu) |> dense(1)
    }
    objective bce(score, label)
    train { optimizer = adagrad(lr = 0.01) }",
    ),
    (
        "retrieval",
        "",
        "tower query     { concat(user[user], mean(item[tags])) |> mlp([32, 16], relu) }
    tower candidate { item[item] |> dense(16) }
    objective in_batch_softmax(query, candidate)
    train { optimizer = adam(lr = 0.001) }",
    ),
];

fn spec(name: &str, columns: &str, body: &str) -> String {
    format!(
        "model {name} {{
    data {{ records = csv(\"records.csv\") }}
    input {{
        user: id
        item: id
        tags: ids(max = 4, separator = \"|\")
        {columns}
    }}
    embedding user {{ dim = 16 }}
    embedding item {{ dim = 16 }}
    {body}
}}
"
    )
}

#[test]
fn a_steady_step_allocates_as_often_for_any_number_of_rows() {
    if Device::asked() != Device::Cpu {
        return;
    }
    let modules = MODELS.iter().map(|(name, columns, body)| {
        let compiler = Compiler::new("steady.dm", &spec(name, columns, body));
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
    for (at, (name, ..)) in MODELS.iter().enumerate() {
        fs::write(program.folder(at).join("records.csv"), &records).unwrap();
        let ran = outcome(program.command(at).env("RAYON_NUM_THREADS", "1"));
        assert_eq!(ran.status, 0, "{}", ran.stderr);
        let counted: Vec<Vec<usize>> = ran
            .stdout
            .lines()
            .map(|line| line.split(' ').map(|number| number.parse().unwrap()).collect())
            .collect();
        let [few, many] = &counted[..] else { panic!("{}", ran.stdout) };
        let (records, allocations) = (many[0] - few[0], [few[1], many[1]]);
        assert_eq!(allocations[0], allocations[1], "{name}: allocations of a step");
        assert!(allocations[0] < 600, "{name}: {allocations:?}");
        assert!(many[2] - few[2] <= A_RECORD * records, "{name}: {few:?} {many:?}");
    }
}
