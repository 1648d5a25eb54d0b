//! Members of a model and of a file.

use super::{Foreign, called, said};

/// A word that is allowed only as a member of a model.
const MEMBERS: &str = "objective";
/// A word that is allowed only as an item of a file.
const ITEMS: &str = "import";

pub(super) const WORDS: &[Foreign] = &[
    called(
        "loss lossfn lossfunction losses criterion minimize task",
        "objective",
        "objective bce(score, click)",
    ),
    called("inputs features feature featurecolumns columns fields schema", "input", "input { age: float }"),
    called(
        "training trainer fit compile optimizer optim hyperparameters hyperparams params config learningrate lr batch batchsize epochs seed",
        "train",
        "train { optimizer = adam(lr = 0.001), batch = 256, epochs = 3 }",
    ),
    called(
        "dataset datasets datasource sources dataloader files",
        "data",
        "data { ratings = csv(\"ratings.csv\") }",
    ),
    called("embeddings table tables embeddingtable emb", "embedding", "embedding item { dim = 16 }"),
    called(
        "network net module layer layers mlp branch submodel usertower itemtower querytower candidatetower",
        "tower",
        "tower score { concat(user[user], age) |> dense(1) }",
    ),
    called("fn func function def macro subgraph", "block", "block head(x) { x |> dense(16, relu) }"),
    called("metric eval evaluate evaluation validation validate", "metrics", "metrics { auc, logloss }"),
    called(
        "corpus items itemcatalog index candidates",
        "catalog",
        "catalog { source = movies, key = movie_id }",
    ),
    called("exports output outputs save serving signature", "export", "export { user, item }"),
    called("constant var define static", "const", "const width = 16"),
    said("split", MEMBERS, "the split belongs to `data`: write `data { split = random(test = 0.2) }`"),
    said("label labels target", MEMBERS, "a label is a column: write `input { click: label }`"),
    said(
        "join filter history csv tsv source",
        MEMBERS,
        "it belongs to `data`: write `data { ratings = csv(\"ratings.csv\") }`",
    ),
    said(
        "let",
        MEMBERS,
        "`let` belongs to a tower or block; a value for the whole model is a constant: `const width = 16`",
    ),
    said(
        "none null nil undefined",
        "",
        "there is no such value: leave the setting out, and its default holds",
    ),
    called("class network struct", "model", "model Clicks { ... }").at(ITEMS),
    called("include use require", "import", "import \"blocks.dm\""),
];
