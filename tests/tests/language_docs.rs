//! Reference of the language and its layers: the examples compile, and every layer, column kind, objective,
//! metric and optimizer is documented.

use turret_dsl::layers::LAYERS;
use turret_dsl::losses::losses;
use turret_dsl::resolve::{KINDS, METRICS, OPTIMIZERS, SAMPLERS};
use turret_dsl::{Compiler, Failure, render};

/// Pages by name.
const PAGES: [(&str, &str); 2] = [
    ("docs/language.md", include_str!("../../docs/language.md")),
    ("docs/layers.md", include_str!("../../docs/layers.md")),
];

/// Columns, tables and towers for partial examples.
const COLUMNS: &str = "
    click: label, age: float, position: vector(width = 3), title: text(max = 8)
    shown: id, bought: id, history: ids(max = 9), interests: weighted_ids(max = 5),
    visits: sequence(max = 20)";
const TABLES: &str = "embedding item { dim = 16 } embedding word { dim = 16 }";
/// Towers that use all columns, so that a partial example need not.
const TOWERS: &str = "
    tower user  {
        concat(age, position, mean(item[history]), mean(item[interests]), mean(item[visits])) |> dense(16)
    }
    tower shop  { item[shown] + item[bought] + mean(word[title]) }
    tower other { item[bought] }";

/// Blocks for `import`.
const BLOCKS: &str = "block residual(x, units) { x + dense(x, units, relu) }";

/// Fenced examples of a page: line, the word after `dm`, and text.
fn examples(page: &str) -> Vec<(usize, String, String)> {
    let mut examples = Vec::new();
    let mut lines = page.lines().enumerate();
    while let Some((number, line)) = lines.next() {
        if let Some(kind) = line.strip_prefix("```dm") {
            let text: Vec<&str> =
                lines.by_ref().map(|(_, line)| line).take_while(|line| *line != "```").collect();
            examples.push((number + 1, kind.trim().to_owned(), text.join("\n")));
        } else {
            assert!(!line.starts_with("```"), "line {}: examples are tagged `dm`", number + 1);
        }
    }
    examples
}

/// Complete spec of an example.
fn framed(kind: &str, text: &str) -> String {
    let missing = |word: &str, member: &'static str| if text.contains(word) { "" } else { member };
    let objective = missing("objective ", "objective bce(dot(user, shop) + dot(user, other), click)");
    let export = missing("export ", "export { user, shop, other }");
    match kind {
        "" => text.to_owned(),
        "file" => format!(
            "{text}\nmodel Frame {{ input {{ {COLUMNS} }} {TABLES} {TOWERS}
            tower tailed {{ user_part(age) |> tail }} block user_part(x) {{ dense(x, 16) }}
            {objective} export {{ tailed }} }}"
        ),
        "input" => format!(
            "model Frame {{ input {{ frame_label: label, frame_x: float\n{text}\n }}
            tower frame {{ dense(frame_x, 1) }} objective bce(frame, frame_label) }}"
        ),
        "tower" => format!(
            "model Frame {{ input {{ {COLUMNS} }} {TABLES} {TOWERS} tower example {{\n{text}\n}}
            {objective} export {{ example }} }}"
        ),
        "model" | "search" => {
            format!("model Frame {{ input {{ {COLUMNS} }} {TABLES} {TOWERS}\n{text}\n{objective} {export} }}")
        }
        "data" => format!(
            "model Frame {{\n{text}\n
            input {{ label: label(from = rating), user_id: id, item_id: id, price: float, time: float }}
            embedding user {{ dim = 4 }} embedding item {{ dim = 4 }}
            tower query {{ concat(user[user_id], item[item_id], price, time) |> dense(1) }}
            objective bce(query, label) }}"
        ),
        other => panic!("no frame is named `{other}`"),
    }
}

/// Plans an example, or a search at all points that cover it.
fn planned(compiler: &Compiler, is_search: bool) -> Result<(), Box<Failure>> {
    if !is_search {
        return compiler.plan().map(drop);
    }
    let points = compiler.space()?;
    assert!(!points.settings.is_empty());
    points.covering().into_iter().try_for_each(|values| {
        let set = |compiler: Compiler, (name, value): (&str, String)| compiler.set(name, &value);
        values.into_iter().fold(compiler.clone(), set).plan().map(drop)
    })
}

