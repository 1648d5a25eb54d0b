model Retrieval {
    data {
        log   = csv("log.csv", columns = [user, item, gender, age, time])
        items = csv("items.csv", columns = [item])
        join(items, on = item)
        split = random(test = 0.1)
    }
    input { user: id, item: id(from = items.item) }
    embedding user { dim = 8 }
    embedding item { dim = 8 }
    tower query     { user[user] }
    tower candidate { item[item] }
    catalog { source = items, key = item }
    objective in_batch_softmax(query, candidate)
    metrics { hit_rate(10), user = user, query = user, slices = [user_rows([1, 10]), item_rows([1, 10])] }
}
