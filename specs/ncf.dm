/// NeuMF: one score from matrix factorization and a network over user and item.
///
/// He et al., "Neural collaborative filtering", WWW 2017.
model NeuMf {
    const loss = bce(neumf(user_factors, item_factors, user_part, item_part), negatives = 4)

    data {
        ratings = tsv("u.data", columns = [user_id, movie_id, rating, timestamp])
        movies  = csv("u.item", separator = "|", encoding = latin1,
                      columns = [movie_id, title, release_date, video_release_date, imdb_url,
                                 genre_0..genre_18])
        users   = csv("u.user", separator = "|", columns = [user_id, age, gender, occupation, zip])
        join(movies, on = movie_id)
        join(users, on = user_id)
        history(by = user_id, order = timestamp)
        split = leave_last_out
    }

    input {
        user_id:    id
        occupation: id
        movie_id:   id(from = movies.movie_id)
        title:      id
    }

    embedding mf_user        { dim = 16 }
    embedding mf_occupation  { dim = 16 }
    embedding mf_movie       { dim = 16 }
    embedding mf_title       { dim = 16 }
    embedding mlp_user       { dim = 32 }
    embedding mlp_occupation { dim = 32 }
    embedding mlp_movie      { dim = 32 }
    embedding mlp_title      { dim = 32 }

    tower user_factors { concat(mf_user[user_id], mf_occupation[occupation]) }
    tower item_factors { concat(mf_movie[movie_id], mf_title[title]) }
    tower user_part    { concat(mlp_user[user_id], mlp_occupation[occupation]) }
    tower item_part    { concat(mlp_movie[movie_id], mlp_title[title]) }

    /// The weights of the last layer join both parts.
    block neumf(p, q, u, v) { concat(p * q, concat(u, v) |> mlp([64, 32, 16], relu)) |> dense(1) }

    catalogue { source = movies, key = movie_id }
    objective loss
    metrics   { hit_rate(10, 50), ndcg(10), exclude_seen }
    train     { optimizer = adam(lr = 0.001), batch = 1024, epochs = 10 }
}
