//! Trees of valid texts, and diagnostics of invalid ones.

use proptest::prelude::*;

use super::{parse, parse_expr};
use crate::ast::*;
use crate::diag::{Diagnostic, Errors};
use crate::span::{Place, Spans};

/// A spec that uses all of the syntax.
pub(crate) const SAMPLE: &str = include_str!("sample.dm");

fn spans() -> Spans<Place> {
    Spans::new(Place { text: 0, start: 0, end: 0 })
}

fn read(text: &str) -> (Spec, Vec<Diagnostic>) {
    let (mut spans, mut errors) = (spans(), Errors::default());
    let spec = parse(text, 0, &mut spans, &mut errors);
    (spec, errors.finish(Ok(())).err().unwrap_or_default())
}

fn good(text: &str) -> Spec {
    let (spec, errors) = read(text);
    assert!(errors.is_empty(), "{errors:#?}");
    spec
}

/// Diagnostics of a text, one per line: code, line and column, message.
fn bad(text: &str) -> String {
    let (mut spans, mut errors) = (spans(), Errors::default());
    parse(text, 0, &mut spans, &mut errors);
    let mut lines = Vec::new();
    for diagnostic in errors.finish(Ok(())).err().unwrap_or_default() {
        let before = &text[..spans.get(diagnostic.span).start as usize];
        let line = before.matches('\n').count() + 1;
        let column = before.len() - before.rfind('\n').map_or(0, |at| at + 1) + 1;
        lines.push(format!("{} {line}:{column} {}", diagnostic.code, diagnostic.message));
    }
    lines.join("\n")
}

/// An expression with all its parentheses.
fn show(expr: &Expr) -> String {
    let call = |arguments: &[Argument]| {
        let shown = arguments.iter().map(|argument| match &argument.name {
            Some(name) => format!("{}={}", name.text, show(&argument.value)),
            None => show(&argument.value),
        });
        shown.collect::<Vec<_>>().join(" ")
    };
    match &expr.kind {
        ExprKind::Number(number) => number.to_string(),
        ExprKind::Whole(number) => number.to_string(),
        ExprKind::Text(text) => format!("{text:?}"),
        ExprKind::Name(name) => name.clone(),
        ExprKind::Range(first, last) => format!("{}..{}", first.text, last.text),
        ExprKind::Member(base, name) => format!("{}.{}", show(base), name.text),
        ExprKind::List(items) => format!("[{}]", items.iter().map(show).collect::<Vec<_>>().join(" ")),
        ExprKind::Call(f) => {
            format!("{}{}({})", if f.piped { ">" } else { "" }, f.function.text, call(&f.arguments))
        }
        ExprKind::Index(base, index) => format!("{}[{}]", show(base), show(index)),
        ExprKind::Negate(inner) => format!("-{}", show(inner)),
        ExprKind::Binary(operator, a, b) => format!("({} {operator:?} {})", show(a), show(b)),
        ExprKind::Invalid => "?".into(),
    }
}

fn expr(text: &str) -> String {
    let (mut spans, mut errors) = (spans(), Errors::default());
    let expr = parse_expr(text, 1, &mut spans, &mut errors);
    let problems = errors.finish(Ok(())).err().unwrap_or_default();
    if problems.is_empty() {
        show(&expr)
    } else {
        problems.iter().map(|problem| problem.code).collect::<Vec<_>>().join(" ")
    }
}

