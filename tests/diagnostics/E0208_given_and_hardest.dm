model Retrieval {
    data {
        ratings = tsv("u.data", columns = [user, movie, disliked])
        movies  = csv("u.item", columns = [movie, title])
        join(movies, on = movie)
    }
    input { user: id, title: id, disliked: ids(max = 4) }
    embedding users  { dim = 32 }
    embedding titles { dim = 32 }
    tower query     { users[user] }
    tower candidate { titles[title] }
    catalogue { source = movies, key = movie }
    objective bpr(dot(query, candidate), negatives = given(disliked), hardest = 2)
}
