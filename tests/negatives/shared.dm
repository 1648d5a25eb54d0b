/// Candidates of the batch and sampled ones, without what the user of a record took in training rows.
model Shared {
    data {
        views  = csv("views.csv", columns = [user, movie, time])
        movies = csv("movies.csv", columns = [movie])
        join(movies, on = movie)
        split = leave_last_out(by = user, order = time)
    }

    input {
        user:  id
        movie: id(from = movies.movie)
    }

    embedding user  { dim = 4 }
    embedding movie { dim = 4 }

    tower query { user[user] }
    tower candidate { movie[movie] }

    catalogue { source = movies, key = movie }
    objective in_batch_softmax(query, candidate, negatives = 4, temperature = 1, exclude_seen)
    metrics   { hit_rate(3), exclude_seen }
    train     { optimizer = adam(lr = 0.02), batch = 16, epochs = 3 }
}
