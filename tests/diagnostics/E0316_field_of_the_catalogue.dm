model Next {
    data {
        ratings = tsv("u.data", columns = [user, movie, time])
        movies  = csv("u.item", columns = [movie, title, "the year"])
        join(movies, on = movie)
        history(by = user, order = time)
    }
    input { watched: sequence(from = history.title, max = 50), title: id, year: float(from = movies."the year") }
    embedding titles { dim = 32 }
    tower query     { concat(mean(titles[watched]), year) |> dense(32) }
    tower candidate { titles[title] }
    catalogue { source = movies, key = movie }
    objective bpr(dot(query, candidate), negatives = 4)
}
