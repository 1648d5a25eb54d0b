/// DIN: the probability that a user likes a movie, from the movies watched before, weighted by their relevance to it.
///
/// Zhou et al., "Deep interest network for click-through rate prediction" (DIN), KDD 2018.
model Din {
    const dim = 16

    data {
        ratings = tsv("u.data", columns = [user_id, movie_id, rating, timestamp])
        users   = csv("u.user", separator = "|",
                      columns = [user_id, age, gender, occupation, zip_code])
        movies = csv("u.item", separator = "|", encoding = latin1,
                     columns = [movie_id, title, release_date, video_release_date, imdb_url,
                                genre_0..genre_18])
        join(users, on = user_id)
        join(movies, on = movie_id)
        history(by = user_id, order = timestamp)
        split = by_time(timestamp, test = 0.1)
    }

    input {
        liked:      label(from = rating, threshold = 4)
        user_id:    id
        gender:     id
        occupation: id
        age:        bucket([18, 25, 35, 45, 56])
        movie_id:   id
        watched:    sequence(from = history.movie_id, max = 50)
    }

    embedding movie { dim = dim }

    tower rating {
        let user = flatten(embed(user_id, gender, occupation, age, dim = dim))
        let target = movie[movie_id]
        let similar = target_attention(movie[watched], target, [80, 40], sigmoid)
        concat(user, target, similar, mean(movie[watched])) |> mlp([200, 80], relu) |> dense(1)
    }

    objective bce(rating, liked)
    metrics   { auc, gauc(by = user_id), logloss }
    train     { optimizer = adam(lr = 0.001), batch = 1024, epochs = 3 }
    export    { rating }
}
