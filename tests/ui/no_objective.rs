//! A model needs an objective.

use turret::{Model, Table, Tower};

#[derive(Table)]
#[table(dim = 8)]
struct User;

#[derive(Tower)]
#[tower(User[user_id])]
struct Query {
    user_id: u64,
}

#[derive(Model)]
#[model(export { query })]
struct Users {
    query: Query,
}

fn main() {
    users::main();
}
