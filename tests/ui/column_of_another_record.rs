//! A tower reads its own record.

use turret::{Model, Tower};

#[derive(Tower)]
#[tower(concat(age, year) |> dense(4))]
struct Query {
    age: f32,
}

#[derive(Tower)]
#[tower(dense(year, 4))]
struct Movie {
    year: f32,
}

#[derive(Model)]
#[model(objective in_batch_softmax(query, candidate))]
struct TwoTower {
    query: Query,
    candidate: Movie,
}

fn main() {}
