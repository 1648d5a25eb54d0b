model Ctr {
    data { history = csv("log.csv", columns = [user, click]) }
    input { user: id, click: label }
    embedding users { dim = 8 }
    tower score { users[user] |> dense(1) }
    objective bce(score, click)
}
