"""Measure the gradient of each layer on a fixed batch after every epoch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import keras
import numpy as np
import tensorflow as tf

from .resumable import Resumable


class GradientMonitor(Resumable):
    """Record the gradient norm of each layer on a probe batch after every epoch.

    For each trainable layer of `model.layers` (a nested model counts as one layer) the norm
    is that of all its trainable variables together,

        ‖∂L/∂θ‖₂ = √(Σ (∂L/∂θ_i)²),    in units of the loss per unit of weight,

    where L is the training loss, the mean over the probe batch plus all regularization and
    other losses that layers add. It appears in `logs` as `gradient_norm/<layer>`.

    The gradient is that of the next training step, if this step saw the probe batch: the
    model is called with `training=True`, so that batch normalization uses the statistics of
    the batch and dropout draws the mask that it would draw next. Nothing changes by looking:
    moving statistics, seed generators, metrics and the optimizer stay as they are, and a
    training gives the same numbers with and without this callback.

    Sigmoid layers that vanish and layers that stop to learn show as norms that fall to zero
    from the last layer to the first: lecture A, 딥러닝 기초 (Introduction to Deep Learning),
    Korea University, and lecture D, Deep Learning 모델 학습법 (course notes, day 55), Upstage AI
    Lab.

    Tested with Keras 3.15.

    Args:
        x: Probe inputs as the model takes them in `fit`, `(batch, ...)`; a list or dict of
            arrays for several inputs.
        y: Their targets, `(batch, ...)`, likewise.
        sample_weight: The weight of each sample in the loss, `(batch,)`, or likewise.

    Example:
        >>> monitor = GradientMonitor(x[:64], y[:64])
        >>> history = model.fit(x, y, epochs=3, verbose=0, callbacks=[monitor])
        >>> list(monitor.table)
        ['epoch', 'gradient_norm/hidden', 'gradient_norm/output']
        >>> len(history.history["gradient_norm/hidden"])
        3

    Raises:
        ValueError: If the arrays are empty or differ in length; when training begins, if
            the model is not compiled or built, has nothing to train, or does not take the
            probe batch.
    """

    STATE: ClassVar = ("_epochs", "_rows")

    def __init__(self, x: Any, y: Any, sample_weight: Any = None) -> None:
        super().__init__()
        self.x, self.y, self.sample_weight = keras.tree.map_structure(
            np.array, (x, y, sample_weight), none_is_leaf=False
        )
        given = (self.x, self.y, self.sample_weight)
        arrays = [array for array in keras.tree.flatten(given) if array is not None]
        lengths = {len(array) if array.ndim else 0 for array in arrays}
        if len(lengths) != 1 or 0 in lengths:
            raise ValueError(
                "The probe batch needs one target for each sample and at least one sample, got "
                f"{self._describe()}. Pass for example x=x_train[:64], y=y_train[:64]."
            )
        self._reset()

    def _reset(self) -> None:
        self._epochs: list[int] = []
        self._rows: list[np.ndarray] = []
        self._names: list[str] = []
        self._norms: Callable[[Any, Any, Any], tf.Tensor] | None = None
        self._batch: tuple[Any, Any, Any] | None = None

    @property
    def table(self) -> dict[str, np.ndarray]:
        """Columns `epoch` (from 0) and `gradient_norm/<layer>` from input to output.

        Every column has one entry for each epoch seen, `(epochs,)`, so that
        `plt.semilogy(table["epoch"], table["gradient_norm/hidden"])` plots a layer.
        """
        norms = np.reshape(self._rows, (len(self._rows), len(self._names)))
        return {
            "epoch": np.array(self._epochs, dtype=int),
            **dict(zip(self._names, norms.T, strict=True)),
        }

    def on_train_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        """Forget the last training and try the probe batch on this model."""
        if not self._goes_on():
            self._reset()
        if not getattr(self.model, "compiled", False):
            raise ValueError(
                "GradientMonitor needs the loss of a compiled model, but the model is not "
                "compiled. Call model.compile(optimizer=..., loss=...) first."
            )
        if not self.model.built:
            raise ValueError(
                "GradientMonitor needs a model that has its weights, but the model is not built. "
                "Give it an Input layer, or call model.build(input_shape)."
            )
        layers = [layer for layer in self.model.layers if layer.trainable_variables]
        if not layers:
            raise ValueError(
                "GradientMonitor found no layer to train among "
                f"{[layer.name for layer in self.model.layers]}. Set layer.trainable = True, or "
                "leave GradientMonitor out."
            )
        self._names = [f"gradient_norm/{layer.name}" for layer in layers]
        self._batch = keras.tree.map_structure(
            tf.convert_to_tensor, (self.x, self.y, self.sample_weight), none_is_leaf=False
        )
        norms = _gradient_norms(self.model, layers)
        try:
            norms(*self._batch)
        except (ValueError, tf.errors.InvalidArgumentError) as error:
            shape = getattr(self.model, "input_shape", "unknown")
            raise ValueError(
                f"A model with input shape {shape} and this loss does not take the probe batch "
                f"{self._describe()}. Pass x and y in the form in which fit takes them."
            ) from error
        # Compiled where it is called first, and without XLA, which makes convolutions slow.
        self._norms = tf.function(norms)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Measure the norms, add them to the table and to the logs."""
        assert self._norms is not None, "on_train_begin comes first"
        assert self._batch is not None
        norms = self._norms(*self._batch).numpy()
        self._epochs.append(epoch)
        self._rows.append(norms)
        if logs is not None:
            logs.update(zip(self._names, norms.tolist(), strict=True))

    def __getstate__(self) -> dict[str, Any]:
        """Leave out the compiled function, which belongs to one model; a copy makes its own."""
        return {**self.__dict__, "_norms": None, "_batch": None}

    def _describe(self) -> str:
        parts = {"x": self.x, "y": self.y, "sample_weight": self.sample_weight}
        return ", ".join(
            f"{name}={keras.tree.map_structure(lambda a: f'{a.shape} {a.dtype}', part)}"
            for name, part in parts.items()
            if part is not None
        )


def _gradient_norms(
    model: keras.Model, layers: list[keras.layers.Layer]
) -> Callable[[Any, Any, Any], tf.Tensor]:
    """Return a function from a batch to the gradient norm of each layer, `(layers,)`."""
    variables = model.trainable_variables
    position = {id(variable): i for i, variable in enumerate(variables)}
    groups = [[position[id(v)] for v in layer.trainable_variables] for layer in layers]

    def norms(x: Any, y: Any, sample_weight: Any) -> tf.Tensor:
        weights = [tf.convert_to_tensor(variable.value) for variable in variables]
        with tf.GradientTape() as tape:
            tape.watch(weights)
            # The scope holds back every update that calling the model in training causes.
            with keras.StatelessScope(zip(variables, weights, strict=True), collect_losses=True):
                y_pred = model(x, training=True)
                loss = model.compute_loss(x=x, y=y, y_pred=y_pred, sample_weight=sample_weight)
        zero = tf.UnconnectedGradients.ZERO
        gradients = tape.gradient(loss, weights, unconnected_gradients=zero)
        return tf.stack([_norm([gradients[i] for i in group]) for group in groups])

    return norms


def _norm(gradients: list[tf.Tensor]) -> tf.Tensor:
    # An embedding's gradient is sparse; as a dense tensor, repeated rows are added up.
    dense = [tf.cast(tf.convert_to_tensor(gradient), tf.float32) for gradient in gradients]
    return tf.linalg.global_norm(dense)
