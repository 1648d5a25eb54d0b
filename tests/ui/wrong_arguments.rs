//! Everything wrong is reported at once, each where it stands.

use turret::{Model, Table, Tower};

#[derive(Table)]
#[table(dim = 0, vocabulary = learned)]
struct User;

#[derive(Tower)]
#[tower(concat(User[user_id], age) |> dense(1, actvation = relu))]
struct Record {
    user_id: u64,
    #[column(float(transform = log2p))]
    age: f32,
}

#[derive(Model)]
#[model(
    input { click: label }
    objective bce(ctr, click)
    train { batch = 0.5 }
)]
struct Ctr {
    ctr: Record,
}

fn main() {}
