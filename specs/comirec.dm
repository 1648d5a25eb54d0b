/// ComiRec: several vectors per user, one for each interest that attention finds in the watched movies.
///
/// Cen et al., "Controllable multi-interest framework for recommendation" (ComiRec), KDD 2020.
model ComiRec {
    const dim     = 64
    /// ComiRec-SA; `capsule_routing(interests = 4)` is ComiRec-DR.
    const extract = multi_interest_attention(interests = 4, units = 256)

    data {
        ratings = tsv("u.data", columns = [user_id, movie_id, rating, timestamp])
        movies  = csv("u.item", separator = "|", encoding = latin1,
                      columns = [movie_id, title, release_date, video_release_date, imdb_url,
                                 genre_0..genre_18])
        join(movies, on = movie_id)
        history(by = user_id, order = timestamp, min = 1)
        split = leave_last_out
    }

    input {
        watched:  sequence(from = history.movie_id, max = 50)
        movie_id: id(from = movies.movie_id)
    }

    embedding movie { dim = dim }

    tower user { movie[watched] + position_embedding(movie[watched]) |> extract }
    tower item { movie[movie_id] }

    catalogue { source = movies, key = movie_id }
    objective sampled_softmax(label_aware_attention(user, item, power = 100), item, temperature = 1,
                              negatives = 200, sampler = uniform)
    metrics { hit_rate(10, 50), ndcg(10), mrr(10) }
    train   { optimizer = adam(lr = 0.01), batch = 512, epochs = 6 }
    export  { user, item }
}
