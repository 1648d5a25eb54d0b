model Retrieval {
    data {
        ratings = tsv("u.data", columns = [user, movie])
        movies  = csv("u.item", columns = [movie, title])
        join(movies, on = movie)
    }
    input { user: id, title: id }
    embedding users  { dim = 32 }
    embedding titles { dim = 32 }
    tower query     { users[user] }
    tower candidate { titles[title] }
    catalogue { source = movies, key = movie }
    objective hinge(dot(query, candidate), margin = -1, negatives = 2)
}
