/// Bayesian personalized ranking of pairs; both towers of items share a table.
model Pairs {
    data {
        pairs = csv("pairs.csv", separator = ";", quote = false)
        split = random(test = 0.2, seed = 3)
    }

    input {
        user:   id
        better: id
        worse:  id
        weight: weight
    }

    embedding user { dim = 8 }
    embedding item { dim = 8 }

    block score(a, b) { dot(a, l2_normalize(b)) }

    tower who  { user[user] }
    tower good { item[better] }
    tower bad  { item[worse] }

    objective bpr(score(who, good), score(who, bad))
    train     { optimizer = adam(lr = 0.02), batch = 50, epochs = 10 }
    export    { who, good }
}
