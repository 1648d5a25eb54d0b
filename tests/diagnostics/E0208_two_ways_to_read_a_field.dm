model Next {
    data {
        log = csv("log.csv", columns = [user, item, click, time, hist, hist_len])
    }
    input { click: label, seen: sequence(from = hist, max = 5), all: sequence(from = hist, max = 9, length = hist_len) }
    embedding item { dim = 2 }
    tower score { mean(item[seen]) + mean(item[all]) |> dense(1) }
    objective bce(score, click)
}
