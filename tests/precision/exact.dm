/// Clicks of viewers on films, with rows of 32 bits.
model Exact {
    data {
        log   = csv("log.csv")
        split = random(test = 0.2, seed = 1)
    }
    input {
        viewer: id
        film:   id
        click:  label
    }
    embedding viewers { dim = 8, initializer = normal(0.3) }
    embedding films   { dim = 8, initializer = normal(0.3) }

    tower viewer { viewers[viewer] }
    tower film   { films[film] }

    objective bce(dot(viewer, film), click)
    metrics   { auc }
    train     { optimizer = adam(lr = 0.01), batch = 64, epochs = 8 }
    export    { viewer, film }
}
