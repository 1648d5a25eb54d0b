model Mixed {
    data {
        log   = csv("log.csv")
        split = random(test = 0.2, seed = 1)
    }
    input {
        viewer: id
        film:   id
        seen:   sequence(max = 4, separator = "|")
        age:    float(transform = standardize)
        click:  label
    }
    embedding films { dim = 8, initializer = normal(0.3), optimizer = rmsprop(lr = 0.01, momentum = 0.5) }
    tower wide { linear(viewer, film, age) }
    tower deep {
        let seen = films[seen] |> self_attention(heads = 2, dropout = 0.2)
        let read = target_attention(films[seen], films[film], [8], relu, softmax = true, dropout = 0.1)
        concat(embed(viewer, dim = 8) |> flatten, films[film], mean(seen), read)
            |> mlp([16, 8], relu, norm = batch, dropout = 0.1, l2 = 1e-4)
            |> dense(1, initializer = normal(0.1), weight_decay = 0.02)
    }
    objective bce(wide + deep, click)
    metrics { auc }
    train {
        optimizer   = lamb(lr = 0.01)
        optimizers  = by_tower(wide = ftrl(lr = 0.1, l1 = 0.01))
        initializer = he
        l2          = 1e-5
        batch       = 64
        epochs      = 6
    }
}
