model Retrieval {
    data {
        log   = csv("log.csv", columns = [user, item, gender, age, time])
        items = csv("items.csv", columns = [item])
        join(items, on = item)
        split = random(test = 0.1)
    }
    input { user: id, gender: id, item: id(from = items.item) }
    embedding user   { dim = 8 }
    embedding gender { dim = 8 }
    embedding item   { dim = 8 }
    tower query     { user[user] + gender[gender] }
    tower candidate { item[item] }
    catalog { source = items, key = item }
    objective in_batch_softmax(query, candidate)
    metrics { hit_rate(10), slices = [gendre, country] }
}
