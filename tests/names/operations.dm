/// Names of operations of the runtime, and of variables of the loss.
model Operations {
    data {
        log   = csv("log.csv", columns = [user, item, click, dense, softmax, concat, last, positive, negative, owners, records, loss, score, dense_output, all, width])
        items = csv("items.csv", columns = [item, pool])
        join(items, on = item)
        history(by = user, order = score)
    }
    input {
        user:    id
        item:    id(from = items.item)
        seen:    sequence(from = history.item, max = 3)
        click:   label
        dense:   float
        softmax: float
        concat:  float
        last:    float
        pool:    float(from = items.pool)
        positive: float
        negative: float
        owners:  float
        records: float
        loss:    float
        dense_output: float
        all:     float
        width:   float
    }
    embedding lookup { dim = 4 }
    embedding each   { dim = 4 }
    tower dense {
        let add = lookup[user] |> dense(4, relu)
        let scale = last(each[seen] |> dense(4) |> layer_norm)
        let vectors = concat(add, scale, dense, softmax, concat, last) |> dropout(0.1)
        let bi_interaction = vectors |> batch_norm |> dense(4)
        let query = bi_interaction + add * 2
        query |> l2_normalize
    }
    tower softmax { concat(each[item], pool) |> dense(4) }
    tower ops     { concat(dense, last) |> dense(4) }
    catalogue { source = items, key = item }
    objective bpr(dot(dense, softmax), negatives = 2)
            + 0.5 * bce(concat(positive, negative, owners, records, loss, dense_output, all, width, ops) |> dense(1), click)
    metrics { hit_rate(1) }
    export  { dense, softmax }
}
