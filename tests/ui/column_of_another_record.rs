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
#[model(input { click: label } objective bce(dot(query, candidate), click))]
struct TwoTower {
    query: Query,
    candidate: Movie,
}

fn main() {}
