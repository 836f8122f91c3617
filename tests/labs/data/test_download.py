from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from labs.data import download as module
from labs.data.download import download
from labs.data.sources import UnavailableError

CONTENT = bytes(range(256)) * 2000
SHA256 = hashlib.sha256(CONTENT).hexdigest()

Answer = Callable[[BaseHTTPRequestHandler], None]


def send(content: bytes, announced: int = len(CONTENT), status: int = 200) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        handler.send_header("Content-Length", str(announced))
        handler.end_headers()
        handler.wfile.write(content)

    return answer


def send_endlessly(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.end_headers()
    try:
        while True:
            handler.wfile.write(CONTENT)
    except OSError:  # The client has had enough.
        pass


class Server:
    """A server on this machine that gives the answers in turn, the last one for ever."""

    def __init__(self) -> None:
        self.answers: list[Answer] = [send(CONTENT)]
        self.requests = 0
        self.released = threading.Event()
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server.requests += 1
                server.answers[min(server.requests, len(server.answers)) - 1](self)

            def log_message(self, *arguments: object) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.http.server_port}/thing.npz"
        threading.Thread(target=self.http.serve_forever, args=(0.01,), daemon=True).start()

    def wait(self, handler: BaseHTTPRequestHandler) -> None:
        self.released.wait(5)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setattr(module, "PAUSES", (0.01, 0.01))
    server = Server()
    yield server
    server.released.set()
    server.http.shutdown()
    server.http.server_close()


def fetch(server: Server) -> Path:
    return download(server.url, SHA256, len(CONTENT))


def assert_refused(server: Server, cache: Path, reason: str, requests: int) -> None:
    with pytest.raises(UnavailableError) as caught:
        fetch(server)
    message = str(caught.value)
    assert message.startswith(f"{server.url} could not be downloaded: ")
    assert reason in message
    assert "put thing.npz into a folder and name that folder in LABS_DATA_DIR" in message
    assert server.requests == requests
    assert list(cache.iterdir()) == []


def test_file_is_downloaded_once(server: Server, cache: Path) -> None:
    path = fetch(server)
    assert path == cache / "thing.npz"
    assert path.read_bytes() == CONTENT
    assert fetch(server) == path
    assert server.requests == 1
    assert list(cache.iterdir()) == [path]


def test_altered_file_in_the_cache_is_downloaded_again(server: Server, cache: Path) -> None:
    cache.mkdir(parents=True)
    (cache / "thing.npz").write_bytes(CONTENT[:-1])
    assert fetch(server).read_bytes() == CONTENT
    assert server.requests == 1


def test_wrong_checksum_is_refused(server: Server, cache: Path) -> None:
    server.answers = [send(CONTENT[::-1])]
    assert_refused(server, cache, "what arrived has another SHA-256 checksum", requests=1)


def test_page_of_a_login_portal_is_refused(server: Server, cache: Path) -> None:
    server.answers = [send(b"<html>Please log in</html>", announced=26)]
    assert_refused(server, cache, "what arrived has another SHA-256 checksum", requests=1)


def test_endless_file_is_given_up(server: Server, cache: Path) -> None:
    server.answers = [send_endlessly]
    assert_refused(server, cache, "it has more than the 512,000 bytes expected", requests=1)


def test_broken_transfer_is_tried_three_times(server: Server, cache: Path) -> None:
    server.answers = [send(CONTENT[:1000])]
    assert_refused(server, cache, "the connection broke off in the middle", requests=3)


def test_transfer_that_breaks_once_succeeds(server: Server) -> None:
    server.answers = [send(CONTENT[:1000]), send(CONTENT)]
    assert fetch(server).read_bytes() == CONTENT


def test_busy_server_is_asked_again(server: Server) -> None:
    server.answers = [send(b"", 0, 500), send(b"", 0, 503), send(CONTENT)]
    assert fetch(server).read_bytes() == CONTENT
    assert server.requests == 3


def test_server_that_stays_busy_is_given_up(server: Server, cache: Path) -> None:
    server.answers = [send(b"", 0, 500)]
    assert_refused(server, cache, "the server answered 500 Internal Server Error", requests=3)


def test_missing_file_is_not_asked_for_again(server: Server, cache: Path) -> None:
    server.answers = [send(b"", 0, 404), send(CONTENT)]
    assert_refused(server, cache, "the server answered 404 Not Found", requests=1)


@pytest.mark.parametrize("before", [b"", CONTENT[:1000]], ids=["at once", "in the middle"])
def test_silent_server_is_given_up(
    server: Server, cache: Path, monkeypatch: pytest.MonkeyPatch, before: bytes
) -> None:
    def fall_silent(handler: BaseHTTPRequestHandler) -> None:
        if before:
            send(before)(handler)
        server.wait(handler)

    monkeypatch.setattr(module, "TIMEOUTS", (0.2, 0.2))
    server.answers = [fall_silent]
    start = time.monotonic()
    assert_refused(server, cache, "the server was silent for 0.2 seconds", requests=1)
    assert time.monotonic() - start < 2


def test_refused_connection_fails_at_once(cache: Path) -> None:
    start = time.monotonic()
    with pytest.raises(UnavailableError, match="no connection to the server"):
        download("http://127.0.0.1:9/thing.npz", SHA256, len(CONTENT))
    assert time.monotonic() - start < 1
    assert list(cache.iterdir()) == []


def test_cache_that_cannot_be_made_is_told(server: Server, cache: Path) -> None:
    cache.parent.mkdir(parents=True)
    cache.write_text("a file where the folder should be")
    with pytest.raises(UnavailableError, match="deep-learning-labs"):
        fetch(server)
