"""How much may be sent to the site, whoever serves it, and how long it may take."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from django.conf import settings as site
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from waitress import wasyncore
from waitress.server import BaseWSGIServer

from config.bodies import FORM, REPORT, UPLOAD, largest_body
from config.waitress import PunctualChannel, web_server
from tests.factories import make_publication

MB = 1024**2


def announced(path: str, length: int, *, extra: str = "") -> bytes:
    """The headers of a POST of `length` bytes, which are yet to come."""
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {length}\r\n"
    return f"{head}Content-Type: application/x-www-form-urlencoded\r\n{extra}\r\n".encode()


@pytest.mark.parametrize(
    ("path", "most"),
    [("/", FORM), ("/p/dispatch/", FORM), ("/unsubscribe/x/", FORM), ("/administration/", FORM)],
)
def test_strangers_may_send_a_form(path: str, most: int) -> None:
    assert largest_body(path) == most


def test_staff_may_send_pictures_and_esps_reports() -> None:
    assert largest_body("/admin/newsletter/picture/add/") == UPLOAD
    assert largest_body("/anymail/postmark/tracking/") == REPORT


@pytest.mark.django_db
def test_a_form_that_is_too_large_is_refused_unread(client: Client) -> None:
    publication = make_publication(regions=["ML-1"])

    answer = client.post(f"/p/{publication.slug}/", {"address": "x" * FORM})

    assert answer.status_code == 413
    assert "That is too large" in answer.content.decode()
    assert "_post" not in vars(answer.wsgi_request)


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/admin/login/", "/admin/newsletter/picture/add/"])
def test_at_the_desk_a_stranger_may_send_no_more_than_elsewhere(client: Client, path: str) -> None:
    file = SimpleUploadedFile("large.png", b"x" * MB)

    assert client.post(path, {"file": file}).status_code == 413


@pytest.mark.django_db
def test_staff_may_send_more(client: Client) -> None:
    client.force_login(User.objects.create_superuser("editor"))
    file = SimpleUploadedFile("large.png", b"x" * MB)

    answer = client.post("/admin/newsletter/picture/add/", {"file": file, "alt": "A map"})

    assert answer.status_code == 200


@pytest.mark.django_db
def test_a_body_of_unknown_length_is_not_taken_for_an_empty_one(client: Client) -> None:
    answer = client.generic("POST", "/check-your-mail/", HTTP_TRANSFER_ENCODING="chunked")

    assert answer.status_code == 411


# By real servers


def hello(_environ: object, start_response: object) -> list[bytes]:
    start_response("200 OK", [("Content-Length", "2")])  # type: ignore[operator]
    return [b"hi"]


@pytest.fixture
def waitress(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """The port of a waitress that wants requests within half a second."""
    monkeypatch.setattr(PunctualChannel, "request_within", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = web_server(hello, listener)
        over = threading.Event()
        serving = threading.Thread(target=serve, args=[server, over], daemon=True)
        serving.start()
        yield listener.getsockname()[1]
        over.set()
        serving.join(10)


def serve(server: BaseWSGIServer, over: threading.Event) -> None:
    """Serve until it is `over`, and close in the same thread whatever is still open."""
    while not over.is_set():
        wasyncore.poll(0.1, server._map)
    server.task_dispatcher.shutdown()
    wasyncore.close_all(server._map)


@pytest.fixture(scope="module")
def gunicorn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a gunicorn with one thread, which serves the site as the image does."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = ["-m", "gunicorn", "config.wsgi", "--config=python:config.gunicorn"]
    command += [f"--bind=127.0.0.1:{port}", "--workers=1", "--threads=1", "--log-level=error"]
    command += ["--worker-class=tests.config.hasty.HastyWorker"]
    keep = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    process = subprocess.Popen(
        [sys.executable, *command],
        env={
            **keep,
            "VAR_DIR": str(tmp_path_factory.mktemp("var")),
            "DATABASE_URL": "sqlite://:memory:",
        },
        cwd=Path(site.BASE_DIR),
    )
    try:
        yield _once_it_answers(port)
    finally:
        process.terminate()
        process.wait(10)


def _once_it_answers(port: int) -> int:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            time.sleep(0.05)
        else:
            return port
    raise TimeoutError


@pytest.fixture(params=["waitress", "gunicorn"])
def port(request: pytest.FixtureRequest) -> int:
    return int(request.getfixturevalue(request.param))


def ask(port: int, sent: bytes, *, patience: float = 10) -> bytes:
    """What the server answers to `sent` until it closes; more is never sent."""
    with closing(socket.create_connection(("127.0.0.1", port), timeout=patience)) as connection:
        connection.sendall(sent)
        answer = b""
        while b"\r\n\r\n" not in answer and (more := connection.recv(65536)):
            answer += more
        return answer


def test_a_server_refuses_150_mb_without_waiting_for_them(port: int) -> None:
    assert b" 413 " in ask(port, announced("/p/dispatch/", 150 * MB) + b"address=" * 100)


def test_a_request_that_comes_by_the_drop_is_cut_off_and_others_are_answered(port: int) -> None:
    with closing(socket.create_connection(("127.0.0.1", port), timeout=10)) as slow:
        slow.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-")

        answered = ask(
            port, b"GET /nowhere HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
        )

        assert answered.startswith(b"HTTP/1.")
        assert slow.recv(100) == b""


def test_a_body_in_chunks_is_measured_as_it_comes(waitress: int) -> None:
    head = b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunk = b"10000\r\n" + b"x" * 65536 + b"\r\n"

    assert b" 413 " in ask(waitress, head + chunk * 2)
