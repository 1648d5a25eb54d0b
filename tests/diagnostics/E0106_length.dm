model Next {
    data {
        log = csv("log.csv", columns = [user, item, click, time, hist, hist_len])
    }
    input { click: label, seen: sequence(from = hist, max = 5, length = hist_length) }
    embedding item { dim = 2 }
    tower score { mean(item[seen]) |> dense(1) }
    objective bce(score, click)
}
