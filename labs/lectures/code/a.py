# %% 1. Libraries and data set
import numpy as np
from sklearn.datasets import load_diabetes
from sklearn.model_selection import train_test_split

x, progression = load_diabetes(return_X_y=True)
y = np.where(progression < 140, 0, 1)
x_train, x_test, y_train, y_test = train_test_split(x, y, test_size=0.4, random_state=42)

# %% 2. A neural network of scikit-learn
from sklearn.neural_network import MLPClassifier

classifier = MLPClassifier(
    hidden_layer_sizes=(10, 5),
    activation="logistic",
    solver="lbfgs",
    alpha=0.01,
    batch_size="auto",
    learning_rate="constant",
    learning_rate_init=0.001,
    random_state=0,
    max_iter=10000,
)

# %% 3. Its training, and its accuracies
classifier.fit(x_train, y_train)
print(classifier.score(x_train, y_train), classifier.score(x_test, y_test))

# %% 4. TensorFlow's library
import tensorflow as tf

# %% 5. The model
model = tf.keras.models.Sequential()
model.add(tf.keras.layers.Input(shape=(10,)))
model.add(tf.keras.layers.Dense(10, activation="sigmoid"))
model.add(tf.keras.layers.Dense(5, activation="sigmoid"))
model.add(tf.keras.layers.Dense(2, activation="softmax"))

# %% 6. Its optimizer, loss and metric
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])

# %% 7. Training: 5 epochs, 1,000 more, then 5
first = model.fit(x_train, y_train, epochs=5)
model.fit(x_train, y_train, epochs=1000, verbose=0)
last = model.fit(x_train, y_train, epochs=5)

# %% 8. What it looks like, what it predicts, how good it is (the slides' code is lost)
model.summary()
probabilities = model.predict(x_test)
loss, accuracy = model.evaluate(x_test, y_test)
