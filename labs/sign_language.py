"""Does a net know the letter, or does it remember the photo?

Topic: practical labs                 Time: twenty minutes
Run:   python -m labs.sign_language
Quick: python -m labs.sign_language --quick
Try:   --training-rows 5000 --best-epochs 4    how much worse with a fifth of the rows?
       --dense-epochs 5 --best-epochs 4        is the gap between the splits there from the start?

Each photo of Sign Language MNIST stands in the training file about 21 times, slightly
changed. So a random validation split puts copies of one photo on both sides and says nothing
about a hand that the net has never seen; a split by photo does. With honest validation in
hand, the lecture's net overfits for all to see, and its remedies are tried one at a time. On
the real data, what the lecture's exercise shows is judged. A run that was interrupted goes on
with `--resume`.

Source: lecture C, 딥러닝의 기초 2부: 뉴럴 네트워크의 트레이닝 방식 (Fundamentals of Deep
Learning, part 2), NVIDIA DLI; the remedies are those of lecture E, 2022-1 교육세션 Deep
Learning (MLP).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

import lazy_loader
import numpy as np

import callbacks
import models
from labs import data, records, stats
from labs.running import AtLeast, ResumableConfig, Within, lab
from labs.studies.image_study import ImageStudy, Trained, file_name

if TYPE_CHECKING:
    import keras

    from labs.data import Dataset, Part
    from labs.records import RunRecord

sklearn = lazy_loader.load("sklearn")

HIDDEN_UNITS = (512, 512)
HAND_CHANGES = {
    "shift": 3,
    "rotation": 10,
    "zoom": 0.15,
    "contrast": 0.4,
    "brightness": 0.2,
    "erase": 0.2,
}
"""What may happen to a photo of a hand; see `models.RandomChanges`."""


@dataclass(frozen=True)
class Config(ResumableConfig):
    """Settings of this lab."""

    QUICK: ClassVar = {
        "training_rows": 1000,
        "dense_epochs": 10,
        "convnet_epochs": 3,
        "best_epochs": 3,
        "sklearn_epochs": 10,
    }

    dataset: Literal["auto", "sign_mnist", "drawn_hands"] = "auto"
    """Sign Language MNIST, drawn hands, or the first of them that can be had."""
    training_rows: Annotated[int, AtLeast(1)] | Literal["all"] = "all"
    """Keep so many of the training rows."""
    validation_fraction: Annotated[float, Within(0.05, 0.5)] = 0.2
    """Share of the training rows held out."""
    batch_size: Annotated[int, AtLeast(1)] = 128
    """Rows a step of the lecture's nets."""
    dense_epochs: Annotated[int, AtLeast(1)] = 20
    """Passes of the dense nets; the lecture's 20."""
    convnet_epochs: Annotated[int, AtLeast(1)] = 5
    """Passes of the convolutional net without augmentation."""
    best_epochs: Annotated[int, AtLeast(1)] = 16
    """Passes of the best recipe, trained twice: with validation rows held out, and without."""
    sklearn_epochs: Annotated[int, AtLeast(1)] = 5
    """Passes of MLPClassifier."""


def experiment(config: Config, record: RunRecord) -> None:
    """Train the MNIST net on two splits, then its remedies one at a time."""
    hands = data.load_sign_language(config.dataset)
    study = ImageStudy(
        hands,
        record,
        validation_fraction=config.validation_fraction,
        training_rows=config.training_rows,
        seed=config.seed,
        batch_size=config.batch_size,
    )
    record.console.print(f"{hands.name}: {len(study.train_part):,} training rows.")
    plain = study.train("MNIST net", build_net(study), config.dense_epochs, as_keras=True)
    splits = compare_splits(hands, study, plain, config)
    accuracies = ("train", "random validation", "grouped validation", "official test")
    record.add_table("splits", splits, formats=dict.fromkeys(accuracies, ".4f"))

    remedies = try_remedies(study, config)
    validated = train_best_net(study, config, on_all_rows=False)
    best = train_best_net(study, config, on_all_rows=True)
    classifier = study.train_mlp_classifier(
        "MLPClassifier 512-512",
        sklearn.neural_network.MLPClassifier(
            HIDDEN_UNITS, batch_size=config.batch_size, alpha=0.0, random_state=config.seed
        ),
        config.sklearn_epochs,
    )
    judge_exercise(study, plain, validated)
    compare_with_copies(record, plain.result, best.result)
    record.recommend(file_name(best.name))
    alike = plain
    if config.sklearn_epochs != config.dense_epochs:
        name = f"MNIST net, {config.sklearn_epochs} epochs"
        alike = study.train(name, build_net(study), config.sklearn_epochs)
    study.compare([alike], [classifier])
    study.draw(best)
    shown = ("dropout", "StepDecay", "augmentation", "convolution")
    study.draw_curves([plain, *(remedies[name] for name in shown), validated])
    study.draw_filters(plain)
    study.draw_filters(best)
    held_out = splits[0]["grouped validation"]
    remembers = splits[0]["random validation"] > held_out + 0.1
    record.answer(
        ("It remembers the photo" if remembers else "No difference between the splits shows")
        + f": the MNIST net has {plain.result.train_accuracy:.3f} of its "
        f"training rows right and {splits[0]['random validation']:.3f} of a random split, but "
        f"{plain.result.validation_accuracy:.3f} of photos held out, and one nearest neighbor, "
        f"which learns nothing, {splits[1]['grouped validation']:.3f}. With convolution, "
        f"augmentation and a falling rate a net reads {validated.result.validation_accuracy:.3f} "
        "of them.",
        limits="One net each; intervals take a photo and its copies for one draw. Whose hands are "
        "in the photos is not known.",
    )


