# FTRL, limits of gradients, and the best weights without early stopping.
data = pd.read_csv('./clicks.csv')
target = ['clicked']
feature_columns = [SparseFeat(feat, 100, embedding_dim=16) for feat in ['user', 'item']]
model = WDL(feature_columns, feature_columns, dnn_hidden_units=(64, 32), l2_reg_linear=1e-6, l2_reg_embedding=0)
model.compile(tf.keras.optimizers.Ftrl(0.05, l1_regularization_strength=0.001, beta=0.1, clipvalue=0.5),
              "binary_crossentropy", metrics=['AUC'])
best = tf.keras.callbacks.ModelCheckpoint('best.h5', monitor='val_loss', save_best_only=True)
model.fit(x, y, epochs=8, validation_data=(vx, vy), callbacks=[best, tf.keras.callbacks.TensorBoard('logs')])
