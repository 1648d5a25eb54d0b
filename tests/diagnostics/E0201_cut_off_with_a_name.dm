model Watched {
    data {
        ratings = csv("ratings.csv", columns = [user, movie])
        movies  = csv("movies.csv", columns = [movie, title])
        join(movies, on = movie)
    }
    input { user: id, movie: id }
    embedding user  { dim = 8 }
    embedding movie { dim = 8 }
    tower query     { user[user] }
    tower candidate { movie[movie] }
    catalogue { source = movies, key = movie }
    objective in_batch_softmax(query, candidate)
    metrics   { hit_rate(10, min = 5), ndcg(k = 10) }
}
