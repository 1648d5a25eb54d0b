//! Shapes, weights and inputs of a few specs.

use std::fmt::Write as _;

use super::{Lookup, Plan};
use crate::Compiler;
use crate::model::{ColumnId, Op};

/// Plans a model over columns of every shape, with this body of its first tower.
fn plan(body: &str) -> Plan {
    let text = format!(
        "model M {{
            input {{
                y: label, age: float, image: vector(width = 3), user: id, hour: bucket([6, 12])
                seen: ids(max = 5), likes: weighted_ids(max = 5), steps: sequence(max = 6)
            }}
            embedding user {{ dim = 4 }} embedding item {{ dim = 8 }} embedding hour {{ dim = 2 }}
            block residual(x, units = 8) {{ let inner = dense(x, units, relu)  x + inner }}
            block twice(x) {{ x |> residual |> residual }}
            tower t {{ {body} }}
            tower rest {{
                concat(age, image, user[user], hour[hour], mean(item[seen]), sum(item[likes]), mean(item[steps])) |> twice_or_once
            }}
            block twice_or_once(x) {{ x |> dense(8) |> twice |> dense(1) }}
            objective bce(rest, y)
            export {{ t }}
        }}"
    );
    Compiler::new("m.dm", &text).plan().unwrap_or_else(|failure| panic!("{:#?}", failure.diagnostics))
}

/// One line per operation of a tower: name, operation, shape, weights.
fn steps(plan: &Plan, site: usize) -> String {
    let mut lines = String::new();
    for step in &plan.towers[site].module.steps {
        let op = match &plan.model.nodes[step.node].op {
            Op::Column(column) => format!("column {}", plan.model.columns[column].name),
            Op::Lookup(table, column) => {
                format!("{}[{}]", plan.model.tables[table].name, plan.model.columns[column].name)
            }
            Op::Tower(tower) => format!("tower {}", plan.model.towers[tower].name),
            Op::Layer(layer) => layer.name().to_string(),
        };
        let shape = plan.shapes[step.node].to_string();
        let weights = step.weights.as_deref().unwrap_or("");
        let line = format!("{:<12} {op:<14} {shape:<9} {weights}", step.name);
        let _ = writeln!(lines, "{}", line.trim_end());
    }
    lines
}

#[test]
fn layers_have_their_shapes() {
    let plan = plan(
        "let pooled = concat(mean(item[seen]), max(item[seen]), sqrtn(item[likes]))
         let deep = pooled |> mlp([16, 8], relu, output = linear) |> batch_norm |> dropout(0.1) |> l2_normalize
         concat(deep |> tanh, age * 2 - 0.5 * age, dot(deep, mean(item[seen])), cosine(deep, deep), image |> layer_norm)",
    );
    insta::assert_snapshot!(steps(&plan, 0));
}

#[test]
fn blocks_have_weights_for_each_call() {
    let plan = plan("mean(item[seen]) |> twice |> residual(units = 8)");
    insta::assert_snapshot!(steps(&plan, 0));
    let names: Vec<&str> = plan.towers[0].module.weights.iter().map(|layer| layer.field.as_str()).collect();
    assert_eq!(names, ["inner", "inner_2", "inner_3"]);
    let counts: Vec<usize> = plan.towers[1].module.weights.iter().map(|layer| layer.weights.count).collect();
    assert_eq!(counts, [(1 + 3 + 4 + 2 + 8 + 8 + 8 + 1) * 8, 72, 72, 9]);
}

#[test]
fn tables_know_all_their_lookups() {
    let plan = plan("concat(mean(item[seen]), sum(item[seen]), user[user])");
    let named = |lookup: &Lookup| {
        (plan.inputs[lookup.input].name.as_str(), plan.model.columns[lookup.column].name.as_str())
    };
    let lookups: Vec<Vec<(&str, &str)>> =
        plan.lookups.iter().map(|lookups| lookups.iter().map(named).collect()).collect();
    assert_eq!(
        lookups,
        [
            vec![("t", "user"), ("rest", "user")],
            vec![("t", "seen"), ("rest", "seen"), ("rest", "likes"), ("rest", "steps")],
            vec![("rest", "hour")]
        ]
    );
    // All columns of a table share one vocabulary.
    let vocabularies: Vec<_> = plan.model.vocabularies.iter().map(|vocabulary| &vocabulary.name).collect();
    assert_eq!(vocabularies, ["user", "item"]);
}

