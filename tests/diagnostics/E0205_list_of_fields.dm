model Next {
    data {
        log = csv("log.csv", columns = [user, item, click, time, hist, hist_len])
    }
    input { click: label, seen: id(from = [hist, item]) }
    embedding item { dim = 2 }
    tower score { item[seen] |> dense(1) }
    objective bce(score, click)
}
