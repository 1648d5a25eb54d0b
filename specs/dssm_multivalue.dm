/// DSSM over multi-valued, weighted and pretrained features; one topic table serves both towers.
///
/// Huang et al., "Learning deep structured semantic models for web search using clickthrough data", CIKM 2013.
model DssmMultivalue {
    /// Widths of the hidden layers of both towers, the output last.
    const layers = [64, 32]

    data {
        impressions = tsv("train.tsv")
        split       = given(train = "train.tsv", test = "test.tsv")
    }

    input {
        act:             label
        client_type:     id
        follow_topic_id: ids(max = 20)
        all_topic_fav_7: weighted_ids(max = 5, weight = ":")
        read_post_id:    ids(max = 50)
        topic_id:        id
        post_id:         id
    }

    embedding client { dim = 4 }
    embedding topic  { dim = 16, vocab = range(0, 700) }
    embedding post {
        dim        = 16
        pretrained = "post_vectors.safetensors"
        keys       = "post_keys.txt"
        frozen
        oov = zero
    }

    tower user {
        concat(client[client_type], mean(topic[follow_topic_id]), sum(topic[all_topic_fav_7]),
               mean(post[read_post_id]))
            |> mlp(layers, relu, output = tanh) |> l2_normalize
    }
    tower item {
        concat(topic[topic_id], post[post_id]) |> mlp(layers, relu, output = tanh) |> l2_normalize
    }

    objective weighted_bce(dot(user, item) * 8, act, pos_weight = 1.2)
    metrics   { auc, logloss }
    train     { optimizer = adam(lr = 0.002), batch = 1024, epochs = 5 }
    export    { user, item }
}
