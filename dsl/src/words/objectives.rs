//! Objectives, their arguments, and samplers of negatives.

use super::{Foreign, called, said};

/// A word of the list of objectives.
const OBJECTIVES: &str = "bce";
/// A word of the arguments of every objective.
const ARGUMENTS: &str = "reduction";
/// A word of the arguments of objectives with a label.
const LABELLED: &str = "logit";
/// A word of the list of samplers.
const SAMPLERS: &str = "log_uniform";

pub(super) const WORDS: &[Foreign] = &[
    said(
        "excludeseen",
        ARGUMENTS,
        "it is an option of sampled negatives: `bce(score, negatives = 4, exclude_seen)`; evaluation has a setting of this name: \
         `metrics { recall(10), exclude_seen }`",
    ),
    called(
        "binarycrossentropy binarycrossentropywithlogits bceloss bcewithlogits bcewithlogitsloss sigmoidcrossentropy \
         sigmoidcrossentropywithlogits logloss logisticloss logistic pointwise",
        "bce",
        "objective bce(score, click)",
    ),
    called(
        "weightedbceloss weightedbinarycrossentropy weightedcrossentropywithlogits",
        "weighted_bce",
        "objective weighted_bce(score, click, pos_weight = 2)",
    ),
    said(
        "crossentropy crossentropyloss categoricalcrossentropy sparsecategoricalcrossentropy softmaxcrossentropy ce celoss nllloss",
        OBJECTIVES,
        "for a label write `bce(score, click)`, for one of several classes `softmax(logits, label)`, for candidates `in_batch_softmax(query, candidate)` or `full_softmax(query, candidate)`",
    ),
    called(
        "mseloss meansquarederror rmse l2loss squarederror regression",
        "mse",
        "objective mse(value, seconds)",
    ),
    called("maeloss l1 l1loss meanabsoluteerror absoluteerror", "mae", "objective mae(value, seconds)")
        .at(OBJECTIVES),
    called("huberloss smoothl1loss smoothl1", "huber", "objective huber(value, seconds, delta = 1)"),
    called("poissonloss poissonnllloss poissonnll", "poisson", "objective poisson(log_rate, count)"),
    called(
        "coral corn ordinalregression cumulativelink proportionalodds",
        "ordinal",
        "objective ordinal(score, stars)",
    ),
    said(
        "rating",
        OBJECTIVES,
        "a rating is a number, `stars: target(from = rating)` with `mse(value, stars)`, or a level, `stars: label(from = rating, classes = [1, 2, 3, 4, 5])` with `ordinal(score, stars)`",
    ),
    called(
        "bprloss bayesianpersonalizedranking bprmax pairwise pairwiseloss pairwiselogistic ranknet",
        "bpr",
        "objective bpr(score, negatives = 4)",
    ),
    called(
        "hingeloss marginloss marginrankingloss pairwisehinge maxmargin",
        "hinge",
        "objective hinge(dot(user, item), negatives = 4)",
    ),
    called(
        "tripletloss tripletmarginloss tripletmargin",
        "triplet",
        "objective triplet(user, item, negatives = 4)",
    ),
    called(
        "infonce contrastive contrastiveloss ntxent ntxentloss simclr inbatchnegatives inbatch batchsoftmax retrieval retrievaltask clip clr \
         multiplenegativesrankingloss",
        "in_batch_softmax",
        "objective in_batch_softmax(query, candidate, temperature = 0.05)",
    ),
    called(
        "sampledsoftmaxloss nce nceloss noisecontrastiveestimation ssm samplesoftmax",
        "sampled_softmax",
        "objective sampled_softmax(query, candidate, negatives = 100)",
    ),
    called(
        "softmaxloss multinomial multinomialnll",
        "full_softmax",
        "objective full_softmax(query, candidate)",
    ),
    called(
        "focalloss binaryfocal binaryfocalcrossentropy sigmoidfocal",
        "focal",
        "objective focal(score, click, gamma = 2)",
    ),
    said(
        "warp warploss top1 top1max lambdarank lambdamart listwise listnet listmle approxndcg",
        OBJECTIVES,
        "there is no such loss yet: `bpr(score, negatives = 4)` compares pairs, `sampled_softmax(query, candidate, negatives = 100)` many candidates",
    ),
    said(
        "gbce gbceloss gsasrec calibratedbce",
        OBJECTIVES,
        "it is `bce` with a calibration: write `bce(score, negatives = 256, calibration = 0.75)`",
    ),
    called(
        "numhardnegatives hardnegatives numhard nhard hard topk dynamic",
        "hardest",
        "negatives = 16, hardest = 4",
    ),
    called(
        "xbm crossbatch crossbatchmemory crossbatchnegatives memorybank memorysize queuesize cbns moco",
        "queue",
        "queue = 4096",
    ),
    said(
        "queue",
        ARGUMENTS,
        "candidates of earlier batches are negatives of `in_batch_softmax(query, candidate, queue = 4096)`",
    ),
    called("gbcet gbcecalibration", "calibration", "negatives = 256, calibration = 0.75"),
    called("negweight negativeweight negativeweighting", "weighting", "negatives = 4, weighting = sum"),
    said(
        "dot cosine sigmoid dense",
        OBJECTIVES,
        "a score is an argument of an objective: write `objective bce(dot(user, item), click)`",
    ),
    called("tau temp t softmaxtemperature", "temperature", "temperature = 0.05"),
    called(
        "numneg nneg numnegs numnegatives nnegatives negratio negativeratio negsamples negativesamples negsampleratio numsampled numng",
        "negatives",
        "negatives = 4",
    ),
    said(
        "numneg nneg numnegs numnegatives nnegatives negratio negativeratio negsamples negativesamples numsampled numng neg",
        LABELLED,
        "negatives are sampled for records without a label: write `bce(score, negatives = 4)`",
    ),
    said(
        "numneg nneg numnegatives negratio negsamples negatives numsampled",
        ARGUMENTS,
        "this objective draws no negatives; `sampled_softmax(query, candidate, negatives = 100)` and `bpr(score, negatives = 4)` do",
    ),
    called("delta m marginvalue", "margin", "margin = 1"),
    called("classweight scaleposweight weightpos", "pos_weight", "pos_weight = 2"),
    said(
        "posweight classweight classweights scaleposweight",
        LABELLED,
        "write `weighted_bce(score, click, pos_weight = 2)`",
    ),
    said("fromlogits withlogits", LABELLED, "`bce` takes the score before the sigmoid: leave it out"),
    called("labelsmoothing smoothing", "label_smoothing", "label_smoothing = 0.1"),
    called("logits score scores output pred prediction ypred probability", "logit", "bce(score, click)"),
    called("labels target targets y ytrue", "label", "bce(score, click)").at(LABELLED),
    called(
        "user usertower useremb userembedding q querytower queryemb",
        "query",
        "in_batch_softmax(query, candidate)",
    )
    .at(ARGUMENTS),
    called(
        "item itemtower itememb itemembedding items candidates candidatetower",
        "candidate",
        "in_batch_softmax(query, candidate)",
    ),
    called("pos positivescore posscore", "positive", "bpr(positive, negative)"),
    called("neg negativescore negscore", "negative", "bpr(positive, negative)"),
    called(
        "logq logqcorrection candidatesamplingprobability samplingprobability samplingprob itemprob sampleprob",
        "probability",
        "probability = popularity",
    ),
    called(
        "removeaccidental accidentalhits candidateids maskaccidental",
        "remove_accidental_hits",
        "remove_accidental_hits = movie_id",
    ),
    called("l2norm l2normalize cosine normalizeembeddings", "normalize", "normalize"),
    said(
        "sampleweight sampleweights weight weights",
        ARGUMENTS,
        "a column weighs its record: write `importance: weight` in `input`",
    ),
    called(
        "weighting weighing taskweights lossweights taskweighting lossweighting balancing",
        "weights",
        "weights = uncertainty",
    ),
    called(
        "kendall homoscedastic uncertaintyweighting learned auto automatic",
        "uncertainty",
        "weights = uncertainty",
    ),
    said(
        "gradnorm dwa pcgrad mgda cagrad graddrop rlw",
        "uncertainty",
        "there are no weights by gradients yet: `weights = uncertainty` learns them, and `0.3 * bce(ctr, click)` gives one",
    ),
    called("avg average batchmean", "mean", "reduction = mean"),
    called(
        "distribution samplingdistribution samplerconfig sampling negsampler",
        "sampler",
        "sampler = uniform",
    ),
    called("unif random rand", "uniform", "sampler = uniform").at(SAMPLERS),
    called("popularity popular pop unigram", "frequency", "sampler = frequency(power = 0.75)").at(SAMPLERS),
    called("loguniformcandidatesampler zipf zipfian learnedunigram", "log_uniform", "sampler = log_uniform"),
    called("alpha exponent smoothing", "power", "frequency(power = 0.75)").at("power"),
    said(
        "hard hardnegatives dns dynamic mixed semihard",
        SAMPLERS,
        "the hardest of the sampled candidates count with `bpr(score, negatives = 16, hardest = 4)`; hard negatives that come with the \
         records are `negatives = given(disliked)`, a column of kind `ids`",
    ),
];
