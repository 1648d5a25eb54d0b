model Retrieval {
    data {
        ratings = tsv("u.data", columns = [user_id, movie_id, rating, timestamp])
        movies  = csv("u.item", separator = "|", columns = [movie_id, title])
        join(movies, on = movie_id)
        split = random(test = 0.2)
    }
    input {
        user_id: id
        liked:   label(from = rating, threshold = 4)
        title:   id
    }
    embedding user  { dim = 32 }
    embedding title { dim = 32 }
    tower query     { user[user_id] |> dense(16) }
    tower candidate { title[title] |> dense(16) }
    catalogue { source = movies, key = title }
    objective in_batch_softmax(query, candidate) + bce(dot(query, candidate), liked)
    metrics   { auc }
    export    { query, candidate }
}
