import dataclasses

import keras
import numpy as np
import pytest
import tensorflow as tf

import models
from labs import data
from labs.errors import InputError
from tuning import convnet, dense, mlp_classifier, trial
from tuning.lab_study import LabStudy
from tuning.trial import Task, run_trial, use_threads
from tuning.validation import DivergedError, Patience, Validation, join, seeds_of, step_decay

DENSE = {
    "layers": 1, "units_1": 5, "activation": "tanh", "initializer": "glorot_uniform",
    "dropout": 0.0, "l2": 1e-4, "optimizer": "adam", "learning_rate": 0.05, "batch_size": 32,
    "epochs": 12, "patience": 0, "decay_factor": 0.5, "decay_every": 4,
}  # fmt: skip
MLP = {
    "layers": 1, "units_1": 8, "activation": "relu", "alpha": 1e-4, "solver": "adam",
    "learning_rate": 0.01, "batch_size": 32, "epochs": 20, "patience": 0,
}  # fmt: skip
STUDY = LabStudy(lab="diabetes", folds=3, seeds=2, seed=3)


@pytest.fixture(autouse=True)
def _threads_as_they_are(monkeypatch):
    """TensorFlow takes a number of threads before its first operation only."""
    monkeypatch.setattr(trial, "use_threads", lambda threads: None)


def test_folds_and_seeds_are_the_trainings_one_would_do_alone():
    part, splits = STUDY.training_part(), STUDY.splits()
    together = dense.validate(DENSE, part, splits, 2, seed=9)
    assert together.scores.shape == (6,)
    for number in (0, 5):
        train, held_out = (part.take(rows) for rows in splits[number // 2])
        seed = seeds_of(9, 6)[number]
        net = dense.build(DENSE, part, 2, seed)
        history = models.fit(
            net,
            train.x,
            train.y,
            epochs=12,
            batch_size=32,
            seed=seed,
            validation_data=(held_out.x, held_out.y),
            callbacks=[step_decay(DENSE)],
        ).history
        np.testing.assert_allclose(together.history["val_loss"][number], history["val_loss"], 1e-3)
        assert together.scores[number] == pytest.approx(history["val_accuracy"][-1], abs=0.02)


def test_folds_of_unlike_length_need_unlike_steps_and_are_all_trained():
    part = STUDY.training_part()
    splits = [(np.arange(64), np.arange(64, 100)), (np.arange(65), np.arange(65, 100))]
    found = dense.validate(DENSE, part, splits, 1, seed=0)
    assert np.isfinite(found.scores).all()
    assert found.history["loss"].shape == (2, 12)


@pytest.mark.parametrize("losses", [[3, 2, 1, 2, 3, 0.5], [1, 2, 3, 4, 5, 6], [6, 5, 4, 3, 2, 1]])
def test_patience_is_keras_early_stopping(losses):
    patience = Patience(2, 1)
    stop = keras.callbacks.EarlyStopping("val_loss", patience=2, restore_best_weights=True)
    stop.set_model(keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)]))
    stop.model.stop_training = False
    stop.on_train_begin()
    for epoch, loss in enumerate(losses):
        stop.on_epoch_end(epoch, {"val_loss": loss})
        ended = patience(epoch, {"val_loss": np.array([loss])})
        assert ended == stop.model.stop_training
        if ended:
            break
    history = {
        "loss": np.array([losses[: epoch + 1]]),
        "val_loss": np.array([losses[: epoch + 1]]),
        "val_accuracy": np.arange(epoch + 1)[None] / 10,
    }
    found = patience.judge(history)
    assert found.epochs[0] == stop.best_epoch + 1
    assert found.scores[0] == stop.best_epoch / 10


def test_what_comes_after_an_early_stop_does_not_count():
    patience = Patience(2, 2)
    for epoch, losses in enumerate(np.array([[1, 5], [2, 4], [3, 3], [0.1, 2], [0.1, 1]])):
        patience(epoch, {"val_loss": losses})
    ones = np.ones((2, 5))
    assert patience.judge(
        {"loss": ones, "val_loss": ones, "val_accuracy": ones}
    ).epochs.tolist() == [1, 5]


def test_a_loss_that_is_not_finite_is_a_divergence():
    patience = Patience(0, 1)
    losses = np.array([[1.0, np.nan]])
    with pytest.raises(DivergedError, match="training 1 of 1 is not finite in epoch 2"):
        patience.judge({"loss": losses, "val_loss": losses, "val_accuracy": losses})
    later = {"loss": np.array([[1.0, 1.0], [1.0, np.inf]]), "val_accuracy": np.ones((2, 2))}
    with pytest.raises(DivergedError, match="training 2 of 2 is not finite in epoch 5"):
        Patience(0, 2, initial_epoch=3).judge(later)
    assert Patience(0, 1, initial_epoch=3).judge({"val_accuracy": np.ones((1, 2))}).epochs == [5]


def test_what_diverges_after_the_kept_epoch_is_thrown_away():
    patience = Patience(1, 1)
    assert [patience(epoch, {"val_loss": np.array([epoch + 1])}) for epoch in (0, 1)] == [0, 1]
    curves = np.array([[1.0, np.nan]])
    assert patience.judge({"loss": curves, "val_accuracy": curves}).epochs == [1]


