use super::{Answer, FAMILIES, nearest, normal, remedy};
use crate::Compiler;
use crate::diag::Diagnostic;

#[test]
fn what_is_near_is_suggested() {
    assert_eq!(nearest("itme", ["user", "item"]), Some("item"));
    assert_eq!(nearest("zebra", ["user", "item"]), None);
    assert_eq!(nearest("BatchNorm", ["batch_norm", "layer_norm"]), Some("batch_norm"));
}

#[test]
fn words_of_other_systems_count_where_their_counterpart_stands() {
    let train = ["optimizer", "batch", "epochs", "seed"];
    let batch = remedy("batch_size", &train);
    assert_eq!(batch.as_deref(), Some("`batch_size` is called `batch` here: write `batch = 256`"));
    assert_eq!(remedy("batch_size", &["dim", "l2"]), None);
    assert!(remedy("LearningRate", &train).unwrap().contains("adam(lr = 0.01)"));
}

/// Specs with `WORD` in each place that reports unknown words.
fn places() -> Vec<String> {
    let model = |members: &str| {
        format!(
            "model M {{ input {{ click: label, age: float, user: id, seen: sequence(max = 9), movie: id }}
            embedding user {{ dim = 8 }}  embedding movie {{ dim = 8 }}
            tower a {{ concat(user[user], age, mean(movie[seen])) |> dense(8) }}  tower b {{ movie[movie] }}
            {members} }}"
        )
    };
    let with = |members: &str| model(&format!("{members} objective bce(dot(a, b), click)"));
    let layer = |call: &str| with(&format!("tower c {{ {call} }} export {{ c }}"));
    let source = |entries: &str| with(&format!("data {{ log = csv(\"log.csv\"), {entries} }}"));
    let column = |kind: &str| with(&format!("input {{ x: {kind} }}"));
    let mut places: Vec<String> = [
        "train { WORD = 1 }",
        "train { optimizer = WORD }",
        "train { optimizer = adam(WORD = 1) }",
        "train { optimizer = adamw(WORD = 1) }",
        "train { optimizer = adagrad(WORD = 1) }",
        "train { optimizer = sgd(WORD = 1) }",
        "train { optimizer = rmsprop(WORD = 1) }",
        "train { optimizer = ftrl(WORD = 1) }",
        "data { log = csv(\"log.csv\", WORD = 1) }",
        "data { log = csv(\"log.csv\", encoding = WORD) }",
        "data { log = csv(\"log.csv\", dates = WORD) }",
        "metrics { WORD }",
        "metrics { auc, WORD = 1 }",
        "metrics { auc, candidates = WORD }",
        "embedding z { dim = 1, WORD = 1 }",
        "embedding z { dim = 1, initializer = WORD }",
        "embedding z { dim = 1, precision = WORD }",
        "WORD { a }",
    ]
    .map(with)
    .to_vec();
    places.extend(
        [
            "y = WORD(\"y.csv\")",
            "WORD(log, on = x)",
            "WORD = skip",
            "join(x, WORD = 1)",
            "filter(x, WORD = 1)",
            "distinct(x, WORD = 1)",
            "explode(x, WORD = 1)",
            "history(WORD = 1)",
        ]
        .map(source),
    );
    places.extend(["split = WORD", "split = random(WORD = 1)"].map(source));
    places.extend(
        [
            "WORD",
            "id(WORD = 1)",
            "id(missing = WORD)",
            "ids(max = 1, WORD = 1)",
            "sequence(WORD = 1)",
            "weighted_ids(max = 1, WORD = 1)",
            "float(WORD = 1)",
            "float(transform = WORD)",
            "float(missing = WORD)",
            "vector(WORD = 1)",
            "bucket(WORD = 1)",
            "label(WORD = 1)",
            "id(vocab = learned(WORD = 1))",
        ]
        .map(column),
    );
    places.extend(
        [
            "WORD(age)",
            "dense(age, 8, WORD)",
            "dense(age, WORD = 8)",
            "mlp(age, WORD = 1)",
            "mlp(age, [8], relu, norm = WORD)",
            "encoder(movie[seen], 8, WORD = 1)",
            "target_attention(movie[seen], movie[movie], WORD = 1)",
            "dropout(age, WORD = 1)",
            "lstm(movie[seen], WORD = 1)",
            "mean(movie[seen], WORD = 1)",
            "self_attention(movie[seen], WORD = 1)",
            "cross(age, WORD = 1)",
            "cross_v2(age, 1, WORD = 1)",
            "cin(age, WORD = 1)",
            "horizontal_convolution(movie[seen], WORD = 1)",
            "capsule_routing(movie[seen], WORD = 1)",
            "label_aware_attention(age, age, WORD = 1)",
        ]
        .map(layer),
    );
    places.extend(
        [
            "WORD(dot(a, b), click)",
            "bce(dot(a, b), click, WORD = 1)",
            "bce(dot(a, b), click, reduction = WORD)",
            "weighted_bce(dot(a, b), click, WORD = 1)",
            "bpr(dot(a, b), WORD = 1)",
            "bpr(dot(a, b), negatives = 4, WORD = 1)",
            "bce(dot(a, b), negatives = 4, WORD = 1)",
            "bpr(dot(a, b), negatives = 4, sampler = WORD)",
            "bpr(dot(a, b), negatives = 4, sampler = frequency(WORD = 1))",
            "triplet(a, b, negatives = 4, WORD = 1)",
            "in_batch_softmax(a, b, WORD = 1)",
            "sampled_softmax(a, b, WORD = 1)",
            "full_softmax(a, b, WORD = 1)",
            "{ one: bce(dot(a, b), click), two: mse(dot(a, b), click), WORD = uncertainty }",
            "{ one: bce(dot(a, b), click), two: mse(dot(a, b), click), weights = WORD }",
        ]
        .map(|objective| model(&format!("objective {objective}"))),
    );
    places.push(model(
        "const rate = search(WORD(1, 2)) train { optimizer = adam(rate) } objective bce(dot(a, b), click)",
    ));
    places.push("WORD \"a.dm\" model M { }".to_string());
    places
}

