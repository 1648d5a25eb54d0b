model Ctr {
    input { click: label, user: id, item: id, age: float }
    embedding users { dim = 8 }
    embedding items { dim = 8 }
    tower score { concat(users[user], items[item], age) |> dense(1) |> dropout(0.2) }
    objective bce(score, click)
}
