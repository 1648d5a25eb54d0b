/// Clicks on posts, from rows with long texts and lists between tabs.
model TextsTsv {
    data { log = tsv("log.tsv") }

    input {
        user:  id
        post:  id
        title: text(max = 16)
        tags:  ids(max = 8, separator = "|")
        seen:  sequence(max = 50, separator = " ")
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
