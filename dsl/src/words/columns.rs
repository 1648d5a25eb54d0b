//! Kinds of columns, their arguments, and embedding tables.

use super::{Foreign, called, said};

/// A word of the list of kinds.
const KINDS: &str = "weighted_ids";
/// A word of the arguments of every kind.
const COLUMN: &str = "from";
/// A word that is allowed only as a setting of a table.
const TABLE: &str = "pretrained";
/// A word of the list of number formats.
const PRECISIONS: &str = "bf16";
/// A word of the list of transforms.
const TRANSFORMS: &str = "standardize";
/// A word of the list of initializers.
const INITIALIZERS: &str = "glorot";

pub(super) const WORDS: &[Foreign] = &[
    called(
        "categorical category categorycolumn categoricalcolumn categoricalfeature sparse sparsefeat token int integer int32 int64 long str \
         string object varchar discrete nominal stringlookup integerlookup userid itemid key enum",
        "id",
        "country: id",
    )
    .at(KINDS),
    called("hashing hashed hash hashbucket categoricalcolumnwithhashbucket", "id", "site: id(hash = 100_000)").at(KINDS),
    called(
        "numerical numeric dense densefeat densefeature continuous float32 float64 double real number numericcolumn num",
        "float",
        "age: float",
    )
    .at(KINDS),
    called(
        "multihot multivalue multivalued multicategorical tokenseq varlensparse varlensparsefeat list set bag tags multilabel ragged",
        "ids",
        "genres: ids(max = 6, separator = \"|\")",
    )
    .at(KINDS),
    called("seq itemseq itemsequence behavior behaviorsequence sequential sequencefeature history", "sequence", "watched: sequence(max = 50)").at(KINDS),
    called("weightedsparse weightedset weightedtags keyvalue dict map", "weighted_ids", "interests: weighted_ids(max = 5)"),
    called("textvectorization tokens bagofwords words sentence tfidf countvectorizer", "text", "title: text(max = 16)").at(KINDS),
    called(
        "bucketized bucketizedcolumn buckets discretization discretizer kbinsdiscretizer binned bins bin qcut cut quantile quantiles",
        "bucket",
        "age: bucket([18, 25, 35])",
    )
    .at(KINDS),
    called("array tensor ndarray embeddings floatseq floatarray floats", "vector", "image: vector(width = 64)").at(KINDS),
    called("target y response binary bool boolean label01 output", "label", "click: label").at(KINDS),
    called("sampleweight weights importance", "weight", "importance: weight").at(KINDS),
    called("popularity count itemfrequency samplingprobability", "frequency", "popularity: frequency(from = movie_id)").at(KINDS),
    said(
        "log1p log standardize standardscaler minmax minmaxscaler normalization normalize scaler zscore",
        KINDS,
        "it is a transform of a number: write `price: float(transform = standardize)`",
    ),
    said(
        "datetime date timestamp time timedelta",
        KINDS,
        "a time is a number: write `timestamp: float(time, transform = standardize)`, or `bucket(equal_width(1000), time, from = timestamp)`",
    ),
    said("embedding embeddingcolumn", KINDS, "the column holds keys, `item: id`, and a table has their vectors: `embedding item { dim = 16 }`"),
    said("image audio video", KINDS, "vectors made elsewhere are a column of numbers: write `image: vector(width = 64)`"),
    called(
        "maxlen maxlength maxseqlen maxseqlength maxitemlistlength seqlen sequencelength outputsequencelength inputlength length padto",
        "max",
        "max = 50",
    )
    .at(COLUMN),
    called("lengthname lengthfield lengths lens seqlengths sequencelengths", "length", "length = hist_len"),
    called("weightname weightfield weightcol weightsname weightscolumn", "weights", "weights = tag_weights"),
    called("field column col source src inputcol inputcolumn colname feature featurename rename name", "from", "from = timestamp"),
    called("hashbucketsize numhashbuckets numbuckets hashsize buckets nbuckets hashbuckets numbins usehash hashing", "hash", "hash = 100_000"),
    called("vocabulary vocabularylist categories classes keys vocablist tokenlist", "vocab", "vocab = [\"de\", \"fr\"]"),
    called("vocabfile vocabularyfile vocabpath", "vocab", "vocab = file(\"keys.txt\")"),
    said(
        "inputdim numembeddings vocabsize vocabularysize maxtokens numwords nunique ntoken numtokens cardinality numcategories rows topk",
        "vocab",
        "a table has a row for each key of the training rows: leave it out, or write `vocab = learned(max = 10_000)`",
    ),
    said("minfreq mincount minfrequency minoccurrences", "vocab", "write `vocab = learned(min_count = 5)`"),
    called("minfreq minfrequency minoccurrences", "min_count", "vocab = learned(min_count = 5)"),
    called("maxtokens vocabsize size topk num", "max", "vocab = learned(max = 10_000)").at("min_count"),
    called("unknown unk other oovtoken oovbucket bucket default unseen", "oov", "missing = oov").at("zero"),
    called(
        "oovtoken oovbucket oovbuckets numoovindices numoovbuckets unk unktoken unknown unknownvalue handleunknown",
        "oov",
        "oov = bucket",
    ),
    called(
        "fillna fill fillvalue fillwith impute imputer imputation default defaultvalue navalue nanvalue nullvalue nan na null strategy",
        "missing",
        "missing = 0",
    )
    .at(COLUMN),
    said(
        "maskzero masking mask usemask",
        "padding",
        "padding is always masked: name the filler key, `padding = 0`, if the file has one",
    ),
    called("pad padvalue padtoken paddingvalue padidx paddingidx padid maskvalue masktoken", "padding", "padding = 0").at(COLUMN),
    called("truncating truncation truncate trunc", "keep", "keep = last"),
    called("normalize normalization normalizer scaler scaling scale preprocess preprocessing transformation normalizerfn fn", "transform", "transform = standardize").at(COLUMN),
    called("clamp clipping cliprange bounds range", "clip", "clip = [0, 100]").at("transform"),
    said("log log1p standardize minmax", "transform", "write `transform = log1p`, `transform = standardize` or `transform = min_max`"),
    called("length size shape dim dims dimension ndim dimensions", "width", "width = 64").at(COLUMN),
    called("bins binedges edges thresholds numbins nbins splits numbuckets bucketsize", "boundaries", "bucket([18, 25, 35])"),
    called("cutoff positivethreshold binarize binary above", "threshold", "threshold = 4"),
    said(
        "dim embeddingdim embeddingsize embdim embedsize outputdim dimension embeddingname",
        COLUMN,
        "the table has the width: write `embedding item { dim = 16 }`",
    ),
    said("pooling combiner mode aggregation pool", COLUMN, "a tower pools what it looks up: write `mean(item[history])`"),
    said("dtype type", COLUMN, "the kind of a column gives its type: `id`, `float` and so on; leave it out"),
    called("standardscaler standardscale zscore standard standardization normalize normalization meanstd gaussian", "standardize", "transform = standardize"),
    called("minmaxscaler minmaxscaling rescale unit unitrange", "min_max", "transform = min_max"),
    called("log ln logtransform logarithm log1", "log1p", "transform = log1p").at(TRANSFORMS),
    said(
        "quantiletransformer quantile robustscaler robust powertransformer boxcox maxabsscaler sqrt rank",
        TRANSFORMS,
        "there is no such transform: `bucket(quantiles(10))` makes a number one of ten ranges, `transform = log1p` compresses large numbers",
    ),
    called("average avg", "mean", "missing = mean").at("error"),
    called(
        "embeddingdim embeddingsize embeddingsdim embdim embedsize embeddim outputdim outdim dims dimension latentdim latentsize nfactors factors \
         hiddensize hiddendim units width k vectorsize",
        "dim",
        "dim = 16",
    ),
    called("embeddingsinitializer embeddinginitializer init weightinit initmethod initstd initrange", "initializer", "initializer = normal(0.01)"),
    called("dtype type datatype weightsprecision weightsdtype torchdtype floattype", "precision", "precision = bf16").at(TABLE),
    called("float32 fp32 float single full", "f32", "precision = f32"),
    called("float16 fp16 half", "f16", "precision = f16"),
    called("bfloat16 brainfloat brainfloat16 mixedbfloat16", "bf16", "precision = bf16"),
    said(
        "int8 uint8 fp8 float8 int4 int2 nfp8 float64 double",
        PRECISIONS,
        "rows have 32 bits (`f32`) or 16 (`f16`, and `bf16` with the range of `f32`)",
    ),
    called("l2reg l2regembedding embeddingsregularizer embeddingregularizer regularizer regularization reg reglambda weightdecay", "l2", "l2 = 1e-5"),
    called("weights weight pretrainedweights pretrainedemb pretrainedembedding frompretrained embeddingmatrix", "pretrained", "pretrained = \"vectors.npy\""),
    said("trainable freeze requiresgrad frozenweights", "frozen", "the flag `frozen` keeps a pretrained table unchanged: leave it out to train the table"),
    said(
        "paddingidx padidx maskzero mask inputlength maxlen padding pad",
        TABLE,
        "padding and length belong to the column: write `history: ids(max = 20, padding = 0)` in `input`",
    ),
    said("maxnorm normtype scalegradbyfreq sparse", TABLE, "a step updates the rows that its batch touches, and no others: leave it out"),
    said("embeddingname sharedwith shared share groupname combiner mode pooling", TABLE, "columns that look up one table share it, and a tower pools: write `item[shown]` and `mean(item[history])`"),
    called("xavier xavieruniform xaviernormal glorotuniform glorotnormal", "glorot", "initializer = glorot"),
    called("randomnormal truncatednormal gaussian randn", "normal", "initializer = normal(0.01)"),
    called("randomuniform rand", "uniform", "initializer = uniform(0.05)").at(INITIALIZERS),
    called("zero constant", "zeros", "initializer = zeros"),
    called("heuniform kaiming kaiminguniform", "he", "initializer = he"),
    said(
        "ones orthogonal henormal kaimingnormal lecun lecunnormal variancescaling",
        INITIALIZERS,
        "there is no such initializer: `glorot`, `he`, `normal(0.01)` and `uniform(0.05)` are the nearest",
    ),
];
