/// Candidates sampled until the given number are distinct.
model Sampled {
    data {
        views  = csv("views.csv", columns = [user, movie, disliked, time])
        movies = csv("movies.csv", columns = [movie, share])
        join(movies, on = movie)
        split = by_time(time, test = 0.1)
    }

    input {
        user:  id
        movie: id(from = movies.movie)
    }

    embedding user  { dim = 8 }
    embedding movie { dim = 8 }

    tower query { user[user] }
    tower candidate { movie[movie] }

    catalogue { source = movies, key = movie }
    objective sampled_softmax(query, candidate, negatives = 10, temperature = 0.2, normalize)
    metrics   { hit_rate(8) }
    train     { optimizer = adam(lr = 0.02), batch = 100, epochs = 8 }
}
