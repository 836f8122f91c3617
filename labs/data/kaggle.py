"""Fetch Sign Language MNIST from Kaggle."""

from __future__ import annotations

import zipfile
from pathlib import Path

import kagglehub
import requests
from kagglehub import exceptions

from labs.data.sources import VARIABLE, UnavailableError

# With its version, so that a copy in kagglehub's cache is used without asking Kaggle.
HANDLE = "datamunge/sign-language-mnist/versions/1"

FAILURES = (
    OSError, ValueError, zipfile.BadZipFile,
    exceptions.BackendError, exceptions.CredentialError, exceptions.DataCorruptionError,
    exceptions.NotFoundError, exceptions.UnauthenticatedError,
)  # fmt: skip
"""What kagglehub raises without network, without access, or for a broken transfer."""


def fetch_sign_files(names: tuple[str, ...]) -> list[Path]:
    """Return files of the data set, downloaded once into kagglehub's own cache.

    The data set is public: no login is needed and none is asked for.

    Args:
        names: Names of the files, wherever in the data set they lie.

    Raises:
        UnavailableError: If they cannot be had; says why, and the remedy.
    """
    remedy = f"try again later, or put {' and '.join(names)} into a folder named in {VARIABLE}."
    try:
        folder = Path(kagglehub.dataset_download(HANDLE))
    except FAILURES as error:
        no_network = isinstance(error, requests.ConnectionError)
        reason = "no connection to the server" if no_network else str(error).split("\n")[0]
        raise UnavailableError(f"Kaggle's {HANDLE} could not be had: {reason}; {remedy}") from error
    paths = [min(folder.rglob(name), default=None) for name in names]
    found = [path for path in paths if path]
    if len(found) < len(names):
        raise UnavailableError(f"Kaggle's {HANDLE} has no {' and '.join(names)}; {remedy}")
    return found
