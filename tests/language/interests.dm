/// The next item, by every recurrent, convolutional and multi-interest layer.
model Interests {
    data {
        log   = csv("log.csv")
        items = csv("items.csv")
        join(items, on = item, key = id)
        filter(rating, min = 2)
        filter(device, only = ["phone", "tablet"])
        history(by = user, order = time, min = 1)
        split = leave_last_out
    }

    input {
        seen: sequence(from = history.item, max = 6, pad = front)
        item: id(from = items.id)
    }

    embedding item { dim = 8 }

    tower user {
        let latest  = last(item[seen])
        let walked  = item[seen] + lstm(item[seen], 8, layers = 2, forget_bias = 0.5) |> gru(8)
        let windows = horizontal_convolution(item[seen], [1, 2], 4, relu)
        let columns = vertical_convolution(item[seen], 2)
        let image   = concat(windows, columns) |> dense(8)
        let alike   = target_attention(item[seen], latest, [8], relu) + target_attention(walked, latest, softmax = true)
        let gate    = sigmoid(dense(concat(image, alike), 8))
        let profile = gate * image + (1 - gate) * alike
        let routed  = capsule_routing(walked, 3, units = 6, iterations = 2, dynamic = true)
        concat(profile, routed) |> mlp([16, 8], relu, output = linear)
    }
    tower attended { multi_interest_attention(item[seen], 2, 4) }
    tower shown { item[item] }

    catalogue { source = items, key = id }
    objective in_batch_softmax(label_aware_attention(user, shown, power = 2), shown, temperature = 1)
            + 0.2 * in_batch_softmax(label_aware_attention(attended, shown, 100), shown, temperature = 1)
    metrics   { hit_rate(1, 3) }
    train     { optimizer = adam(lr = 0.01), batch = 64, epochs = 12 }
    export    { user, shown }
}
