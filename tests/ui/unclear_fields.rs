//! Fields whose types do not tell the kind of their columns, and items of the wrong form.

use std::time::SystemTime;

use turret::{Model, Table, Tower};

#[derive(Table)]
struct User;

#[derive(Tower)]
#[tower(concat(at, ratio))]
struct Query {
    at: SystemTime,
    ratio: Vec<f32>,
}

#[derive(Tower)]
struct Movie {
    title: String,
}

#[derive(Model)]
enum TwoTower {
    Query(Query),
}

fn main() {}
