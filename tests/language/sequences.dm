/// The next item from the items that a user saw before, by every layer that works on sequences.
model Sequences {
    data {
        log   = csv("log.csv")
        split = random(test = 0.2, seed = 3)
    }

    input {
        history: sequence(max = 6, separator = ";", pad = front, padding = 0)
        topics:  sequence(max = 6, from = history, separator = ";", keep = first, oov = drop,
                          padding = 0)
        item:  id
        click: label
    }

    embedding item  { dim = 8 }
    embedding topic { dim = 8, vocab = range(0, 20) }

    tower user {
        let seen = item[history] + position_embedding(item[history]) |> dropout(0.1)
        let coded = seen |> encoder(16, heads = 2, causal = true, output = false, dropout = 0.1)
        let before = coded |> encoder(12, gelu, norm = before)
        let topics = topic[topics] + sinusoids(topic[topics])
        let near = attention(topics |> dense(8, relu, bias = false), topics, topic[topics],
                             diagonal = false)
        let pooled = concat(max(near), sum(near), sqrtn(topic[topics]),
                            attention_pool(near, 4, tanh))
        concat(last(before), mean(coded),
               attention_pool(seen, scores = dot(seen, last(before)) * 0.3), pooled)
            |> mlp([16, 8], prelu, output = linear)
    }
    tower shown { item[item] }

    objective bce(dot(user, shown), click)
    metrics   { auc, logloss }
    train     { optimizer = adam(lr = 0.01), batch = 64, epochs = 8 }
    export    { user, shown }
}