def build_net(
    study: ImageStudy, hidden_units: tuple[int, ...] = HIDDEN_UNITS, **options: Any
) -> keras.Model:
    """Build the lecture's MNIST net for 24 letters, or a variant of it."""
    classes = study.dataset.num_classes
    return models.build_mlp(
        (28, 28), hidden_units, classes, scale=1 / 255, seed=study.seed, **options
    )


def compare_splits(
    hands: Dataset, study: ImageStudy, plain: Trained, config: Config
) -> list[dict[str, Any]]:
    """Score the MNIST net and its witness, one nearest neighbor, on four kinds of rows.

    The witness learns nothing: it looks up the most similar training image.
    """
    pool = hands.train if config.training_rows == "all" else study.train_part
    torn, random_validation = data.random_split(pool, config.validation_fraction, config.seed)
    net = build_net(study)
    models.fit(
        net,
        torn.x,
        torn.y,
        epochs=config.dense_epochs,
        batch_size=config.batch_size,
        seed=config.seed,
    )
    on_random = net.evaluate(random_validation.x, random_validation.y, verbose=0)[1]
    result, test = plain.result, study.dataset.test
    return [
        {
            "classifier": "MNIST net",
            "train": result.train_accuracy,
            "random validation": on_random,
            "grouped validation": result.validation_accuracy,
            "official test": result.test_accuracy,
        },
        {
            "classifier": "1 nearest neighbor",
            "train": None,
            "random validation": score_nearest_neighbor(torn, random_validation),
            "grouped validation": score_nearest_neighbor(study.train_part, study.validation),
            "official test": score_nearest_neighbor(study.train_part, test),
        },
    ]


def score_nearest_neighbor(known: Part, new: Part) -> float:
    """Return the accuracy of the label of the nearest known image."""
    neighbor = sklearn.neighbors.KNeighborsClassifier(1, algorithm="brute")
    flat = [part.x.reshape(len(part), -1).astype(np.float32) for part in (known, new)]
    return float(neighbor.fit(flat[0], known.y).score(flat[1], new.y))


def try_remedies(study: ImageStudy, config: Config) -> dict[str, Trained]:
    """Change one thing at a time about the MNIST net."""
    epochs = config.dense_epochs
    shifted = models.RandomChanges(shift=2, rotation=8, zoom=0.1, seed=config.seed)
    convnet = models.build_convnet((28, 28), study.dataset.num_classes, seed=config.seed)
    return {
        "dropout": study.train("dropout .5", build_net(study, dropout=0.5), epochs),
        "penalty": study.train("L2 penalty .001", build_net(study, l2=1e-3), epochs),
        "smaller": study.train("32 units", build_net(study, (32,)), epochs),
        "augmentation": study.train("augmentation", build_net(study), epochs, augment=shifted),
        "convolution": study.train("convolution", convnet, config.convnet_epochs),
        "StepDecay": study.train(
            "StepDecay",
            build_net(study),
            epochs,
            more_callbacks=[callbacks.StepDecay(every=max(1, epochs // 3))],
        ),
    }


def train_best_net(study: ImageStudy, config: Config, *, on_all_rows: bool) -> Trained:
    """Train the best recipe.

    First with the validation rows held out, to see that it works; then, as it stands, on all
    training rows.
    """
    rows = len(study.train_part) + len(study.validation) * on_all_rows
    net, augment = models.convnet_recipe(
        rows,
        config.best_epochs,
        config.seed,
        num_classes=study.dataset.num_classes,
        changes=HAND_CHANGES,
    )
    return study.train(
        "best recipe, all rows" if on_all_rows else "best recipe",
        net,
        config.best_epochs,
        batch_size=models.CONVNET_BATCH,
        augment=augment,
        on_all_rows=on_all_rows,
    )


def judge_exercise(study: ImageStudy, plain: Trained, mended: Trained) -> None:
    """Judge what the lecture's exercise is to show.

    Args:
        study: What both were trained on.
        plain: The MNIST net on Sign Language MNIST.
        mended: A convolutional net, trained on the same rows with augmentation.
    """
    train, test, better = (
        float(accuracy or 0.0)
        for accuracy in (
            plain.result.train_accuracy,
            plain.result.test_accuracy,
            mended.result.test_accuracy,
        )
    )
    low, high = plain.result.test_interval or (0.0, 1.0)
    one = "One net, after its last epoch; a photo and its copies are one draw of the interval."
    study.record.judge(
        "C-sign-overfits",
        f"train {train:.4f}, test {test:.4f} ({low:.4f} to {high:.4f})",
        holds=train > 0.99 and high < train - 0.1,
        how=one,
        interval=stats.Interval(low, high),
    )
    gained = study.compare([mended], [plain]).interval()
    study.record.judge(
        "C-sign-convolution",
        f"test {better:.4f} against {test:.4f}, {gained.low:+.4f} to {gained.high:+.4f}",
        above=0,
        how=f"{mended.name} against {plain.name}, on the same training rows and with fewer epochs. "
        f"{one}",
        interval=gained,
    )


def compare_with_copies(
    record: RunRecord, plain: records.ModelResult, best: records.ModelResult
) -> None:
    """Set the nets beside where public copies of the exercise end."""
    record.compare(
        "sign-plain",
        float(plain.test_accuracy or 0.0),
        how="That is one run, batches of 128. With batches of 32, Keras's default, the accuracy "
        "jumps from epoch to epoch, and a copy ends wherever its last epoch happens to be.",
    )
    record.compare(
        "sign-mended",
        float(best.test_accuracy or 0.0),
        how="The copies' rate is constant; ours falls to zero, so that training ends at its best. "
        "Their best epoch, .983–.994, was chosen by the test rows.",
    )


run = lab(Config, experiment)

if __name__ == "__main__":
    run.command_line()
