model Ctr {
    input { user: id, age: float, click: label }
    embedding users { dim = 8 }
    tower score { concat(users[user], age) |> dense(1) }
    objective bce(score, click)
    metrics { auc, user = user, slices = [user, user_rows([5]), user_rows([10]), user] }
}
