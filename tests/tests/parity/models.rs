//! Specs by model.

use crate::case::Case;
use crate::fixture::Fixture;
use crate::{blocks, losses, matching, ranking, retrieval, sequences};

/// Returns the specs of a case, if its model has any: one, or several whose losses are added.
pub(crate) fn write_case(fixture: &Fixture) -> Option<Vec<Case<'_>>> {
    if fixture.model == "block_losses" {
        return Some(losses::losses(fixture));
    }
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
        "caser" => sequences::caser,
        "sasrec" => sequences::sasrec,
        "attrec_inner" | "attrec_dist" => sequences::attrec,
        "block_lstm" => blocks::lstm,
        "block_attention" => blocks::attention,
        "block_pooling" => blocks::pooling,
        "youtubednn" => retrieval::youtubednn,
        "mind" | "mind_dynamic_k" => retrieval::mind,
        "sdm" => retrieval::sdm,
        _ => return None,
    };
    write(&mut case);
    Some(vec![case])
}
