//! Suggested fixes in messages.

use crate::Compiler;

/// Help of the only error of a model in which `written` is replaced by `otherwise`.
fn help(written: &str, otherwise: &str) -> String {
    const MODEL: &str = r#"model M {
        data {
            log   = csv("log.csv", columns = [user, item, click, size, time, "user_id:token", "the time"])
            items = csv("items.csv", columns = [item, title])
            join(items, on = item)
            history(by = user, order = time)
            split = by_time(time, test = 0.1)
        }
        input { click: label, size: float, user: id, title: id, seen: sequence(from = history.item, max = 3) }
        embedding user { dim = 4 }
        embedding item { dim = 4, vocab = learned }
        embedding title { dim = 4 }
        tower left { user[user] + mean(item[seen]) + (size |> dense(4)) }
        tower right { title[title] }
        catalogue { source = items, key = item }
        objective bpr(dot(left, right), negatives = 4) + bce(dot(left, right), click)
    }"#;
    assert!(MODEL.contains(written), "{written}");
    let failure = Compiler::new("m.dm", &MODEL.replace(written, otherwise)).plan().unwrap_err();
    let found: Vec<_> = failure.diagnostics.iter().filter(|found| !found.code.starts_with("E05")).collect();
    assert_eq!(found.len(), 1, "{otherwise}: {found:#?}");
    found[0].help.clone().unwrap_or_default()
}

#[test]
fn messages_name_what_to_write() {
    let bpr = "bpr(dot(left, right), negatives = 4)";
    for (written, otherwise, expected) in [
        ("\"log.csv\",", "\"log.csv\", separator = tab,", "write `separator = \"\\t\"`"),
        ("\"log.csv\",", "\"log.csv\", separator = \"semicolon\",", "write `separator = \";\"`"),
        (
            "\"log.csv\",",
            "\"log.csv\", separator = \"\\n\",",
            "each line is a row: name the character between its fields, such as `separator = \",\"`",
        ),
        (
            "\"log.csv\",",
            "\"log.csv\", separator = \"\\\"\",",
            "a quote cannot separate fields: name the character between them, such as `separator = \",\"`, and `quote = true`",
        ),
        ("join(items, on = item)", "join(items, on = log.item)", "write `on = item`"),
        ("order = time", "order = log.\"the time\"", "write `order = \"the time\"`"),
        ("by_time(time, test", "by_time(log.time, test", "write `field = time`"),
        ("order = time", "order = \"the tme\"", "did you mean `\"the time\"`?"),
        (
            "order = time",
            "order = \"the time\"",
            "use `leave_last_out`, or `by_time(\"the time\", test = 0.1)`",
        ),
        ("key = item", "key = itm", "did you mean `item`?"),
        ("size: float,", "size: float(standardize),", "it is given by its name: `transform = standardize`"),
        (
            "size: float,",
            "size: float(from = \"\"),",
            "copy the name from the first line of the file, or name the fields with `columns = [...]`",
        ),
        (
            "size: float,",
            "size: float(from = log.\" size\"),",
            "copy the name from the first line of the file, or name the fields with `columns = [...]`",
        ),
        ("size: float,", "size: float, user_id: float,", "did you mean `from = \"user_id:token\"`?"),
        (
            "user: id,",
            "user: id(missing = unknown),",
            "`unknown` is called `oov` here: write `missing = oov`",
        ),
        (
            "max = 3)",
            "max = 3, padding = \"post\")",
            "the side is `pad = back` of a `sequence`; other kinds have no order",
        ),
        (
            "max = 3)",
            "max = 3, padding = pre)",
            "the side is `pad = front` of a `sequence`; other kinds have no order",
        ),
        ("max = 3)", "max = 3, last)", "it is given by its name: `keep = last`"),
        (
            bpr,
            "bpr(sum(left * right), negatives = 4)",
            "use it as it is, without `sum`; the sum of the numbers of `a * b` is `dot(a, b)`",
        ),
        (
            bpr,
            "bpr(dot(left, right))",
            "write `bpr(positive, negative)`, or draw negatives from the catalog: `bpr(score, negatives = 4)`",
        ),
        (
            bpr,
            "triplet(left, right, margin = 1)",
            "write `triplet(anchor, positive, negative)`, or draw negatives from the catalog: `triplet(anchor, positive, negatives = 4)`",
        ),
        (
            bpr,
            "bce(dot(left, right), reduction = sum)",
            "write `bce(score, click)`, or draw negatives from the catalog: `bce(score, negatives = 4)`",
        ),
        (
            bpr,
            "bpr(dot(left, right), dot(right, left), num_neg = 4)",
            "`num_neg` is called `negatives` here: write `negatives = 4`",
        ),
        (
            bpr,
            "in_batch_softmax(left, right, num_neg = 4)",
            "`num_neg` is called `negatives` here: write `negatives = 4`",
        ),
        (
            bpr,
            "bpr(dot(left, right), negatives = 4, candidates = item)",
            "name the tower that encodes candidates; towers are `left`, `right`",
        ),
        (
            bpr,
            "bpr(dot(left, right), negatives = 4, candidates = [left, right])",
            "a score compares a tower of candidates with a tower of queries, which reads the record",
        ),
    ] {
        assert_eq!(help(written, otherwise), expected, "{otherwise}");
    }
}