#[test]
fn reads_expressions() {
    assert_eq!(expr("a + b * -c / 2 - 1"), "((a Add ((b Mul -c) Div 2)) Sub 1)");
    assert_eq!(expr("x + y |> dense(2, relu) |> l2_normalize"), ">l2_normalize(>dense((x Add y) 2 relu))");
    assert_eq!(expr("f(a, n = [1, 2_000, 1e-3,],).out[C1..C26]"), "f(a n=[1 2000 0.001]).out[C1..C26]");
    assert_eq!(expr(r#" "a\"\\\n\tb" "#), r#""a\"\\\n\tb""#);
    assert_eq!(expr("(a // comment\n + b) * genre_0..genre_18"), "((a Add b) Mul genre_0..genre_18)");
    assert_eq!(expr("adam(lr = 0.01)"), "adam(lr=0.01)");
    assert_eq!(expr("label"), "label");
    assert_eq!(expr("objective"), "objective");
}

#[test]
fn refuses_bad_expressions() {
    let cases = [
        ("", "E0001"),
        ("a b", "E0001"),
        ("a |> 3", "E0001"),
        ("f(a)(b)", "E0001"),
        ("(a]", "E0003"),
        ("(a", "E0003"),
        ("a)", "E0003"),
        ("10k", "E0008"),
        ("1e999", "E0008"),
        ("9223372036854775808", "E0008"),
        ("\"a", "E0007"),
        ("\"\\x\"", "E0007"),
        ("a; b", "E0006"),
        ("é", "E0006"),
        ("C1..D2", "E0011"),
        ("C9..C1", "E0011"),
        ("C1..C99999", "E0011"),
        ("C..D", "E0011"),
        ("C01..C02", "E0011"),
        ("'a'", "E0006"),
        ("a # b", "E0006"),
        ("a -> b", "E0006"),
    ];
    for (text, codes) in cases {
        assert_eq!(expr(text), codes, "{text}");
    }
}

#[test]
fn reads_the_sample() {
    let spec = good(SAMPLE);
    assert_eq!((spec.imports.len(), spec.blocks.len()), (1, 1));
    assert_eq!(spec.imports[0].path, "blocks.dm");
    let model = spec.model.unwrap();
    assert_eq!(model.docs, ["Everything the grammar has.", "", "  Indented."]);
    assert_eq!(model.members.len(), 14);
    let Member::Input(input) = &model.members[3] else { panic!() };
    assert_eq!(
        input.columns.iter().map(|column| show(&column.names)).collect::<Vec<_>>(),
        ["user", "C1..C26", "a", "b", "c"]
    );
    assert_eq!(input.columns[0].docs, ["The user."]);
    let Member::Embedding(post) = &model.members[5] else { panic!() };
    let entries = post
        .entries
        .iter()
        .map(|entry| (entry.name.as_ref().map(|name| name.text.as_str()), show(&entry.value)));
    assert_eq!(
        entries.collect::<Vec<_>>(),
        [(Some("dim"), "768".into()), (None, "frozen".into()), (Some("oov"), "zero".into())]
    );
    let Member::Tower(tower) = &model.members[7] else { panic!() };
    assert_eq!(tower.body.lets.len(), 2);
    assert_eq!(
        show(&tower.body.result),
        "(>f(a) Add deep)".replace("(>f(a) Add deep)", ">dense((deep Add wide) 1)")
    );
}

#[test]
fn places_are_exact() {
    let text = "model M { tower t { let x = (a + b ) * c // d\n - e[f] // g\n\n h (x , n = 2 ) |> k } }";
    let (mut spans, mut errors) = (spans(), Errors::default());
    let spec = parse(text, 0, &mut spans, &mut errors);
    let shown = |expr: &Expr| {
        let place = spans.get(expr.span);
        &text[place.start as usize..place.end as usize]
    };
    let Member::Tower(tower) = &spec.model.as_ref().unwrap().members[0] else { panic!() };
    let ExprKind::Binary(_, left, right) = &tower.body.lets[0].value.kind else { panic!() };
    assert_eq!(shown(&tower.body.lets[0].value), "(a + b ) * c // d\n - e[f]");
    assert_eq!((shown(left), shown(right)), ("(a + b ) * c", "e[f]"));
    let ExprKind::Call(call) = &tower.body.result.kind else { panic!() };
    assert_eq!((shown(&tower.body.result), shown(&call.arguments[0].value)), ("k", "h (x , n = 2 )"));
}

#[test]
fn entries_end_with_their_line_or_a_comma() {
    for good in ["a", "a // c\n b", "a, // c\n b", "a , b", "a = 1\n\n b = 2,"] {
        let text = format!("model M {{ train {{ {good} }} }}");
        assert_eq!(bad(&text), "");
    }
    assert!(bad("model M { train { a = 1 b = 2, } }").starts_with("E0012 1:25"));
    assert!(bad("model M { input { a: id b: id, } }").starts_with("E0012 1:25"));
    assert!(bad("model M { input { a: id(x = 1) b: id } }").starts_with("E0012 1:32"));
}

#[test]
fn reports_every_member_with_a_syntax_error() {
    let text = "model M {\n    const a = \n    towr query { x }\n    input { id id }\n    /// fine\n    tower b { x + }\n    export { a b }\n    towr q { x }\n    /// nothing\n}\nmodel N {}\n";
    insta::assert_snapshot!(bad(text), @r#"
    E0001 2:13 expected a value after `=`
    E0001 4:16 expected `:`, found `id`
    E0001 6:19 expected a value, found `}`
    E0002 8:5 `towr` is not a part of a model
    E0010 9:5 this doc comment documents nothing
    E0012 7:16 expected `,` or a new line before this
    E0009 11:7 a second model, `N`
    "#);
}

#[test]
fn says_what_was_expected() {
    let cases = [
        "model { }",
        "model M",
        "tower q { x }",
        "model M { tower q { let a = 1 } }",
        "model M { train { batch: 3 } }",
        "model M { objective }",
        "model M { input { a: 3 } }",
        "model M { embedding { dim = 3 } }",
        "model M { tower q { f(a b) } }",
        "model M { tower q { f(a)\n(b) } }",
        "import blocks\nmodel M {}",
        "model M { block f(x, 3) { x } }",
        "model M { data { x = [1 2] } }",
        "model M {} }",
        "model M { data { \n x = f(1 \n } \n",
    ];
    let said = cases.map(|text| format!("{text:?}\n{}", bad(text))).join("\n");
    insta::assert_snapshot!(said, @r#"
    "model { }"
    E0001 1:7 expected a name, found `{`
    "model M"
    E0001 1:8 expected `{`, found the end of the text
    "tower q { x }"
    E0002 1:1 `tower` is not a part of a file
    "model M { tower q { let a = 1 } }"
    E0001 1:31 expected a value, found `}`
    "model M { train { batch: 3 } }"
    E0001 1:24 expected an entry, `}`, `,` or `=`, found `:`
    "model M { objective }"
    E0001 1:21 expected a value, found `}`
    "model M { input { a: 3 } }"
    E0001 1:22 expected a name, found `3`
    "model M { embedding { dim = 3 } }"
    E0001 1:21 expected a name, found `{`
    "model M { tower q { f(a b) } }"
    E0001 1:25 expected `)`, `,` or `=`, found `b`
    "model M { tower q { f(a)\n(b) } }"
    E0001 2:1 expected `}`, found `(`
    "import blocks\nmodel M {}"
    E0001 1:8 expected a string, found `blocks`
    "model M { block f(x, 3) { x } }"
    E0001 1:22 expected a name or `)`, found `3`
    "model M { data { x = [1 2] } }"
    E0001 1:25 expected `]` or `,`, found `2`
    "model M {} }"
    E0003 1:12 `}` closes nothing
    "model M { data { \n x = f(1 \n } \n"
    E0003 3:2 expected `)`, found `}`
    "#);
}

#[test]
fn bounds_size_depth_and_chains() {
    assert!(bad(&" ".repeat((1 << 20) + 1)).starts_with("E0005"));
    let nested = |n: usize| format!("{}x{}", "(".repeat(n), ")".repeat(n));
    assert_eq!(expr(&nested(64)), "x");
    assert_eq!(expr(&nested(65)), "E0004");
    assert_eq!(expr(&format!("{}x{}", "f([".repeat(32), "])".repeat(32))).len(), 129 + 32);
    assert_eq!(expr(&vec!["x"; 1000].join(" + ")), "E0004");
    assert_eq!(expr(&format!("{}x", "-".repeat(100_000))), "E0004");
    assert_eq!(expr(&format!("x{}", " |> f".repeat(100_000))), "E0004");
    assert_eq!(expr(&format!("x{}", ".y".repeat(100_000))), "E0004");
    assert_eq!(expr(&"(".repeat(1 << 20)), "E0004");
}

#[test]
fn takes_linear_time() {
    // Texts of a length in proportion to a scale.
    let hard: [fn(usize) -> String; 11] = [
        |scale| "f(".repeat(8 * scale) + &"a,".repeat(60_000 * scale),
        |scale| format!("model M {{ data {{ {} }} }}", "a = b\n".repeat(20_000 * scale)),
        |scale| format!("model M {{ data {{ {} ! }} }}", "a = b\n".repeat(20_000 * scale)),
        |scale| format!("model M {{ tower t {{ {}a b{} }} }}", "f(".repeat(7 * scale), ")".repeat(7 * scale)),
        |scale| format!("model M {{ x {} }}", "// comment\n".repeat(11_000 * scale)),
        |scale| format!("model M {{ {} }}", "x\n".repeat(60_000 * scale)),
        |scale| format!("model M {{ {} }}", "tower q { ) }\n".repeat(6_000 * scale)),
        |scale| format!("model M {{ {} }}", "tower q { a b }\n".repeat(6_000 * scale)),
        |scale| "x ".repeat(60_000 * scale),
        |scale| "\"".repeat(120_000 * scale),
        |scale| "/// x\n".repeat(20_000 * scale),
    ];
    let time = |text: &str| {
        let start = std::time::Instant::now();
        read(text);
        start.elapsed()
    };
    for text in hard {
        let (short, long) = (text(1), text(8));
        // Eight times the time, or 64 times if it is quadratic. Other programs slow single runs down, so the shortest of
        // several counts, and the first that suffices ends them.
        let (mut of_short, mut of_long) = (time(&short), time(&long));
        for _ in 0..4 {
            if of_long < 24 * of_short + std::time::Duration::from_millis(50) {
                break;
            }
            // A slow run of the short text would hide that the long one takes too much.
            (of_short, of_long) = (of_short.min(time(&short)), of_long.min(time(&long)));
        }
        let head: String = short.chars().take(40).collect();
        assert!(
            of_long < 24 * of_short + std::time::Duration::from_millis(50),
            "{head}: {of_short:?}, {of_long:?}"
        );
    }
}

proptest! {
    #[test]
    fn never_panics_on_noise(text in r#"([a-z{}()\[\],:=+*/.|>"\\0-9é'#;\n -]|let |tower |model M |\|>|//|///){0,200}"#) {
        read(&text);
        expr(&text);
    }

    #[test]
    fn never_panics_on_mutations(at in 0..SAMPLE.len(), length in 0usize..40, put in r#"[a-z{}()\[\],:=+*/.|>"\\0-9é'#;\n -]{0,4}"#) {
        let (start, end) = (SAMPLE.floor_char_boundary(at), SAMPLE.floor_char_boundary((at + length).min(SAMPLE.len())));
        read(&format!("{}{put}{}", &SAMPLE[..start], &SAMPLE[end..]));
    }
}

/// A missing brace is reported at the member that lacks it.
#[test]
fn missing_braces_are_found_at_their_member() {
    let input = "input {\n  click: label\n  train: id\n }";
    let tower = "tower score { x |> dense(1) }";
    let objective = "objective bce(score, click)\n train { batch = 4 }";
    let model = |parts: &[&str]| format!("model M {{\n {}\n}}\n", parts.join("\n "));
    let cases = [
        (
            model(&[input, "tower score x |> dense(1) }", objective]),
            "6:14 expected `{` after `tower score`, found `x`",
        ),
        (
            model(&[input, "tower score: x |> dense(1) }", objective]),
            "6:13 expected `{` after `tower score`, found `:`",
        ),
        (
            model(&["input\n  click: label\n }", tower, objective]),
            "3:3 expected `{` after `input`, found `click`",
        ),
        (
            model(&[input, "block b(x, n = 1) x }", tower]),
            "6:20 expected `{` after `block b(x, n = 1)`, found `x`",
        ),
        (
            model(&[input, "embedding user dim = 8 }", tower]),
            "6:17 expected `{` after `embedding user`, found `dim`",
        ),
        (format!("model M\n {input}\n {tower}\n}}"), "2:2 expected `{` after `model M`, found `input`"),
        (model(&["input {\n  click: label", tower, objective]), "4:2 expected `}` before `tower score`"),
        (model(&[input, "tower score { x |> dense(1)", objective]), "8:2 expected `}` before `train`"),
        (format!("block b(x) {{ x\n{}", model(&[input, tower])), "2:1 expected `}` before `model M`"),
        (model(&[input, tower]).trim_end().trim_end_matches('}').to_string(), "1:9 this `{` is not closed"),
        (model(&[input, "tower score { (x |> dense(1) }", objective]), "6:31 expected `)`, found `}`"),
        (format!("{}}}", model(&[input, tower])), "8:1 `}` closes nothing"),
    ];
    for (text, expected) in cases {
        assert_eq!(bad(&text), format!("E0003 {expected}"), "{text}");
    }
}

#[test]
fn members_may_be_quoted() {
    let spec =
        good("model M { input { a: id(from = items.\"item_id:token\"), b: id(from = history.\"x y\") } }");
    let Some(Member::Input(input)) = spec.model.unwrap().members.pop() else { panic!("no input") };
    let fields = input.columns.iter().map(|column| match &column.kind.kind {
        ExprKind::Call(call) => match &call.arguments[0].value.kind {
            ExprKind::Member(_, field) => field.text.clone(),
            _ => panic!("no member"),
        },
        _ => panic!("no call"),
    });
    assert_eq!(fields.collect::<Vec<_>>(), ["item_id:token", "x y"]);
}

/// Brackets of other languages in place of braces.
#[test]
fn entries_stand_in_braces() {
    for (member, expected) in [
        ("embedding user(dim = 4)", "embedding user { dim = 4 }"),
        (
            "train(optimizer = adam(lr = 0.1),\n epochs = 3)",
            "train { optimizer = adam(lr = 0.1), epochs = 3 }",
        ),
        ("metrics [auc]", "metrics { auc }"),
        ("catalog(source = items, key = item)", "catalog { source = items, key = item }"),
        ("catalogue(source = items, key = item)", "catalogue { source = items, key = item }"),
        ("export []", "export { ... }"),
        ("input(user: id)", "input { user: id }"),
    ] {
        let (_, errors) = read(&format!("model M {{ {member} }}"));
        let help = errors[0].help.as_deref();
        assert_eq!(help, Some(format!("entries are written in braces: `{expected}`").as_str()), "{member}");
    }
}

#[test]
fn catalog_has_two_spellings() {
    let written = |word: &str| {
        let (spec, errors) = read(&format!("model M {{ {word} {{ source = items, key = item }} }}"));
        assert!(errors.is_empty(), "{errors:?}");
        let Some(Member::Settings(settings)) = spec.model.unwrap().members.pop() else { panic!() };
        (settings.kind, settings.entries.len())
    };
    assert_eq!(written("catalog"), (SettingsKind::Catalog, 2));
    assert_eq!(written("catalogue"), (SettingsKind::Catalog, 2));
}
