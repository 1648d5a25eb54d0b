//! Two towers that meet in a dot product have one width.

use turret::{Model, Table, Tower};

#[derive(Table)]
#[table(dim = 8)]
struct User;

#[derive(Table)]
#[table(dim = 8)]
struct Title;

#[derive(Tower)]
#[tower(User[user_id] |> mlp([64, 32], relu))]
struct Query {
    user_id: u64,
}

#[derive(Tower)]
#[tower(Title[title] |> mlp([64, 16], relu))]
struct Movie {
    title: String,
}

#[derive(Model)]
#[model(objective in_batch_softmax(query, candidate))]
struct TwoTower {
    query: Query,
    candidate: Movie,
}

fn main() {}
