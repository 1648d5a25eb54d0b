model Retrieval {
    data {
        ratings = tsv("u.data", columns = [user, movie, time])
        movies  = csv("u.item", columns = [movie, title])
        join(movies, on = movie)
        split = leave_last_out(by = user, order = time)
    }
    input { user: id, title: id }
    embedding users  { dim = 32 }
    embedding titles { dim = 32 }
    tower query     { users[user] }
    tower candidate { titles[title] }
    catalogue { source = movies, key = movie }
    objective sampled_softmax(query, candidate, negatives = 4, exclude_seen, remove_accidental_hits = false)
}
