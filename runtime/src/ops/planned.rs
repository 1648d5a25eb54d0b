//! The planned step of a CPU. A forward pass with the tape [`Planned`] records its ops. They are run when the
//! loss is known: in tiles of rows, each through forward and backward pass by one thread. Threads meet only
//! where an op needs rows of other tiles. Sums have a fixed order, so results do not depend on the number of
//! threads.

mod graph;
mod lane;
mod leaf;
mod recording;
mod schedule;
mod step;
mod tasks;
#[cfg(test)]
mod tests;
mod wiring;

pub use recording::Planned;
pub(crate) use recording::unknown;
pub(crate) use schedule::lanes;
pub use step::StepMemory;
pub(in crate::ops) use tasks::LearnedWeights;
