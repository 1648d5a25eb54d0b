//! The path leads nowhere.

mod two_tower {
    turret::include_model!("specs/none.dm");
}

fn main() {
    two_tower::main();
}
