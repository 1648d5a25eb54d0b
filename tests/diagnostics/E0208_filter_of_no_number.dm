model Next {
    data {
        ratings = tsv("u.data", columns = [user, movie, time])
        movies  = csv("u.item", columns = [movie, title])
        join(movies, on = movie)
        history(by = user, order = time)
        filter(time, min = 5, max = 1)
    }
    input { watched: sequence(from = history.title, max = 50), title: id }
    embedding titles { dim = 32 }
    tower query     { mean(titles[watched]) }
    tower candidate { titles[title] }
    objective in_batch_softmax(query, candidate)
}
