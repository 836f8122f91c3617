"""Which claims of the lectures the labs must judge: their ids, by lecture and topic.

Where a lab judges another claim, or an old one in another way, it is entered here. Two things that
the lectures name stand nowhere, since nothing is claimed that a program could check: the list of
hyperparameters, and manual, grid, random and Bayesian search (E), which `tuning` carries out.
"""

from __future__ import annotations

import re

_CLAIMS = """
A, diabetes: MLPClassifier, the Keras net, 5 epochs, 1,000 more
    A1-train A1-test A2-parameters A3-first-loss A3-fifth-loss A3-accuracy A4-loss A4-accuracy
A, decision regions
    A-regions-one-layer A-regions-two-layers A-regions-two-layers-and A-regions-three-layers
A, the net of 2, 2 and 2: parameters, loss, chain rule
    A-12-parameters A-loss-sign A-softmax-derivative A-chain-rule-w221 A-chain-rule-w112
    A-common-factors
A, gradient descent: batches, rates, where it stops
    A-gradient-descent A-batch-kinds A-rate-too-large A-rate-too-small A-vanishing A-local-minima
A, activations and their derivatives
    A-activation-identity A-activation-sigmoid A-activation-tanh A-activation-hard-tanh
    A-activation-softsign A-activation-relu A-activation-leaky-relu A-activation-gelu
    A-activation-elu A-activation-selu
    A-derivative-identity A-derivative-sigmoid A-derivative-tanh A-derivative-relu
    A-derivative-leaky-relu
    A-sigmoid-positive A-tanh-centered A-tanh-slope A-leaky-relu-slope
    A-relu-sparse A-relu-unbounded A-relu-dead
A, optimizers and step decay
    A-momentum A-momentum-faster A-momentum-saddle A-momentum-local-minima
    A-adagrad A-adagrad-rates A-adagrad-stalls A-rmsprop A-adam
    A-step-decay A-step-decay-needed
A, normalization
    A-min-max A-standardization A-normalization-speeds
    A-batch-normalization A-batch-normalization-stable A-batch-normalization-fast
    A-layer-normalization A-layer-normalization-stable A-layer-normalization-fast
    A-weight-normalization A-weight-normalization-stable A-weight-normalization-fast
A, regularization: penalties, dropout
    A-penalty-l0 A-penalty-l1 A-penalty-l2 A-penalty-l-infinity A-penalty-logistic
    A-dropout-scale A-dropout-prediction

B, optimization: the diet, regression and classification
    B-diet B-regression-mse B-classification-cross-entropy
B, norms
    B-norm-p B-norm-1 B-norm-2 B-norm-infinity B-cosine B-hamming
B, information
    B-self-information B-entropy-coin B-cross-entropy-bound
B, methods of first order, between, and second order
    B-first-order B-quasi-newton B-conjugate-gradient B-levenberg-marquardt B-newton
    B-interior-point
B, derivatives of functions of several variables
    B-gradient B-hessian B-jacobian B-chain-rule
B, backpropagation
    B-relu-net B-error-derivative B-shared-derivatives
B, derivatives of activations
    B-derivative-sigmoid B-derivative-tanh B-derivative-relu B-derivative-leaky-relu
B, data: three parts, mini-batches
    B-three-parts B-batch-paths B-sigma-over-root-n B-ten-times-deviation B-hundred-times-time
    B-approximate-faster

C, the line: errors, gradient, steps
    C-predictions C-squared-errors C-mse C-rmse C-mse-code
    C-gradient C-step-sign C-step-values C-rate-large C-rate-small C-rate-middle
C, words and optimizers
    C-words-gradient C-words-learning-rate C-words-epoch C-words-steps C-optimizers-compared
C, activations
    C-activation-linear C-activation-relu C-activation-sigmoid C-sigmoid-range C-derivative-relu
    C-linear-stack C-sigmoid-vanishing
C, overfitting
    C-trend-line C-curves-close C-three-parts
C, losses
    C-softmax C-not-rmse C-cross-entropy C-log-zero C-log-zero-sign
    C-table-regression C-table-regression-rmse C-table-binary C-table-categorical C-table-sparse
C, MNIST and sign language
    C-one-hot C-sign-overfits C-sign-plain C-sign-convolution C-sign-mended

D, gates
    D-bias D-nand-any-gate D-not-separable D-xor
D, activations
    D-linear-map D-step-function
D, where gradient descent stops, and remedies
    D-local-minima D-plateau D-remedy-initialization D-remedy-architecture D-remedy-rate
    D-rate-diverges
D, stochastic descent
    D-steps-per-epoch D-online D-sgd-leaves
D, backpropagation
    D-equation-1 D-equation-2 D-equation-3 D-equation-4 D-low-activation D-saturation
D, MNIST
    D-5-epochs D-dropout

E, one neuron
    E-net E-and E-or E-nand E-xor E-threshold-70 E-threshold-20
E, a net: forward, initialization, linear layers
    E-forward-steps E-initialization-random E-initialization-xavier E-initialization-he
    E-bias-zero E-different-ends E-linear-cube
E, losses
    E-mse E-cross-entropy
E, the computational graph
    E-graph-q E-graph-f E-graph-x E-graph-y E-graph-z
E, overfitting
    E-remedy-augmentation E-remedy-dropout E-remedy-penalty E-remedy-smaller-model E-early-stopping
E, vanishing gradients
    E-early-layers E-remedy-batch-normalization E-remedy-initialization E-remedy-clipping
    E-remedy-activation
"""

ID = re.compile(r"[A-E]\d?(-[a-z0-9]+)+")
"""What an id looks like."""

TOPICS = {
    id: line
    for block in re.split(r"\n(?=\S)", _CLAIMS)
    for line, _, ids in [block.strip().partition("\n")]
    for id in ids.split()
}
"""For each claim its lecture and topic."""

ERRATA = {
    "A-loss-sign",  # The cross-entropy lacks its minus.
    "A-softmax-derivative",  # p₁(1 − p₁) in place of −p₁p₂,
    "A-chain-rule-w221",  # and the gradient in which it is used.
    "B-error-derivative",  # A sum over the rows among factors that belong to one row.
    "C-gradient",  # −7 and −3 in place of −3 and −1.
    "C-step-sign",  # m = −1 − 7λ is no step of the slide's own rule,
    "C-step-values",  # nor −1.7, 5.3 where the right one leads.
    "C-sigmoid-range",  # −1 to 1, the range of tanh.
    "C-log-zero-sign",  # log(0) is −∞.
}
"""Where a slide is wrong, as computation must find."""
