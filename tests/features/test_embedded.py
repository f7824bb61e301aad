"""The whole service in one process, as `make run` starts it."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.features.site import embedded, word_after


@pytest.fixture(scope="module")
def var(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the service keeps everything in: empty at its first start."""
    return tmp_path_factory.mktemp("var")


@pytest.fixture(scope="module")
def site(var: Path) -> Iterator[str]:
    """What the service said at its first start; it goes on running."""
    with embedded(var) as (_process, said):
        yield said


def test_it_answers_where_it_says_it_is(site: str) -> None:
    with urlopen(f"{word_after(site, 'The site')}admin/login/") as answer:  # noqa: S310
        assert answer.status == 200


def test_its_worker_sends_the_sample_to_the_outbox(site: str, var: Path) -> None:
    deadline = time.monotonic() + 20

    while not list(var.glob("outbox/*")) and time.monotonic() < deadline:
        time.sleep(0.1)

    assert list(var.glob("outbox/*"))


def test_a_second_one_beside_it_takes_another_port_and_has_the_same_login(
    site: str, var: Path
) -> None:
    port = int(word_after(site, "The site").strip("/").rpartition(":")[2])

    with embedded(var, port) as (_process, said):
        assert f"Port {port} is taken" in said
        assert word_after(said, "password") == word_after(site, "password")


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_cleanly_when_told(site: str, var: Path, ending: signal.Signals) -> None:
    with embedded(var) as (process, _said):
        process.send_signal(ending)

        assert process.wait(10) == 0
