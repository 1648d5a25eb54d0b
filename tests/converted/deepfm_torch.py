import torch
from deepctr_torch.inputs import SparseFeat, DenseFeat, get_feature_names
from deepctr_torch.models import *
from deepctr_torch.callbacks import EarlyStopping, ModelCheckpoint

data = pd.read_csv('./criteo_sample.txt')
target = ['label']
fixlen_feature_columns = [SparseFeat(feat, data[feat].nunique()) for feat in ['C1', 'C2', 'C3']] + [DenseFeat('I1', 1)]
train, test = train_test_split(data, test_size=0.1, random_state=2020)
model = DeepFM(linear_feature_columns=fixlen_feature_columns, dnn_feature_columns=fixlen_feature_columns,
               task='binary', l2_reg_embedding=2.56e-3, l2_reg_linear=2.56e-3, l2_reg_dnn=5.12e-3, dnn_use_bn=True,
               dnn_dropout=0.2, seed=7, device=device)
model.compile(torch.optim.RMSprop(model.parameters(), lr=0.005, alpha=0.95, centered=True), "binary_crossentropy",
              metrics=["binary_crossentropy", "auc"])
early = EarlyStopping(monitor='val_auc', min_delta=0, verbose=1, patience=3, mode='max')
best = ModelCheckpoint(filepath='best.ckpt', monitor='val_auc', verbose=1, save_best_only=True, mode='max', period=1)
history = model.fit(train_model_input, train[target].values, batch_size=256, epochs=20, verbose=2,
                    validation_split=0.2, callbacks=[early, best])
