/// AttRec on MovieLens in its metric form: the nearest film by squared distance, with rows in the unit ball.
///
/// Zhang et al., "Next Item Recommendation with Self-Attention", 2018. The weighted sum of two squared distances is one between
/// vectors side by side, each scaled by the root of its weight.
model AttRecDistance {
    const width = 32
    /// Square roots of the weights (0.5 each) of the long-term part and of the latest films.
    const long  = 0.7071
    const short = 0.7071

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
    embedding taste { dim = width }

    tower query {
        let seen = movie[history]
        let timed = seen + sinusoids(seen)
        let query = dense(timed, width, relu, bias = false)
        let key = dense(timed, width, relu, bias = false)
        let now = attention(query, key, seen, diagonal = false) |> mean
        concat(clip_norm(user[user_id]) * long, now * short)
    }
    tower candidate {
        concat(clip_norm(taste[movie_id]) * long, clip_norm(movie[movie_id]) * short)
    }

    catalogue { source = movies, key = movie_id }
    objective triplet(query, candidate, negatives = 1, margin = 0.5)
    metrics   { hit_rate(10, 50), ndcg(10) }
    train     { optimizer = adam(lr = 0.001), batch = 256, epochs = 20 }
    export    { query, candidate }
}
