"""Journeys on the whole service; those in full/ need a PostgreSQL and a Redis."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from django.conf import settings
from playwright.sync_api import Browser, sync_playwright

from tests import programs
from tests.features.site import QUIET, embedded

_ENGINE = settings.DATABASES["default"]["ENGINE"]
_FULL = _ENGINE == "django.db.backends.postgresql" and bool(os.environ.get("REDIS_URL"))

collect_ignore = [] if _FULL else ["full"]


@pytest.fixture(scope="session")
def site_with_brake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """What a service said at its start, on which who signs up has to do some work first.

    One for all who look at it with a browser: it takes a while to come up.
    """
    folder = tmp_path_factory.mktemp("var")
    with embedded(folder, SIGNUPS_BEFORE_PROOF="0", SIGNUP_PROOF_BITS="12") as (_process, said):
        yield said


# Not for longer: Django refuses its database to a thread in which Playwright is at work.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = programs.chromium()
    assert path, "This needs a Chromium: make test looks for one and installs it where it can."
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(path), args=list(QUIET))
        yield chromium
        chromium.close()
