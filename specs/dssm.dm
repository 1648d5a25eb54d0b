/// DSSM: the cosine of the outputs of a user network and an item network, trained on clicks and sampled negatives.
///
/// Huang et al., "Learning deep structured semantic models for web search using clickthrough data", CIKM 2013.
/// With `--set "loss=in_batch_softmax(user, item, temperature = 0.1, normalize, negatives = 100)"` the negatives are the items of the
/// batch and 100 sampled ones.
model Dssm {
    const loss = bce(cosine(user, item) * 10, negatives = 4)

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
        user_id:           id
        gender:            id
        occupation:        id
        age:               float(transform = standardize)
        watched:           sequence(from = history.movie_id, max = 50)
        movie_id:          id(from = movies.movie_id)
        genre_0..genre_18: float
    }

    embedding user       { dim = 32 }
    embedding gender     { dim = 4 }
    embedding occupation { dim = 8 }
    embedding movie      { dim = 32 }

    tower user {
        concat(user[user_id], gender[gender], occupation[occupation], age, mean(movie[watched]))
            |> mlp([64, 32], relu, output = linear)
    }
    tower item { concat(movie[movie_id], genre_0..genre_18) |> mlp([64, 32], relu, output = linear) }

    catalogue { source = movies, key = movie_id }
    objective loss
    metrics   { hit_rate(10, 50), ndcg(10), exclude_seen }
    train     { optimizer = adam(lr = 0.002), batch = 1024, epochs = 10 }
    export    { user, item }
}
