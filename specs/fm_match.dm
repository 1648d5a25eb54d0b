/// A factorization machine as a retrieval model: all pairs of a user feature and an item feature, as one inner product.
///
/// Rendle, "Factorization machines", ICDM 2010.
model FmMatch {
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
        user_id:           id
        gender:            id
        occupation:        id
        watched:           sequence(from = history.movie_id, max = 50)
        movie_id:          id(from = movies.movie_id)
        genre_0..genre_18: float
    }

    embedding user       { dim = dim }
    embedding gender     { dim = dim }
    embedding occupation { dim = dim }
    embedding movie      { dim = dim }

    tower user { user[user_id] + gender[gender] + occupation[occupation] + mean(movie[watched]) }
    tower item { movie[movie_id] + sum(embed(genre_0..genre_18, dim = dim)) }

    catalogue { source = movies, key = movie_id }
    objective bce(dot(user, item), negatives = 4)
    metrics   { hit_rate(10, 50), ndcg(10), exclude_seen }
    train     { optimizer = adam(lr = 0.002), batch = 1024, epochs = 10 }
    export    { user, item }
}
