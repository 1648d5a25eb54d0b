model Mind {
    data {
        log = tsv("behaviors.tsv", columns = [impression, user, time, clicked, shown])
        explode(shown, as = [news, click], separator = " ", weight = "-")
    }
    input { click: label, news: id, shown: weighted_ids(max = 9) }
    embedding news { dim = 2 }
    tower score { concat(news[news], sum(news[shown])) |> dense(1) }
    objective bce(score, click)
}
