//! A misspelled column: the error is at the word.

use turret::{Model, Table, Tower};

#[derive(Table)]
#[table(dim = 8)]
struct User;

#[derive(Tower)]
#[tower(concat(User[user_id], aeg) |> dense(1))]
struct Record {
    user_id: u64,
    age: f32,
}

#[derive(Model)]
#[model(
    input { click: label }
    objective bce(ctr, click)
)]
struct Ctr {
    ctr: Record,
}

fn main() {}