#[test]
fn columns_learn_where_candidates_are_known() {
    let text = r#"model M {
        data {
            views = csv("views.csv", columns = [user, movie, liked])
            movies = csv("movies.csv", columns = [movie, title, year])
            join(movies, on = movie)
        }
        input {
            liked: label
            user: id
            title: id
            year: float(transform = standardize)
            popularity: frequency(from = views.movie)
        }
        embedding e { dim = 4 }
        tower query { e[user] |> dense(4) }
        tower liking { concat(e[user], year) |> dense(1) }
        tower candidate { concat(e[title], year) |> dense(4) }
        catalogue { source = movies, key = movie }
        objective in_batch_softmax(query, candidate, probability = popularity, remove_accidental_hits = title) + bce(liking, liked)
    }"#;
    let plan =
        Compiler::new("m.dm", text).plan().unwrap_or_else(|failure| panic!("{:#?}", failure.diagnostics));
    let parts: Vec<(&str, usize)> =
        plan.inputs.iter().map(|(_, input)| (input.name.as_str(), input.source)).collect();
    assert_eq!(parts, [("query", 0), ("liking", 0), ("candidate", 1), ("target", 0)]);
    let observers = plan.model.columns.iter().enumerate().map(|(index, column)| {
        (column.name.as_str(), plan.observer(ColumnId(index)).map(|input| plan.inputs[input].name.as_str()))
    });
    assert_eq!(
        observers.collect::<Vec<_>>(),
        [
            ("liked", Some("target")),
            ("user", Some("query")),
            ("title", Some("candidate")),
            ("year", Some("candidate")),
            ("popularity", Some("target")),
        ]
    );
}

#[test]
fn layers_work_on_each_position_of_a_sequence() {
    let plan = plan(
        "let near = concat(item[steps], user[user], dot(item[steps], mean(item[seen]))) |> dense(8, relu)
         concat(mean(near * 2 + item[steps]), stack(user[user], age |> dense(4)) |> dense(2) |> tanh |> flatten)",
    );
    insta::assert_snapshot!(steps(&plan, 0));
    let weights: Vec<_> =
        plan.towers[0].module.weights.iter().map(|layer| layer.weights.sizes.clone()).collect();
    assert_eq!(weights, [[13, 8], [1, 4], [4, 2]]);
}

/// Field names that are not identifiers are quoted everywhere.
#[test]
fn fields_may_have_any_names() {
    let text = r#"model Names {
        data {
            log   = tsv("log.inter", columns = ["user_id:token", "item_id:token", "rating:float", "time:float"])
            items = tsv("items.item", columns = ["item_id:token", "class:token_seq"])
            join(items, on = "item_id:token")
            filter("rating:float", min = 1)
            history(by = "user_id:token", order = "time:float")
            split = leave_last_out
        }
        input {
            seen:  sequence(from = history."item_id:token", max = 5)
            item:  id(from = items."item_id:token")
            class: ids(max = 4, separator = " ", from = "class:token_seq")
        }
        embedding item { dim = 2 } embedding class { dim = 2 }
        tower query { mean(item[seen]) }
        tower cand  { item[item] + mean(class[class]) }
        catalogue { source = items, key = "item_id:token" }
        objective full_softmax(query, cand)
        metrics { hit_rate(1), user = "user_id:token" }
    }"#;
    let plan =
        Compiler::new("m.dm", text).plan().unwrap_or_else(|failure| panic!("{}", failure.render(false)));
    let fields: Vec<_> = plan.model.columns.iter().map(|column| column.field.as_str()).collect();
    assert_eq!(fields, ["item_id:token", "item_id:token", "class:token_seq"]);
    assert!(plan.model.columns[0].earlier);
    let unlisted = text.replace(r#"items."item_id:token""#, r#"items."item:token""#);
    let failure = Compiler::new("m.dm", &unlisted).plan().unwrap_err();
    assert_eq!(failure.diagnostics[0].message, "`items` has no field `item:token`");
}

#[test]
fn what_learns_from_the_other_records_of_a_batch_is_known() {
    for (body, word) in [
        ("concat(user[user], age) |> dense(4, relu)", None),
        ("concat(user[user], age) |> dense(4, prelu)", None),
        ("concat(user[user], age) |> dense(4) |> layer_norm", None),
        ("concat(user[user], age) |> dense(4) |> batch_norm", Some("batch_norm")),
        ("concat(user[user], age) |> mlp([4], dice)", Some("dice")),
    ] {
        assert_eq!(plan(body).needs_company(), word, "{body}");
    }
    let retrieval = |objective: &str| {
        let text = format!(
            "model M {{
                data {{
                    views = csv(\"views.csv\", columns = [user, item])
                    items = csv(\"items.csv\", columns = [item])
                    join(items, on = item)
                }}
                input {{ user: id, item: id(from = items.item) }}
                embedding user {{ dim = 4 }} embedding item {{ dim = 4 }}
                tower query {{ user[user] }} tower candidate {{ item[item] }}
                catalogue {{ source = items, key = item }}
                objective {objective}
            }}"
        );
        let plan = Compiler::new("m.dm", &text).plan();
        plan.unwrap_or_else(|failure| panic!("{:#?}", failure.diagnostics)).needs_company()
    };
    assert_eq!(retrieval("in_batch_softmax(query, candidate)"), Some("in_batch_softmax"));
    assert_eq!(retrieval("in_batch_softmax(query, candidate, negatives = 5)"), None);
    assert_eq!(retrieval("sampled_softmax(query, candidate, negatives = 5)"), None);
}

