//! Any text is compiled or rejected, in bounded time and without a panic; formatting preserves its meaning.

use std::time::{Duration, Instant};

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use turret_dsl::expand::Options;
use turret_dsl::render::{render, to_json};
use turret_dsl::resolve::KINDS;
use turret_dsl::{Compiler, fmt};
use turret_tests::{outcome, turret};

const TWO_TOWER: &str = include_str!("../../specs/two_tower.dm");
const DSSM: &str = include_str!("../../specs/dssm_multivalue.dm");
const HISTORY: &str = include_str!("../../specs/sdm.dm");
const SEQUENCES: &str = include_str!("../../specs/comirec.dm");

/// Words of specs, and others.
#[rustfmt::skip]
const TOKENS: [&str; 79] = [
    "model", "input", "data", "embedding", "tower", "block", "objective", "metrics", "train", "export", "catalogue", "const", "let",
    "import", "id", "ids", "weighted_ids", "sequence", "text", "float", "vector", "bucket", "label", "weight", "concat", "dense", "mlp", "mean",
    "dot", "relu", "bce", "in_batch_softmax", "adagrad", "vocab", "range", "learned", "hash", "dim", "max", "from", "x", "y", "Z_9",
    "C1..C26", "a1..a3", "0", "1", "8", "0.5", "1e300", "-1", "9007199254740993", "\"\"", "\"a\\\"b\"", "\"\\q\"", "é", ";", "(", ")",
    "[", "]", "{", "}", ",", ":", "=", "|>", "|", "+", "-", "*", "/", ".", "..", "// c\n", "/// d\n", "//// e\n", "\n", "\t",
];

/// Compiles a text and checks invariants: diagnostics have places in their texts and render, generated code
/// is Rust, and formatting keeps comments and is idempotent. Returns whether it compiled.
fn examine(text: &str) -> bool {
    if let Ok(formatted) = fmt::format(text) {
        assert_eq!(comments(text), comments(&formatted), "{text}");
        assert_eq!(fmt::format(&formatted).ok().as_ref(), Some(&formatted), "{text}");
    }
    let failure = match Compiler::new("any.dm", text).compile(&Options { main: true, ..Options::default() }) {
        Ok(code) => {
            syn::parse_file(&code).unwrap_or_else(|error| panic!("{error}: {text}\n{code}"));
            return true;
        }
        Err(failure) => failure,
    };
    assert!(!failure.diagnostics.is_empty(), "{text}");
    for diagnostic in &failure.diagnostics {
        let notes = diagnostic.notes.iter().map(|(span, note)| (*span, note));
        for (span, said) in notes.chain([(diagnostic.span, &diagnostic.message)]) {
            let place = failure.spans.get(span);
            let text = &failure.texts[place.text as usize].1;
            assert!(
                text.get(place.start as usize..place.end as usize).is_some(),
                "{place:?} of {diagnostic:?}"
            );
            assert!(!said.ends_with(['.', ' ', '\n']) && !said.contains('\n'), "{said:?}");
        }
    }
    let texts: Vec<(&str, &str)> =
        failure.texts.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    render(&failure.diagnostics, &failure.spans, &texts, true);
    to_json(&failure.diagnostics, &failure.spans, &texts);
    false
}

/// Comments of a valid text, in order.
fn comments(text: &str) -> Vec<&str> {
    text.lines().filter_map(|line| Some(line[comment_start(line)?..].trim_end())).collect()
}

/// Start of the comment of a line: `//` outside of a string.
fn comment_start(line: &str) -> Option<usize> {
    let (mut quoted, mut escaped) = (false, false);
    for (at, c) in line.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '/' if !quoted && line[at..].starts_with("//") => return Some(at),
            _ => {}
        }
    }
    None
}

/// Replaces a range of the tokens of a spec (including white space).
fn mutate(spec: &str, at: usize, length: usize, put: &[&str]) -> String {
    let boundary = |c: char| !c.is_ascii_alphanumeric() && c != '_';
    let tokens: Vec<&str> = spec.split_inclusive(boundary).collect();
    let start = at % tokens.len();
    let end = (start + length).min(tokens.len());
    [&tokens[..start].concat(), &put.join(" "), &tokens[end..].concat()].map(String::as_str).concat()
}

