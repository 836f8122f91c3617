"""What does a trained net take your own pictures, or the rows of your own table, for?

Run:   python -m labs.predict runs/mnist/RUN-ID my-seven.png
       python -m labs.predict runs/sign_language/RUN-ID hand.jpg --save-input seen.png
       python -m labs.predict runs/tuning-my/RUN-ID new.csv > answers.csv

Reads pictures of any size, in color or grey, dark on light or light on dark, with one digit
or one hand each, and prepares them as the training images were. Of a table (CSV, TSV, Parquet)
it takes the columns that the net was trained on, and answers with a row for each row.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
import tyro
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from labs import data, plots, records
from labs.atomic import replacing
from labs.errors import InputError
from labs.records.console import make_console
from labs.running.command_line import parse_dataclass, print_version
from labs.running.exit_status import exit_status
from labs.running.start import start_keras

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from labs.records import ImageClassifier, SavedModel

MOST_DRAWN = 20  # pictures; more make a figure too tall to look at


@dataclass(frozen=True)
class Settings:
    """What the command line says."""

    run_or_model: Annotated[tyro.conf.Positional[Path], tyro.conf.arg(metavar="RUN_OR_MODEL")]
    """A run directory, a model's folder in it, or a .keras file."""
    images: Annotated[
        tyro.conf.Positional[tuple[Path, ...]],
        tyro.conf.arg(metavar="FILE...", help_behavior_hint="(one or more)"),
    ]
    """Picture files: PNG, JPEG, WebP, BMP, GIF, TIFF or PPM; or one table."""
    model: str | None = None
    """Folder of a model in the run; without it the best one in validation."""
    kind: Literal["auto", "digit", "hand"] = "auto"
    """How to prepare the pictures; auto goes by the classes of the net."""
    save_input: Path | None = None
    """PNG file to draw what the net saw beside the pictures."""


def parse(arguments: Sequence[str]) -> Settings:
    """Read the settings from command-line arguments.

    Raises:
        InputError: If an argument is missing, unknown or of no use.
        SystemExit: After `--help`, with status 0.
    """
    settings = parse_dataclass(Settings, __doc__ or "", "python -m labs.predict", arguments)
    if not settings.images:
        raise InputError(
            f"Expected picture files or a table behind {settings.run_or_model}, got none; add them."
        )
    if settings.save_input is not None:
        _require_png(settings.save_input, settings.images)
    return settings


def predict(settings: Settings, console: Console) -> None:
    """Print what each picture shows, and draw what the net saw if that is wanted; or see below.

    Raises:
        InputError: If the model, a picture or the table cannot be used.
    """
    saved = records.find_saved_model(settings.run_or_model, settings.model)
    if any(map(data.is_table, settings.images)):
        predict_table(settings, saved, console)
        return
    classifier = records.load_image_classifier(saved)
    prepare = _preparation(settings.kind, classifier)
    pictures: list[np.ndarray] = []
    prepared = []
    for path in settings.images:
        picture, image = _read(path, prepare)
        prepared.append(image)
        if settings.save_input is not None and len(pictures) < MOST_DRAWN:
            pictures.append(picture)
    images = np.stack(prepared)
    probabilities = classifier.predict(images)

    names = [_printable(path.name) for path in settings.images]
    console.print(tabulate(names, probabilities, classifier.class_names))
    net = ", ".join(filter(None, [saved.dataset_name, _printable(saved.name)]))
    console.print(Text(f"Net: {net}"))
    if saved.other_models:
        console.print(Text(f"Others of the run: --model {'|'.join(saved.other_models)}"))
    if settings.save_input is not None:
        count = len(pictures)
        title = net if count == len(names) else f"{net}: the first {count} of {len(names)} pictures"
        figure = plots.plot_predictions(
            title,
            pictures,
            images[:count],
            probabilities[:count],
            classifier.class_names,
            names[:count],
        )
        _save(figure, settings.save_input)
        console.print(Text(f"What the net saw: {_printable(str(settings.save_input))}"))


def predict_table(settings: Settings, saved: SavedModel, console: Console) -> None:
    """Print, as CSV, what the net answers to each row of a table.

    Raises:
        InputError: If there are other files besides, or the net or the table cannot be used.
    """
    path, *others = settings.images
    if others or settings.save_input is not None:
        raise InputError(
            f"A table is read alone and without --save-input, got {path} and more; leave it out."
        )
    net = records.load_table_model(saved)
    frame = data.read_table(path)
    answers = net.predict(frame, path)
    unused = [repr(name) for name in frame if name not in net.net.input]
    if unused:
        data.tell(f"Columns of {path} that the net does not take: {', '.join(unused[:20])}.")
    answers.to_csv(console.file, index=False, float_format="%.6g", lineterminator="\n")


def tabulate(names: Sequence[str], probabilities: np.ndarray, class_names: Sequence[str]) -> Table:
    """Return the three likeliest classes of each picture as a table, one row a picture."""
    table = Table("picture", box=box.SIMPLE_HEAD)
    headings = ("likeliest", "second", "third")[: len(class_names)]
    for heading in headings:
        table.add_column(heading, no_wrap=True)
    for name, row in zip(names, probabilities, strict=True):
        likeliest = np.argsort(-row, kind="stable")[: len(headings)]
        table.add_row(Text(name), *(Text(f"{class_names[k]}  {row[k]:.1%}") for k in likeliest))
    return table


def _require_png(path: Path, images: Sequence[Path]) -> None:
    if path.suffix.lower() != ".png" or not path.parent.is_dir() or path.is_dir():
        raise InputError(
            f"--save-input must be a .png file in a folder that exists, got {path}; correct it."
        )
    if path.exists() and any(image.exists() and path.samefile(image) for image in images):
        raise InputError(f"--save-input {path} would overwrite a picture; give another name.")


def _preparation(kind: str, classifier: ImageClassifier) -> Callable[[np.ndarray], np.ndarray]:
    subject = classifier.subject if kind == "auto" else kind
    if subject is None:
        names = ", ".join(classifier.class_names[:5])
        raise InputError(
            f"The net's {len(classifier.class_names)} classes ({names}, …) are neither the digits "
            "nor the letters of sign language; say how to prepare the pictures with --kind digit "
            "or --kind hand."
        )
    return data.prepare_digit if subject == "digit" else data.prepare_hand


def _read(path: Path, prepare: Callable[[np.ndarray], np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Return a picture's grey levels, and the image made of it for the net."""
    picture = data.read_picture(path)
    try:
        return picture, prepare(picture)
    except InputError as error:
        raise InputError(f"{path}: {error}") from error


def _save(figure: Figure, path: Path) -> None:
    try:
        with replacing(path) as temporary, warnings.catch_warnings():
            # A name in a script that the font lacks is drawn as boxes.
            warnings.filterwarnings("ignore", "Glyph .* missing from font", UserWarning)
            figure.savefig(temporary)
    except OSError as error:
        raise InputError(
            f"--save-input {path} cannot be written ({error.strerror}); name another file."
        ) from error


def _printable(name: str) -> str:
    """Return a name without what would confuse a terminal or cannot be encoded."""
    return "".join(character if character.isprintable() else "?" for character in name)


if __name__ == "__main__":
    with exit_status():
        print_version(sys.argv[1:])
        settings = parse(sys.argv[1:])
        start_keras()
        predict(settings, make_console())
