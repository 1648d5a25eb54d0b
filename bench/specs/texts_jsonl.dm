/// Clicks on posts, from objects with long texts and lists.
model TextsJson {
    data { log = jsonl("log.jsonl") }

    input {
        user:  id
        post:  id
        title: text(max = 16)
        tags:  ids(max = 8)
        seen:  sequence(max = 50)
        click: label
    }

    embedding user { dim = 8 }
    embedding post { dim = 8 }
    embedding word { dim = 8 }
    embedding tag  { dim = 8 }

    tower score {
        concat(user[user], post[post], mean(word[title]), mean(tag[tags]), mean(post[seen]))
            |> dense(1)
    }

    objective bce(score, click)
}
