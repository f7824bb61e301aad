from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from tests.upgrades import dumps
from tests.upgrades.dumps import Dump

#: The kind of database that the tests run on.
KIND = settings.DATABASES["default"]["ENGINE"].rpartition(".")[2].removesuffix("3")


@pytest.fixture
def database(tmp_path: Path) -> Iterator[str]:
    """The address of an empty one."""
    if KIND == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.sqlite3'}"
    else:
        with dumps.postgres_database(os.environ["DATABASE_URL"]) as address:
            yield address


@pytest.fixture(scope="session")
def todays(tmp_path_factory: pytest.TempPathFactory) -> Dump:
    """What this code would store if it were a release."""
    folder = tmp_path_factory.mktemp("dump")
    if KIND == "sqlite":
        return dumps.make(folder / "today", KIND, f"sqlite:///{folder / 'db'}", folder / "var")
    with dumps.postgres_database(os.environ["DATABASE_URL"]) as address:
        return dumps.make(folder / "today", KIND, address, folder / "var")


@pytest.fixture(params=["today", *map(str, dumps.stored(KIND))])
def dump(request: pytest.FixtureRequest, todays: Dump) -> Dump:
    by_name = {str(dump): dump for dump in dumps.stored(KIND)}
    return by_name.get(request.param, todays)
