/// The next product of a visitor of the shop, from the products before it.
model Next {
    data {
        visits = csv("visits.csv")
        history(by = visitor_id, order = time)
        split = leave_last_out
    }

    input {
        country:    id
        before:     sequence(from = history.product_id, max = 10)
        product_id: id
    }

    embedding country { dim = 2 }
    embedding product { dim = 8 }

    tower visitor {
        concat(mean(product[before]), country[country]) |> mlp([16, 8], relu, output = linear)
    }
    tower product { product[product_id] }

    catalog { source = visits, key = product_id }
    objective in_batch_softmax(visitor, product)
    metrics   { hit_rate(1, 3) }
    train     { optimizer = adam(lr = 0.01), batch = 8, epochs = 20 }
}
