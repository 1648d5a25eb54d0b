//! The same model as a spec and as structs: the same program and bitwise equal numbers. Errors in either are
//! reported at their place (`ui`).

use std::path::{Path, PathBuf};

use tempfile::TempDir;
use turret::runtime::Loaded;
use turret::runtime::export::{RowSet, vectors};
use turret::runtime::prelude::{Cpu, Program, SpecInfo};
use turret::runtime::train::{Interrupt, TrainOptions, Trained, train};
use turret::{Model, Table, Tower, synth};
use turret_dsl::Compiler;
use turret_dsl::expand::Options;

mod written {
    turret::include_model!("../specs/two_tower.dm");
}

#[derive(Table)]
#[table(dim = 32)]
struct User;

#[derive(Table)]
#[table(dim = 32)]
struct Moment;

#[derive(Table)]
#[table(dim = 32)]
struct Title;

#[derive(Table)]
#[table(dim = 32, vocab = learned(max = 10_000))]
struct Token;

#[derive(Tower)]
#[tower(
    concat(User[user_id], Moment[timestamp_bucket], timestamp) |> mlp(layers, relu, output = linear)
)]
struct Query {
    user_id: u32,
    #[column(float(transform = standardize))]
    #[column(timestamp_bucket: bucket(equal_width(1000)))]
    timestamp: i64,
}

#[derive(Tower)]
#[tower(concat(Title[title], mean(Token[title_tokens])) |> mlp(layers, relu, output = linear))]
struct Movie {
    #[column(id)]
    #[column(title_tokens: text(max = 16))]
    title: String,
}

/// Two-tower retrieval on MovieLens: the deep retrieval model of TensorFlow Recommenders.
///
/// Yi et al., "Sampling-bias-corrected neural modeling for large corpus item recommendations", RecSys 2019.
#[derive(Model)]
#[model(
    /// Widths of the hidden layers of both towers, the output last.
    const layers = [64, 32]

    data {
        ratings = tsv("u.data", columns = [user_id, movie_id, rating, timestamp])
        movies  = csv("u.item", separator = "|", encoding = latin1,
                      columns = [movie_id, title, release_date, video_release_date, imdb_url,
                                 genre_0..genre_18])
        join(movies, on = movie_id)
        split = random(test = 0.2, seed = 42)
    }
    catalogue { source = movies, key = title }
    objective in_batch_softmax(query, candidate, temperature = 1, reduction = sum)
    metrics   { top_k_accuracy(1, 5, 10, 50, 100) }
    train     { optimizer = adagrad(lr = 0.1), batch = 2048, epochs = 30 }
    export    { query, candidate }
)]
struct TwoTower {
    query: Query,
    candidate: Movie,
}

/// A ranking model with multi-valued, weighted and pretrained columns, and a table that two records share.
mod dssm {
    use turret::{Model, Table, Tower};

    pub(crate) mod written {
        turret::include_model!("../specs/dssm_multivalue.dm");
    }

    #[derive(Table)]
    #[table(dim = 4)]
    struct Client;

    #[derive(Table)]
    #[table(dim = 16, vocab = range(0, 700))]
    struct Topic;

    #[derive(Table)]
    #[table(dim = 16, pretrained = "post_vectors.safetensors", keys = "post_keys.txt", frozen, oov = zero)]
    struct Post;

    #[derive(Tower)]
    #[tower(
        concat(Client[client_type], mean(Topic[follow_topic_id]), sum(Topic[all_topic_fav_7]),
               mean(Post[read_post_id]))
            |> mlp(layers, relu, output = tanh) |> l2_normalize
    )]
    pub(crate) struct User {
        pub(crate) client_type: Option<u8>,
        #[column(ids(max = 20))]
        pub(crate) follow_topic_id: Vec<u32>,
        #[column(weighted_ids(max = 5, weight = ":"))]
        pub(crate) all_topic_fav_7: Vec<(u32, f32)>,
        #[column(ids(max = 50))]
        pub(crate) read_post_id: Vec<String>,
    }

    #[derive(Tower)]
    #[tower(concat(Topic[topic_id], Post[post_id]) |> mlp(layers, relu, output = tanh) |> l2_normalize)]
    struct Item {
        topic_id: u32,
        post_id: u32,
    }

    /// DSSM over multi-valued, weighted and pretrained features; one topic table serves both towers.
    ///
    /// Huang et al., "Learning deep structured semantic models for web search using clickthrough data", CIKM 2013.
    #[derive(Model)]
    #[model(
        const layers = [64, 32]
        data {
            impressions = tsv("train.tsv")
            split       = given(train = "train.tsv", test = "test.tsv")
        }
        input { act: label }
        objective weighted_bce(dot(user, item) * 8, act, pos_weight = 1.2)
        metrics   { auc, logloss }
        train     { optimizer = adam(lr = 0.002), batch = 1024, epochs = 5 }
        export    { user, item }
    )]
    pub(crate) struct DssmMultivalue {
        user: User,
        item: Item,
    }
}
use dssm::dssm_multivalue;

type Written = written::Model<Cpu>;
type Derived = two_tower::Model<Cpu>;

