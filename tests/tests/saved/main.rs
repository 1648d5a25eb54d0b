//! Activations saved by layers: the counts of the compiler equal the memory held by a forward pass.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;

use turret_dsl::Compiler;
use turret_dsl::expand::Options;
use turret_dsl::layers::{LAYERS, Shape};
use turret_dsl::model::{InputId, Op, TowerId};
use turret_dsl::plan::Plan;
use turret_tests::program::{Device, Module, Program};
use turret_tests::{names_not_in, outcome};

/// Keys of a bag or a sequence.
const KEYS: u64 = 5;

/// Number of data rows.
const ROWS: usize = 192;

/// A record of maximum length.
const RECORD: &str = "1,2,3|4|3|5|1,3:1|4:2|3:1|5:1|1:3,5|6|7|8|5,0.3,0.1|-0.2|0.5,1\n";

/// A tower for each way in which a layer saves values.
const TOWERS: &[(&str, &str)] = &[
    ("dense", "item[shown] |> dense(5)"),
    ("dense_relu", "item[shown] |> dense(5, relu)"),
    ("dense_gelu", "item[shown] |> dense(5, gelu)"),
    ("dense_positions", "item[visits] |> dense(3, tanh) |> last"),
    ("mlp", "item[shown] |> mlp([4, 2], silu)"),
    ("mlp_norm", "item[shown] |> mlp([4, 2], silu, norm = layer, dropout = 0.2)"),
    ("mlp_batch_norm", "item[shown] |> mlp([4, 2], relu, norm = batch, output = linear)"),
    ("relu", "item[shown] |> relu"),
    ("leaky_relu", "item[shown] |> leaky_relu"),
    ("elu", "item[shown] |> elu"),
    ("softplus", "item[shown] |> softplus"),
    ("tanh", "item[shown] |> tanh"),
    ("sigmoid", "item[shown] |> sigmoid"),
    ("silu", "item[shown] |> silu"),
    ("gelu", "item[shown] |> gelu"),
    ("prelu", "item[shown] |> prelu"),
    ("dice", "item[shown] |> dice"),
    ("dropout", "item[shown] |> dropout(0.2)"),
    ("batch_norm", "item[shown] |> batch_norm"),
    ("layer_norm", "item[shown] |> layer_norm"),
    ("l2_normalize", "item[shown] |> l2_normalize"),
    ("clip_norm", "item[shown] |> clip_norm(max = 0.5)"),
    ("concat", "concat(position, age, item[shown])"),
    ("add", "add(item[shown], item[bought])"),
    ("mul", "mul(item[shown], item[bought])"),
    ("scale", "2 * item[shown]"),
    ("shift", "item[shown] + 2"),
    ("dot", "dot(item[shown], item[bought])"),
    ("cosine", "cosine(item[shown], item[bought])"),
    ("distance", "distance(item[shown], item[bought])"),
    ("bias", "item[shown] |> bias"),
    ("both", "both(age, dot(item[shown], item[bought]))"),
    ("unflatten", "item[shown] |> unflatten(fields = 2) |> max"),
    ("linear", "linear(shown, history, age, position)"),
    ("embed", "embed(shown, age, dim = 3) |> flatten"),
    ("stack", "stack(item[shown], item[bought]) |> flatten"),
    ("flatten", "stack(item[shown], item[bought]) |> flatten"),
    ("fm", "stack(item[shown], item[bought], item[shown]) |> fm"),
    ("bi_interaction", "stack(item[shown], item[bought], item[shown]) |> bi_interaction"),
    ("ffm", "ffm(shown, bought, dim = 2)"),
    ("pairs", "stack(item[shown], item[bought], item[shown]) |> pairs |> flatten"),
    ("inner_product", "stack(item[shown], item[bought], item[shown]) |> inner_product"),
    ("outer_product", "stack(item[shown], item[bought], item[shown]) |> outer_product"),
    ("attention_pool", "stack(item[shown], item[bought]) |> attention_pool(3, tanh)"),
    ("attention_pool_sequence", "item[visits] |> attention_pool(3, tanh)"),
    ("attention_pool_scores", "attention_pool(item[visits], scores = dot(item[visits], item[shown]))"),
    ("cross", "item[shown] |> cross(layers = 2)"),
    ("cross_v2", "item[shown] |> cross_v2(layers = 2)"),
    ("cross_v2_rank", "item[shown] |> cross_v2(layers = 1, rank = 2)"),
    ("cin", "stack(item[shown], item[bought]) |> cin([3, 4])"),
    ("residual_unit", "item[shown] |> residual_unit(4)"),
    ("slice", "item[shown] |> slice(from = 1, width = 2)"),
    ("mean", "mean(item[history])"),
    ("mean_weighted", "mean(item[tags])"),
    ("mean_sequence", "mean(item[visits])"),
    ("mean_fields", "mean(stack(item[shown], item[bought]))"),
    ("sum", "sum(item[history])"),
    ("sum_sequence", "sum(item[visits])"),
    ("sum_fields", "sum(stack(item[shown], item[bought]))"),
    ("max", "max(item[history])"),
    ("max_weighted", "max(item[tags])"),
    ("max_sequence", "max(item[visits])"),
    ("max_fields", "max(stack(item[shown], item[bought]))"),
    ("sqrtn", "sqrtn(item[history])"),
    ("lstm", "item[visits] |> lstm(3) |> last"),
    ("gru", "item[visits] |> gru(3) |> last"),
    ("horizontal_convolution", "item[visits] |> horizontal_convolution([2, 3], 4, relu)"),
    ("vertical_convolution", "item[visits] |> vertical_convolution(4)"),
    ("target_attention", "target_attention(item[visits], item[shown], [3], sigmoid)"),
    ("target_attention_softmax", "target_attention(item[visits], item[shown], [3], relu, softmax = true)"),
    (
        "target_attention_dropout",
        "target_attention(item[visits], item[shown], [3], relu, softmax = true, dropout = 0.2)",
    ),
    ("multi_interest_attention", "item[visits] |> multi_interest_attention(2, 3) |> flatten"),
    ("capsule_routing", "item[visits] |> capsule_routing(2, units = 4, iterations = 3) |> flatten"),
    (
        "label_aware_attention",
        "label_aware_attention(multi_interest_attention(item[visits], 2, 3), item[shown], power = 2)",
    ),
    ("last", "item[visits] |> last"),
    ("position_embedding", "last(item[visits] + position_embedding(item[visits]))"),
    ("sinusoids", "last(item[visits] + sinusoids(item[visits]))"),
    ("attention", "last(attention(item[visits], item[visits], item[visits], heads = 2))"),
    (
        "attention_dropout",
        "last(attention(item[visits], item[visits], item[visits], heads = 2, dropout = 0.2))",
    ),
    ("self_attention", "item[visits] |> self_attention(heads = 2) |> last"),
    ("feed_forward", "item[visits] |> feed_forward(3, relu) |> last"),
    ("encoder", "item[visits] |> encoder(3, relu, heads = 2) |> last"),
];

