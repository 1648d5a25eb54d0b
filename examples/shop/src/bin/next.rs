//! Products for visitors, from the run in the first argument: for a new visitor, and for all of the log.

use std::path::Path;

use turret::runtime::data::Field;
use turret::runtime::prelude::Cpu;
use turret::runtime::prepare::DataOptions;
use turret::runtime::recommend::{ListOptions, Users};
use turret::{Error, Loaded};

mod next {
    turret::include_model!("next.dm");
}
use next::{Model, VisitorRecord};

fn main() -> Result<(), Error> {
    let run = std::env::args_os().nth(1).unwrap_or("runs/next".into());
    let mut loaded = Loaded::<Cpu, Model<Cpu>>::open(Path::new(&run), &Cpu::default())?;
    let (data, dataset) = loaded.prepare(None, &DataOptions::default())?;
    let recommender = loaded.recommender(&dataset)?;

    let history = Field::List(vec!["tea".into(), "mug".into()]);
    let visitor = VisitorRecord { country: "de".into(), product_id: history };
    for list in loaded.recommend(&recommender, &[visitor], 3)? {
        for item in list.items {
            println!("{} {:.3}", item.key, item.score);
        }
    }

    let visitors = Users::new(&dataset, &data, &"visitor_id".into())?;
    recommender.for_users(&visitors, &visitors.all(), ListOptions::new(3), |visitor, list| {
        let products: Vec<&str> = list.items.iter().map(|item| item.key).collect();
        println!("{}: {}", visitors.key(visitor), products.join(", "));
        Ok(())
    })
}
