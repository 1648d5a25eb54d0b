model Next {
    data {
        log = csv("log.csv", columns = [user, item, click, day, number])
        filter(day, min = "20.9.2018")
        history(by = user, order = [day, number])
        split = leave_last_out
    }
    input { seen: sequence(from = history.item, max = 5), item: id, click: label }
    embedding item { dim = 2 }
    tower score { dot(mean(item[seen]), item[item]) }
    objective bce(score, click)
}
