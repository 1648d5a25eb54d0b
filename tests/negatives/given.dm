/// A score with weights, smaller is better; sampled with given weights.
model Given {
    data {
        views  = csv("views.csv", columns = [user, movie, disliked, time])
        movies = csv("movies.csv", columns = [movie, share])
        join(movies, on = movie)
        split = by_time(time, test = 0.1)
    }

    input {
        user:  id
        movie: id(from = movies.movie)
        share: float
    }

    embedding user  { dim = 8 }
    embedding movie { dim = 8 }

    tower query { user[user] }
    tower candidate { movie[movie] }

    catalogue { source = movies, key = movie }
    objective hinge(concat(query * candidate, query - candidate) |> mlp([16, 1], relu,
                                                                        output = linear),
                    margin = 1,
                    negatives = 3, sampler = given(share))
    metrics { hit_rate(8) }
    train   { optimizer = adam(lr = 0.02), batch = 100, epochs = 8 }
}
