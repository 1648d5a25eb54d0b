//! Which models there are, and which the language cannot express yet.

use crate::case::Case;
use crate::fixture::Fixture;
use crate::{matching, ranking};

/// Models without a spec, and what the language lacks for them.
pub(crate) const NOT_YET: &[(&str, &str)] = &[
    ("afm_att", "attention over pairs of fields"),
    ("afm_max", "the largest of several vectors"),
    ("attrec_dist", "self-attention, hinge loss"),
    ("attrec_inner", "self-attention"),
    ("block_attention", "self-attention"),
    ("block_losses", "losses of single records"),
    ("block_lstm", "LSTM"),
    ("block_pooling", "a loss that is a sum of given multiples"),
    ("bpr_dist", "hinge loss"),
    ("caser", "convolutions over a history"),
    ("dcn", "cross layer"),
    ("deepfm_field", "dense layers without bias"),
    ("ffm", "vectors by pair of fields"),
    ("fm_real", "dense layers without bias"),
    ("mind", "capsule routing, sampled softmax"),
    ("mind_dynamic_k", "capsule routing, sampled softmax"),
    ("pnn_outer", "outer product"),
    ("sasrec", "self-attention"),
    ("sdm", "LSTM, attention, sampled softmax"),
    ("xdeepfm", "compressed interaction network"),
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
        "bpr_inner" => matching::bpr_inner,
        "fm" => ranking::fm,
        "wide_deep" => ranking::wide_deep,
        "deep_crossing" => ranking::deep_crossing,
        "pnn_inner" => ranking::pnn_inner,
        "pnn_inner_kernel" => ranking::pnn_inner_kernel,
        "nfm_train" | "nfm_infer" => ranking::nfm,
        "afm_avg" => ranking::afm_avg,
        "deepfm" => ranking::deepfm,
        _ => return None,
    };
    write(&mut case);
    Some(case)
}
