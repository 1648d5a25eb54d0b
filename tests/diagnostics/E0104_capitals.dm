model Pairs {
    input { click: label, user: id, item: id }
    embedding users { dim = 8 }
    embedding Users { dim = 8 }
    tower Query { users[user] }
    tower query { Users[item] }
    objective bce(dot(Query, query), click)
}
