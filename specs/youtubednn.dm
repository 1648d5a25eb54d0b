/// YouTube's candidate generation: a network over the movies that a user watched, trained with a sampled softmax over the catalog.
///
/// Covington, Adams & Sargin, "Deep neural networks for YouTube recommendations", RecSys 2016.
model YoutubeDnn {
    const dim = 32

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
        gender:     id
        occupation: id
        age:        float(transform = standardize)
        watched:    sequence(from = history.movie_id, max = 50)
        movie_id:   id(from = movies.movie_id)
    }

    embedding user       { dim = 16 }
    embedding gender     { dim = 4 }
    embedding occupation { dim = 8 }
    embedding movie      { dim = dim }

    tower user {
        concat(user[user_id], gender[gender], occupation[occupation], age, mean(movie[watched]))
            |> mlp([64, dim], relu, output = linear)
    }
    tower item { movie[movie_id] }

    catalogue { source = movies, key = movie_id }
    objective sampled_softmax(user, item, negatives = 200, temperature = 0.1, normalize)
    metrics   { hit_rate(10, 50), ndcg(10), exclude_seen }
    train     { optimizer = adam(lr = 0.002), batch = 1024, epochs = 10 }
    export    { user, item }
}
