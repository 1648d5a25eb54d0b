/// SDM on MovieLens: LSTM and self-attention over the latest films, attention of the user's profile to the longer history, and a
/// gate between the two.
///
/// Lv et al., "SDM: Sequential Deep Matching Model for Online Large-scale Recommender System", CIKM 2019, as DeepMatch has it.
model Sdm {
    const units = 32
    /// `1 / sqrt(units)`.
    const scale = 0.1768

    data {
        ratings = tsv("u.data", columns = [user_id, movie_id, rating, timestamp])
        movies  = csv("u.item", separator = "|", encoding = latin1,
                      columns = [movie_id, title, release_date, video_release_date, imdb_url,
                                 genre_0..genre_18])
        users = csv("u.user", separator = "|", columns = [user_id, age, gender, occupation, zip])
        join(movies, on = movie_id)
        join(users, on = user_id)
        history(by = user_id, order = timestamp)
        split = leave_last_out
    }

    input {
        user_id:      id
        gender:       id
        age:          bucket([18, 25, 35, 45, 50, 56])
        latest:       sequence(from = history.movie_id, max = 5)
        latest_dates: sequence(from = history.release_date, max = 5)
        before:       sequence(from = history.movie_id, max = 50)
        before_dates: sequence(from = history.release_date, max = 50)
        movie_id:     id(from = movies.movie_id)
    }

    embedding user   { dim = 16 }
    embedding gender { dim = 4 }
    embedding age    { dim = 4 }
    embedding movie  { dim = units }
    embedding date   { dim = 8 }

    /// Attention of a profile to a history.
    block wanted(history, profile, scale) {
        attention_pool(history, scores = dense(concat(profile, history), 1, tanh) * scale)
    }

    tower query {
        let profile = concat(user[user_id], gender[gender], age[age]) |> dense(units, tanh)
        let long = concat(wanted(movie[before], profile, scale),
                          wanted(date[before_dates], profile, 0.3536))
            |> dense(units, tanh)
        let steps = concat(movie[latest], date[latest_dates]) |> dense(units, tanh) |> lstm(units)
        let walked = steps + lstm(steps, units)
        let session = walked + self_attention(walked, heads = 2, causal = true, bias = false)
            |> layer_norm(epsilon = 1e-9)
        let asked = dense(profile, units, tanh)
        let short = attention_pool(session, scores = dot(session, asked) * scale) + mean(session)
        let gate = concat(long, short, profile) |> dense(units, sigmoid)
        gate * short + (1 - gate) * long
    }
    tower candidate { movie[movie_id] }

    catalogue { source = movies, key = movie_id }
    objective sampled_softmax(query, candidate, negatives = 100, temperature = 1)
    metrics   { hit_rate(10, 50), ndcg(10) }
    train     { optimizer = adam(lr = 0.002), batch = 256, epochs = 12 }
    export    { query, candidate }
}
