//! Evaluation and inference: the same vectors, scores and weights on both sides, whose results must agree.

use super::{BOTH, Case, Figure, Peer, Place, System, Work};
use crate::tasks::Task;

const fn peer(system: System, program: &'static str, arguments: &'static [&'static str]) -> Peer {
    Peer { system, program: Place::OwnPeers(program), arguments, threads: BOTH }
}

const fn tensorflow(arguments: &'static [&'static str]) -> Peer {
    peer(System::TensorFlow, "tf_ranks.py", arguments)
}

const fn ranks(
    name: &'static str,
    about: &'static str,
    agreed: &'static [(&'static str, f64)],
    peers: &'static [Peer],
) -> Case {
    Case {
        name,
        about,
        work: Work::Task(Task::Ranks),
        figure: Figure::Rate("queries_per_s"),
        also: &[],
        agreed,
        peers,
    }
}

/// One query is 5e-5. TensorFlow divides in f32.
const HITS: &[(&str, f64)] = &[
    ("hit_rate_1", 1e-6),
    ("hit_rate_5", 1e-6),
    ("hit_rate_10", 1e-6),
    ("hit_rate_50", 1e-6),
    ("hit_rate_100", 1e-6),
];

const HITS_AND_GAINS: &[(&str, f64)] =
    &[HITS[0], HITS[1], HITS[2], HITS[3], HITS[4], ("ndcg_10", 1e-6), ("ndcg_100", 1e-6)];

/// The peers draw other resamples, so the ends of intervals differ by the error of a quantile.
const AREA_AND_ENDS: &[(&str, f64)] = &[AREA[0], ("auc_low", 5e-4), ("auc_high", 5e-4)];

const AREA: &[(&str, f64)] = &[("auc", 1e-9)];

const fn area(
    name: &'static str,
    about: &'static str,
    task: Task,
    agreed: &'static [(&'static str, f64)],
    peers: &'static [Peer],
) -> Case {
    Case { name, about, work: Work::Task(task), figure: Figure::Time("seconds"), also: &[], agreed, peers }
}

/// A sum over all vectors with factors from -2 to 2: some 200 for other weights or records.
const CHECKSUM: &[(&str, f64)] = &[("checksum", 0.01)];

const fn tower(name: &'static str, about: &'static str, peers: &'static [Peer]) -> Case {
    Case {
        name,
        about,
        work: Work::Task(Task::Tower),
        figure: Figure::Rate("rows_per_s"),
        also: &[],
        agreed: CHECKSUM,
        peers,
    }
}

const fn record(name: &'static str, about: &'static str, task: Task, peers: &'static [Peer]) -> Case {
    Case {
        name,
        about,
        work: Work::Task(task),
        figure: Figure::Time("p50_us"),
        also: &["p99_us"],
        agreed: CHECKSUM,
        peers,
    }
}

const fn torch(arguments: &'static [&'static str]) -> Peer {
    peer(System::Torch, "torch_tower.py", arguments)
}

pub(super) const CASES: &[Case] = &[
    ranks(
        "ranks",
        "hit rates of 20,000 queries among 1,682 items, the metric of TensorFlow Recommenders",
        HITS,
        &[tensorflow(&["--inputs", "{inputs}", "--by", "streaming"])],
    ),
    ranks(
        "ranks_brute_force",
        "the same, the metric over its layer of all candidates",
        HITS,
        &[tensorflow(&["--inputs", "{inputs}", "--by", "brute_force"])],
    ),
    ranks(
        "ranks_matmul",
        "the same with NDCG, a matrix product and comparisons",
        HITS_AND_GAINS,
        &[tensorflow(&["--inputs", "{inputs}", "--by", "matmul"])],
    ),
    area(
        "auc",
        "AUC of 100,000 rows with its interval, 1,000 resamples",
        Task::Auc,
        AREA_AND_ENDS,
        &[peer(System::ScikitLearn, "sklearn_auc.py", &["--inputs", "{inputs}"])],
    ),
    area(
        "auc_million",
        "AUC of 1 million rows with its interval (peer: time of 1,000 resamples from that of 20)",
        Task::AucMillion,
        AREA,
        &[peer(System::ScikitLearn, "sklearn_auc.py", &["--inputs", "{inputs}", "--drawn", "20"])],
    ),
    tower(
        "tower",
        "user tower of DSSM, batch 4096",
        &[torch(&["--inputs", "{inputs}", "--task", "tower", "--form", "eager"])],
    ),
    tower(
        "tower_script",
        "the same, TorchScript",
        &[torch(&["--inputs", "{inputs}", "--task", "tower", "--form", "script"])],
    ),
    record(
        "record",
        "user tower of DSSM, one encoded record",
        Task::Record,
        &[torch(&["--inputs", "{inputs}", "--task", "record", "--form", "eager"])],
    ),
    record(
        "record_script",
        "the same, TorchScript",
        Task::Record,
        &[torch(&["--inputs", "{inputs}", "--task", "record", "--form", "script"])],
    ),
    record(
        "record_values",
        "user tower of DSSM, one record of raw values",
        Task::RecordValues,
        &[torch(&["--inputs", "{inputs}", "--task", "record_values", "--form", "eager"])],
    ),
    record(
        "record_values_script",
        "the same, TorchScript",
        Task::RecordValues,
        &[torch(&["--inputs", "{inputs}", "--task", "record_values", "--form", "script"])],
    ),
];
