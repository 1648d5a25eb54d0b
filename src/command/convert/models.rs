//! Models of other systems and their counterparts.

use super::super::draft::ClickForm;

/// Click models by their names in DeepCTR and FuxiCTR, in lower case and without `_`.
const CLICK: [(&str, ClickForm); 19] = [
    ("lr", ClickForm::Linear),
    ("fm", ClickForm::Fm),
    ("ffm", ClickForm::Ffm),
    ("ffmv2", ClickForm::Ffm),
    ("dnn", ClickForm::Network),
    ("fnn", ClickForm::WideDeep),
    ("mlp", ClickForm::Network),
    ("wdl", ClickForm::WideDeep),
    ("widedeep", ClickForm::WideDeep),
    ("deepfm", ClickForm::DeepFm),
    ("dcn", ClickForm::Dcn),
    ("dcnmix", ClickForm::DcnV2),
    ("dcnv2", ClickForm::DcnV2),
    ("xdeepfm", ClickForm::XDeepFm),
    ("nfm", ClickForm::Nfm),
    ("afm", ClickForm::Afm),
    ("pnn", ClickForm::Pnn),
    ("ipnn", ClickForm::Pnn),
    ("din", ClickForm::Din),
];

/// Models of retrieval of DeepMatch, with the specs that train them.
const RETRIEVAL: [(&str, &str); 7] = [
    ("fm", "fm_match"),
    ("dssm", "dssm"),
    ("youtubednn", "youtubednn"),
    ("ncf", "ncf"),
    ("sdm", "sdm"),
    ("mind", "mind"),
    ("comirec", "comirec"),
];

fn plain(name: &str) -> String {
    name.to_lowercase().replace(['_', '-'], "")
}

/// Returns the form of a click model.
pub(super) fn click(name: &str) -> Option<ClickForm> {
    let name = plain(name);
    CLICK.iter().find(|(own, _)| *own == name).map(|(_, form)| *form)
}

/// Returns the spec that trains a model of retrieval.
pub(super) fn retrieval(name: &str) -> Option<&'static str> {
    let name = plain(name);
    RETRIEVAL.iter().find(|(own, _)| *own == name).map(|(_, spec)| *spec)
}
