from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest

from bench.composing import seconds_for_all_sets
from newsletter.audience.assigning import composer_of
from newsletter.editions.compose import Composer
from newsletter.sample.loading import load_sample
from tests.regions import load_regions

#: Twice the goal, to which `make bench` holds us: two tests may share a processor here.
SECONDS = 2.0

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def composer(kept_for_the_module: Callable[[], AbstractContextManager[None]]) -> Composer:
    with kept_for_the_module():
        load_regions()
        mailing = load_sample()
        assert mailing is not None
        return composer_of(mailing)


def test_all_sets_of_the_sample_are_composed_in_no_time(composer: Composer) -> None:
    assert seconds_for_all_sets(composer) <= SECONDS


def test_a_slow_composer_is_found(monkeypatch: pytest.MonkeyPatch, composer: Composer) -> None:
    edition_for = Composer.edition_for

    def slowly(*arguments: Any, **options: Any) -> object:
        enough = time.process_time() + SECONDS / 63
        while time.process_time() < enough:
            pass
        return edition_for(*arguments, **options)

    monkeypatch.setattr(Composer, "edition_for", slowly)

    assert seconds_for_all_sets(composer) > SECONDS
