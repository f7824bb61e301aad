from __future__ import annotations

import pytest

from newsletter.models import Issue, Mailing
from newsletter.services.freezing import freeze_due
from newsletter.services.scheduling import schedule
from subscribers.models import Publication
from subscribers.services.loading_regions import load_regions
from tests.factories import make_publication
from tests.newsletter.factories import make_issue


@pytest.fixture
def publication(db: None) -> Publication:
    load_regions()
    return make_publication(regions=["ML-1", "ML-4"])


@pytest.fixture
def issue(publication: Publication) -> Issue:
    """A letter for everyone, and a part each on Kayes and Segou."""
    return make_issue(publication, ("Letter", []), ("On Kayes", ["ML-1"]), ("On Segou", ["ML-4"]))


def send(issue: Issue) -> Mailing:
    """A mailing of `issue` as it stands now, frozen and on its way."""
    mailing = schedule(issue, at=None, by=None)
    assert freeze_due(50)
    mailing.refresh_from_db()
    return mailing
