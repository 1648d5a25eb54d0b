/// Negatives that the records list.
model Listed {
    data {
        views  = csv("views.csv", columns = [user, movie, disliked, time])
        movies = csv("movies.csv", columns = [movie, share])
        join(movies, on = movie)
        split = by_time(time, test = 0.1)
    }

    input {
        user:     id
        movie:    id(from = movies.movie)
        disliked: ids(max = 3, separator = " ")
    }

    embedding user  { dim = 8 }
    embedding movie { dim = 8 }

    tower query { user[user] }
    tower candidate { movie[movie] }

    catalogue { source = movies, key = movie }
    objective triplet(query, candidate, margin = 0.5, negatives = given(disliked))
    metrics   { hit_rate(8) }
    train     { optimizer = adam(lr = 0.02), batch = 100, epochs = 8 }
}
