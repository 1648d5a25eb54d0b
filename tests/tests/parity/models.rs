//! Which models there are, and which the language cannot express yet.

use crate::case::Case;
use crate::fixture::Fixture;
use crate::{matching, ranking};

/// Models without a spec, and what the language lacks for them.
pub(crate) const NOT_YET: &[(&str, &str)] = &[
    ("attrec_dist", "self-attention, hinge loss"),
    ("attrec_inner", "self-attention"),
    ("block_attention", "self-attention"),
    ("block_losses", "losses of single records"),
    ("block_lstm", "LSTM"),
    ("block_pooling", "a loss that is a sum of given multiples"),
    ("caser", "convolutions over a history"),
    ("mind", "capsule routing, sampled softmax"),
    ("mind_dynamic_k", "capsule routing, sampled softmax"),
    ("sasrec", "self-attention"),
    ("sdm", "LSTM, attention, sampled softmax"),
    ("youtubednn", "sampled softmax"),
];

/// The spec of a case, if its model has one.
pub(crate) fn write_case(fixture: &Fixture) -> Option<Case<'_>> {
    let mut case = Case::new(fixture);
    let write = match fixture.model.as_str() {
        "tfrs_retrieval" => matching::tfrs_retrieval,
        "dssm" => matching::dssm,
        "dssm_multivalue" => matching::dssm_multivalue,
        "fm_match" => matching::fm_match,
        "ncf" => matching::ncf,
        "ncf_deepmatch" => matching::ncf_deepmatch,
        "bpr_inner" | "bpr_dist" => matching::bpr,
        "fm" => ranking::fm,
        "wide_deep" => ranking::wide_deep,
        "deep_crossing" => ranking::deep_crossing,
        "ffm" => ranking::ffm,
        "dcn" => ranking::dcn,
        "xdeepfm" => ranking::xdeepfm,
        "fm_real" => ranking::fm_real,
        "deepfm_field" => ranking::deepfm_field,
        "pnn_inner" | "pnn_inner_kernel" | "pnn_outer" => ranking::pnn,
        "nfm_train" | "nfm_infer" => ranking::nfm,
        "afm_max" | "afm_avg" | "afm_att" => ranking::afm,
        "deepfm" => ranking::deepfm,
        _ => return None,
    };
    write(&mut case);
    Some(case)
}
