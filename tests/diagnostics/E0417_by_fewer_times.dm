model Next {
    data {
        log = csv("log.csv", columns = [user, item, click, day, number])
        history(by = user, order = [day, number])
        split = by_time(day, test = 0.1)
    }
    input { seen: sequence(from = history.item, max = 5), item: id, click: label }
    embedding item { dim = 2 }
    tower score { dot(mean(item[seen]), item[item]) }
    objective bce(score, click)
}
