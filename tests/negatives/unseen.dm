/// Negatives that leave out what the user took in training rows.
model Unseen {
    const loss = bpr(dot(query, candidate), negatives = 3, exclude_seen)

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
    objective loss
    metrics   { hit_rate(3), coverage(3), popularity(3), novelty(3), exclude_seen, slices = [user_rows([3]), item_rows([5, 8])] }
    train     { optimizer = adam(lr = 0.02), batch = 16, epochs = 3 }
}
