"""A learning rate that rises and then falls to zero."""

from __future__ import annotations

import keras


def one_cycle_adamw(
    peak: float, steps: int, *, weight_decay: float = 0.05, warmup: float = 0.25
) -> keras.optimizers.AdamW:
    """Return AdamW with a rate that rises for a quarter of the steps and falls for the rest.

    The rate starts at `peak / 25`, rises linearly and falls along half a cosine to zero, so
    the last epoch is the one to keep: no epoch has to be chosen by its validation score.
    Smith and Topin (2018), "Super-convergence"; Loshchilov and Hutter (2019), "Decoupled
    Weight Decay Regularization".

    Args:
        peak: Largest rate.
        steps: Steps of the whole training.
        weight_decay: Share of each weight, times the rate, that a step takes away.
        warmup: Share of the steps in which the rate rises.
    """
    rising = max(1, round(warmup * steps))
    rate = keras.optimizers.schedules.CosineDecay(
        peak / 25, decay_steps=max(1, steps - rising), warmup_target=peak, warmup_steps=rising
    )
    return keras.optimizers.AdamW(rate, weight_decay=weight_decay, beta_2=0.99)
