/// The next item of a user, from the log of all users; the last item of each is tested against sampled candidates.
model Next {
    const width = 16

    data {
        log   = csv("log.csv")
        items = csv("items.csv")
        join(items, on = item, key = id)
        filter(rating, min = 2, max = 5)
        filter(device, only = ["phone", "tablet"])
        history(by = user, order = time, min = 1)
        split = leave_last_out
    }

    input {
        latest: sequence(from = history.item, max = 1)
        first:  sequence(from = history.kind, max = 3, keep = first)
        item:   id(from = items.id)
    }

    embedding item { dim = width }
    embedding kind { dim = 4 }

    tower query     { concat(sum(item[latest]), mean(kind[first])) |> mlp([32, width], relu, output = linear) }
    tower candidate { item[item] |> dense(width) }

    catalogue { source = items, key = id }
    objective in_batch_softmax(query, candidate, temperature = 1)
    metrics   { hit_rate(1, 3), recall(3), ndcg(3), mrr(3), candidates = sampled(5), exclude_seen }
    train     { optimizer = adam(lr = 0.01), batch = 64, epochs = 30 }
}
