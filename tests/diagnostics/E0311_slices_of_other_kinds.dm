model Ctr {
    input { user: id, tags: ids(max = 5), age: float, click: label }
    embedding users { dim = 8 }
    embedding words { dim = 8 }
    tower score { concat(users[user], mean(words[tags]), age) |> dense(1) }
    objective bce(score, click)
    metrics { auc, slices = [tags, age, click, length(user, [2])] }
}
