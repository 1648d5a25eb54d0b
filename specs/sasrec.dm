/// SASRec on MovieLens: the next film from the latest fifty, by self-attention.
///
/// Kang & McAuley, "Self-Attentive Sequential Recommendation", ICDM 2018. With `--set "loss=full_softmax(user, candidate, temperature = 1)"`
/// all films are negatives.
model SasRec {
    const width = 64
    const loss  = bce(dot(user, candidate), negatives = 1)

    data {
        ratings = tsv("u.data", columns = [user_id, movie_id, rating, timestamp])
        movies  = csv("u.item", separator = "|", encoding = latin1,
                      columns = [movie_id, title, release_date, video_release_date, imdb_url,
                                 genre_0..genre_18])
        join(movies, on = movie_id)
        history(by = user_id, order = timestamp)
        split = leave_last_out
    }

    input {
        history:  sequence(from = history.movie_id, max = 50, pad = front)
        movie_id: id(from = movies.movie_id)
    }

    embedding movie { dim = width }

    tower user {
        let films = movie[history]
        films + position_embedding(films)
            |> dropout(0.2)
            |> encoder(width, causal = true, output = false, dropout = 0.2)
            |> encoder(width, causal = true, output = false, dropout = 0.2)
            |> last
    }
    tower candidate { movie[movie_id] }

    catalogue { source = movies, key = movie_id }
    objective loss
    metrics   { hit_rate(10, 50), ndcg(10) }
    train     { optimizer = adam(lr = 0.001), batch = 256, epochs = 20 }
    export    { user, candidate }
}
