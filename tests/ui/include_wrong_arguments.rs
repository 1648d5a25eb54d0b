//! An override is written `name = value`, after a comma.

mod no_comma {
    turret::include_model!("specs/two_tower.dm" layers = [32]);
}

mod no_value {
    turret::include_model!("specs/two_tower.dm", layers);
}

fn main() {}
