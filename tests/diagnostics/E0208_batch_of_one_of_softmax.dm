model Retrieval {
    input { user: id, title: id }
    embedding user  { dim = 32 }
    embedding title { dim = 32 }
    tower query     { user[user] }
    tower candidate { title[title] }
    objective in_batch_softmax(query, candidate)
    train { batch = 1 }
}
