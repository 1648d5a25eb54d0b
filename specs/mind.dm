/// MIND: several vectors per user, one for each interest that capsule routing finds in the watched movies.
///
/// Li et al., "Multi-interest network with dynamic routing for recommendation at Tmall" (MIND), CIKM 2019.
model Mind {
    const dim       = 64
    const interests = 4

    data {
        ratings = tsv("u.data", columns = [user_id, movie_id, rating, timestamp])
        users   = csv("u.user", separator = "|",
                      columns = [user_id, age, gender, occupation, zip_code])
        movies = csv("u.item", separator = "|", encoding = latin1,
                     columns = [movie_id, title, release_date, video_release_date, imdb_url,
                                genre_0..genre_18])
        join(users, on = user_id)
        join(movies, on = movie_id)
        history(by = user_id, order = timestamp)
        split = leave_last_out
    }

    input {
        gender:     id
        occupation: id
        age:        bucket([18, 25, 35, 45, 56])
        watched:    sequence(from = history.movie_id, max = 50)
        movie_id:   id(from = movies.movie_id)
    }

    embedding movie { dim = dim }

    tower user {
        let profile = flatten(embed(gender, occupation, age, dim = 8))
        let capsules = capsule_routing(movie[watched], interests, dynamic = true)
        concat(profile, capsules) |> mlp([128, dim], relu, output = linear)
    }
    tower item { movie[movie_id] }

    catalogue { source = movies, key = movie_id }
    objective sampled_softmax(label_aware_attention(user, item, power = 2), item, temperature = 1,
                              negatives = 200, sampler = uniform)
    metrics { hit_rate(10, 50), ndcg(10), mrr(10) }
    train   { optimizer = adam(lr = 0.003), batch = 512, epochs = 18 }
    export  { user, item }
}
