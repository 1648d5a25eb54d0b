//! Work that Turret and Python systems do in turn: training, evaluation and inference.

mod inference;
mod training;

use std::path::{Path, PathBuf};

use crate::Args;
use crate::tasks::Task;

/// Work of Turret, with the programs of other systems that do the same.
pub(crate) struct Case {
    /// Name for `--case`.
    pub(crate) name: &'static str,
    /// Description for people.
    pub(crate) about: &'static str,
    pub(crate) work: Work,
    pub(crate) figure: Figure,
    /// Further figures, as the programs name them.
    pub(crate) also: &'static [&'static str],
    /// Results of both sides that must agree, each with the largest difference.
    pub(crate) agreed: &'static [(&'static str, f64)],
    pub(crate) peers: &'static [Peer],
}

/// Work of Turret.
pub(crate) enum Work {
    /// Training of a spec.
    Training {
        spec: Place,
        /// Further arguments of `turret train`.
        arguments: &'static [&'static str],
        /// Folder of the rows, below that of the peers' data.
        data: &'static str,
    },
    /// A task of the library, in a process of this program.
    Task(Task),
}

/// Figure that is compared, as the programs name it.
#[derive(Clone, Copy)]
pub(crate) enum Figure {
    /// Higher is better.
    Rate(&'static str),
    /// Lower is better.
    Time(&'static str),
}

impl Figure {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Figure::Rate(name) | Figure::Time(name) => name,
        }
    }

    /// Speed of Turret relative to that of a peer.
    pub(crate) fn ratio(self, turret: f64, peer: f64) -> f64 {
        match self {
            Figure::Rate(_) => turret / peer,
            Figure::Time(_) => peer / turret,
        }
    }
}

/// A file in one of the folders that the command line names.
#[derive(Clone, Copy)]
pub(crate) enum Place {
    /// Folder of `--peers`.
    Peers(&'static str),
    /// Folder of `--own-peers`.
    OwnPeers(&'static str),
    /// Folder of `--specs`.
    Specs(&'static str),
}

impl Place {
    pub(crate) fn path(self, args: &Args, peers: &Path) -> PathBuf {
        match self {
            Place::Peers(name) => peers.join(name),
            Place::OwnPeers(name) => args.own_peers.join(name),
            Place::Specs(name) => args.specs.join(name),
        }
    }
}

/// A program of another system.
pub(crate) struct Peer {
    pub(crate) system: System,
    pub(crate) program: Place,
    /// Arguments. `{data}` is the folder of the peers' data, `{inputs}` that of the inputs of a [`Task`].
    pub(crate) arguments: &'static [&'static str],
    /// Numbers of threads that are tried.
    pub(crate) threads: &'static [&'static str],
}

#[derive(Clone, Copy)]
pub(crate) enum System {
    TensorFlow,
    Torch,
    ScikitLearn,
}

impl System {
    /// Name, and the variable that has its Python.
    pub(crate) fn names(self) -> (&'static str, &'static str) {
        match self {
            System::TensorFlow => ("TensorFlow", "PEERS_TF"),
            System::Torch => ("PyTorch", "PEERS_TORCH"),
            System::ScikitLearn => ("scikit-learn", "PEERS_TORCH"),
        }
    }
}

const BOTH: &[&str] = &["1", "2"];

/// Returns all cases.
pub(crate) fn all() -> impl Iterator<Item = &'static Case> {
    training::CASES.iter().chain(inference::CASES)
}
