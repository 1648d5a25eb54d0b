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
    catalog { source = movies, key = title }
    objective in_batch_softmax(query, candidate)
    metrics { hit_rate(10), coverage(5, 10), candidates = sampled(100) }
}
