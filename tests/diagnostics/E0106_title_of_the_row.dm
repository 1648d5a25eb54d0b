model Next {
    data {
        ratings = tsv("u.data", columns = [user, movie, time])
        movies  = csv("u.item")
        join(movies, on = movie)
        history(by = user, order = time)
    }
    input { watched: sequence(from = title, max = 50), title: id(from = movies.title) }
    embedding titles { dim = 32 }
    tower query     { mean(titles[watched]) }
    tower candidate { titles[title] }
    catalogue { source = movies, key = movie }
    objective in_batch_softmax(query, candidate)
}