/// Values that are counted but freed before the backward pass: combined masks, and weights of keys in a
/// maximum.
const FREED: [(&str, u64); 11] = [
    ("attention_pool_scores", 2 * KEYS),
    ("max", 1),
    ("max_weighted", KEYS + 1),
    ("target_attention", 3 * KEYS),
    ("target_attention_softmax", 3 * KEYS),
    ("target_attention_dropout", 3 * KEYS),
    ("position_embedding", 2 * KEYS),
    ("sinusoids", 2 * KEYS),
    ("attention", 2 * KEYS),
    ("attention_dropout", 2 * KEYS),
    ("encoder", 2 * KEYS),
];

fn spec() -> String {
    let towers: String =
        TOWERS.iter().map(|(name, body)| format!("    tower t_{name} {{ {body} }}\n")).collect();
    let names: Vec<String> = TOWERS.iter().map(|(name, _)| format!("t_{name}")).collect();
    format!(
        "model Saved {{
    data {{ records = csv(\"records.csv\") }}
    input {{
        shown: id, bought: id, age: float, label: label
        history:  ids(max = 5, separator = \"|\")
        tags:     weighted_ids(max = 5, separator = \"|\")
        visits:   sequence(max = 5, separator = \"|\")
        position: vector(width = 3, separator = \"|\")
    }}
    embedding item {{ dim = 6, vocab = range(0, 9), oov = error }}
{towers}    objective bce(concat({}) |> dense(1), label)
}}",
        names.join(", ")
    )
}

/// Saved floats per record of a tower, as counted by the compiler, without the positions of keys among the
/// gathered rows, which all towers share.
fn counted(plan: &Plan, tower: usize) -> u64 {
    let (input, module) = (InputId::Tower(TowerId(tower)), &plan.towers[tower].module);
    let of_step = |step| {
        let saved = plan.step_cost(input, module, step).activations.record;
        match (&plan.model.nodes[step.node.0].op, plan.shapes[step.node.0]) {
            (Op::Lookup(..), Shape::Vector(_)) => saved - 1,
            (Op::Lookup(..), _) => saved - KEYS,
            _ => saved,
        }
    };
    module.steps.iter().map(of_step).sum()
}

#[test]
fn every_layer_has_a_tower() {
    let written: String = TOWERS.iter().map(|(_, body)| format!("{body}\n")).collect();
    let forgotten = names_not_in(LAYERS.iter().map(|layer| layer.name()), &written);
    assert!(forgotten.is_empty(), "nothing says how many numbers are saved by {}", forgotten.join(", "));
}

#[test]
fn layers_save_what_the_compiler_counts() {
    if Device::asked() != Device::Cpu {
        return;
    }
    let compiler = Compiler::new("saved.dm", &spec());
    let plan = compiler.plan().unwrap_or_else(|failure| panic!("{}", failure.render(false)));
    let mut towers = String::new();
    for tower in &plan.towers {
        let field = &tower.module.field;
        writeln!(
            towers,
            "(\"{field}\", &|model, batch, pass| {{
                let gathered = model.tables.gather(batch, pass).map_err(DeviceError::failed)?;
                harness::held(|| model.weights.{field}.forward::<OwnedTape<f32, AutoDevice>>(&batch.{field}, &gathered, pass))
            }}),"
        )
        .unwrap();
    }
    let arguments = format!(
        ", {{ use turret_runtime::device::AutoDevice; use turret_runtime::error::DeviceError; use turret_runtime::dfdx::tensor::OwnedTape; use turret_runtime::model::TableSet as _; &[{towers}] }}"
    );
    let code = compiler.source(&plan, &Options::default());
    let program = Program::build("saved", &[Module { code, arguments }], include_str!("held.rs"));
    let header = "shown,bought,history,tags,visits,age,position,label\n";
    fs::write(program.folder(0).join("records.csv"), header.to_string() + &RECORD.repeat(ROWS)).unwrap();
    // Another thread may free its part of the work while memory is counted.
    let ran = outcome(program.command(0).env("RAYON_NUM_THREADS", "1"));
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    let held: BTreeMap<&str, f64> = ran
        .stdout
        .lines()
        .filter_map(|line| line.split_once(' '))
        .map(|(tower, numbers)| (tower, numbers.parse().unwrap()))
        .collect();
    assert_eq!(held.len(), TOWERS.len(), "{}", ran.stdout);
    let mut wrong = String::new();
    for (at, tower) in plan.towers.iter().enumerate() {
        let (field, counted) = (&tower.module.field, counted(&plan, at));
        let freed = FREED.iter().find(|(name, _)| *name == TOWERS[at].0).map_or(0, |(_, numbers)| *numbers);
        if (counted - freed) as f64 != held[field.as_str()] {
            writeln!(wrong, "{field}: {counted} counted, {freed} freed, {} held", held[field.as_str()])
                .unwrap();
        }
    }
    assert!(wrong.is_empty(), "numbers per record\n{wrong}");
}
