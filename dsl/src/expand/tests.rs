//! Settings of columns and tables in generated code.

use super::{Options, expand};
use crate::Compiler;

const SPEC: &str = r#"model Policies {
    data { log = tsv("log.tsv"), on_error = substitute }
    input {
        plain:    id
        strict:   id(vocab = ["a", "b"], oov = error, missing = error)
        filled:   id(vocab = range(0, 9), oov = zero, missing = 7)
        hashed:   id(hash = 1_000, missing = zero)
        bag:      ids(max = 3, vocab = learned(min_count = 2, max = 50), oov = drop)
        sequence: ids(max = 4, keep = last, separator = "|", padding = 0, missing = error, vocab = file("keys.txt"))
        weighted: weighted_ids(max = 5, keep = error, separator = ";", weight = "=")
        words:    text(max = 6, missing = error)
        raw:      float
        mean:     float(missing = mean, transform = standardize)
        log:      float(missing = -1, clip = [0, inf], transform = log1p)
        bounded:  float(clip = [-1.5, 1e6], transform = min_max)
        low:      float(clip = [-inf, 0])
        vector:   vector(width = 3, separator = " ", missing = zero)
        given:    bucket([1, 2.5])
        even:     bucket(equal_width(10), missing = bucket)
        shares:   bucket(quantiles(4))
        y:        label(missing = 0)
        w:        weight(missing = 1)
    }
    embedding k1 { dim = 2 } embedding k2 { dim = 2, initializer = zeros } embedding k3 { dim = 2, initializer = glorot }
    embedding k4 { dim = 2, initializer = normal(0.1) } embedding k5 { dim = 2, initializer = uniform(0.2), l2 = 0.5 }
    embedding k6 { dim = 2, optimizer = sgd(0.1, momentum = 0.9) }
    embedding k7 { dim = 2, pretrained = "v.npy", keys = "v.txt", frozen, oov = zero }
    embedding k8 { dim = 2, optimizer = row_wise_adagrad(lr = 0.2) }
    embedding b1 { dim = 2 } embedding b2 { dim = 2 } embedding b3 { dim = 2 }
    tower t {
        concat(k1[plain], k2[strict], k3[filled], k4[hashed], mean(k5[bag]), sum(k6[sequence]), sqrtn(k7[weighted]),
               max(k8[words]), raw, mean, log, bounded, low, vector, b1[given], b2[even], b3[shares])
            |> dense(1)
    }
    objective weighted_bce(t, y, pos_weight = 2)
    train { optimizer = adamw(0.01) }
}"#;

/// The lines of a function of the generated code.
fn function(code: &str, name: &str) -> String {
    let lines = code.lines().skip_while(|line| !line.contains(&format!("fn {name}(")));
    lines
        .take_while(|line| !line.trim().is_empty() && !line.starts_with("    }"))
        .map(|line| format!("{line}\n"))
        .collect()
}

/// Code of a spec, without white space.
fn code_of(spec: &str) -> String {
    let plan =
        Compiler::new("m.dm", spec).plan().unwrap_or_else(|failure| panic!("{:#?}", failure.diagnostics));
    let code = crate::print::print(expand(&plan, &Options::default()), "");
    code.split_whitespace().collect()
}

#[test]
fn settings_reach_the_runtime() {
    let plan =
        Compiler::new("m.dm", SPEC).plan().unwrap_or_else(|failure| panic!("{:#?}", failure.diagnostics));
    let code = crate::print::print(expand(&plan, &Options::default()), "");
    let functions = ["default", "description", "tables"].map(|name| function(&code, name));
    insta::assert_snapshot!(functions.join("\n"));
}

/// Names of RecBole's files, wherever a field is named.
#[test]
fn fields_may_have_any_name() {
    let spec = r#"model Names {
    data {
        log   = tsv("log.inter")
        items = tsv("items.item")
        join(items, on = "item_id:token", key = "id:token", keep = last)
        filter("rating:float", min = 1)
        distinct("user_id:token", "item_id:token", keep = last)
        history(by = "user_id:token", order = ["day:float", "hour:float"])
        split = by_time(["day:float", "hour:float"], test = 0.1)
    }
    input {
        hist:   sequence(from = history."item_id:token", max = 5)
        item:   id(from = items."id:token")
        class:  ids(max = 4, separator = " ", from = "class:token_seq", length = "class:count")
        tags:   weighted_ids(max = 4, from = log."tags:token_seq", weights = "tags:float_seq")
        clicks: sequence(max = 3, from = ["click 1", "click 2"])
    }
    embedding item { dim = 2 }
    embedding class { dim = 2 }
    tower query { mean(item[hist]) + mean(class[tags]) + mean(item[clicks]) }
    tower cand  { item[item] + mean(class[class]) }
    catalog { source = items, key = "id:token" }
    objective full_softmax(query, cand)
    metrics { hit_rate(1), user = "user_id:token" }
}"#;
    let code = code_of(spec);
    for expected in [
        r#"JoinSpec::new("items","item_id:token","id:token").keep(KeepRow::Last)"#,
        r#"FilterSpec::new("rating:float").min(1.0)"#,
        r#"DistinctSpec::new(["user_id:token","item_id:token"],KeepRow::Last)"#,
        r#"TimelineSpec::new("user_id:token",["day:float","hour:float"])"#,
        r#"SplitSpec::by_time(["day:float","hour:float"],0.1)"#,
        r#"CatalogSpec::new("items","id:token","#,
        r#"#[field("history","item_id:token")]"#,
        r#"#[field("items","id:token")]"#,
        r#"#[compound(Length,"items","class:token_seq""class:count")]"#,
        r#"#[compound(Weights,"log","tags:token_seq""tags:float_seq")]"#,
        r#"#[compound(Items,"log","click1""click2")]"#,
    ] {
        assert!(code.contains(expected), "{expected} in {code}");
    }
}

