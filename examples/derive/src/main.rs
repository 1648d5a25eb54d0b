//! The two-tower model of `specs/two_tower.dm` as structs: trained on synthetic data, stored, loaded, and
//! queried.

use std::error::Error;

use serde::Deserialize;
use turret::runtime::Loaded;
use turret::runtime::cli::interrupt;
use turret::runtime::prelude::Cpu;
use turret::runtime::train::{TrainOptions, train};
use turret::{Model, Table, Tower, synth};

/// A row for each user.
#[derive(Table)]
#[table(dim = 32)]
struct User;

#[derive(Table)]
#[table(dim = 32)]
struct Moment;

#[derive(Table)]
#[table(dim = 32)]
struct Title;

/// Words of titles.
#[derive(Table)]
#[table(dim = 32, vocab = learned(max = 10_000))]
struct Token;

/// The user who asks, and the time.
#[derive(Deserialize, Tower)]
#[tower(
    concat(User[user_id], Moment[timestamp_bucket], timestamp) |> mlp(layers, relu, output = linear)
)]
struct Query {
    user_id: u32,
    #[column(float(transform = standardize))]
    #[column(timestamp_bucket: bucket(equal_width(1000)))]
    timestamp: i64,
}

/// Things to watch.
#[derive(Deserialize, Tower)]
#[tower(concat(Title[title], mean(Token[title_tokens])) |> mlp(layers, relu, output = linear))]
struct Movie {
    #[column(id)]
    #[column(title_tokens: text(max = 16))]
    title: String,
}

/// Two-tower retrieval on MovieLens.
#[derive(Model)]
#[model(
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
    train     { optimizer = adagrad(lr = 0.1), batch = 2048, epochs = 3 }
    export    { query, candidate }
)]
struct TwoTower {
    query: Query,
    candidate: Movie,
}

type Model = two_tower::Model<Cpu>;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::temp_dir().join(format!("turret-derive-{}", std::process::id()));
    let data = folder.join("data");
    let synth = synth::Options { rows: Some(20_000), ..Default::default() };
    synth::write(synth::Kind::MovieLens, &synth, &data)?;

    let options = TrainOptions { data, out: Some(folder.join("run")), ..Default::default() };
    let trained = train::<Cpu, Model>(&options, &Cpu::default(), &interrupt()?)?;
    println!("{} steps, stored in {}", trained.info.steps, trained.folder.path().display());

    let loaded = Loaded::<Cpu, Model>::open(trained.folder.path(), &Cpu::default())?;
    let query: Query = serde_json::from_str(r#"{"user_id": 1, "timestamp": 880000000}"#)?;
    let movie = Movie { title: "Unseen, but made of words".to_owned() };
    println!("{:?}", loaded.vectors(&[query])?.row(0));
    println!("{:?}", loaded.vectors(&[movie])?.row(0));
    Ok(std::fs::remove_dir_all(folder)?)
}
