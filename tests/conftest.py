"""What holds for every test: mail stays in a folder of its own, talk stays on this machine."""

from __future__ import annotations

import gc
import ipaddress
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from django.conf import settings
from django.db import transaction
from django.test import TestCase, override_settings
from django.utils import translation
from pytest_django import DjangoDbBlocker

from subscribers.models import Installation
from tests.regions import keep_regions

hypothesis.settings.register_profile("few", deadline=None, max_examples=25)
# The build machine checks the same examples at every run: what fails there fails here.
hypothesis.settings.register_profile(
    "same", deadline=None, max_examples=25, derandomize=True, database=None
)
hypothesis.settings.load_profile("same" if os.environ.get("CI") == "true" else "few")


# What is imported stays: it need not be searched for circles again and again.
gc.freeze()
gc.set_threshold(20_000, 20, 20)

#: Fixtures that open the database, whatever is built on them.
_DATABASE = {"db", "transactional_db"}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What asks for no database is tested once: on SQLite."""
    if settings.DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
        return
    config.hook.pytest_deselected(items=[item for item in items if not _depends_on_it(item)])
    items[:] = filter(_depends_on_it, items)


def _depends_on_it(item: pytest.Item) -> bool:
    assert isinstance(item, pytest.Function)
    return bool(
        item.get_closest_marker("django_db")
        or item.get_closest_marker("servers")
        or _DATABASE.intersection(item.fixturenames)
        or (item.cls and issubclass(item.cls, TestCase))
    )


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    with django_db_blocker.unblock():
        keep_regions()


@pytest.fixture(scope="session")
def _folders_of_all(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder for each test. Few write into theirs, and to make thousands takes its time."""
    base = tmp_path_factory.mktemp("own")
    return (base / str(number) for number in count())


@pytest.fixture
def own_folder(_folders_of_all: Iterator[Path]) -> Path:
    """Where the folders of a test are; it does not exist before something is written."""
    return next(_folders_of_all)


@pytest.fixture(autouse=True)
def _folders(own_folder: Path) -> Iterator[None]:
    with folders_in(own_folder):
        yield


def folders_in(folder: Path) -> override_settings:
    """All that is written to a disk is written below `folder`."""
    return override_settings(
        OUTBOX_DIR=folder / "outbox",
        JOURNAL_DIR=folder / "journals",
        INSTALLATION_DIR=folder / "installations",
        PICTURES_DIR=folder / "pictures",
        LOGOS_DIR=folder / "logos",
        MAPS_DIR=folder / "maps",
    )


@pytest.fixture(autouse=True)
def _language() -> Iterator[None]:
    """A page that was asked for in French leaves French active for the next test."""
    with translation.override(settings.LANGUAGE_CODE):
        yield


@pytest.fixture(scope="module")
def kept_for_the_module(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, _folders_of_all: Iterator[Path]
) -> Iterator[Callable[[], AbstractContextManager[None]]]:
    """What is written within it is there for each test of the module, and gone at its end.

    Every test runs in a transaction inside of this one, and undoes its own part alone.
    """
    around: Any = transaction.atomic()
    around._from_testcase = True  # as in a TestCase, a durable transaction may begin inside
    with django_db_blocker.unblock():
        around.__enter__()

    @contextmanager
    def writing() -> Iterator[None]:
        with django_db_blocker.unblock(), folders_in(next(_folders_of_all)):
            yield
            # Each test is a place of its own: see `_folders`.
            Installation.objects.all().delete()

    yield writing
    with django_db_blocker.unblock():
        transaction.set_rollback(True)
        around.__exit__(None, None, None)


def _refuse_the_outside(event: str, arguments: tuple[Any, ...]) -> None:
    """Refuse to dial anything but this machine; an audit hook, which sees every thread."""
    if event not in ("socket.connect", "socket.sendto"):
        return
    _socket, address = arguments
    if isinstance(address, tuple) and not _is_here(str(address[0])):
        raise ConnectionRefusedError(f"Tests talk to this machine only, not to {address}.")


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


sys.addaudithook(_refuse_the_outside)
