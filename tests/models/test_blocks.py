import keras
import numpy as np
import pytest

from callbacks import OverfittingMonitor, ProgressBar, StepDecay
from models import blocks, build_mlp, fit, training
from models.blocks import blocks_pay, in_blocks, role_of
from models.compiled_epoch import CompiledEpochs

from .nets import assert_same_history, assert_same_weights, batch_norm_convnet, dense_net, table

EPOCHS = 30


class Observer(keras.callbacks.Callback):
    """Notes what is called, and may stop after an epoch."""

    role = "observer"

    def __init__(self, stop=None):
        super().__init__()
        self.stop, self.called = stop, []

    def on_epoch_begin(self, epoch, logs=None):
        self.called.append(("begin", epoch))

    def on_test_end(self, logs=None):
        self.called.append(("tested", sorted(logs)))

    def on_epoch_end(self, epoch, logs=None):
        self.called.append(("end", epoch))
        self.model.stop_training = epoch == self.stop


class Controller(Observer):
    def on_epoch_end(self, epoch, logs=None):
        super().on_epoch_end(epoch, logs)


def trained(net, callbacks=(), epochs=EPOCHS, **arguments):
    x, y = table()
    history = fit(
        net, x, y, epochs=epochs, validation_data=(x, y), callbacks=callbacks, seed=1, **arguments
    )
    return net, history.history


def dropout_net():
    return build_mlp((6,), (5,), 3, dropout=0.3, l2=0.01, seed=2)


def scheduled_net():
    rates = keras.optimizers.schedules.ExponentialDecay(0.1, 20, 0.5)
    return dense_net(optimizer=keras.optimizers.SGD(rates))


@pytest.fixture
def blocks_run(monkeypatch):
    """Note how many epochs each compiled call ran: 1, 1 and then all that are left."""
    monkeypatch.setattr(blocks, "SECONDS", 1e9)
    sizes = []
    call = CompiledEpochs.__call__

    def counted(self, orders, *others):
        sizes.append(len(orders))
        return call(self, orders, *others)

    monkeypatch.setattr(CompiledEpochs, "__call__", counted)
    return sizes


@pytest.mark.parametrize(
    ("build", "callbacks", "arguments"),
    [
        (dense_net, list, {}),
        pytest.param(dense_net, list, {"jit_compile": True}, marks=pytest.mark.slow),
        (dense_net, list, {"sample_weight": np.linspace(0, 2, 50)}),
        (dropout_net, list, {}),
        (scheduled_net, list, {}),
        (dense_net, lambda: [StepDecay(0.5, every=4), ProgressBar()], {}),
        (dense_net, lambda: [StepDecay(0.5, every=4)], {"initial_epoch": 6}),
        (dense_net, lambda: [keras.callbacks.EarlyStopping("loss", 0.02, patience=7)], {}),
        (dense_net, lambda: [OverfittingMonitor("record")], {}),
    ],
)
def test_blocks_give_the_numbers_of_single_epochs(
    build, callbacks, arguments, monkeypatch, blocks_run
):
    net, history = trained(build(), callbacks(), **arguments)
    assert max(blocks_run) > 1
    monkeypatch.setattr(training, "blocks_pay", lambda *arguments: False)
    other, expected = trained(build(), callbacks(), **arguments)
    assert_same_history(history, expected)
    assert_same_weights(net.get_weights(), other.get_weights())
    assert net.optimizer.iterations == other.optimizer.iterations


@pytest.mark.filterwarnings("ignore:StepDecay leaves the learning rate as it is")
@pytest.mark.parametrize(
    "stop", [*(pytest.param(epoch, marks=pytest.mark.slow) for epoch in (0, 1, 28)), 2, 7]
)
def test_a_stop_inside_a_block_leaves_the_weights_of_that_epoch(stop, blocks_run):
    stopped, history = trained(dense_net(), [StepDecay(0.5, every=4), Observer(stop)])
    assert max(blocks_run) > 1 or stop < 2
    shorter, expected = trained(dense_net(), [StepDecay(0.5, every=4)], epochs=stop + 1)
    assert_same_history(history, expected)
    assert_same_weights(stopped.get_weights(), shorter.get_weights())
    assert stopped.optimizer.learning_rate == shorter.optimizer.learning_rate


def test_an_observer_is_called_in_order_and_anything_else_after_each_epoch(blocks_run):
    observer, controller = Observer(), Controller()
    trained(dense_net(), [observer])
    assert max(blocks_run) > 1
    blocks_run.clear()
    trained(dense_net(), [controller])
    assert blocks_run == []
    assert observer.called == controller.called
    assert observer.called[:3] == [("begin", 0), ("tested", ["accuracy", "loss"]), ("end", 0)]


def test_who_looks_on_and_who_does_not():
    def role(callback):
        return role_of(callback)

    early = keras.callbacks.EarlyStopping
    assert role(early()) == role(OverfittingMonitor()) == role(ProgressBar()) == "observer"
    assert role(early(restore_best_weights=True)) == role(OverfittingMonitor("stop"))
    assert role(OverfittingMonitor("stop")) == role(Controller()) == "controller"
    assert role(keras.callbacks.LambdaCallback()) == "controller"
    assert role(StepDecay()) == "schedule"
    unknown = Observer()
    unknown.role = "spectator"
    with pytest.raises(ValueError, match=r"role is one of .*, got 'spectator'"):
        role_of(unknown)


def test_blocks_are_for_short_epochs_of_dense_nets():
    class OwnStep(keras.Model):
        def train_step(self, data):
            return super().train_step(data)

    net = dense_net()
    assert blocks_pay(net, 50, 30)
    assert not blocks_pay(net, 50, 10)
    assert not blocks_pay(net, 10_000_000, 30)
    assert not blocks_pay(batch_norm_convnet(), 50, 30)
    assert not blocks_pay(OwnStep(net.inputs, net.outputs), 50, 30)


def test_blocks_hold_all_epochs_and_grow(blocks_run):
    cut = list(in_blocks(range(3, 40), 16, list))
    assert [len(block) for block, _ in cut] == [1, 1, 16, 16, 3]
    assert [epoch for _, prepared in cut for epoch in prepared] == list(range(3, 40))
