"""What the image labs share: train nets on one split, evaluate them once, draw what they do."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

import callbacks
import models
from labs import data, plots, records, stats

if TYPE_CHECKING:
    import keras
    from sklearn.neural_network import MLPClassifier

    from labs.data import Dataset, Part
    from labs.records import RunRecord


@dataclass(frozen=True)
class Trained:
    """A trained classifier and how it did.

    Attributes:
        name: What it is.
        history: One value an epoch for each metric.
        result: What the record says of it.
        probabilities: For each test row, `(rows, K)`.
        model: The Keras net, None for scikit-learn's.
    """

    name: str
    history: Mapping[str, Sequence[float]]
    result: records.ModelResult
    probabilities: np.ndarray
    model: keras.Model | None = None


class ImageStudy:
    """One data set, split once; every classifier is trained and evaluated on the same rows.

    Args:
        dataset: The images; its training part is split here.
        record: Where results go.
        validation_fraction: Share of the training rows held out, whole groups at a time.
        training_rows: Train on so many rows at most, or on "all".
        seed: Seed of the splits and of every training.
        batch_size: Rows a step.
    """

    def __init__(
        self,
        dataset: Dataset,
        record: RunRecord,
        *,
        validation_fraction: float,
        training_rows: int | Literal["all"],
        seed: int,
        batch_size: int,
    ) -> None:
        train, self.validation = data.split(dataset.train, validation_fraction, seed)
        self.most_rows = len(dataset.train) if training_rows == "all" else training_rows
        self.dataset = replace(dataset, train=data.fewer(train, self.most_rows, seed))
        self.record, self.seed, self.batch_size = record, seed, batch_size
        record.use_dataset(dataset)
        record.add_findings(*data.check(self.dataset, self.validation))
        self.trained: list[Trained] = []

    @property
    def train_part(self) -> Part:
        """The rows to train on."""
        return self.dataset.train

    def train(
        self,
        name: str,
        net: keras.Model,
        epochs: int,
        *,
        batch_size: int = 0,
        more_callbacks: Sequence[keras.callbacks.Callback] = (),
        augment: Any = None,
        seed: int | None = None,
        on_all_rows: bool = False,
        as_keras: bool = False,
    ) -> Trained:
        """Train a Keras net, save it and its curves, and evaluate it.

        Args:
            name: What to call it.
            net: A compiled net.
            epochs: Passes over the training rows.
            batch_size: Rows a step; 0 takes the study's.
            more_callbacks: Callbacks beside the monitor of overfitting and the bar.
            augment: Changes training batches, see `models.fit`.
            seed: Seed of the order of rows; the study's unless given.
            on_all_rows: Train on the validation rows as well, when every choice is made.
            as_keras: Leave this training as a script in plain Keras, and round as it does.
        """
        from labs.studies.stored_training import StoredTraining  # Needs Keras, `--help` does not.

        train, watched = self.train_part, None
        monitors = [
            callbacks.OverfittingMonitor(
                "record", validation_rows=count_independent(self.validation)
            )
        ]
        if on_all_rows:
            everything = data.join(train, self.validation)
            train, monitors = data.fewer(everything, self.most_rows, self.seed), []
        else:
            watched = (self.validation.x, self.validation.y)
        watching = [*more_callbacks, *monitors]
        path, few = self.record.state_path(file_name(name)), (train.x[:1], train.y[:1])
        stored = StoredTraining(path, net, few, watching, augment)
        start = time.perf_counter()
        models.fit(
            net,
            train.x,
            train.y,
            epochs=epochs,
            initial_epoch=stored.initial_epoch,
            batch_size=batch_size or self.batch_size,
            validation_data=watched,
            callbacks=[
                *watching,
                callbacks.ProgressBar(name, console=self.record.console),
                self.record.follow(file_name(name), stored.history),
                stored,
            ],
            augment=augment,
            seed=self.seed if seed is None else seed,
            jit_compile=False if as_keras else "auto",
        )
        history, seconds = stored.history, stored.seconds + time.perf_counter() - start
        self.record.add_findings(*(f"{name}: {monitor.report}" for monitor in monitors))
        self.record.save_model(file_name(name), net)
        if as_keras:
            records.save_keras_script(
                self.record,
                net,
                title=f"The net {name!r} on {self.dataset.name}, in plain Keras.",
                rows={
                    "x_train": train.x,
                    "y_train": train.y,
                    "x_val": self.validation.x,
                    "y_val": self.validation.y,
                },
                history=history,
                seed=self.seed if seed is None else seed,
                batch_size=batch_size or self.batch_size,
            )
        return self._keep(
            name,
            library="keras",
            parameters=net.count_params(),
            history=history,
            predict=partial(net.predict, batch_size=1000, verbose=0),
            parts=[train, None if on_all_rows else self.validation],
            seconds=seconds,
            model=net,
        )

    def train_mlp_classifier(self, name: str, classifier: MLPClassifier, epochs: int) -> Trained:
        """Train scikit-learn's net epoch by epoch, so that it has curves like the others."""
        train, validation = ((_flat(p.x), p.y) for p in (self.train_part, self.validation))
        history: dict[str, list[float]] = {"loss": [], "accuracy": [], "val_accuracy": []}
        start = time.perf_counter()
        for _ in self.record.track(range(epochs), name):
            classifier.partial_fit(*train, classes=np.arange(self.dataset.num_classes))
            history["loss"].append(classifier.loss_)
            history["accuracy"].append(classifier.score(*train))
            history["val_accuracy"].append(classifier.score(*validation))
        seconds = time.perf_counter() - start
        parameters = sum(w.size for w in [*classifier.coefs_, *classifier.intercepts_])
        return self._keep(
            name,
            library="scikit-learn",
            parameters=parameters,
            history=history,
            predict=lambda x: classifier.predict_proba(_flat(x)),
            parts=[self.train_part, self.validation],
            seconds=seconds,
        )

    def _keep(
        self,
        name: str,
        *,
        library: str,
        parameters: int,
        history: Mapping[str, Sequence[float]],
        predict: Callable[[np.ndarray], np.ndarray],
        parts: Sequence[Part | None],
        seconds: float,
        model: keras.Model | None = None,
    ) -> Trained:
        train, validation = (
            None if part is None else float(np.mean(predict(part.x).argmax(axis=1) == part.y))
            for part in parts
        )
        test = self.dataset.test
        probabilities = predict(test.x)
        right = probabilities.argmax(axis=1) == test.y
        result = records.ModelResult(
            name=name,
            library=library,
            parameters=parameters,
            train_accuracy=train,
            validation_accuracy=validation,
            test_accuracy=float(right.mean()),
            test_interval=stats.accuracy_interval(right, test.groups),
            seconds=seconds,
        )
        trained = Trained(name, history, result, probabilities, model)
        self.trained.append(trained)
        self.record.add_models(result)
        self.record.save_history(file_name(name), history)
        return trained

    def right(self, nets: Sequence[Trained]) -> np.ndarray:
        """Return whether each net is right about each test row, `(nets, rows)`."""
        y = self.dataset.test.y
        return np.array([net.probabilities.argmax(axis=1) == y for net in nets])

    def compare(self, first: Sequence[Trained], second: Sequence[Trained]) -> stats.Difference:
        """Record whether two kinds of nets, trained alike, differ on the test rows."""
        test = self.dataset.test
        outcome = stats.compare_nets(self.right(first), self.right(second), test.groups)
        a, b = (f"{nets[0].name}{' and its like' * (len(nets) > 1)}" for nets in (first, second))
        where = f"on {len(test):,} test rows ({len(first)} and {len(second)} nets)"
        self.record.add_findings(outcome.describe(a, b, where))
        return outcome

    def draw(self, best: Trained) -> None:
        """Draw samples, curves, and what the best classifier gets right and wrong."""
        name, test = self.dataset.name, self.dataset.test
        names, predicted = self.dataset.class_names, best.probabilities.argmax(axis=1)
        title = f"{best.name}, test rows"
        self.record.add_figure(
            "samples",
            plots.plot_samples(self.dataset, seed=self.seed),
            caption="Some of the training images of each class, as the net gets them.",
        )
        self.record.add_figure(
            "confusion",
            plots.plot_confusion(name, title, test.y, predicted, names),
            caption=f"What {best.name} takes the test images of each class for.",
        )
        self.record.add_figure(
            "recalls",
            plots.plot_recalls(name, title, test.y, predicted, names),
            caption=f"Share of each class's test images that {best.name} reads rightly.",
        )
        self.record.add_figure(
            "mistakes",
            plots.plot_mistakes(
                name, title, test.x, test.y, best.probabilities, names, test.groups
            ),
            caption=f"The test images about which {best.name} is most confidently wrong.",
        )

    def draw_curves(self, chosen: Sequence[Trained]) -> None:
        """Draw the training curves of up to six classifiers."""
        histories = {trained.name: trained.history for trained in chosen}
        self.record.add_figure(
            "curves",
            plots.plot_curves(self.dataset.name, histories),
            caption="Loss and accuracy over the epochs, a column a net: training dashed, "
            "validation solid.",
            key=True,
        )

    def draw_filters(self, trained: Trained) -> None:
        """Draw what the first layer with weights of a Keras net looks for."""
        assert trained.model is not None
        kernel = trained.model.get_weights()[0]
        title = f"{trained.name}, first layer"
        self.record.add_figure(
            f"filters-{file_name(trained.name)}",
            plots.plot_filters(self.dataset.name, title, kernel),
            caption=f"What units of the first layer of {trained.name} look for.",
        )


def count_independent(part: Part) -> int:
    """Return the number of rows, or of photos where some are copies of one."""
    return len(part) if part.groups is None else len(np.unique(part.groups))


def file_name(name: str) -> str:
    """Return a name of letters, digits and hyphens."""
    return "-".join("".join(c if c.isalnum() else " " for c in name.lower()).split())


def _flat(x: np.ndarray) -> np.ndarray:
    """Return images as rows of numbers from 0 to 1, as scikit-learn's net needs them."""
    return x.reshape(len(x), -1).astype(np.float32) / 255
