data = pd.read_csv('./feed.csv')
target = ['click', 'like']
feature_columns = [SparseFeat(feat, 1000, embedding_dim=8) for feat in ['user', 'video', 'hour']]
model = PLE(feature_columns, shared_expert_num=2, specific_expert_num=1, num_levels=2, expert_dnn_hidden_units=[32],
            tower_dnn_hidden_units=[16], dnn_dropout=0.1, task_names=('click', 'like'))
model.compile(tf.keras.optimizers.SGD(ExponentialDecay(0.1, 1000, 0.9), momentum=0.9), loss=["binary_crossentropy", "binary_crossentropy"])
model.fit(x, y, batch_size=1024, epochs=3)
