model Retrieval {
    data {
        ratings = tsv("u.data", columns = [user, movie])
        movies  = csv("u.item", columns = [movie, title])
        join(movies, on = movie)
        split = random(validate = 0.1, test = 0.1)
    }
    input { user: id, title: id }
    embedding users  { dim = 32 }
    embedding titles { dim = 32 }
    tower query     { users[user] }
    tower candidate { titles[title] }
    catalog { source = movies, key = title }
    objective in_batch_softmax(query, candidate)
    metrics { hit_rate(10), ndcg(10), coverage(10) }
    train { stop = patience(coverage(10), 3) }
}