/// Well-formed values that rarely fit: the text parses and is then resolved.
const VALUES: [&str; 32] = [
    "a.b",
    "a.b.c",
    "log.x.y",
    "1.user",
    "concat(log).user",
    "(a).b",
    "[a].b",
    "\"t\".b",
    "a[b].c",
    "f(a = 1)",
    "f(f(f))",
    "a",
    "id",
    "none",
    "true",
    "-1",
    "1e300",
    "0",
    "-a",
    "a + b",
    "1 / 0",
    "a[b]",
    "a[1]",
    "1[a]",
    "f(a)[b]",
    "[]",
    "[[]]",
    "[a, \"b\", 1]",
    "C1..C3",
    "\"\"",
    "\"\\n\"",
    "x |> f |> g(1)",
];

/// Byte ranges of values in a spec: after `=`, `(`, `[`, `,` and `:` up to a closing bracket, a comma or the
/// end of the line.
fn values(spec: &str) -> Vec<std::ops::Range<usize>> {
    let starts = spec.match_indices(['=', '(', '[', ',', ':']).map(|(at, mark)| at + mark.len());
    let end = |start: usize| {
        let mut depth = 0;
        let stop = |c: char| {
            depth += i32::from(matches!(c, '(' | '[' | '{')) - i32::from(matches!(c, ')' | ']' | '}'));
            depth < 0 || (depth == 0 && matches!(c, ',' | '\n'))
        };
        spec[start..].find(stop).map_or(spec.len(), |length| start + length)
    };
    starts.map(|start| start..end(start)).filter(|range| !range.is_empty()).collect()
}

/// Replaces values of a spec, chosen by index, by other well-formed values.
fn replace_values(spec: &str, changes: &[(usize, &str)]) -> String {
    changes.iter().fold(spec.to_string(), |spec, (at, value)| {
        let ranges = values(&spec);
        let range = ranges[at % ranges.len()].clone();
        [&spec[..range.start], " ", value, &spec[range.end..]].concat()
    })
}

fn token() -> impl Strategy<Value = &'static str> {
    prop::sample::select(&TOKENS[..])
}

/// A name that may be declared.
fn name() -> impl Strategy<Value = String> {
    prop::sample::select(&["a", "b", "c", "u", "w", "s", "t", "click"][..]).prop_map(str::to_string)
}

fn argument() -> impl Strategy<Value = &'static str> {
    let arguments =
        ["4", "1", "0", "-3", "1e18", "0.5", "relu", "[4, 1]", "[]", "\"x\"", "units = 2", "rate = 0.1", "a"];
    prop::sample::select(arguments.to_vec())
}

/// Expressions over these names, mostly well-formed.
fn expr() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        20 => prop::sample::select(&["u[a]", "mean(w[b])", "c", "d"][..]).prop_map(str::to_string),
        1 => prop::sample::select(&["w[b]", "click", "t", "e", "u"][..]).prop_map(str::to_string),
        1 => (name(), name()).prop_map(|(table, column)| format!("{table}[{column}]")),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        let layer = prop::sample::select(&["dense", "mlp", "relu", "dropout", "mean", "deep", "dnse"][..]);
        let good = prop::sample::select(&["dense(4)", "relu", "mlp([4, 2], tanh)", "dropout(0.1)", "deep"][..]);
        prop_oneof![
            8 => (inner.clone(), good).prop_map(|(x, layer)| format!("({x} |> {layer})")),
            8 => (inner.clone(), inner.clone(), prop::sample::select(&["+", "-", "*"][..]))
                .prop_map(|(x, y, operator)| format!("(({x} |> dense(4)) {operator} ({y} |> dense(4)))")),
            8 => (inner.clone(), inner.clone()).prop_map(|(x, y)| format!("concat({x}, {y})")),
            1 => (inner.clone(), layer, prop::collection::vec(argument(), 0..3))
                .prop_map(|(x, layer, arguments)| format!("({x} |> {layer}({}))", arguments.join(", "))),
            1 => (prop::collection::vec(inner, 0..4), prop::sample::select(&["dot", "cosine", "add", "/"][..]))
                .prop_map(|(values, function)| format!("{function}({})", values.join(", "))),
        ]
    })
}

/// A column kind with arguments that may fit.
fn kind() -> impl Strategy<Value = String> {
    let kinds = [KINDS, &["nothing"]].concat();
    let arguments = [
        "max = 3",
        "max = 0",
        "width = 2",
        "hash = 10",
        "vocab = [1, 2]",
        "vocab = range(0, 1e18)",
        "vocab = learned",
        "oov = drop",
        "missing = 0",
        "missing = zero",
        "separator = \"\\n\"",
        "weight = \":\"",
        "[1, 2, 3]",
        "[3, 1]",
        "equal_width(10)",
        "transform = log1p",
        "keep = last",
        "from = other",
        "padding = 0",
        "pad = front",
    ];
    let arguments = prop::collection::vec(prop::sample::select(arguments.to_vec()), 0..3);
    (prop::sample::select(kinds), arguments).prop_map(|(kind, arguments)| match arguments.as_slice() {
        [] => kind.to_string(),
        _ => format!("{kind}({})", arguments.join(", ")),
    })
}

