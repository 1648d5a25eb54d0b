model Unknown {
    data { log = csv("log.csv") }
    input { y: label, user: id }
    embedding user { dim = 8, initializer = normal(1) }
    tower t { user[user] |> dense(1) }
    objective bce(t, y)
    train { optimizer = adam(lr = 0.05), batch = 20, epochs = 30 }
}
