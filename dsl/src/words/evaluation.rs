//! Metrics and the protocol of evaluation.

use super::{Foreign, called, said};

/// A word of the list of metrics.
const METRICS: &str = "auc";
/// A word that is allowed only as a setting of `metrics`.
const PROTOCOL: &str = "exclude_seen";

pub(super) const WORDS: &[Foreign] = &[
    called("hr hit hits hitratio hitat hitratiok hitk", "hit_rate", "hit_rate(10)"),
    called("rocauc aucroc rocaucscore roc areaundercurve aucscore", "auc", "auc"),
    called("uauc userauc groupauc groupedauc wuauc", "gauc", "gauc(by = user_id)"),
    called("binarycrossentropy bce crossentropy loss nll", "logloss", "logloss"),
    called(
        "topk topkacc topkcategoricalaccuracy sparsetopkcategoricalaccuracy factorizedtopk",
        "top_k_accuracy",
        "top_k_accuracy(1, 10, 100)",
    ),
    called("recallatk recalltopk rec", "recall", "recall(10)"),
    called("dcg ndcgatk ndcgscore normalizeddiscountedcumulativegain", "ndcg", "ndcg(10)"),
    called("reciprocalrank meanreciprocalrank mrratk rr", "mrr", "mrr(10)"),
    called("acc binaryaccuracy accuracyscore categoricalaccuracy", "accuracy", "accuracy"),
    called("f1score fscore fbeta", "f1", "f1"),
    called("precisionatk prec precisionscore", "precision", "precision(10)"),
    called("averageprecision ap prauc aucpr aupr averageprecisionscore", "pr_auc", "pr_auc"),
    called("meanaverageprecision mapatk", "map", "map(10)"),
    called("rootmeansquarederror mse meansquarederror", "rmse", "rmse"),
    called("meanabsoluteerror mad", "mae", "mae").at(METRICS),
    called("ne normalizedcrossentropy", "normalized_entropy", "normalized_entropy"),
    called("ece expectedcalibrationerror", "calibration_error", "calibration_error"),
    said(
        "r2 r2score confusionmatrix",
        METRICS,
        "it is not measured: numbers are by `rmse` and `mae`, labels by `accuracy`, `precision`, `recall` and `f1`",
    ),
    called("itemcoverage catalogcoverage aggregatediversity", "coverage", "coverage(10)"),
    called("averagepopularity avgpopularity arp popularitybias", "popularity", "popularity(10)"),
    called("selfinformation meanselfinformation msi surprisal unexpectedness", "novelty", "novelty(10)"),
    said(
        "diversity intralistdiversity ild serendipity gini giniindex shannonentropy tailpercentage",
        METRICS,
        "it is not measured: lists are by `coverage`, `popularity` and `novelty`",
    ),
    called("userid uid userfield groupby usercol", "user", "user = user_id").at(PROTOCOL),
    called(
        "maskseen filterseen removeseen excludeinteracted excludetrain masktrain fullsortmask",
        "exclude_seen",
        "exclude_seen",
    ),
    called(
        "numneg numnegatives negsamples evalnegatives sampled uni100 mode samplesize candidate",
        "candidates",
        "candidates = sampled(100)",
    )
    .at(PROTOCOL),
    said(
        "k ks topk cutoff cutoffs at validmetric",
        PROTOCOL,
        "cut-offs are arguments of the metrics: write `hit_rate(10), ndcg(10)`",
    ),
    called(
        "slice slicing segments breakdown breakdowns subgroups slicingspecs",
        "slices",
        "slices = [gender]",
    ),
    called("full fullsort fullranking", "all", "candidates = all"),
    called("uni random negative sample neg", "sampled", "candidates = sampled(100)"),
];
