"""Download a file once, check it, and keep it in the user's cache."""

from __future__ import annotations

import time
from pathlib import Path

import requests
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from labs.atomic import replacing
from labs.data.fingerprint import file_fingerprint
from labs.data.sources import VARIABLE, UnavailableError, cache_folder

TIMEOUTS = (5.0, 10.0)
"""Seconds to wait for a connection, and for each next piece of the file."""

PAUSES = (1.0, 3.0)
"""Seconds before the second and the third attempt."""

BUSY = (408, 425, 429, 500, 502, 503, 504)
"""HTTP statuses that may go away by themselves."""

CHUNK_BYTES = 1 << 16


class _PassingError(OSError):
    """A failure that another attempt may mend."""


def download(url: str, sha256: str, num_bytes: int) -> Path:
    """Return a file from the user's cache, downloading it if it is not there.

    A cached file with another checksum is downloaded again. What arrives has a temporary
    name until its checksum is found right. A busy server or a broken transfer is tried
    three times in all; no network, a refused connection or a silent server ends it at
    once, so that a lab without network does not wait.

    Args:
        url: Address of the file.
        sha256: Checksum of the file, 64 hexadecimal digits.
        num_bytes: Size of the file; a transfer that exceeds it is given up.

    Raises:
        UnavailableError: If the file cannot be had; says why, and the remedy.
    """
    path = cache_folder() / url.rpartition("/")[2]
    try:
        if path.exists() and file_fingerprint(path) == sha256:
            return path
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as temporary:
            _transfer_patiently(url, temporary, num_bytes)
            if file_fingerprint(temporary) != sha256:
                raise OSError("what arrived has another SHA-256 checksum")
    except OSError as error:
        raise _unavailable(url, _reason(error)) from error
    return path


def _transfer_patiently(url: str, path: Path, num_bytes: int) -> None:
    for pause in PAUSES:
        try:
            return _transfer(url, path, num_bytes)
        except _PassingError:
            time.sleep(pause)
    return _transfer(url, path, num_bytes)


def _transfer(url: str, path: Path, num_bytes: int) -> None:
    with requests.get(url, stream=True, timeout=TIMEOUTS) as response:
        if not response.ok:
            kind = _PassingError if response.status_code in BUSY else OSError
            raise kind(f"the server answered {response.status_code} {response.reason}")
        try:
            _save(response, path, num_bytes)
        except requests.exceptions.ChunkedEncodingError as error:
            raise _PassingError("the connection broke off in the middle") from error
        except requests.ConnectionError as error:  # This is how a pause in the middle is reported.
            raise requests.Timeout from error


def _save(response: requests.Response, path: Path, num_bytes: int) -> None:
    columns = TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn()
    with (
        path.open("wb") as file,
        Progress(*columns, console=Console(stderr=True), transient=True) as progress,
    ):
        task = progress.add_task(f"Downloading {response.url.rpartition('/')[2]}", total=num_bytes)
        for chunk in response.iter_content(CHUNK_BYTES):
            file.write(chunk)
            progress.advance(task, len(chunk))
            if file.tell() > num_bytes:
                raise OSError(f"it has more than the {num_bytes:,} bytes expected")


def _unavailable(url: str, reason: str) -> UnavailableError:
    return UnavailableError(
        f"{url} could not be downloaded: {reason}; try again later, or put "
        f"{url.rpartition('/')[2]} into a folder and name that folder in {VARIABLE}."
    )


def _reason(error: OSError) -> str:
    """Return the reason without the layers that `requests` wraps around it."""
    if isinstance(error, requests.Timeout):
        return f"the server was silent for {TIMEOUTS[1]:g} seconds"
    if isinstance(error, requests.ConnectionError):
        return "no connection to the server"
    return str(error)
