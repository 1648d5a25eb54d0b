model Mind {
    data {
        log = tsv("behaviors.tsv", columns = [impression, user, time, clicked, shown])
        explode(show, as = [news, click], separator = " ", weight = "-")
    }
    input { click: label, news: id }
    embedding news { dim = 2 }
    tower score { news[news] |> dense(1) }
    objective bce(score, click)
}
