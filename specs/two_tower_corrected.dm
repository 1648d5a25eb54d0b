/// Two-tower retrieval on MovieLens with the correction of its paper: the in-batch softmax subtracts the log frequency of each candidate.
///
/// Yi et al., "Sampling-bias-corrected neural modeling for large corpus item recommendations", RecSys 2019.
model TwoTowerCorrected {
    /// Widths of the hidden layers of both towers, the output last.
    const layers = [64, 32]
    const split  = random(test = 0.2, seed = 42)

    data {
        ratings = tsv("u.data", columns = [user_id, movie_id, rating, timestamp])
        movies  = csv("u.item", separator = "|", encoding = latin1,
                      columns = [movie_id, title, release_date, video_release_date, imdb_url,
                                 genre_0..genre_18])
        join(movies, on = movie_id)
        split = split
    }

    input {
        user_id:          id
        timestamp:        float(transform = standardize)
        timestamp_bucket: bucket(equal_width(1000), from = timestamp)
        title:            id
        title_tokens:     text(from = title, max = 16)
        popularity:       frequency(from = ratings.movie_id)
    }

    embedding user   { dim = 32 }
    embedding moment { dim = 32 }
    embedding title  { dim = 32 }
    embedding token  { dim = 32, vocab = learned(max = 10_000) }

    tower query {
        concat(user[user_id], moment[timestamp_bucket], timestamp)
            |> dropout(0.4)
            |> mlp(layers, relu, output = linear)
    }
    tower candidate {
        concat(title[title], mean(token[title_tokens]))
            |> dropout(0.4)
            |> mlp(layers, relu, output = linear)
    }

    catalogue { source = movies, key = title }
    objective in_batch_softmax(query, candidate, temperature = 1, probability = popularity, reduction = sum)
    metrics   { top_k_accuracy(1, 5, 10, 50, 100) }
    train     { optimizer = adagrad(lr = 0.05), batch = 2048, epochs = 75 }
    export    { query, candidate }
}
