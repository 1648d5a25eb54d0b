import "lib/blocks.dm"

/// Every kind of feature, many policies and all layers, on a few hundred rows.
model Ranking {
    const rate = 0.05

    data {
        log   = csv("log.csv")
        items = csv("items.txt", separator = "|", encoding = latin1, columns = [item, title, price, tags])
        join(items, on = item_id, key = item)
        split    = by_time(time, test = 0.25)
        on_error = substitute
    }

    input {
        /// `NA` is no number, and `on_error` makes it missing.
        age:       float(missing = mean, transform = standardize)
        spend:     float(clip = [0, inf], missing = 0, transform = log1p)
        clicks:    float(clip = [-inf, 50], missing = 0, transform = min_max)
        hour:      float(missing = 0)
        half_days: bucket([6, 12, 18], from = hour, missing = bucket)
        prices:    bucket(quantiles(4), from = price)
        times:     bucket(equal_width(5), from = time)
        position:  vector(width = 3, separator = " ", missing = zero)

        user:      id(from = user_id, vocab = learned(min_count = 2), missing = "nobody")
        device:    id(vocab = ["phone", "tablet"], oov = bucket, missing = oov)
        country:   id(vocab = file("countries.txt"), oov = zero, missing = zero)
        site:      id(hash = 50)
        shelf:     id
        seen:      ids(max = 3, keep = last, separator = ";", padding = "0", missing = empty, vocab = range(0, 60))
        topics:    weighted_ids(max = 4, separator = ",", weight = ":", oov = drop)
        words:     text(from = title, max = 4, missing = empty)
        tags:      ids(max = 8, separator = " ")

        click:     label(missing = 0, threshold = 1)
        importance: weight(missing = 1)
    }

    embedding who     { dim = 4, initializer = normal(0.1), l2 = 0.001 }
    embedding device  { dim = width, initializer = glorot }
    embedding country { dim = width, precision = bf16, initializer = uniform(0.1), optimizer = adam(lr = 0.01) }
    embedding site    { dim = 2, optimizer = row_wise_adagrad(lr = 0.1) }
    embedding shelf   { dim = 3, precision = f16, pretrained = "shelves.npy", keys = "shelves.txt", frozen, oov = zero }
    embedding item    { dim = width }
    embedding topic   { dim = width, initializer = zeros }
    embedding word    { dim = width, vocab = learned(max = 20) }
    embedding half    { dim = 2 }
    embedding price   { dim = 2 }
    embedding time    { dim = 2 }

    block scaled(x) { sigmoid(dense(x, width)) * tanh(dense(x, width)) }

    tower user {
        let likes = sqrtn(topic[topics]) + max(item[seen])
        let numbers = concat(age, spend, clicks, hour, position)
        concat(likes, who[user], device[device], country[country], site[site], half[half_days], time[times],
               numbers |> scaled, relu(numbers), -numbers * 0.5)
            |> deep(rate = 0.1)
    }
    tower shop {
        let text = add(mean(word[words]), sum(topic[tags]))
        concat(mul(text, text / 2), shelf[shelf], price[prices]) |> deep |> l2_normalize
    }
    tower wide { concat(age, spend, clicks, hour, position) |> dense(4, dice) |> dense(1) }

    objective weighted_bce(cosine(user, shop) * 4 + wide, click, pos_weight = 1.5) + 0.2 * bce(dot(user, shop), click)
    metrics   { auc, gauc(by = user_id), logloss }
    train     { optimizer = adagrad(rate), batch = 32, epochs = 8, seed = 7 }
    export    { user, shop }
}
