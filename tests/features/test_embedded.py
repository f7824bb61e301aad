"""The whole service in one process, as `make run` starts it."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.features.site import embedded, newcomers_environment, word_after


@pytest.fixture(scope="module")
def var(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the service keeps everything in: empty at its first start."""
    return tmp_path_factory.mktemp("var")


@pytest.fixture(scope="module")
def site(var: Path) -> Iterator[str]:
    """What the service said at its first start; it goes on running."""
    with embedded(var) as (_process, said):
        yield said


def until(holds: Callable[[], object], *, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not (held := holds()) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert held


def test_it_answers_where_it_says_it_is(site: str) -> None:
    with urlopen(f"{word_after(site, 'The site')}admin/login/") as answer:  # noqa: S310
        assert answer.status == 200


def test_its_worker_sends_the_sample_to_the_outbox(site: str, var: Path) -> None:
    until(lambda: list(var.glob("outbox/*")))


def test_a_second_one_beside_it_takes_another_port_and_has_the_same_login(
    site: str, var: Path
) -> None:
    port = int(word_after(site, "The site").strip("/").rpartition(":")[2])

    with embedded(var, port) as (_process, said):
        assert f"Port {port} is taken" in said
        assert word_after(said, "password") == word_after(site, "password")


def test_a_reader_is_erased_from_every_file_while_it_runs(site: str, var: Path) -> None:
    until(lambda: list(var.glob("outbox/*.eml")))
    address = max(var.glob("outbox/*.eml")).stem.split("_", 2)[2]

    def traces() -> list[str]:
        files = [path for path in var.rglob("*") if path.is_file()]
        return [file.name for file in files if address.encode() in file.name.encode() + held(file)]

    def held(file: Path) -> bytes:
        with suppress(FileNotFoundError):  # a journal that its worker was done with meanwhile
            return file.read_bytes()
        return b""

    assert {"db.sqlite3"} < {*traces()}

    def erased() -> bool:
        """It is refused while one of the last mails of the sample is on its way."""
        command = [sys.executable, "manage.py", "reader", "erase", address, "--yes"]
        environment = newcomers_environment() | {"VAR_DIR": str(var)}
        return not subprocess.run(command, env=environment, check=False).returncode

    until(erased)
    assert traces() == []


def test_what_it_writes_is_for_nobody_else(site: str, var: Path) -> None:
    open_to_others = [path for path in (var, *var.iterdir()) if path.stat().st_mode & 0o077]

    assert open_to_others == []


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_cleanly_when_told(site: str, var: Path, ending: signal.Signals) -> None:
    with embedded(var) as (process, _said):
        process.send_signal(ending)

        assert process.wait(10) == 0
