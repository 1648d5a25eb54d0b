//! Impressions: a user, a post, and whether it was clicked.

use std::{fmt::Write, ops::Range};

use super::world::World;
use crate::synth::{
    draws::{Draws, Purpose},
    latent,
};

/// The planted logit is `SLOPE * cosine + OFFSET`.
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

/// Draws the impressions of a range of row numbers.
pub(super) fn draw(seed: u64, world: &World, numbers: Range<usize>) -> Vec<Impression> {
    numbers
        .map(|number| {
            let mut draws = Draws::new(seed, Purpose::Row, number);
            let user = draws.below(world.users.len());
            // Half of what is shown is popular, the other half the best of a few.
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

/// The text of a table of impressions.
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

/// The area under the ROC curve that the true probabilities reach; a tie counts half.
pub(super) fn auc(impressions: &[Impression]) -> f64 {
    let mut order: Vec<&Impression> = impressions.iter().collect();
    order.sort_by(|a, b| a.probability.total_cmp(&b.probability));
    let (mut wins, mut negatives) = (0.0, 0.0);
    for tied in order.chunk_by(|a, b| a.probability == b.probability) {
        let positive = tied.iter().filter(|one| one.clicked).count() as f64;
        let negative = tied.len() as f64 - positive;
        wins += positive * (negatives + negative / 2.0);
        negatives += negative;
    }
    let positives = impressions.len() as f64 - negatives;
    if positives == 0.0 || negatives == 0.0 { 0.5 } else { wins / (positives * negatives) }
}

/// The mean cross-entropy of the true probabilities.
pub(super) fn logloss(impressions: &[Impression]) -> f64 {
    let surprise = |one: &Impression| {
        let given = if one.clicked { one.probability } else { 1.0 - one.probability };
        -given.max(1e-12).ln()
    };
    impressions.iter().map(surprise).sum::<f64>() / impressions.len().max(1) as f64
}