/// Each example compiles. A partial example may have unused declarations.
#[test]
fn examples_compile() {
    let examples: Vec<_> = PAGES
        .iter()
        .flat_map(|(name, page)| examples(page).into_iter().map(move |example| (name, example)))
        .collect();
    assert!(examples.len() > 30, "{} examples were found", examples.len());
    for (page, (line, kind, text)) in examples {
        let spec = framed(&kind, &text);
        let read = |path: &str| match path {
            "lib/blocks.dm" => Ok(BLOCKS.to_owned()),
            _ => Err("there is no such file".to_owned()),
        };
        let compiler = Compiler::new("example.dm", &spec).files(read);
        let Err(mut failure) = planned(&compiler, kind == "search") else { continue };
        if !kind.is_empty() {
            failure.diagnostics.retain(|diagnostic| !diagnostic.code.starts_with("E05"));
        }
        let texts: Vec<(&str, &str)> =
            failure.texts.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        let shown = render::render(&failure.diagnostics, &failure.spans, &texts, false);
        assert!(failure.diagnostics.is_empty(), "{page}:{line}:\n{shown}");
    }
}

/// Each name is in a heading, or in the first cell of a table row, of its page.
#[test]
fn everything_is_documented() {
    let [(language, language_page), (layers, layers_page)] = PAGES;
    let others = KINDS
        .iter()
        .copied()
        .chain(losses())
        .chain(METRICS)
        .chain(OPTIMIZERS)
        .chain(SAMPLERS)
        .map(|name| (language, language_page, name));
    let names = LAYERS.iter().map(|layer| (layers, layers_page, layer.name())).chain(others);
    for (page, text, name) in names {
        let documents = |line: &str| {
            let cell = line.strip_prefix('|').and_then(|row| row.split('|').next());
            let named = cell.or_else(|| line.strip_prefix('#'));
            named.is_some_and(|text| {
                text.contains(&format!("`{name}`")) || text.contains(&format!("`{name}("))
            })
        };
        assert!(text.lines().any(documents), "{page} has no heading or row for `{name}`");
    }
}

/// Entries of the tables of contents, and links within and between the pages, lead to headings.
#[test]
fn links_lead_somewhere() {
    let anchor = |heading: &str| -> String {
        let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '_' | '-'));
        kept.map(|c| if c == ' ' { '-' } else { c.to_ascii_lowercase() }).collect()
    };
    let mut found = 0;
    for (name, page) in PAGES {
        let headings: Vec<String> = page
            .lines()
            .filter(|line| line.starts_with('#'))
            .map(|line| anchor(line.trim_start_matches('#').trim()))
            .collect();
        let own = name.strip_prefix("docs/").unwrap_or(name);
        for (from, text) in PAGES {
            let prefix = if from == name { "](#".to_string() } else { format!("]({own}#") };
            let links = text.split(prefix.as_str()).skip(1).filter_map(|rest| rest.split_once(')'));
            for (link, _) in links {
                found += 1;
                assert!(
                    headings.iter().any(|heading| heading == link),
                    "{from}: no heading of {name} has the anchor #{link}"
                );
            }
        }
    }
    assert!(found > 30, "{found} links were found");
}

/// Documentation and compiler have the same default for each argument of an optimizer.
#[test]
fn defaults_of_optimizers_are_one() {
    let compiled = |call: &str| {
        let text = format!(
            "model M {{ input {{ x: float, y: label }} tower t {{ dense(x, 1) }} objective bce(t, y) train {{ optimizer = {call} }} }}"
        );
        Compiler::new("m.dm", &text).plan().unwrap().model.train.optimizer
    };
    let page = PAGES[0].1;
    for word in OPTIMIZERS {
        let lines =
            page.lines().filter_map(|line| line.strip_prefix(&format!("| `{word}("))?.split_once(")`"));
        let documented = lines.map(|(arguments, _)| format!("{word}({arguments})")).next().unwrap();
        assert_eq!(compiled(&documented), compiled(word), "{documented}");
    }
}
