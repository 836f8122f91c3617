# %% 1. Mean squared error of a line
data = [(1, 3), (2, 5)]
m = -1
b = 5


def get_mse(data: list[tuple[int, int]], m: float, b: float) -> float:
    """Return the mean squared error of y = mx + b."""
    squared_error = 0.0
    for x, y in data:
        y_hat = m * x + b
        squared_error += (y - y_hat) ** 2
    return squared_error / len(data)


print(get_mse(data, m, b))

# %% Not printed: inputs, a weight and an intercept for the three activations
import numpy as np

x = np.array([-2.0, 0.0, 2.0])
w = 1.5

# %% 2. Linear
y_hat = w * x + b
print(y_hat)

# %% 3. ReLU
linear = w * x + b
y_hat = linear * (linear > 0)
print(y_hat)

# %% 4. Sigmoid
linear = w * x + b
inf_to_zero = np.exp(-1 * linear)
y_hat = 1 / (1 + inf_to_zero)
print(y_hat)

# %% Not printed: the MNIST model of the first part
import keras

(x_train, y_train), (x_valid, y_valid) = keras.datasets.mnist.load_data()
x_train, x_valid = (images.reshape(-1, 784) / 255 for images in (x_train, x_valid))
y_train, y_valid = (keras.utils.to_categorical(labels, 10) for labels in (y_train, y_valid))
model = keras.Sequential(
    [
        keras.Input((784,)),
        keras.layers.Dense(512, activation="relu"),
        keras.layers.Dense(512, activation="relu"),
        keras.layers.Dense(10, activation="softmax"),
    ]
)
model.compile(loss="categorical_crossentropy", metrics=["accuracy"])

# %% 5. Training with validation data
history = model.fit(x_train, y_train, epochs=20, verbose=1, validation_data=(x_valid, y_valid))

# %% Not printed: whose logarithm is meant; NumPy's gives −inf and a warning at 0
from math import log


# %% 6. Cross-entropy
def cross_entropy(y_hat: float, y_actual: int) -> float:
    """Return the loss, infinite for misplaced confidence."""
    loss = log(y_hat) if y_actual else log(1 - y_hat)
    return -1 * loss


print(cross_entropy(0.9, 1), cross_entropy(0.9, 0))
