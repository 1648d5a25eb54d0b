//! A table is a type, and Rust knows no such type.

use turret::Tower;

#[derive(Tower)]
#[tower(Topc[topic])]
struct Query {
    topic: String,
}

fn main() {}
