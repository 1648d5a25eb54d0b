/// Caser: the next movie from the last five, by horizontal and vertical convolutions, and an embedding of the user.
///
/// Tang & Wang, "Personalized top-n sequential recommendation via convolutional sequence embedding" (Caser), WSDM 2018.
model Caser {
    const dim     = 32
    const heights = [1, 2, 3, 4, 5]

    data {
        ratings = tsv("u.data", columns = [user_id, movie_id, rating, timestamp])
        movies  = csv("u.item", separator = "|", encoding = latin1,
                      columns = [movie_id, title, release_date, video_release_date, imdb_url,
                                 genre_0..genre_18])
        join(movies, on = movie_id)
        history(by = user_id, order = timestamp, min = 1)
        split = leave_last_out
    }

    input {
        user_id:  id
        watched:  sequence(from = history.movie_id, max = 5, pad = front)
        movie_id: id(from = movies.movie_id)
    }

    embedding user  { dim = dim }
    embedding movie { dim = dim }
    embedding next  { dim = 64 }  // twice `dim`: a half for the sequence, a half for the user

    tower user {
        let seen = movie[watched]
        let features = concat(horizontal_convolution(seen, heights, 16, relu),
                              vertical_convolution(seen, 4))
        concat(features |> dropout(0.2) |> dense(dim, relu), user[user_id])
    }
    tower item { next[movie_id] }

    catalogue { source = movies, key = movie_id }
    objective bce(dot(user, item), negatives = 3)
    metrics   { hit_rate(10, 50), ndcg(10), mrr(10) }
    train     { optimizer = adam(lr = 0.001), batch = 512, epochs = 28 }
    export    { user, item }
}
