/// AttRec on MovieLens: long-term preferences, and self-attention over the latest films; scored by inner products.
///
/// Zhang et al., "Next Item Recommendation with Self-Attention", 2018. Queries and keys see the positions, values do not.
model AttRec {
    const width = 32
    /// Weight of the long-term preferences.
    const long  = 0.5

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
        user_id:  id
        history:  sequence(from = history.movie_id, max = 5, pad = front)
        movie_id: id(from = movies.movie_id)
    }

    embedding user  { dim = width }
    embedding movie { dim = width }
    /// Films in the long-term part.
    embedding taste { dim = width, vocab = learned }

    tower query {
        let seen = movie[history]
        let timed = seen + sinusoids(seen)
        let query = dense(timed, width, relu, bias = false)
        let key = dense(timed, width, relu, bias = false)
        let short = attention(query, key, seen, diagonal = false) |> mean
        concat(user[user_id] * long, short * (1 - long))
    }
    tower candidate { concat(taste[movie_id], movie[movie_id]) }

    catalogue { source = movies, key = movie_id }
    objective bpr(dot(query, candidate), negatives = 1)
    metrics   { hit_rate(10, 50), ndcg(10) }
    train     { optimizer = adam(lr = 0.001), batch = 256, epochs = 30 }
    export    { query, candidate }
}
