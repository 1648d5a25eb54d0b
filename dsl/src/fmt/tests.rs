//! Formatting changes only white space and redundant commas.

use proptest::prelude::*;

use super::{format, spec};

const SAMPLE: &str = include_str!("../parse/sample.dm");

/// Formats a valid text and checks properties that hold for every text.
fn formatted(text: &str) -> String {
    let once = format(text).unwrap_or_else(|unparsed| panic!("{:#?}", unparsed.diagnostics));
    assert_eq!(spec(text).unwrap(), spec(&once).unwrap());
    assert_eq!(format(&once).unwrap(), once, "formatting again changed the text");
    let comments = |text: &str| {
        text.lines()
            .filter_map(|line| line.find("//").map(|at| line[at..].trim_end().to_string()))
            .collect::<Vec<_>>()
    };
    assert_eq!(comments(text), comments(&once));
    once
}

#[test]
fn formats_the_sample() {
    insta::assert_snapshot!(formatted(SAMPLE), @r#"
    import "blocks.dm"

    /// Shared.
    const depth = 2

    /// Two layers.
    block pair(x, width = 2 * 32,  // the default
               act = relu,) {
        x |> dense(width, act) |> dense(width, act)
    }

    /// Everything the grammar has.
    ///
    ///   Indented.
    model Sample {
        /// Widths.
        const layers = [64, 32,]  // trailing
        const rate   = -1e-3
        const words  = ["a\"b", "tab\t", "c:\\d"]

        input {
            /// The user.
            user:    id
            C1..C26: id(hash = 100_000)
            // plain
            a:       float, b: float(missing = 0)
            c:       label
        }
        data { source = csv("a.csv", columns = [user, C1..C26, a, b, c]) }
        embedding post {
            dim = 768
            frozen
            oov = zero
        }
        embedding wide { dim = 1, vocab = learned(max = 10_000) }
        tower score {
            let deep = concat(mean(post[user]), embed(C1..C26).flat)
                |> pair |> pair(width = 8)

            // the wide part
            let wide = (a + b) * (1 - a / (b - c)) - -a  // last
            deep + wide |> dense(1)
        }
        catalogue {}
        objective bce(score, c, pos_weight = 1.2, label_smoothing = 0.1, reduction = mean,
                      weights = [0.1, 0.2, 0.3, 0.4])
            + 0.3 * other(score)  // two terms
        metrics {
            auc, logloss

            recall(1, 5)
        }
        train {
            optimizer = adagrad(lr = rate), batch = 2048
            // nothing else
        }
        export { score }
        block inner(x) { x }
    }
    "#);
}

#[test]
fn keeps_a_good_text() {
    let text = r#"/// Two towers.
model TwoTower {
    /// Widths.
    const layers = [64, 32]
    const split  = random(test = 0.2, seed = 42)

    data {
        ratings = tsv("u.data", columns = [user_id, movie_id, rating, timestamp])
        movies  = csv("u.item", separator = "|", encoding = latin1,
                      columns = [movie_id, title, genre_0..genre_18])
        join(movies, on = movie_id)
        split = split
    }

    input {
        user_id:      id
        // counted
        timestamp:    float(transform = standardize)
        title_tokens: text(from = title, max = 16)
    }

    embedding user  { dim = 32 }
    embedding title { dim = 32, frozen }

    tower query {
        concat(user[user_id], timestamp) |> mlp(layers, relu, output = linear)
    }
    tower candidate {
        let tokens = mean(token[title_tokens])
        concat(title[title], tokens)
            |> mlp(layers, relu, output = linear)
    }

    catalogue { source = movies, key = title }
    objective in_batch_softmax(query, candidate, temperature = 1, reduction = sum)
    metrics   { top_k_accuracy(1, 5, 10) }
    train     { optimizer = adagrad(lr = 0.1), batch = 2048, epochs = 30 }
    export    { query, candidate }
}
"#;
    assert_eq!(formatted(text), text);
}

#[test]
fn puts_a_line_in_order() {
    let text = "model M{input{a:id,b:float}embedding e{dim=3,oov=zero}tower t{let x=e[a]*-1+b let y=(x-1)/2 y|>dense(2)}objective(f(t)+1)*2}";
    insta::assert_snapshot!(formatted(text), @r#"
    model M {
        input { a: id, b: float }
        embedding e { dim = 3, oov = zero }
        tower t {
            let x = e[a] * -1 + b
            let y = (x - 1) / 2
            y |> dense(2)
        }
        objective (f(t) + 1) * 2
    }
    "#);
}

#[test]
fn wraps_long_lines() {
    let names = |prefix: &str| (0..24).map(|n| format!("{prefix}_{n}")).collect::<Vec<_>>().join(", ");
    let text = format!(
        "model M {{\ndata {{ a = csv(\"a.csv\", columns = [{}]) // all\n}}\ntower t {{ concat({}) |> dense(12, relu) |> dense(3) }}\ntrain {{ {} }}\n}}",
        names("column"),
        names("field"),
        (0..12).map(|n| format!("word_{n} = {n}")).collect::<Vec<_>>().join(", "),
    );
    let formatted = formatted(&text);
    assert!(formatted.lines().all(|line| line.len() <= 100));
    insta::assert_snapshot!(formatted, @r#"
    model M {
        data {
            a = csv("a.csv",
                    columns = [column_0, column_1, column_2, column_3, column_4, column_5, column_6,
                               column_7, column_8, column_9, column_10, column_11, column_12, column_13,
                               column_14, column_15, column_16, column_17, column_18, column_19,
                               column_20, column_21, column_22, column_23])  // all
        }
        tower t {
            concat(field_0, field_1, field_2, field_3, field_4, field_5, field_6, field_7, field_8,
                   field_9, field_10, field_11, field_12, field_13, field_14, field_15, field_16,
                   field_17, field_18, field_19, field_20, field_21, field_22, field_23)
                |> dense(12, relu)
                |> dense(3)
        }
        train {
            word_0  = 0
            word_1  = 1
            word_2  = 2
            word_3  = 3
            word_4  = 4
            word_5  = 5
            word_6  = 6
            word_7  = 7
            word_8  = 8
            word_9  = 9
            word_10 = 10
            word_11 = 11
        }
    }
    "#);
}

#[test]
fn a_comma_before_a_sign_stays() {
    formatted("model M { metrics { a,\n-b,\n(c),\n[d],\n// e\n-f, // g\n} }");
}

#[test]
fn returns_what_is_wrong() {
    let unparsed = format("model M { towr x {} }").unwrap_err();
    assert_eq!(unparsed.diagnostics[0].code, "E0002");
}

#[test]
fn long_texts_take_little_time() {
    let texts = [
        format!("model M {{ metrics {{ f({}a) }} }}", "aaaaaaaa,".repeat(100_000)),
        format!("model M {{ metrics {{ {} }} }}", "a = b\n".repeat(150_000)),
        format!(
            "model M {{ metrics {{ {}{}a{} }} }}",
            "f(".repeat(60),
            "aaa, ".repeat(100_000),
            ")".repeat(60)
        ),
    ];
    for text in texts {
        let start = std::time::Instant::now();
        format(&text).unwrap();
        assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
    }
}

proptest! {
    #[test]
    fn never_panics_on_noise(text in r#"([a-z{}()\[\],:=+*/.|>"\\0-9é\n -]|tower |model M |\|>|//|///){0,200}"#) {
        let _ = format(&text);
    }

    #[test]
    fn holds_for_bodies(body in r"(a|[b]|c|\(d\)|-|\+|\*|,|//x\n|\n| |let e = |f\(|\)|\[|\]|\|> g|=){0,24}") {
        for text in [format!("model M {{ metrics {{{body}}} }}"), format!("model M {{ tower t {{{body}}}\n\n }}")] {
            if spec(&text).is_ok() {
                formatted(&text);
            }
        }
    }

    #[test]
    fn holds_for_mutations(at in 0..SAMPLE.len(), length in 0usize..8, put in r"(\n|\n\n|,|//x\n|-|a| |///y\n){0,3}") {
        let (start, end) = (SAMPLE.floor_char_boundary(at), SAMPLE.floor_char_boundary((at + length).min(SAMPLE.len())));
        let text = format!("{}{put}{}", &SAMPLE[..start], &SAMPLE[end..]);
        if spec(&text).is_ok() {
            formatted(&text);
        }
    }
}

#[test]
fn spellings_are_kept() {
    for word in ["catalog", "catalogue"] {
        let text = format!("model M {{\n    {word} {{ source = movies, key = title }}\n}}\n");
        assert_eq!(formatted(&text), text);
    }
}
