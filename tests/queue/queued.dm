/// Films that viewers watched, among those of the batch and of earlier batches.
model Queued {
    data {
        log   = csv("log.csv")
        split = random(test = 0.1, seed = 1)
    }
    input {
        viewer: id
        film:   id
        share:  frequency(from = film)
    }
    embedding viewers { dim = 8, initializer = normal(0.3) }
    embedding films   { dim = 8, initializer = normal(0.3) }

    tower query     { viewers[viewer] |> dense(8) }
    tower candidate { films[film] |> l2_normalize }

    objective in_batch_softmax(query, candidate, temperature = 0.2, queue = 300,
                               probability = share, remove_accidental_hits = film)
    train  { optimizer = adam(lr = 0.01), batch = 64, epochs = 2 }
    export { query, candidate }
}
