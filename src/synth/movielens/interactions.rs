//! Interactions of users and movies with times: sampled without replacement from the softmax of affinities.

use std::fmt::Write;

use super::{Latent, WIDTH, items::Item, users::User};
use crate::synth::{
    draws::{Draws, Purpose},
    latent,
};

/// Start and length of the time range in seconds, as in MovieLens 100K.
const START: f64 = 874_724_710.0;
const LENGTH: f64 = 18_561_928.0;

/// Weights of the user's taste and of current trends. They determine how predictable the data are.
const TASTE_WEIGHT: f64 = 0.9;
const VOGUE_WEIGHT: f64 = 0.8;

/// Number of trends in the time range, one about every nine days.
const VOGUES: usize = 24;

/// Interactions of one session, which have the same time.
const SITTING: usize = 40;

/// A row of `u.data`, with its rank.
#[derive(Debug)]
pub(super) struct Interaction {
    user: usize,
    pub(super) item: usize,
    rating: u8,
    timestamp: u64,
    /// Number of other items with at least the same probability.
    pub(super) rank: usize,
}

/// Generates all interactions, in the shuffled order of the file.
pub(super) fn draw(seed: u64, users: &[User], items: &[Item]) -> Vec<Interaction> {
    let vogues: Vec<Latent> =
        (0..=VOGUES).map(|index| latent::normal(&mut Draws::new(seed, Purpose::Vogue, index))).collect();
    let mut all = Vec::with_capacity(users.iter().map(|user| user.interactions).sum());
    for (index, user) in users.iter().enumerate() {
        draw_user(seed, index, user, items, &vogues, &mut all);
    }
    all.sort_by_cached_key(|one| Draws::new(seed, Purpose::Order, one.user * items.len() + one.item).bits());
    all
}

/// Generates a user's interactions: a few sessions, each with its own time.
fn draw_user(
    seed: u64,
    index: usize,
    user: &User,
    items: &[Item],
    vogues: &[Latent],
    all: &mut Vec<Interaction>,
) {
    let mut draws = Draws::new(seed, Purpose::Interaction, index);
    let mut left: Vec<bool> = vec![true; items.len()];
    let mut moment = draws.uniform() * 0.9;
    let mut remaining = user.interactions;
    while remaining > 0 {
        let count = remaining.min(SITTING);
        remaining -= count;
        let scores = affinities(user, items, &vogue(vogues, moment));
        let mut ascending = scores.clone();
        ascending.sort_unstable_by(f64::total_cmp);

        let mut keyed: Vec<(f64, usize)> =
            scores.iter().enumerate().map(|(item, score)| (score + draws.gumbel(), item)).collect();
        keyed.retain(|&(_, item)| left[item]);
        keyed.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        for (place, &(_, item)) in keyed.iter().take(count).enumerate() {
            left[item] = false;
            let liking = latent::dot(&user.taste, &items[item].latent) / WIDTH as f64;
            let rating =
                (3.5 + 0.9 * liking + 0.2 * items[item].popularity.tanh() + 0.7 * draws.normal()).round();
            let below = ascending.partition_point(|&score| score < scores[item]);
            all.push(Interaction {
                user: index,
                item,
                rating: rating.clamp(1.0, 5.0) as u8,
                timestamp: (START + LENGTH * moment) as u64 + 30 * place as u64,
                rank: items.len() - below - 1,
            });
        }
        moment += draws.uniform() * (1.0 - moment) * 0.2;
    }
}

/// Returns the affinity of a user to each item during a trend: the log probability, up to a constant.
fn affinities(user: &User, items: &[Item], vogue: &Latent) -> Vec<f64> {
    let mut wish: Latent = user.taste.map(|value| value * TASTE_WEIGHT);
    latent::add(&mut wish, VOGUE_WEIGHT, vogue);
    items.iter().map(|item| item.popularity + latent::dot(&wish, &item.latent)).collect()
}

/// Returns the trend at a time, interpolated between the previous and the next.
fn vogue(vogues: &[Latent], moment: f64) -> Latent {
    let at = moment * (vogues.len() - 1) as f64;
    let before = (at as usize).min(vogues.len() - 2);
    let share = at - before as f64;
    let mut direction = vogues[before].map(|value| value * (1.0 - share));
    latent::add(&mut direction, share, &vogues[before + 1]);
    direction
}

/// Returns the text of `u.data`.
pub(super) fn text(interactions: &[Interaction]) -> String {
    let mut text = String::new();
    for one in interactions {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{}\t{}\t{}\t{}", one.user + 1, one.item + 1, one.rating, one.timestamp);
    }
    text
}
