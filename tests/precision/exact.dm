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
    embedding viewers { dim = 8 }
    embedding films   { dim = 8 }

    tower viewer { viewers[viewer] }
    tower film   { films[film] }

    objective bce(dot(viewer, film), click)
    metrics   { auc }
    train     { optimizer = adagrad(lr = 0.1), batch = 256, epochs = 6 }
    export    { viewer, film }
}
