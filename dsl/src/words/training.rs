//! Settings of training, optimizers and their arguments.

use super::{Foreign, called, said};

/// A word that is allowed only in `train`.
const TRAIN: &str = "epochs";
/// A word of the list of optimizers.
const OPTIMIZERS: &str = "adagrad";
/// A setting of tables, of `train` and of layers.
const INITIALIZER: &str = "initializer";
/// An argument of Adam and AdamW.
const MOMENTS: &str = "beta1";

pub(super) const WORDS: &[Foreign] = &[
    called("batchsize trainbatchsize minibatch minibatchsize bs", "batch", "batch = 256"),
    called(
        "epoch nepochs numepochs maxepochs trainepochs numtrainepochs niter maxiter nbepoch",
        "epochs",
        "epochs = 10",
    ),
    called("randomstate randomseed manualseed globalseed rngseed", "seed", "seed = 42"),
    called("optim opt optimiser solver", "optimizer", "optimizer = adam(lr = 0.001)").at(TRAIN),
    said(
        "lr learningrate eta stepsize",
        TRAIN,
        "it is an argument of the optimizer: write `optimizer = adam(lr = 0.01)`",
    ),
    said(
        "momentum beta1 beta2 betas eps epsilon initialaccumulator initialaccumulatorvalue",
        TRAIN,
        "it is an argument of the optimizer: write `optimizer = adam(lr = 0.001, epsilon = 1e-8)`",
    ),
    said(
        "loss lossfn lossfunction losstype criterion objective",
        TRAIN,
        "the loss is a member of the model, next to `train`: write `objective bce(score, click)`",
    ),
    said(
        "metric metrics evalmetric monitor",
        TRAIN,
        "metrics are a member of the model, next to `train`: write `metrics { auc, logloss }`",
    ),
    called(
        "maxsteps nsteps numsteps trainsteps numtrainsteps totalsteps trainingsteps",
        "steps",
        "steps = 20_000",
    )
    .at(TRAIN),
    called("earlystopping earlystop", "stop", "stop = patience(ndcg(10), 3)"),
    said(
        "earlystoppingpatience earlystoppingrounds patience stoppingstep mindelta savebest savebestonly restorebestweights",
        TRAIN,
        "the metric and the number of evaluations without a better value stop training: write `stop = patience(ndcg(10), 3)`; \
         the best weights are kept",
    ),
    said(
        "callbacks callback checkpoint checkpoints checkpointdir modelcheckpoint savedir",
        TRAIN,
        "a run saves itself while it trains: `turret train --out FOLDER --save-every 1000 --keep 3`; \
         `stop = patience(ndcg(10), 3)` also keeps the best weights",
    ),
    called(
        "scheduler lrscheduler lrschedule lrschedulertype learningrateschedule lrdecay lrpolicy",
        "schedule",
        "schedule = cosine(warm_up = 100)",
    ),
    said(
        "decay decaysteps decayrate warmup warmupsteps warmupratio reducelronplateau gamma stepsizelr",
        TRAIN,
        "it is an argument of the schedule: write `schedule = cosine(warm_up = 100)` or \
         `schedule = step(every = 1000, factor = 0.5)`",
    ),
    said(
        "shuffle shufflebuffer buffersize",
        TRAIN,
        "each epoch has an order of its own, drawn from `seed`: leave it out",
    ),
    said(
        "validationsplit validationdata validationsize valsize valsplit valratio testsize testratio evalset",
        TRAIN,
        "held-out rows are named in `data`: write `split = random(validate = 0.1, test = 0.1)` there",
    ),
    said(
        "device devices cuda gpu gpus usegpu gpuid accelerator",
        TRAIN,
        "the device is chosen when the program is compiled: `turret train SPEC --cuda`",
    ),
    said(
        "numworkers nworkers workers njobs nthreads numthreads threads",
        TRAIN,
        "it is an option of the command: `turret train SPEC --threads 4`",
    ),
    said(
        "verbose logdir loglevel tensorboard tensorboarddir wandb",
        TRAIN,
        "progress is always shown, and a run holds event files for TensorBoard: leave it out",
    ),
    called(
        "gradclip gradclipnorm gradientclip gradientclipping clipnorm globalclipnorm clipgradnorm maxgradnorm maxnorm",
        "clip",
        "clip = norm(1.0)",
    ),
    called("clipvalue gradclipvalue clipgradvalue", "clip", "clip = value(0.5)"),
    said(
        "gradaccumulation gradientaccumulation gradientaccumulationsteps accumulategradbatches",
        TRAIN,
        "gradients of several batches are not added up yet: write the larger `batch`",
    ),
    said(
        "amp fp16 bf16 precision mixedprecision dtype",
        TRAIN,
        "all numbers are 32-bit floats: leave it out",
    ),
    said(
        "dropout dropoutrate dropoutprob dnndropout",
        TRAIN,
        "dropout is a layer of a tower: write `|> dropout(0.2)` there",
    ),
    said(
        "l2regembedding embeddingregularizer l2reglinear",
        TRAIN,
        "write it where the table is: `embedding item { dim = 16, l2 = 1e-5 }`",
    ),
    said(
        "l1 l1reg",
        TRAIN,
        "`ftrl` has a penalty of absolute values: write `optimizer = ftrl(lr = 0.05, l1 = 0.001)`",
    ),
    called("l2regdnn kernelregularizer netregularizer regweight", "l2", "l2 = 1e-5").at(INITIALIZER),
    called("kernelinitializer weightinitializer parameterinit", "initializer", "initializer = he"),
    said("biasinitializer", INITIALIZER, "biases begin at 0: leave it out"),
    said(
        "paramgroups parametergroups wideoptimizer deepoptimizer linearoptimizer dnnoptimizer optimizerperlayer",
        TRAIN,
        "towers have optimizers of their own: write `optimizers = by_tower(wide = ftrl(lr = 0.05))`",
    ),
    said(
        "embeddingdim embeddingsize embdim embedsize latentdim nfactors",
        TRAIN,
        "each table has a width of its own: write `embedding item { dim = 16 }`",
    ),
    said(
        "hiddenunits hiddensize hiddendims dnnhiddenunits mlphiddensize layers",
        TRAIN,
        "layers belong to a tower: write `|> mlp([64, 32], relu)` there",
    ),
    said(
        "numneg nneg numnegatives negatives negratio negsampling negsampleratio numng",
        TRAIN,
        "negatives are sampled by the objective: write `objective bpr(score, negatives = 4)`",
    ),
    said(
        "temperature tau",
        TRAIN,
        "it is an argument of the objective: write `in_batch_softmax(query, candidate, temperature = 0.05)`",
    ),
    called("gradientdescent gd momentumsgd sgdoptimizer", "sgd", "sgd(lr = 0.01, momentum = 0.9)")
        .at(OPTIMIZERS),
    called("adamoptimizer lazyadam sparseadam", "adam", "adam(lr = 0.001)").at(OPTIMIZERS),
    called("adamweightdecay adamwoptimizer decoupledadam", "adamw", "adamw(lr = 0.001, weight_decay = 0.01)")
        .at(OPTIMIZERS),
    called("adagradoptimizer sparseadagrad", "adagrad", "adagrad(lr = 0.1)"),
    called("rowwisesparseadagrad exactrowwiseadagrad", "row_wise_adagrad", "row_wise_adagrad(lr = 0.1)"),
    called("rmspropoptimizer", "rmsprop", "rmsprop(lr = 0.001)"),
    called("ftrloptimizer ftrlproximal followtheregularizedleader", "ftrl", "ftrl(lr = 0.05, l1 = 0.001)"),
    called("fusedlamb lamboptimizer partialrowwiselamb", "lamb", "lamb(lr = 0.001)"),
    said(
        "lion nadam radam adamax adafactor adabelief asgd lbfgs rprop",
        OPTIMIZERS,
        "there is no such optimizer yet: `adam(lr = 0.001)`, `adamw(lr = 0.001, weight_decay = 0.01)` and `adagrad(lr = 0.1)` are the nearest",
    ),
    called("initialaccumulatorvalue initialvalue", "initial_accumulator", "initial_accumulator = 0.1"),
    called("eps", "epsilon", "epsilon = 1e-7"),
    called("alpha decay decayrate", "rho", "rho = 0.9"),
    said("centered", "rho", "the mean of the gradients is not subtracted: leave it out"),
    called("l1reg l1regularizationstrength lambda1", "l1", "l1 = 0.001"),
    called("l2reg l2regularizationstrength lambda2", "l2", "l2 = 0.001").at("lr_power"),
    called("learningratepower", "lr_power", "lr_power = -0.5"),
    called("learningrate eta stepsize alpha rate", "lr", "lr = 0.001"),
    called("decay wd l2 decayrate weightdecay", "weight_decay", "weight_decay = 0.01"),
    said("betas", MOMENTS, "write each alone: `beta1 = 0.9, beta2 = 0.999`"),
    said("amsgrad", MOMENTS, "there is no AMSGrad variant yet: leave it out"),
    said(
        "weightdecay decay wd l2 l2reg",
        "lr",
        "`adamw` has a decay of weights: write `adamw(lr = 0.001, weight_decay = 0.01)`",
    ),
    said("nesterov dampening", "momentum", "momentum is the classical one: leave it out"),
];
