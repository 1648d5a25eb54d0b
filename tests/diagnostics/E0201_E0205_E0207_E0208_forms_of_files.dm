model Forms {
    data {
        log    = csv("log.csv", missing = [NA, "-"])
        one    = csv("one.csv", escape = "\\", quote = false)
        two    = csv("two.csv", comment = ",")
        three  = csv("three.csv", comment = "//")
        four   = csv(["four.csv", five], columns = [a])
        six    = adjacency("six.txt", columns = [user, item, time])
        seven  = csv("seven.csv", rest)
        eight  = jsonl("eight.json", separator = ";")
        nine   = csv("nine.csv", na_values = "NA", escapechar = "\\")
    }
    input { user: id, click: label }
    tower score { linear(user) |> bias }
    objective bce(score, click)
}
