/// Purchases in a shop: does a visitor buy the product that is shown?
model Shop {
    data {
        visits = csv("visits.csv")
        split  = by_time(time, test = 0.25)
    }

    input {
        bought:  label
        visitor: id(from = visitor_id)
        product: id(from = product_id)
        country: id
        price:   float(missing = mean, transform = standardize)
    }

    embedding visitor { dim = 8 }
    embedding product { dim = 8 }
    embedding country { dim = 2 }

    tower score {
        concat(visitor[visitor], product[product], country[country], price) |> mlp([16, 1], relu, output = linear)
    }

    objective bce(score, bought)
    metrics   { auc, logloss }
    train     { optimizer = adam(lr = 0.01), batch = 8, epochs = 20 }
}