/// Program of a spec without its text, whose white space depends on its source.
fn program<P: Program<Cpu>>() -> String {
    let SpecInfo { text, fingerprint, .. } = &P::description().spec;
    let source = Compiler::new("spec.dm", text).compile(&Options::default()).unwrap();
    let is_of_text = |line: &&str| {
        let line = line.trim_start();
        line.starts_with('"') && (line.contains("model ") || line.contains(&**fingerprint))
    };
    source.lines().filter(|line| !is_of_text(line)).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_spec_and_structs_are_the_same_program() {
    let (written, derived) = (program::<Written>(), program::<Derived>());
    assert!(written.contains("Dense<65, 64>") && written.contains(".batch(2048)"));
    assert_eq!(written, derived);

    let written = program::<dssm::written::Model<Cpu>>();
    assert_eq!(written, program::<dssm_multivalue::Model<Cpu>>());
}

fn trained<P: Program<Cpu>>(data: &Path, out: PathBuf) -> Trained {
    let options = TrainOptions {
        data: data.to_owned(),
        out: Some(out),
        epochs: Some(2),
        batch: Some(64),
        seed: 7,
        threads: 1,
        ..Default::default()
    };
    train::<Cpu, P>(&options, &Cpu::default(), &Interrupt::default()).unwrap()
}

/// Bits of the towers' outputs for test rows and candidates.
fn bits(trained: &Trained) -> Vec<Vec<u32>> {
    let of = |tower| {
        let vectors = vectors(&*trained.model, tower, RowSet::Test, &trained.data, &trained.dataset).unwrap();
        vectors.matrix.values.iter().map(|value| value.to_bits()).collect()
    };
    (0..trained.model.description().towers.len()).map(of).collect()
}

/// Logged losses of the epochs.
fn losses(run: &Path) -> Vec<u64> {
    let log = std::fs::read_to_string(run.join("metrics.jsonl")).unwrap();
    let lines = log.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    lines.filter_map(|line| line["loss"].as_f64()).map(f64::to_bits).collect()
}

#[test]
fn a_spec_and_structs_give_the_same_numbers_and_records_of_both_are_answered() {
    let folder = TempDir::new().unwrap();
    let data = folder.path().join("data");
    let size = synth::Options { users: Some(60), items: Some(80), rows: Some(1500), ..Default::default() };
    synth::write(synth::Kind::MovieLens, &size, &data).unwrap();

    let written = trained::<Written>(&data, folder.path().join("written"));
    let derived = trained::<Derived>(&data, folder.path().join("derived"));
    let of_written = losses(written.folder.path());
    assert_eq!(of_written.len(), 2);
    assert_eq!(of_written, losses(derived.folder.path()));
    assert_eq!(bits(&written), bits(&derived));

    let title = derived.dataset.catalog.as_ref().unwrap().keys[3].clone();
    let stored = Loaded::<Cpu, Derived>::open(derived.folder.path(), &Cpu::default()).unwrap();
    let query = stored.vectors(&[Query { user_id: 5, timestamp: 880_000_000 }]).unwrap();
    let movie = stored.vectors(&[Movie { title: title.clone() }]).unwrap();
    assert_eq!(
        movie.values.iter().map(|value| value.to_bits()).collect::<Vec<_>>(),
        bits(&derived)[1][96..128]
    );

    let stored = Loaded::<Cpu, Written>::open(written.folder.path(), &Cpu::default()).unwrap();
    let record: written::QueryRecord<'_> =
        serde_json::from_str(r#"{"user_id": "5", "timestamp": "880000000"}"#).unwrap();
    assert_eq!(stored.vectors(&[record]).unwrap(), query);
    let record = written::CandidateRecord { title: title.as_str().into() };
    assert_eq!(stored.vectors(&[record]).unwrap(), movie);

    let other = Loaded::<Cpu, Derived>::open(written.folder.path(), &Cpu::default());
    assert!(other.err().unwrap().to_string().contains("a different spec"));
}

#[test]
fn values_of_rust_are_what_they_are_as_text() {
    let folder = TempDir::new().unwrap();
    let data = folder.path().join("data");
    let size = synth::Options { users: Some(50), items: Some(60), rows: Some(900), ..Default::default() };
    synth::write(synth::Kind::MultiValue, &size, &data).unwrap();
    let run = trained::<dssm_multivalue::Model<Cpu>>(&data, folder.path().join("run"));

    let stored =
        Loaded::<Cpu, dssm_multivalue::Model<Cpu>>::open(run.folder.path(), &Cpu::default()).unwrap();
    let text = dssm_multivalue::UserRecord {
        client_type: "1".into(),
        follow_topic_id: "3,5,3".into(),
        all_topic_fav_7: "3:0.5,7:0.25".into(),
        read_post_id: "1,2".into(),
    };
    let user = |client_type, favourites: &[(u32, f32)]| dssm::User {
        client_type,
        follow_topic_id: vec![3, 5, 3],
        all_topic_fav_7: favourites.to_vec(),
        read_post_id: vec!["1".to_owned(), "2".to_owned()],
    };
    let text = stored.vectors(&[text]).unwrap();
    let favourites = [(3, 0.5), (7, 0.25)];
    let users = [user(Some(1), &favourites), user(None, &favourites), user(Some(1), &[(3, 0.25), (7, 0.5)])];
    let users = stored.vectors(&users).unwrap();
    assert_eq!(users.row(0), text.row(0));
    assert_ne!(users.row(1), text.row(0));
    assert_ne!(users.row(2), text.row(0));
}

#[test]
fn ui() {
    trybuild::TestCases::new().compile_fail("ui/*.rs");
}
