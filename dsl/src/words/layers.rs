//! Layers, activations and their arguments.

use super::{Foreign, called, said};

/// A word that is allowed only as a layer.
const LAYERS: &str = "dense";
/// A word that is allowed as a layer or activation.
const ACTIVATIONS: &str = "silu";
/// A word of the arguments of layers with weights.
const WIDTHS: &str = "units";

pub(super) const WORDS: &[Foreign] = &[
    called("dense linear fullyconnected fc denselayer project projection", "dense", "dense(64, relu)"),
    called("mlp mlplayer dnn deep deepnetwork sequential stackedlayers multilayerperceptron hiddenlayers", "mlp", "mlp([64, 32], relu)"),
    called("ffn pointwisefeedforward feedforwardnetwork positionwisefeedforward", "feed_forward", "feed_forward(64)"),
    called("concatenate cat hstack concatfeatures combinedinput concatlayer merge", "concat", "concat(a, b)"),
    said(
        "embedding embeddinglayer embeddingbag embeddinglookup nnembedding gather",
        LAYERS,
        "declare a table, `embedding item { dim = 16 }`, and look a column up in it: `item[item_id]`",
    ),
    said("input inputs inputlayer keras placeholder", LAYERS, "columns are declared in `input` and used by their names: `concat(age, item[shown])`"),
    called(
        "globalaveragepooling1d globalaveragepooling averagepooling1d averagepooling avgpool avgpool1d avgpooling meanpool meanpooling average avg \
         reducemean adaptiveavgpool1d",
        "mean",
        "mean(item[history])",
    )
    .at(LAYERS),
    called("globalmaxpooling1d globalmaxpooling maxpooling1d maxpooling maxpool maxpool1d reducemax", "max", "max(item[history])").at(LAYERS),
    called("sumpool sumpooling reducesum globalsumpooling", "sum", "sum(item[history])").at(LAYERS),
    called("batchnormalization batchnorm1d bn", "batch_norm", "dense(64) |> batch_norm |> relu"),
    called("layernormalization ln", "layer_norm", "dense(64) |> layer_norm"),
    called("normalize l2norm unitnorm unitnormalization norm l2", "l2_normalize", "dense(32) |> l2_normalize").at(LAYERS),
    called("alphadropout spatialdropout1d gaussiandropout dropoutlayer", "dropout", "dropout(0.2)").at(LAYERS),
    called("dotproduct innerprod matmul bmm einsum", "dot", "dot(user, item)"),
    called("cosinesimilarity cos cossim", "cosine", "cosine(user, item)"),
    called("euclidean euclideandistance pairwisedistance l2distance cdist", "distance", "distance(user, item)"),
    called("multiply hadamard hadamardproduct elementwiseproduct elementwisemul times", "mul", "a * b"),
    said("sub subtract minus", LAYERS, "write `a - b`"),
    said("divide div", LAYERS, "write `x / 2`: a value is divided by a number"),
    called("addition plus residualadd skip", "add", "a + b").at(LAYERS),
    called("fmlayer factorizationmachine factorizationmachinelayer basefactorizationmachine", "fm", "embed(C1..C26, dim = 16) |> fm"),
    called("ffmlayer fieldawarefm fieldawarefactorizationmachine", "ffm", "ffm(C1..C26, dim = 4)"),
    called("biinteractionpooling bipooling biinteractionlayer", "bi_interaction", "embed(C1..C26, dim = 16) |> bi_interaction"),
    called("crossnet crosslayer crossnetwork", "cross", "cross(3)"),
    called("crossnetv2 crossnetmatrix crossnetmix dcnv2 dcncross lowrankcross", "cross_v2", "cross_v2(3)"),
    called("cinlayer compressedinteractionnetwork", "cin", "cin([128, 128])"),
    called("innerproductlayer ipnn", "inner_product", "inner_product"),
    called("outerproductlayer opnn", "outer_product", "outer_product"),
    called("afm afmlayer attentionalfm attentivepooling selfattentivepooling", "attention_pool", "attention_pool(units = 8)"),
    called(
        "attentionsequencepooling attentionsequencepoolinglayer din localactivationunit activationunit localactivation",
        "target_attention",
        "target_attention(item[history], item[shown])",
    ),
    called("multiheadattention multiheadselfattention mha selfattn scaleddotproductattention", "self_attention", "self_attention(heads = 2)"),
    called(
        "transformer transformerencoder transformerencoderlayer transformerblock transformerlayer sasrecblock",
        "encoder",
        "encoder(64, heads = 2)",
    ),
    called("grucell gru4rec augru agru", "gru", "gru(32)"),
    called("lstmcell bilstm bidirectional rnn simplernn", "lstm", "lstm(32)"),
    called("conv1d conv2d conv convolution1d", "horizontal_convolution", "horizontal_convolution([2, 3], 16)"),
    called("positionalembedding learnedpositions posembedding posemb", "position_embedding", "position_embedding"),
    called("positionalencoding sinusoidalencoding sinusoidalpositionalencoding posenc", "sinusoids", "sinusoids"),
    called("residual residualblock resblock residuallayer resnetblock", "residual_unit", "residual_unit(32)"),
    called("capsule capsulelayer capsnet b2icapsule multiinterestextractor", "capsule_routing", "capsule_routing(interests = 4)"),
    called("labelawareattentionlayer labelaware", "label_aware_attention", "label_aware_attention(interests, target)"),
    called("lasthidden getlast gatherindexes takelast", "last", "last(item[visits])").at(LAYERS),
    said(
        "reshape view squeeze unsqueeze expanddims transpose permute repeat tile repeatvector",
        LAYERS,
        "shapes follow from the layers: `flatten` puts fields one after the other, `stack` makes fields of vectors; leave it out",
    ),
    said("lambda module customlayer", LAYERS, "a piece of a tower has a name with `block`: `block head(x) { x |> dense(16, relu) }`"),
    said("activation", LAYERS, "an activation is a layer of its own or an argument: write `|> relu`, or `dense(64, relu)`"),
    said("identity passthrough", LAYERS, "a value is passed on unchanged: leave it out"),
    said("mmoe moe ple experts gate sharedbottom", LAYERS, "there are no experts yet: several tasks are towers that share a `block`, with `objective bce(a, x) + bce(b, y)`"),
    said(
        "senet senetlayer bilinearinteraction bilinear fwfm fefm autoint interactinglayer",
        LAYERS,
        "there is no such layer yet: `cross_v2`, `cin` and `pairs` let fields interact",
    ),
    said("rating predict predictionlayer predlayer output", LAYERS, "a score is a tower that ends in `dense(1)`; `bce` applies the sigmoid itself"),
    said(
        "softmax logsoftmax",
        ACTIVATIONS,
        "a softmax over candidates is an objective, `in_batch_softmax(query, candidate)`; one over the vectors of a record is in `attention_pool`",
    ),
    called("swish", "silu", "silu"),
    called("lrelu leaky", "leaky_relu", "leaky_relu"),
    called("logistic sigm", "sigmoid", "sigmoid").at(ACTIVATIONS),
    called("none null identity noactivation", "linear", "linear").at(ACTIVATIONS),
    called("parametricrelu", "prelu", "prelu"),
    said(
        "mish hardswish hardsigmoid hardtanh selu celu relu6 softsign glu threshold",
        ACTIVATIONS,
        "there is no such activation yet: `silu`, `elu` and `gelu` are the nearest",
    ),
    called(
        "outputdim outdim outfeatures outchannels hiddensize hiddenunits hiddendim hiddendims hiddenlayers numunits nunits nhidden dmodel dim \
         dnnhiddenunits mlphiddensize layersizes nodes neurons innersize attentionsize attentiondim attentionfactor width",
        "units",
        "units = 64",
    ),
    said("inputdim infeatures inputshape inchannels inputsize", WIDTHS, "the width of the input is known: leave it out"),
    called("act activationfn activationfunction nonlinearity hiddenactivation hiddenactivations dnnactivation hiddenact", "activation", "activation = relu"),
    called("usebias biases", "bias", "bias = false"),
    called("outputactivation finalactivation lastactivation", "output", "output = linear").at("activation"),
    called("attndropout attndropoutprob attndropoutratio attentiondropout attentiondropoutprob attentionprobsdropoutprob", "attention_dropout", "attention_dropout = 0.1"),
    called(
        "dropoutrate dropoutrates dropoutprob dnndropout netdropouts netdropout droprate p attndropout attndropoutprob attentiondropout \
         hiddendropoutprob",
        "dropout",
        "dropout = 0.1",
    )
    .at("activation"),
    called("dropoutrate attndropout attndropoutprob attentiondropout p", "dropout", "dropout = 0.1").at("heads"),
    called("bn usebn batchnorm batchnormalization usebatchnorm dnnusebn normalization", "norm", "norm = batch").at("weight_decay"),
    said(
        "dropout dropoutrate dropoutrates dropoutprob dnndropout netdropouts droprate p",
        WIDTHS,
        "dropout is a layer of its own: write `dense(64, relu) |> dropout(0.2) |> dense(32, relu)`",
    ),
    called("batchnorm batchnormalization bn", "batch", "norm = batch").at("layer"),
    called("layernorm layernormalization ln", "layer", "norm = layer"),
    said("bn usebn batchnorm batchnormalization usebatchnorm norm", WIDTHS, "normalization is a layer of its own: write `dense(64) |> batch_norm |> relu`"),
    said(
        "kernelinitializer biasinitializer initializer init weightinit kernelregularizer regularizer l2 l2reg l2regdnn weightdecay",
        WIDTHS,
        "this layer has the settings of all: write `train { initializer = he, l2 = 1e-5, weight_decay = 0.01 }`",
    ),
    said("returnsequences returnstate batchfirst", "layers", "the value is the states of all positions, and `|> last` takes the latest: leave it out"),
    called("numheads nheads nhead headnum attheadnum numattentionheads", "heads", "heads = 2"),
    called("mask usecausalmask unidirectional iscausal", "causal", "causal = true"),
    called("layernum numlayers nlayers crossnum numcrosslayers crosslayers depth", "layers", "layers = 3"),
    called("p prob dropout dropoutrate dropoutprob probability droprate", "rate", "dropout(0.2)"),
    called("numfilters nfilters nh nv channels outchannels", "filters", "filters = 16"),
    called("kernelsize kernelsizes windowsize windows heights", "heights", "heights = [2, 3]"),
    called("knum kmax numinterests ninterests interestnum numcapsules", "interests", "interests = 4"),
    called("numiterations routingiterations routinglogits iters", "iterations", "iterations = 3"),
    called("layersize cinlayersize hiddensizes", "sizes", "sizes = [128, 128]"),
    called("lowrank projectiondim r", "rank", "rank = 16"),
    said("axis dim keepdims", "values", "vectors of a record are pooled: leave it out"),
    called("pow p", "power", "power = 1").at("target"),
];
