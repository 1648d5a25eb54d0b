//! Topics, posts and users, and their latent vectors.

use crate::synth::{
    draws::{Draws, Purpose, running_sums},
    file, latent,
};

/// Width of the latent vectors.
const WIDTH: usize = 4;

/// Latent vector of a post or user.
type Latent = [f64; WIDTH];

/// Number of topics; topics are `0..TOPICS`.
const TOPICS: usize = 700;

/// One of this number of posts has no pretrained vector.
const WITHOUT_VECTOR: usize = 20;

/// Weights in the planted vectors: of the topic in a post's vector, relative to its pretrained vector; of the
/// client and of a favorite topic in a user's vector, relative to the mean of followed topics and the mean of
/// read posts.
const TOPIC_WEIGHT: f64 = 0.5;
const CLIENT_WEIGHT: f64 = 0.15;
const FAVOURITE_WEIGHT: f64 = 0.4;

/// Strength of a hidden preference that determines what a user follows, favors and reads.
const WISH: f64 = 3.0;

/// Vector of a post without pretrained vector.
const NOTHING: Latent = [0.0; WIDTH];

/// Entities from which rows are generated.
#[derive(Debug)]
pub(super) struct World {
    pub(super) users: Vec<User>,
    pub(super) posts: Vec<Post>,
    /// Cumulative popularity of posts.
    pub(super) popularity: Vec<f64>,
    width: usize,
}

/// A post.
#[derive(Debug)]
pub(super) struct Post {
    pub(super) topic: usize,
    /// Latent content, by which readers choose.
    about: Latent,
    /// Pretrained vector; empty if there is none.
    vector: Vec<f32>,
    /// Planted item vector: content of its columns, of norm 1.
    pub(super) latent: Latent,
}

/// A user.
#[derive(Debug)]
pub(super) struct User {
    pub(super) client: usize,
    pub(super) follows: Vec<usize>,
    pub(super) favourites: Vec<(usize, f64)>,
    pub(super) reads: Vec<usize>,
    /// Planted user vector: content of the columns above, of norm 1.
    pub(super) latent: Latent,
}

impl World {
    /// Returns the bytes of `post_vectors.safetensors`.
    pub(super) fn vectors(&self) -> Vec<u8> {
        let values: Vec<f32> = self.posts.iter().flat_map(|post| post.vector.iter().copied()).collect();
        file::safetensors("vectors", self.width, &values)
    }

    /// Returns the text of `post_keys.txt`: the posts with a vector, in the order of the vectors.
    pub(super) fn keys(&self) -> String {
        let with_vector = self.posts.iter().enumerate().filter(|(_, post)| !post.vector.is_empty());
        with_vector.map(|(index, _)| format!("{index}\n")).collect()
    }
}

/// Generates topics, posts and users.
pub(super) fn draw(seed: u64, users: usize, posts: usize, width: usize) -> World {
    let topics: Vec<Latent> = (0..TOPICS)
        .map(|topic| latent::scaled(&latent::normal(&mut Draws::new(seed, Purpose::Topic, topic)), 1.0))
        .collect();
    let projection: Vec<Latent> =
        (0..width).map(|row| latent::normal(&mut Draws::new(seed, Purpose::Projection, row))).collect();
    let fame: Vec<f64> = (0..TOPICS).map(|topic| 1.0 / (topic as f64 + 20.0)).collect();
    let topic_sums = running_sums(fame.iter().copied());
    let posts: Vec<Post> =
        (0..posts).map(|post| draw_post(seed, post, &topics, &topic_sums, &projection)).collect();
    let popularity = running_sums((0..posts.len()).map(|post| 1.0 / (post as f64 + 50.0)));
    let clients: [Latent; 2] =
        std::array::from_fn(|client| latent::normal(&mut Draws::new(seed, Purpose::Client, client)));
    let users = (0..users).map(|user| draw_user(seed, user, &clients, &fame, &topics, &posts)).collect();
    World { users, posts, popularity, width }
}

/// Generates a post. Its content is that of its topic plus an individual part, which only its vector reveals.
fn draw_post(seed: u64, index: usize, topics: &[Latent], topic_sums: &[f64], projection: &[Latent]) -> Post {
    let mut draws = Draws::new(seed, Purpose::Item, index);
    let topic = draws.weighted(topic_sums);
    let mut about: Latent = latent::scaled(&latent::normal(&mut draws), 0.8);
    latent::add(&mut about, 1.0, &topics[topic]);
    let about = latent::scaled(&about, 1.0);
    let mut latent = topics[topic].map(|value| value * TOPIC_WEIGHT);
    let vector = if draws.below(WITHOUT_VECTOR) == 0 {
        Vec::new()
    } else {
        latent::add(&mut latent, 1.0, &about);
        projection.iter().map(|row| latent::dot(row, &about) as f32).collect()
    };
    Post { topic, about, vector, latent: latent::scaled(&latent, 1.0) }
}

/// Generates a user, who follows, favors and reads according to a hidden preference. The columns reveal only
/// what follows from it.
fn draw_user(
    seed: u64,
    index: usize,
    clients: &[Latent; 2],
    fame: &[f64],
    topics: &[Latent],
    posts: &[Post],
) -> User {
    let mut draws = Draws::new(seed, Purpose::User, index);
    let wish: Latent = latent::scaled(&latent::normal(&mut draws), WISH);
    let topic_sums =
        running_sums(topics.iter().zip(fame).map(|(topic, fame)| fame * latent::dot(&wish, topic).exp()));
    let post_sums = running_sums(posts.iter().map(|post| latent::dot(&wish, &post.about).exp()));
    let follow_count = 1 + draws.below(12);
    let favourite_count = draws.below(6);
    let read_count = if draws.uniform() < 0.1 { 0 } else { 1 + draws.below(40) };
    let mut follows: Vec<usize> = (0..follow_count).map(|_| draws.weighted(&topic_sums)).collect();
    follows.sort_unstable();
    follows.dedup();
    let mut favourites: Vec<(usize, f64)> = (0..favourite_count)
        .map(|_| (draws.weighted(&topic_sums), ((0.05 + 0.95 * draws.uniform()) * 100.0).round() / 100.0))
        .collect();
    favourites.sort_unstable_by_key(|&(topic, _)| topic);
    favourites.dedup_by_key(|&mut (topic, _)| topic);
    let reads: Vec<usize> = (0..read_count).map(|_| draws.weighted(&post_sums)).collect();

    let client = draws.below(2);
    let mut latent = clients[client].map(|value| value * CLIENT_WEIGHT);
    latent::add(&mut latent, 1.0, &latent::mean(follows.iter().map(|&topic| &topics[topic])));
    favourites
        .iter()
        .for_each(|&(topic, weight)| latent::add(&mut latent, FAVOURITE_WEIGHT * weight, &topics[topic]));
    // A post without a vector counts as zero in the mean.
    let told = |&post: &usize| if posts[post].vector.is_empty() { &NOTHING } else { &posts[post].about };
    latent::add(&mut latent, 1.0, &latent::mean(reads.iter().map(told)));
    User { client, follows, favourites, reads, latent: latent::scaled(&latent, 1.0) }
}