#[test]
fn learned_weights_and_queues_have_costs() {
    let costs = |objective: &str| {
        let text = format!(
            "model M {{
                input {{ user: id, item: id, click: label }}
                embedding user {{ dim = 4 }} embedding item {{ dim = 4 }}
                tower query {{ user[user] |> dense(4) }} tower candidate {{ item[item] }}
                objective {{ click: bce(dot(query, candidate), click), {objective} }}
                train {{ l2 = 0.1 }}
            }}"
        );
        let plan = Compiler::new("m.dm", &text).plan();
        plan.unwrap_or_else(|failure| panic!("{:#?}", failure.diagnostics)).costs()
    };
    let next = "next: in_batch_softmax(query, candidate)";
    let (usual, learned) = (costs(next), costs(&format!("{next}, weights = uncertainty")));
    // Adam keeps two numbers for each weight.
    assert_eq!((learned.weights, learned.state), (usual.weights + 2, usual.state + 2 * 2));
    assert_eq!(learned.activations, usual.activations);
    let queued = costs("next: in_batch_softmax(query, candidate, queue = 50)");
    assert_eq!((usual.softmaxes[0].queue, queued.softmaxes[0].queue), (0, 50));
    assert_eq!(queued.softmaxes[0].candidates(10, 0), 60);
    assert_eq!(queued.weights, usual.weights);
}

/// A plan is plain data: it can be stored, compared and sent to another thread.
#[test]
fn a_plan_is_a_value() {
    fn check<T: Clone + PartialEq + Send + Sync + 'static>(_: &T) {}
    let text = "model M {
        input { y: label, a: id, x: float }
        embedding a { dim = 2 }
        tower t { concat(a[a], x) |> mlp([4], relu) |> dense(1) }
        objective bce(t, y)
    }";
    let plan =
        || Compiler::new("m.dm", text).plan().unwrap_or_else(|failure| panic!("{:#?}", failure.diagnostics));
    check(&plan());
    assert_eq!(plan(), plan());
    let wider = text.replace("[4]", "[5]");
    assert_ne!(plan(), Compiler::new("m.dm", &wider).plan().unwrap_or_else(|_| plan()));
}

/// Fields of `Features` of a model over a range of columns, with these tables and this tower.
fn arrays(tables: &str, tower: &str) -> Vec<String> {
    let text = format!(
        "model M {{
            data {{ log = csv(\"log.csv\", columns = [y, C1..C3, x1..x2]) }}
            input {{ y: label, C1..C3: id, x1..x2: float }}
            {tables}
            tower t {{ {tower} |> dense(1) }}
            objective bce(t, y)
        }}"
    );
    let plan =
        Compiler::new("m.dm", &text).plan().unwrap_or_else(|failure| panic!("{:#?}", failure.diagnostics));
    let vocabularies = plan.vocabularies.arrays().map(|part| &part.field);
    let columns = plan.columns.arrays().map(|part| &part.field);
    let tables = plan.tables.arrays().map(|part| &part.field);
    vocabularies.chain(columns).chain(tables).cloned().collect()
}

#[test]
fn ranges_are_arrays_where_all_they_are_read_from_is() {
    let all = "concat(embed(C1..C3, dim = 2) |> flatten, x1..x2)";
    assert_eq!(arrays("", all), ["C_vocabulary", "C", "x", "C"]);
    let own = |keys: [&str; 3]| {
        let tables = keys.iter().enumerate();
        let tables = tables.map(|(at, keys)| format!("embedding C{0} {{ dim = 2, vocab = {keys} }}", at + 1));
        tables.collect::<Vec<_>>().join(" ")
    };
    let rows = "concat(C1[C1], C2[C2], C3[C3], x2, x1)";
    // Different keys, another order, or a column that is not read.
    assert_eq!(arrays(&own(["[1]", "[2]", "[3]"]), rows), [] as [&str; 0]);
    assert_eq!(arrays(&own(["[1]", "[1]", "[1]"]), rows), ["C_vocabulary", "C", "C"]);
    let turned = "concat(C2[C2], C1[C1], C3[C3], x2, x1)";
    assert_eq!(arrays(&own(["[1]", "[1]", "[1]"]), turned), [] as [&str; 0]);
    let shared = "concat(item[C1], item[C2], item[C3], x2, x1)";
    assert_eq!(arrays("embedding item { dim = 2 }", shared), ["C"]);
}
