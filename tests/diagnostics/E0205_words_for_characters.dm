model Next {
    data {
        log   = csv("log.csv", separator = tab)
        items = csv("items.csv", separator = "\n")
        join(items, on = log.item)
    }
    input { tags: ids(max = 3, separator = pipe, from = items.tags), seen: sequence(max = 5, padding = "post"), x: float(from = ""), click: label }
    embedding items { dim = 8 }
    tower score { concat(mean(items[seen]), mean(items[tags])) |> dense(1) }
    objective bce(score, click)
}
