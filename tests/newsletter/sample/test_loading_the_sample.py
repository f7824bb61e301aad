"""Loading the sample into a site without it; what is in it: test_sample.py."""

from __future__ import annotations

import pytest

from newsletter.models import Issue
from newsletter.sample.loading import LoadTheRegions, load_sample
from subscribers.models import Publication, Subscriber
from tests.factories import make_publication
from tests.regions import load_regions

pytestmark = pytest.mark.django_db


@pytest.fixture
def regions() -> None:
    load_regions()


def test_a_site_in_use_is_left_alone(regions: None) -> None:
    make_publication()

    assert load_sample() is None
    assert not Issue.objects.exists()
    assert not Subscriber.objects.exists()


def test_without_its_regions_it_says_so_and_leaves_nothing() -> None:
    with pytest.raises(LoadTheRegions, match="x-WESTERN-MALI"):
        load_sample()

    assert not Publication.objects.exists()
