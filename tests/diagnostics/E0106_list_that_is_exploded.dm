model Mind {
    data {
        log = tsv("behaviors.tsv", columns = [impression, user, time, clicked, shown])
        explode(shown, as = [news, click], separator = " ", weight = "-")
    }
    input { click: label, news: id, page: weighted_ids(from = log.shown, max = 9) }
    embedding news { dim = 2 }
    tower score { concat(news[news], sum(news[page])) |> dense(1) }
    objective bce(score, click)
}
