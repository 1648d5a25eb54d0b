/// Matrix factorization with Bayesian personalized ranking: items that a user chose score above sampled items.
///
/// Rendle et al., "BPR: Bayesian personalized ranking from implicit feedback", UAI 2009.
model Bpr {
    const loss = bpr(dot(user, item), negatives = 1)

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
        user_id:  id
        movie_id: id(from = movies.movie_id)
    }

    embedding user { dim = 64, l2 = 1e-5 }
    embedding item { dim = 64, l2 = 1e-5 }

    tower user { user[user_id] }
    tower item { item[movie_id] }

    catalogue { source = movies, key = movie_id }
    objective loss
    metrics   { hit_rate(10, 50), ndcg(10), exclude_seen }
    train     { optimizer = adam(lr = 0.002), batch = 1024, epochs = 20 }
    export    { user, item }
}