prop_compose! {
    /// A valid model with random parts.
    fn model()(first in prop_oneof![2 => Just("float".to_string()), 1 => kind()], shared in expr(), left in expr(), right in expr(), loss in prop::sample::select(&[
        "bce(s + t, click)", "bce(dot(s, t), click)", "in_batch_softmax(s, t) + bce(s, click)", "bpr(s, t) + 0.5 * bce(t, click)", "bce(s + t, a)",
    ][..])) -> String {
        format!(
            "model M {{\n    input {{\n        a: id\n        b: ids(max = 4)\n        c: float\n        d: {first}\n        click: label\n    }}\n    \
             embedding u {{ dim = 4 }}\n    embedding w {{ dim = 4 }}\n    block deep(x, units = 4) {{ x |> dense(units) }}\n    \
             tower s {{\n        let shared = {shared}\n        concat(shared, {left}, u[a], c) |> dense(1)\n    }}\n    tower t {{ concat({right}, mean(w[b]), d) |> dense(1) |> deep(1) }}\n    \
             objective {loss}\n}}\n"
        )
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        examine(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn any_words(words in prop::collection::vec(token(), 0..120), gap in prop::sample::select(&["", " ", "\n"][..])) {
        examine(&words.join(gap));
        examine(&format!("model M {{ {} }}", words.join(gap)));
    }

    #[test]
    fn any_change_of_a_spec(spec in prop::sample::select(&[TWO_TOWER, DSSM][..]), at: usize, length in 0usize..6,
                            put in prop::collection::vec(token(), 0..4)) {
        examine(&mutate(spec, at, length, &put));
    }

    #[test]
    fn any_values_of_a_spec(spec in prop::sample::select(&[TWO_TOWER, DSSM, HISTORY, SEQUENCES][..]),
                            changes in prop::collection::vec((any::<usize>(), prop::sample::select(&VALUES[..])), 1..4)) {
        examine(&replace_values(spec, &changes));
    }

    #[test]
    fn any_model(model in model()) {
        examine(&model);
    }

    #[test]
    fn any_override(name in "[a-z_.]{0,12}|train\\.lr|layers|user\\.dim", value in "[\\[\\]a-z0-9.,(=\"é -]{0,12}") {
        let compiler = Compiler::new("two_tower.dm", TWO_TOWER).set(&name, &value);
        if let Err(failure) = compiler.compile(&Options::default()) {
            let texts: Vec<(&str, &str)> =
                failure.texts.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
            prop_assert!(!render(&failure.diagnostics, &failure.spans, &texts, false).is_empty());
        }
    }
}

/// Names, keys, separators and comments that would be code if they were inserted as such.
/// [`names_do_not_meet_those_of_the_program`] compiles such a program.
#[test]
fn what_a_spec_says_is_no_code() {
    let specs = [
        include_str!("../names/retrieval.dm"),
        include_str!("../names/ranking.dm"),
        include_str!("../names/operations.dm"),
    ];
    for spec in specs {
        assert!(examine(spec));
    }
    let keyword = |word: &str| {
        with(
            &format!("embedding {word} {{ dim = 2 }}"),
            &format!("{word}: id"),
            &format!("{word}[{word}] |> dense(1)"),
        )
        .replace("concat", word)
        .replace("tower t", &format!("tower {word}"))
        .replace("bce(t,", &format!("bce({word},"))
        .replace("a: id, c: float, ", "")
        .replace("embedding u { dim = 4 }", "")
    };
    for word in [
        "self", "Self", "super", "crate", "_", "__", "_1", "dyn", "async", "gen", "r", "b", "i32", "Vec",
        "Model", "Ok",
    ] {
        assert!(examine(&keyword(word)), "{word}");
    }
}

#[test]
fn names_do_not_meet_those_of_the_program() {
    let folder = tempfile::tempdir().unwrap();
    for spec in ["retrieval.dm", "ranking.dm", "operations.dm"] {
        let spec = turret_tests::root().join("tests/names").join(spec);
        let built = outcome(turret().arg("build").arg(&spec).args(["-o", "program"]).current_dir(&folder));
        assert_eq!(built.status, 0, "{}", built.stderr);
    }
}

/// The generator creates valid and invalid models; otherwise the property above would be trivial.
#[test]
fn models_are_good_and_bad() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let models = (0..300).map(|_| model().new_tree(&mut runner).unwrap().current());
    let good = models.filter(|model| examine(model)).count();
    assert!((10..290).contains(&good), "{good} of 300 models compile");
}

/// `item(0)`, `item(1)`, ... on separate lines.
fn lines(count: usize, item: impl Fn(usize) -> String) -> String {
    (0..count).map(|index| item(index) + "\n").collect()
}

/// A model with further members, columns or tower steps.
fn with(members: &str, columns: &str, tower: &str) -> String {
    format!(
        "model M {{\ninput {{ a: id, c: float, click: label\n{columns}\n}}\nembedding u {{ dim = 4 }}\n{members}\n\
         tower t {{\n{tower}\n}}\nobjective bce(t, click)\n}}"
    )
}

#[test]
fn what_is_large_is_refused_or_compiled_soon() {
    let base = "concat(u[a], c)";
    let doubling = lines(30, |i| format!("block b{}(x) {{ b{i}(b{i}(x)) }}", i + 1));
    let tenfold = lines(30, |i| format!("const l{} = [{}]", i + 1, vec![format!("l{i}"); 10].join(",")));
    let nested = lines(20_000, |i| format!("const v{} = relu(v{i})", i + 1));
    let named = |count: usize, prefix: &str| {
        (0..count).map(|i| format!("{prefix}{i}")).collect::<Vec<_>>().join(", ")
    };
    let hard = [
        with(&format!("block b0(x) {{ x }}\n{doubling}"), "", &format!("{base} |> b30 |> dense(1)")),
        with(&format!("block b0(x) {{ x |> relu }}\n{doubling}"), "", &format!("{base} |> b30 |> dense(1)")),
        with(&lines(20_000, |i| format!("block b{i}(x) {{ b{}(x) }}", (i + 1) % 20_000)), "", "b0(c)"),
        with(
            &format!("const l0 = [1,1,1,1,1,1,1,1,1,1]\n{tenfold}"),
            "",
            &format!("{base} |> mlp(l30, relu)"),
        ),
        with(&format!("const v0 = c\n{nested}"), "", "v20000"),
        with(&lines(40_000, |i| format!("const k{i} = 1")), "", base),
        with("", "", &format!("{base} |> mlp([{}], relu) |> dense(1)", ["8"; 200_000].join(","))),
        with("", "", &format!("{base} |> mlp([{}], relu) |> dense(1)", ["8"; 2000].join(","))),
        with("", "", &format!("concat({}) |> dense(1)", named(80_000, "nothing"))),
        with("", "", &format!("concat({}) |> dense(1)", ["u[a]"; 60_000].join(", "))),
        with("", &lines(20_000, |i| format!("x{i}_1..x{i}_10000: float")), base),
        with("", "f1..f4000: vector(width = 65536)", &format!("concat({}) |> dense(1)", named(4000, "f"))),
        with(&lines(20_000, |i| format!("embedding e{i} {{ dim = 8 }}")), "", base),
        with(&lines(20_000, |i| format!("tower t{i} {{ c }}")), "", base),
        with(&format!("metrics {{ {} }}", ["auc"; 100_000].join(", ")), "", base),
        with("embedding v { dim = 4, vocab = range(0, 1e18) }", "", "v[a] |> dense(1)"),
        with("embedding v { dim = 9007199254740992 }", "", "v[a] |> dense(9007199254740992)"),
        with(&format!("data {{ r = csv(\"r\", columns = [{}]) }}", named(90_000, "x")), "", base),
        with(&lines(20_000, |i| format!("data {{ r{i} = csv(\"r\") }}")), "", base),
        "model M {".repeat(50_000),
        "x ".repeat(500_000),
        format!("model M {{ tower t {{ {} }} }}", "-".repeat(1_000_000)),
        format!("model M {{ tower t {{ {}c{} }} }}", "relu(".repeat(64), ")".repeat(64)),
    ];
    for text in hard {
        let start = Instant::now();
        let head = text.chars().take(200).collect::<String>();
        if let Ok(code) = Compiler::new("hard.dm", &text).compile(&Options::default()) {
            assert!(code.len() < 1 << 26, "{head}");
        }
        assert!(start.elapsed() < Duration::from_secs(30), "{:?}: {head}", start.elapsed());
    }
}
