//! Impressions: user, post and click.

use std::{fmt::Write, ops::Range};

use super::world::World;
use crate::synth::{
    draws::{Draws, Purpose},
    latent,
    truth::Outcome,
};

/// Planted logit: `SLOPE * cosine + OFFSET`.
const SLOPE: f64 = 3.5;
const OFFSET: f64 = -1.0;

const HEADER: &str = "act\tclient_type\tfollow_topic_id\tall_topic_fav_7\tread_post_id\ttopic_id\tpost_id\n";

/// An impression.
#[derive(Debug)]
pub(super) struct Impression {
    user: usize,
    post: usize,
    probability: f64,
    clicked: bool,
}

/// Generates the impressions of a range of row numbers.
pub(super) fn draw(seed: u64, world: &World, numbers: Range<usize>) -> Vec<Impression> {
    numbers
        .map(|number| {
            let mut draws = Draws::new(seed, Purpose::Row, number);
            let user = draws.below(world.users.len());
            // Half of the shown posts are popular; the other half is the best of a few.
            let mut post = draws.weighted(&world.popularity);
            let suits = |post: usize| latent::dot(&world.users[user].latent, &world.posts[post].latent);
            if draws.uniform() < 0.5 {
                for _ in 0..4 {
                    let other = draws.below(world.posts.len());
                    if suits(other) > suits(post) {
                        post = other;
                    }
                }
            }
            let logit = SLOPE * suits(post) + OFFSET;
            let probability = 1.0 / (1.0 + (-logit).exp());
            Impression { user, post, probability, clicked: draws.uniform() < probability }
        })
        .collect()
}

/// Returns the text of a table of impressions.
pub(super) fn text(world: &World, impressions: &[Impression]) -> String {
    let mut text = String::from(HEADER);
    for one in impressions {
        let user = &world.users[one.user];
        let favourites: Vec<String> =
            user.favourites.iter().map(|(topic, weight)| format!("{topic}:{weight}")).collect();
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "{}\t{}\t{}\t{}\t{}\t{}\t{}",
            u8::from(one.clicked),
            user.client,
            list(&user.follows),
            favourites.join(","),
            list(&user.reads),
            world.posts[one.post].topic,
            one.post
        );
    }
    text
}

fn list(ids: &[usize]) -> String {
    ids.iter().map(usize::to_string).collect::<Vec<_>>().join(",")
}

/// True probability of each click, and whether it was clicked.
pub(super) fn outcomes(impressions: &[Impression]) -> Vec<Outcome> {
    impressions.iter().map(|one| (one.probability, one.clicked)).collect()
}
