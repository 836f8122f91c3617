# %% 1. The OR gate
def or_gate(x1: int, x2: int) -> int:
    """Return 1 if the weighted sum is above 0."""
    w1 = 0.6
    w2 = 0.6
    b = -0.5
    result = x1 * w1 + x2 * w2 + b
    if result <= 0:
        return 0
    return 1


# %% 2. AND with the weights of the slide before, NAND with the opposite ones (not printed)
def and_gate(x1: int, x2: int) -> int:
    """Return 1 if the weighted sum is above 0."""
    return 0 if 0.5 * x1 + 0.5 * x2 - 0.7 <= 0 else 1


def nand_gate(x1: int, x2: int) -> int:
    """Return 1 if the weighted sum is above 0."""
    return 0 if -0.5 * x1 - 0.5 * x2 + 0.7 <= 0 else 1


for gate in (or_gate, and_gate, nand_gate):
    print(gate.__name__, [gate(x1, x2) for x1 in (0, 1) for x2 in (0, 1)])