fn reported(place: &str, word: &str) -> Vec<Diagnostic> {
    let spec = place.replace("WORD", word);
    Compiler::new("m.dm", &spec).plan().err().map_or_else(Vec::new, |failure| failure.diagnostics)
}

/// Returns the diagnostic of a word in a place, if it has this help.
fn answer(place: &str, word: &str, help: &str) -> Option<Diagnostic> {
    reported(place, word).into_iter().find(|diagnostic| diagnostic.help.as_deref() == Some(help))
}

/// Returns whether a word is allowed in a place, given the error of a word that is not.
fn is_known(name: &str, place: &str, word: &str, refusal: &Diagnostic) -> bool {
    let (message, form) = (refusal.message.replace(word, name), format!("write `{name}"));
    !reported(place, name).into_iter().any(|other| {
        other.code == refusal.code
            && other.message == message
            && !other.help.is_some_and(|help| help.starts_with(&form))
    })
}

/// Each spelling of each entry is found in some place, and the name that an entry suggests is allowed in one
/// of them.
#[test]
fn each_entry_is_reached_and_names_a_word_of_the_language() {
    let places = places();
    let (mut missed, mut unknown) = (Vec::new(), Vec::new());
    for entry in FAMILIES.into_iter().flatten() {
        let mut found: Option<&String> = None;
        for spelling in entry.spellings.split_whitespace() {
            assert_eq!(normal(spelling), spelling, "a spelling is in normal form");
            // Words of the language are lower case, so an upper-case word is always unknown.
            let word = spelling.to_uppercase();
            let help = entry.help(&word);
            let accepts = |place: &&String| match (answer(place, &word, &help), &entry.answer) {
                (None, _) => false,
                // The first spelling finds a place in which the name is allowed.
                (Some(refusal), Answer::Called { name, .. }) if found.is_none() => {
                    is_known(name, place, &word, &refusal)
                }
                (Some(_), _) => true,
            };
            match found.into_iter().chain(&places).find(accepts) {
                Some(place) => found = Some(place),
                None if places.iter().any(|place| answer(place, &word, &help).is_some()) => {
                    unknown.push(format!("{word}: {help}"));
                }
                None => missed.push(format!("{word}: {help}")),
            }
        }
    }
    assert!(missed.is_empty(), "these words are never reached:\n{}", missed.join("\n"));
    assert!(unknown.is_empty(), "these name no word of the language:\n{}", unknown.join("\n"));
}

#[test]
fn the_table_is_broad() {
    let spellings: usize =
        FAMILIES.into_iter().flatten().map(|entry| entry.spellings.split_whitespace().count()).sum();
    assert!(spellings > 500, "{spellings}");
}
