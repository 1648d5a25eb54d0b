/// DSSM with as many items as asked for, on made pairs: the model of `tf_dssm_scale.py`.
model DssmScale {
    const items = 1_000_001
    data { pairs = csv("scale_1000000.csv") }
    input {
        user_id: id(vocab = range(1, 100_001)), gender: id, age: id, occupation: id, zip: id
        movie_id: id(vocab = range(1, items))
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
    train { optimizer = adagrad(lr = 0.01), batch = 4096, epochs = 3 }
}
