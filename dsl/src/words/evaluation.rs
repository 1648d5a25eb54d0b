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
    said(
        "accuracy acc binaryaccuracy accuracyscore f1 f1score fbeta confusionmatrix",
        METRICS,
        "it needs a threshold for scores, which depends on what decisions cost: `auc` and `logloss` compare scores with labels",
    ),
    said(
        "precision precisionatk prec averageprecision ap prauc aucpr",
        METRICS,
        "there is no precision yet: with one relevant candidate for each query it is `hit_rate(10)` divided by 10",
    ),
    said(
        "map meanaverageprecision mapatk",
        METRICS,
        "there is no MAP yet: with one relevant candidate for each query it equals `mrr(10)`",
    ),
    said(
        "mse rmse mae meansquarederror r2 r2score",
        METRICS,
        "numbers are not predicted yet: `auc` and `logloss` compare scores with labels",
    ),
    said(
        "coverage itemcoverage diversity novelty serendipity gini giniindex averagepopularity",
        METRICS,
        "there are no metrics of whole lists yet: `turret export` writes the vectors to measure it with",
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
    called("full fullsort fullranking", "all", "candidates = all"),
    called("uni random negative sample neg", "sampled", "candidates = sampled(100)"),
];
