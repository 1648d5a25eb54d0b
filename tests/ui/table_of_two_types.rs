//! Rust's compiler checks that two towers mean the same table.

use turret::{Model, Tower};

mod likes {
    #[derive(turret::Table)]
    #[table(dim = 8)]
    pub(crate) struct Topic;

    #[derive(turret::Tower)]
    #[tower(mean(Topic[likes]))]
    pub(crate) struct User {
        #[column(ids(max = 5))]
        pub(crate) likes: Vec<String>,
    }
}

mod topics {
    #[derive(turret::Table)]
    #[table(dim = 8)]
    pub(crate) struct Topic;
}
use topics::Topic;

#[derive(Tower)]
#[tower(Topic[topic])]
struct Post {
    topic: String,
}

#[derive(Model)]
#[model(objective in_batch_softmax(user, post))]
struct TwoTower {
    user: likes::User,
    post: Post,
}

fn main() {}
