/// Clicks of users on offers: small enough to train in a moment, with a score and two towers to export.
model Clicks {
    data {
        clicks = csv("clicks.csv")
        split  = random(test = 0.2, seed = 1)
    }

    input {
        user:  id(missing = oov)
        item:  id
        price: float(transform = standardize)
        click: label
    }

    embedding user { dim = 4 }
    embedding item { dim = 4 }

    tower reader { user[user] |> mlp([8, 4], relu, output = linear) }
    tower offer  { concat(item[item], price) |> mlp([8, 4], relu, output = linear) }

    objective bce(dot(reader, offer), click)
    metrics   { auc, logloss }
    train     { optimizer = adagrad(lr = 0.1), batch = 32, epochs = 3 }
    export    { reader, offer }
}
