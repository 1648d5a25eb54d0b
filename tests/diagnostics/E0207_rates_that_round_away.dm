model Ctr {
    input { user: id, click: label }
    embedding user { dim = 8 }
    tower score { user[user] |> dense(1) }
    objective bce(score, click)
    train { optimizer = adam(lr = 1e-50, beta1 = 0.99999999) }
}