/// Returns the order of a log with these columns, or the messages of its errors.
fn order(columns: &str, order: &str) -> Result<Vec<String>, Vec<String>> {
    let text = format!(
        "model M {{
            data {{ log = csv(\"log.csv\"{columns}), history(by = user, order = {order}), split = by_time({order}, test = 0.1) }}
            input {{ click: label, seen: sequence(from = history.item, max = 3) }}
            embedding item {{ dim = 4 }}
            tower s {{ mean(item[seen]) |> dense(1) }}
            objective bce(s, click)
        }}"
    );
    match Compiler::new("m.dm", &text).plan() {
        Ok(plan) => {
            let order = plan.model.data.timeline.unwrap().order;
            assert_eq!(plan.model.data.split, crate::model::SplitSpec::by_time(order.clone(), 0.1));
            Ok(order.iter().map(ToString::to_string).collect())
        }
        Err(failure) => Err(failure.diagnostics.iter().map(|found| found.message.clone()).collect()),
    }
}

#[test]
fn orders_of_a_log() {
    const ALL: &str = ", columns = [user, item, click, day, hour, row, file]";
    const NONE: [String; 0] = [];
    assert_eq!(order("", "file").unwrap(), NONE);
    assert_eq!(order(", columns = [user, item, click]", "file").unwrap(), NONE);
    assert_eq!(order(", columns = [user, item, click, day, hour]", "[day, hour]").unwrap(), ["day", "hour"]);
    assert_eq!(order("", "[day, \"the hour\"]").unwrap(), ["day", "the hour"]);
    // A field may have the name of a word.
    for (columns, written, expected) in [
        ("", "\"row\"", "row"),
        ("", "\"file\"", "file"),
        (ALL, "row", "row"),
        (ALL, "file", "file"),
        (ALL, "\"file\"", "file"),
        (ALL, "[file]", "file"),
    ] {
        assert_eq!(order(columns, written).unwrap(), [expected], "{columns} {written}");
    }
    for (columns, written, expected) in [
        ("", "row", "the order of the file is called `file`"),
        (", columns = [user, item, click]", "row", "the order of the file is called `file`"),
        ("", "[day, file]", "the order of the file is no field of a list"),
        ("", "[day, day]", "`day` is listed twice"),
        (
            "",
            "[]",
            "`order` of `history` must be a field, a list of fields, or `file` for the order of the file",
        ),
        (", columns = [user, item, click, day]", "[day, hour]", "`log` has no field `hour`"),
        ("", "4", "`order` of `history` must be the name of a field"),
    ] {
        assert_eq!(order(columns, written).unwrap_err()[0], expected, "{columns} {written}");
    }
}

#[test]
fn limits_of_filters() {
    let filter = |arguments: &str| {
        let text = format!(
            "model M {{ data {{ log = csv(\"log.csv\"), filter(day, {arguments}) }}
            input {{ x: float, y: label }} tower t {{ dense(x, 1) }} objective bce(t, y) }}"
        );
        match Compiler::new("m.dm", &text).plan() {
            Ok(plan) => {
                let filter = &plan.model.data.filters[0];
                let written = |limit: &Option<turret_schema::Limit>| {
                    limit.as_ref().map_or(String::new(), ToString::to_string)
                };
                format!("{} to {}", written(&filter.min), written(&filter.max))
            }
            Err(failure) => failure.diagnostics[0].message.clone(),
        }
    };
    for (arguments, expected) in [
        ("min = 4", "4 to "),
        ("min = \"2018-07-07\", max = \"2018-07-07\"", "\"2018-07-07\" to \"2018-07-07\""),
        ("max = \"2018-07-07 22:09:11\"", " to \"2018-07-07 22:09:11\""),
        (
            "min = \"2018-07-08\", max = \"2018-07-07\"",
            "no time is at least \"2018-07-08\" and at most \"2018-07-07\"",
        ),
        ("min = 5, max = 4", "no number is at least 5 and at most 4"),
        ("min = 5, max = \"2018-07-07\"", "`min` and `max` are a number and a date"),
        ("min = \"2018-13-07\"", "`min` of `filter` must be a number, or a date such as `\"2018-09-20\"`"),
        ("min = monday", "`min` of `filter` must be a number, or a date such as `\"2018-09-20\"`"),
    ] {
        assert_eq!(filter(arguments), expected, "{arguments}");
    }
}
