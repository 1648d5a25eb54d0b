/// DSSM of the MovieLens 100K pairs: the model of `torch_dssm.py`, of which the user tower is measured.
model DssmPairs {
    data { pairs = csv("pairs.csv") }
    input {
        user_id: id, gender: id, age: id, occupation: id, zip: id
        movie_id: id
        watched: ids(max = 50, separator = " ")
        label: label
    }
    embedding movie { dim = 16 }
    tower user {
        let profile = flatten(embed(user_id, gender, age, occupation, zip, dim = 16))
        concat(profile, mean(movie[watched])) |> mlp([64, 32], relu, output = linear) |> l2_normalize
    }
    tower item { movie[movie_id] |> mlp([64, 32], relu, output = linear) |> l2_normalize }
    objective bce(dot(user, item) * 20, label)
    metrics { auc }
    train { optimizer = adagrad(lr = 0.01), batch = 256, epochs = 1 }
}
