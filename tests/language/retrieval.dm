/// In-batch softmax corrected by the frequency of candidates, on given files without a header.
model Retrieval {
    const width = 8

    data {
        views = tsv("train.tsv", columns = [user, item, group], separator = "\t")
        items = csv("items.csv")
        join(items, on = item, key = id)
        split    = given(train = "train.tsv", test = "test.tsv")
        on_error = skip
    }

    input {
        user:       id(oov = error)
        group:      id(hash = 16)
        item:       id(from = items.id)
        kind:       id(from = items.kind, missing = error)
        popularity: frequency(from = item)
    }

    embedding user  { dim = width, optimizer = adamw(lr = 0.05) }
    embedding group { dim = width }
    embedding item  { dim = width }
    embedding kind  { dim = width }

    tower query     { user[user] + group[group] |> dense(width) |> l2_normalize }
    tower candidate { item[item] + kind[kind] |> dense(width) |> l2_normalize }

    catalogue { source = items, key = id }
    objective in_batch_softmax(query, candidate, temperature = 0.2, probability = popularity, remove_accidental_hits = item)
    metrics   { top_k_accuracy(1, 5) }
    train     { optimizer = sgd(lr = 0.05, momentum = 0.9), batch = 64, epochs = 20 }
    export    { query, candidate }
}
