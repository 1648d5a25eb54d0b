//! Models that are trained by Turret and by Python systems: the same columns, widths, optimizer and rows.

/// A model, with the programs of other systems.
pub(crate) struct Case {
    /// Name for `--case`.
    pub(crate) name: &'static str,
    /// Model and work, for people.
    pub(crate) about: &'static str,
    pub(crate) spec: Spec,
    /// Further arguments of `turret train`.
    pub(crate) arguments: &'static [&'static str],
    /// Folder of the rows, below that of the peers' data.
    pub(crate) data: &'static str,
    pub(crate) peers: &'static [Peer],
}

/// Folder of a spec.
pub(crate) enum Spec {
    /// `bench/peers/` of the checkout.
    OfPeers(&'static str),
    /// `matched/` of the peers' programs.
    Matched(&'static str),
    /// `specs/` of the checkout.
    Own(&'static str),
}

/// Folder of a peer's program.
pub(crate) enum Program {
    /// That of the peers' programs.
    Given(&'static str),
    /// `bench/peers/` of the checkout.
    Own(&'static str),
}

/// A program of another system.
pub(crate) struct Peer {
    pub(crate) system: System,
    pub(crate) program: Program,
    /// Arguments; `{data}` is the folder of the peers' data.
    pub(crate) arguments: &'static [&'static str],
    /// Numbers of threads that are tried.
    pub(crate) threads: &'static [&'static str],
}

#[derive(Clone, Copy)]
pub(crate) enum System {
    TensorFlow,
    Torch,
}

impl System {
    /// Name, and the variable that has its Python.
    pub(crate) fn names(self) -> (&'static str, &'static str) {
        match self {
            System::TensorFlow => ("TensorFlow", "PEERS_TF"),
            System::Torch => ("PyTorch", "PEERS_TORCH"),
        }
    }
}

const BOTH: &[&str] = &["1", "2"];

const fn tensorflow(program: &'static str, arguments: &'static [&'static str]) -> Peer {
    Peer { system: System::TensorFlow, program: Program::Given(program), arguments, threads: BOTH }
}

const fn torch(
    program: &'static str,
    arguments: &'static [&'static str],
    threads: &'static [&'static str],
) -> Peer {
    Peer { system: System::Torch, program: Program::Given(program), arguments, threads }
}

const fn of_pairs(
    name: &'static str,
    about: &'static str,
    spec: &'static str,
    peers: &'static [Peer],
) -> Case {
    Case { name, about, spec: Spec::Matched(spec), arguments: &[], data: "turret", peers }
}

const fn of_items(
    name: &'static str,
    about: &'static str,
    arguments: &'static [&'static str],
    peers: &'static [Peer],
) -> Case {
    Case { name, about, spec: Spec::OfPeers("dssm_scale.dm"), arguments, data: "turret", peers }
}

pub(crate) const CASES: &[Case] = &[
    of_pairs(
        "dssm",
        "DSSM, MovieLens 100K pairs, batch 256, Adagrad",
        "dssm.dm",
        &[
            tensorflow("deepmatch_bench.py", &["--model", "dssm", "--fix_inner_product"]),
            torch("torch_dssm.py", &["--data", "{data}/ml-100k/prep", "--fused"], BOTH),
        ],
    ),
    of_pairs(
        "fm",
        "FM two-tower, the same pairs",
        "fm.dm",
        &[tensorflow("deepmatch_bench.py", &["--model", "fm", "--fix_inner_product"])],
    ),
    of_pairs("ncf", "NCF, batch 256", "ncf.dm", &[tensorflow("deepmatch_bench.py", &["--model", "ncf"])]),
    of_pairs(
        "youtubednn",
        "YoutubeDNN, batch 256",
        "youtubednn.dm",
        &[tensorflow("deepmatch_bench.py", &["--model", "youtubednn"])],
    ),
    of_pairs("mind", "MIND, batch 256", "mind.dm", &[tensorflow("deepmatch_bench.py", &["--model", "mind"])]),
    of_pairs("sdm", "SDM, batch 256", "sdm.dm", &[tensorflow("deepmatch_bench.py", &["--model", "sdm"])]),
    Case {
        name: "two_tower",
        about: "two_tower [32], in-batch softmax, batch 2048",
        spec: Spec::Own("two_tower.dm"),
        arguments: &[
            "--set",
            "layers=[32]",
            "--set",
            "data.split=given(train=\"split/split_train.tsv\", test=\"split/split_test.tsv\")",
            "--epochs",
            "5",
        ],
        data: "ml-100k",
        peers: &[tensorflow(
            "tfrs_retrieval.py",
            &["--pipeline", "ids", "--layers", "32", "--split", "{data}/ml-100k/split"],
        )],
    },
    of_pairs(
        "deepfm",
        "DeepFM, 26 x 16 and 13 numbers, 5.6 million rows, batch 4096, Adagrad",
        "deepfm.dm",
        &[torch("torch_deepfm.py", &["--emb", "sparse", "--opt", "adagrad"], &["2"])],
    ),
    Case {
        arguments: &["--set", "rule=adam(lr=0.001)"],
        ..of_pairs(
            "deepfm_adam",
            "the same with Adam",
            "deepfm.dm",
            &[torch("torch_deepfm.py", &["--emb", "sparse", "--opt", "adam"], &["2"])],
        )
    },
    Case {
        name: "sasrec",
        about: "SASRec, length 50, width 64, batch 256, Adam",
        spec: Spec::Own("sasrec.dm"),
        arguments: &["--epochs", "2"],
        data: "ml-100k",
        peers: &[Peer {
            system: System::Torch,
            program: Program::Own("torch_sasrec.py"),
            arguments: &["--data", "{data}/ml-100k"],
            threads: BOTH,
        }],
    },
    of_items(
        "dssm_100k",
        "DSSM, 100 thousand items, 409,600 pairs, batch 4096, Adagrad",
        &["--set", "items=100001", "--set", "data.pairs=csv(\"scale_100000.csv\")"],
        &[tensorflow("tf_dssm_scale.py", &["--items", "100000"])],
    ),
    of_items(
        "dssm_1m",
        "DSSM, 1 million items, 409,600 pairs, batch 4096, Adagrad",
        &["--set", "items=1000001", "--set", "data.pairs=csv(\"scale_1000000.csv\")"],
        &[tensorflow("tf_dssm_scale.py", &["--items", "1000000"])],
    ),
    of_items(
        "dssm_10m",
        "DSSM, 10 million items, 409,600 pairs, batch 4096, Adagrad",
        &["--set", "items=10000001", "--set", "data.pairs=csv(\"scale_10000000.csv\")"],
        &[tensorflow("tf_dssm_scale.py", &["--items", "10000000"])],
    ),
];
