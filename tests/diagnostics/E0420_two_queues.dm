model Retrieval {
    data {
        views  = csv("views.csv", columns = [user, movie])
        movies = csv("movies.csv", columns = [movie, title])
        join(movies, on = movie)
    }
    input { user: id, title: id }
    embedding users  { dim = 8 }
    embedding titles { dim = 8 }
    tower query     { users[user] }
    tower candidate { titles[title] }
    catalog { source = movies, key = movie }
    objective in_batch_softmax(query, candidate, queue = 64) + 0.1 * in_batch_softmax(query, candidate, temperature = 1, queue = 64)
}
