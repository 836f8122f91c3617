"""What is recorded of one trained model."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ModelResult:
    """One row of a lab's results; None where something does not apply.

    Attributes:
        name: Name of the model, unique within the run, e.g. `"keras"`.
        library: What trained it, e.g. `"Keras"` or `"scikit-learn"`.
        parameters: Number of trainable parameters.
        train_accuracy: Accuracy on the training part, 0 to 1.
        validation_accuracy: Accuracy on the validation part, 0 to 1.
        test_accuracy: Accuracy on the test set, 0 to 1, read once after every choice.
        test_interval: Lower and upper end of the 95% interval of `test_accuracy`.
        seconds: Time of the training.

    Raises:
        ValueError: If an accuracy lies outside 0 to 1, or the interval is not in order.
    """

    name: str
    library: str
    parameters: int | None = None
    train_accuracy: float | None = None
    validation_accuracy: float | None = None
    test_accuracy: float | None = None
    test_interval: tuple[float, float] | None = None
    seconds: float | None = None

    def __post_init__(self) -> None:
        for field in ("train_accuracy", "validation_accuracy", "test_accuracy"):
            accuracy = getattr(self, field)
            if accuracy is not None and not 0 <= accuracy <= 1:
                raise ValueError(
                    f"{field} of {self.name!r} must be from 0 to 1, got {accuracy}; "
                    "divide a percentage by 100."
                )
        if self.test_interval is not None:
            low, high = self.test_interval
            if not 0 <= low <= high <= 1:
                raise ValueError(
                    f"test_interval of {self.name!r} must be two numbers from 0 to 1, the "
                    f"lower one first, got {self.test_interval}."
                )
