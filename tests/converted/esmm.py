data = pd.read_csv('./feed.csv')
target = ['clicked', 'bought']
feature_columns = [SparseFeat(feat, 1000, embedding_dim=8) for feat in ['user', 'video', 'hour']]
model = ESMM(feature_columns, tower_dnn_hidden_units=(32, 16), task_types=('binary', 'binary'), dnn_activation='mish',
             task_names=('ctr', 'ctcvr'))
model.compile("adagrad", loss=["binary_crossentropy", "binary_crossentropy"])
model.fit(x, y, batch_size=256, epochs=5)
