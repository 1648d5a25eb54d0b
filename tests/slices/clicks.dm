/// Clicks, with figures for the values of a key, the ranges of a number, the lengths of a list, and users with few rows.
model Clicks {
    data {
        clicks = csv("clicks.csv")
        split  = random(test = 0.2, seed = 1)
    }
    input {
        user:  id
        item:  id
        tags:  ids(max = 4, separator = "|")
        price: float
        band:  bucket([2, 5.5], from = price)
        click: label
    }
    embedding user { dim = 4 }
    embedding item { dim = 4 }
    embedding band { dim = 2 }
    tower score { concat(user[user], item[item], band[band], mean(item[tags]), price) |> dense(1) }
    objective bce(score, click)
    metrics {
        accuracy, logloss, auc
        user   = user
        slices = [item, band, length(tags, [1, 3]), user_rows([20, 40])]
    }
    train { batch = 32, epochs = 2 }
}