def test_an_objective_that_is_not_in_the_logs_is_named_with_those_that_are():
    with pytest.raises(InputError, match="which have loss, got 'val_f1'"):
        Patience(0, 1, "val_f1").judge({"loss": np.ones((1, 2))})


def test_trainings_of_several_programs_are_put_in_their_order():
    parts = []
    for numbers, epochs in (([1], 2), ([2, 0], 3)):
        curves = np.array(numbers)[:, None] + np.arange(epochs) / 10
        validation = Validation(np.array(numbers) / 10, np.array(numbers) + 5, {"loss": curves})
        parts.append((np.array(numbers), validation))
    whole = join(parts, 3)
    assert (whole.scores.tolist(), whole.epochs.tolist()) == ([0, 0.1, 0.2], [5, 6, 7])
    np.testing.assert_allclose(
        whole.history["loss"], [[0, 0.1, 0.2], [1, 1.1, np.nan], [2, 2.1, 2.2]], rtol=1e-6
    )


def test_a_training_that_diverges_is_recorded_as_such():
    # Steps of 1e30 overflow within a few epochs.
    values = {**DENSE, "optimizer": "sgd", "activation": "relu", "learning_rate": 1e30, "l2": 0.1}
    outcome = run_trial(Task(STUDY, values))
    assert (outcome.status, outcome.scores) == ("diverged", ())
    assert "not finite" in outcome.error


def test_a_training_that_raises_is_recorded_with_its_reason():
    outcome = run_trial(Task(STUDY, {**DENSE, "activation": "no such"}))
    assert outcome.status == "failed"
    assert "no such" in outcome.error


def test_the_same_task_gives_the_same_bits():
    study = LabStudy(lab="diabetes", folds=2, seeds=1, seed=3)
    first, second = (run_trial(Task(study, DENSE)) for _ in range(2))
    assert first.scores == second.scores
    for metric, curves in first.history.items():
        np.testing.assert_array_equal(curves, second.history[metric])


def test_mlp_classifier_learns():
    part, splits = STUDY.training_part(), STUDY.splits()
    found = mlp_classifier.validate(MLP, part, splits, 1, seed=0)
    assert found.history["loss"][:, -1].max() < found.history["loss"][:, 0].min()


def test_mlp_classifier_visits_the_rows_in_a_new_order_each_epoch():
    net = mlp_classifier.build({**MLP, "epochs": 1}, 100, seed=5)
    draws = [net.random_state.permutation(100).tolist() for _ in range(2)]
    assert draws[0] != draws[1]
    x, y = np.random.default_rng(0).normal(size=(100, 3)), np.arange(100) % 2
    for _ in range(2):
        before = net.random_state.get_state()[2]
        net.partial_fit(x, y, classes=[0, 1])
        assert net.random_state.get_state()[2] != before


def test_a_convolutional_net_is_validated_on_other_hands():
    values = {
        "blocks": 2, "filters": 8, "dense_units": 16, "dropout": 0.1, "changed_images": True,
        "weight_decay": 1e-3, "learning_rate": 1e-2, "batch_size": 32, "epochs": 3, "patience": 2,
        "decay_factor": 1.0,
    }  # fmt: skip
    study = LabStudy(
        lab="sign_language",
        dataset="drawn_hands",
        kind="convnet",
        folds=1,
        seeds=1,
        validation_fraction=0.3,
        training_rows=480,
        seed=0,
    )
    part, splits = study.training_part(), study.splits()
    train, held_out = splits[0]
    assert part.groups is not None
    assert not set(part.groups[train]) & set(part.groups[held_out])
    found = convnet.validate(values, part, splits, 1, seed=0)
    assert found.scores.shape == (1,)
    assert found.history["val_accuracy"].shape[1] <= 3


def test_the_search_cannot_read_test_rows(monkeypatch):
    from labs.data.dataset import Dataset
    from tuning import lab_study
    from tuning.subjects import SUBJECTS

    real = data.load_diabetes()

    class Guarded(Dataset):
        @property
        def test(self):
            raise AssertionError("the test rows were read")

        @test.setter
        def test(self, value):
            pass

    guarded = Guarded(real.name, real.train, real.train, real.class_names, real.source)
    unreadable = dataclasses.replace(SUBJECTS["diabetes"], load=lambda name: guarded)
    monkeypatch.setitem(SUBJECTS, "diabetes", unreadable)
    lab_study._load_training_part.cache_clear()
    outcome = run_trial(Task(LabStudy(lab="diabetes", folds=2, seeds=1, seed=5), DENSE))
    lab_study._load_training_part.cache_clear()
    assert outcome.status == "done"


def test_a_process_that_computes_with_other_threads_is_refused():
    assert tf.constant(1.0) + 1.0 == 2.0
    given = tf.config.threading.get_intra_op_parallelism_threads()
    with pytest.raises(InputError, match="restart the workers"):
        use_threads(given + 1)
