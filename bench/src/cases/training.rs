//! Models that are trained by Turret and by Python systems: the same columns, widths, optimizer and rows.

use super::{BOTH, Case, Figure, Peer, Place, System, Work};

const fn tensorflow(program: &'static str, arguments: &'static [&'static str]) -> Peer {
    Peer { system: System::TensorFlow, program: Place::Peers(program), arguments, threads: BOTH }
}

const fn torch(
    program: &'static str,
    arguments: &'static [&'static str],
    threads: &'static [&'static str],
) -> Peer {
    Peer { system: System::Torch, program: Place::Peers(program), arguments, threads }
}

/// Training of a spec on the rows in a folder of the peers' data.
const fn training(
    name: &'static str,
    about: &'static str,
    spec: Place,
    arguments: &'static [&'static str],
    data: &'static str,
    peers: &'static [Peer],
) -> Case {
    Case {
        name,
        about,
        work: Work::Training { spec, arguments, data },
        figure: Figure::Rate("samples_per_s"),
        also: &[],
        agreed: &[],
        peers,
    }
}

const fn of_pairs(
    name: &'static str,
    about: &'static str,
    spec: &'static str,
    peers: &'static [Peer],
) -> Case {
    training(name, about, Place::Peers(spec), &[], "turret", peers)
}

const fn of_items(
    name: &'static str,
    about: &'static str,
    arguments: &'static [&'static str],
    peers: &'static [Peer],
) -> Case {
    training(name, about, Place::OwnPeers("dssm_scale.dm"), arguments, "turret", peers)
}

pub(crate) const CASES: &[Case] = &[
    of_pairs(
        "dssm",
        "DSSM, MovieLens 100K pairs, batch 256, Adagrad",
        "matched/dssm.dm",
        &[
            tensorflow("deepmatch_bench.py", &["--model", "dssm", "--fix_inner_product"]),
            torch("torch_dssm.py", &["--data", "{data}/ml-100k/prep", "--fused"], BOTH),
        ],
    ),
    of_pairs(
        "fm",
        "FM two-tower, the same pairs",
        "matched/fm.dm",
        &[tensorflow("deepmatch_bench.py", &["--model", "fm", "--fix_inner_product"])],
    ),
    of_pairs(
        "ncf",
        "NCF, batch 256",
        "matched/ncf.dm",
        &[tensorflow("deepmatch_bench.py", &["--model", "ncf"])],
    ),
    of_pairs(
        "youtubednn",
        "YoutubeDNN, batch 256",
        "matched/youtubednn.dm",
        &[tensorflow("deepmatch_bench.py", &["--model", "youtubednn"])],
    ),
    of_pairs(
        "mind",
        "MIND, batch 256",
        "matched/mind.dm",
        &[tensorflow("deepmatch_bench.py", &["--model", "mind"])],
    ),
    of_pairs(
        "sdm",
        "SDM, batch 256",
        "matched/sdm.dm",
        &[tensorflow("deepmatch_bench.py", &["--model", "sdm"])],
    ),
    training(
        "two_tower",
        "two_tower [32], in-batch softmax, batch 2048",
        Place::Specs("two_tower.dm"),
        &[
            "--set",
            "layers=[32]",
            "--set",
            "data.split=given(train=\"split/split_train.tsv\", test=\"split/split_test.tsv\")",
            "--epochs",
            "5",
        ],
        "ml-100k",
        &[tensorflow(
            "tfrs_retrieval.py",
            &["--pipeline", "ids", "--layers", "32", "--split", "{data}/ml-100k/split"],
        )],
    ),
    of_pairs(
        "deepfm",
        "DeepFM, 26 x 16 and 13 numbers, 5.6 million rows, batch 4096, Adagrad",
        "matched/deepfm.dm",
        &[torch("torch_deepfm.py", &["--emb", "sparse", "--opt", "adagrad"], &["2"])],
    ),
    training(
        "deepfm_adam",
        "the same with Adam",
        Place::Peers("matched/deepfm.dm"),
        &["--set", "rule=adam(lr=0.001)"],
        "turret",
        &[torch("torch_deepfm.py", &["--emb", "sparse", "--opt", "adam"], &["2"])],
    ),
    training(
        "sasrec",
        "SASRec, length 50, width 64, batch 256, Adam",
        Place::Specs("sasrec.dm"),
        &["--epochs", "2"],
        "ml-100k",
        &[Peer {
            system: System::Torch,
            program: Place::OwnPeers("torch_sasrec.py"),
            arguments: &["--data", "{data}/ml-100k"],
            threads: BOTH,
        }],
    ),
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
