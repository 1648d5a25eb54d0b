//! The probability that a visitor buys a product, from the run that the arguments name.

use std::path::Path;

use turret::runtime::data::Field;
use turret::runtime::prelude::Cpu;
use turret::{Error, Loaded};

mod shop {
    turret::include_model!("shop.dm");
}
use shop::{Model, ScoreRecord};

fn main() -> Result<(), Error> {
    let run = std::env::args_os().nth(1);
    let run = run.ok_or_else(|| Error::usage("no run is named").help("write `example-shop runs/shop`"))?;
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
