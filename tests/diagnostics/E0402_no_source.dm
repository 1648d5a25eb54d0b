model Retrieval {
    data {
    }
    input {
        user_id: id
        title:   id
    }
    embedding user  { dim = 32 }
    embedding title { dim = 32 }
    tower query     { user[user_id] |> dense(16) }
    tower candidate { title[title] |> dense(16) }
    objective in_batch_softmax(query, candidate)
    export    { query, candidate }
}
