model Next {
    data {
        log = csv("log.csv", separator = "::", quote, columns = [user, item, click, time])
        history(by = user, order = time)
        split = leave_last_out
    }
    input { seen: sequence(from = history.item, max = 5), item: id, click: label }
    embedding item { dim = 2 }
    tower score { dot(mean(item[seen]), item[item]) }
    objective bce(score, click)
}
