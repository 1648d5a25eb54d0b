model Retrieval {
    data {
        log    = csv("ratings.csv", columns = [userId, movieId, rating])
        movies = csv("movies.csv")
        join(movies, on = movieId)
    }
    input { rating: label(threshold = 4), title: id }
    embedding title { dim = 2 }
    tower score { title[title] |> dense(1) }
    objective bce(score, rating)
}
