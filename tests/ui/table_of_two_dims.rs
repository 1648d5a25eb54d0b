//! Two types of one name are two tables, and may not differ in what they are.

use turret::{Model, Tower};

mod likes {
    #[derive(turret::Table)]
    #[table(dim = 16)]
    pub(crate) struct Topic;

    #[derive(turret::Tower)]
    #[tower(mean(Topic[likes]))]
    pub(crate) struct User {
        #[column(ids(max = 5))]
        pub(crate) likes: Vec<String>,
    }
}

#[derive(turret::Table)]
#[table(dim = 8)]
struct Topic;

#[derive(Tower)]
#[tower(Topic[topic] |> dense(16))]
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
