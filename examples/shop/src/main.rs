//! Probability that a visitor buys a product, from the run in the first argument.

use std::path::Path;

use turret::runtime::data::Field;
use turret::runtime::prelude::Cpu;
use turret::{LoadError, Loaded};

mod shop {
    turret::include_model!("shop.dm");
}
use shop::{Model, ScoreRecord};

fn main() -> Result<(), LoadError> {
    let run = std::env::args_os().nth(1).unwrap_or("runs/shop".into());
    let loaded = Loaded::<Cpu, Model<Cpu>>::open(Path::new(&run), &Cpu::default())?;
    let shown = |product| ScoreRecord {
        visitor_id: "ann".into(),
        product_id: Field::from(product),
        country: "de".into(),
        price: Field::Float(4.5),
    };
    let products = ["tea", "hat"];
    let probabilities = loaded.probabilities(&products.map(shown))?;
    for (product, probability) in products.iter().zip(probabilities) {
        println!("{product} {probability:.3}");
    }
    Ok(())
}
