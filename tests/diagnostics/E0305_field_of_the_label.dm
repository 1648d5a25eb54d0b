model Ctr {
    data { log = csv("log.csv", columns = [user, rating, clicked]) }
    input {
        user:  id
        stars: float(from = rating)
        click: label(from = clicked)
        taps:  bucket([1], from = log.clicked)
        liked: label(from = rating, threshold = 4)
        value: weight(from = rating)
    }
    embedding user { dim = 4 }
    embedding taps { dim = 4 }
    tower score { concat(user[user], taps[taps], stars) |> dense(1) }
    objective bce(score, click) + bce(score, liked)
}