#[test]
fn numbers_and_times_of_data_stay_exact() {
    let spec = r#"model Times {
    data {
        log = csv("log.csv", columns = [user, time, y, day], header)
        filter(time, min = -1769590000000000003, max = 1769590000000000003)
        filter(user, only = [9007199254740993])
        filter(day, min = "2018-07-07")
        history(by = user, order = file)
        split = by_time(file, test = 0.1)
    }
    input { user: id(vocab = [9007199254740993, 2]), time: bucket([0.5, 1769590000000000001, 1769590000000000003]), y: label
            season: bucket(["2018-07-07", "2018-07-07 12:00:00.5"], time, from = day), at: float(time, from = day) }
    embedding user { dim = 2 } embedding time { dim = 2 } embedding season { dim = 2 }
    tower t { concat(user[user], time[time], season[season], at) |> dense(1) }
    objective bce(t, y)
}"#;
    let code = code_of(spec);
    for expected in [
        r#"FilterSpec::new("time").min(-1769590000000000003i64).max(1769590000000000003i64)"#,
        r#".only(["9007199254740993"])"#,
        r#"FilterSpec::new("day").min("2018-07-07")"#,
        r#"TimelineSpec::in_file_order("user")"#,
        "SplitSpec::by_time([],0.1)",
        r#"Keys::list(["9007199254740993","2"])"#,
        "Number::from(0.5),Number::from(1769590000000000001i64),Number::from(1769590000000000003i64)",
        "Boundaries::given([1530921600.0,1530964800.5])).time(true)",
        "FloatSpec::default().time(true)",
        ".header(true)",
    ] {
        assert!(code.contains(expected), "{expected} in {code}");
    }
}

#[test]
fn settings_of_training_reach_the_runtime() {
    let code = |split: &str, train: &str| {
        let code = code_of(&format!(
            "model M {{ data {{ log = csv(\"log.csv\"), split = {split} }} input {{ user: id, time: float, y: label }}
            embedding user {{ dim = 2 }} tower t {{ concat(user[user], time) |> dense(1) }} objective bce(t, y)
            metrics {{ auc, gauc(by = user) }} train {{ {train} }} }}"
        ));
        // Long calls end with a comma.
        code.replace(",}", "}").replace(",)", ")")
    };
    for (split, written) in [
        ("random(test = 0.1)", "SplitSpec::random(0.1,42)"),
        ("random(validate = 0.2, test = 0.1)", "SplitSpec::Random{validate:0.2,test:0.1,seed:42}"),
        ("by_time(time, test = 0.1)", "SplitSpec::by_time([\"time\"],0.1)"),
        ("leave_last_out(by = user, order = time)", "SplitSpec::leave_last_out(1)"),
        ("leave_last_out(by = user, order = time, validate)", "SplitSpec::LeaveLastOut{nth:1,validate:true}"),
        ("given(\"a\", \"b\")", "SplitSpec::given(\"a\",\"b\")"),
        ("given(\"a\", \"b\", validate = \"c\")", "validate:Some(\"c\".into())"),
    ] {
        let code = code(split, "batch = 8");
        assert!(code.contains(written), "{written}: {code}");
        assert!(code.contains("training:TrainSpec::new(OptimizerSpec::adam(0.001)).batch(8),"), "{code}");
    }
    for (train, written) in [
        ("steps = 100", ".steps(100)"),
        ("batch = 8, schedule = constant", "OptimizerSpec::adam(0.001)).batch(8),"),
        (
            "schedule = cosine(warm_up = 100)",
            ".schedule(ScheduleSpec::new(Decay::Cosine{until:None,floor:0.0}).warm_up(100))",
        ),
        (
            "schedule = step(every = 10, factor = 0.5)",
            ".schedule(ScheduleSpec::new(Decay::Step{every:10,factor:0.5}))",
        ),
        ("clip = norm(2)", ".clip(Clip::Norm(2.0))"),
        ("stop = patience(gauc(by = user), 3)", ".stop(StopSpec::patience(Metric::gauc(0,0),3))"),
    ] {
        let code = code("random(validate = 0.2, test = 0.1)", train);
        assert!(code.contains(written), "{written}: {code}");
    }
}

/// Learned weights are called with the factor of each task, and a queue with the pass.
#[test]
fn objectives_that_learn_weights_and_queue_candidates() {
    let spec = |objective: &str| {
        format!(
            "model M {{
                input {{ user: id, item: id, click: label, seconds: target }}
                embedding user {{ dim = 4 }} embedding item {{ dim = 4 }}
                tower query {{ user[user] }} tower candidate {{ item[item] }}
                tower time {{ concat(user[user], item[item]) |> dense(1) }}
                objective {{
                    {objective}
                    click: bce(dot(query, candidate), click)
                    stay: 2 * mse(time, seconds) + mse(time * 2, seconds)
                    rest: mse(time, seconds) + mae(time, seconds)
                }}
            }}"
        )
    };
    let code = code_of(&spec("weights = uncertainty"));
    assert!(code.contains("pubtask_weights:TaskWeights<3>,"), "{code}");
    let total = "ops::total_by_uncertainty(&self.objective.task_weights,[click_loss,stay_loss,rest_loss],[1.0,0.5,1.0],pass";
    assert!(code.contains(total), "{code}");
    let code = code_of(&spec("next: in_batch_softmax(query, candidate, queue = 100)"));
    assert!(code.contains("ops::queued_softmax(query_output,candidate_output,&Softmax{"), "{code}");
    assert!(code.contains("SoftmaxCost::new(4,true,false).queue(100)"), "{code}");
}
