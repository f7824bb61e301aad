from __future__ import annotations

import pytest

from newsletter.audience.freezing import freeze_due
from newsletter.editorial.scheduling import schedule
from newsletter.ledger.heartbeats import Heart
from newsletter.models import Issue, Mailing
from newsletter.sending.delivering import deliver_next
from newsletter.sending.journals import own_journal
from newsletter.sending.recovering import finish_drained
from subscribers.models import Publication
from tests.factories import make_publication, make_subscription
from tests.newsletter.factories import make_issue
from tests.newsletter.fakes import FakeTransport
from tests.regions import load_regions


@pytest.fixture
def publication(db: None) -> Publication:
    load_regions()
    return make_publication(regions=["ML-1", "ML-4"])


@pytest.fixture
def issue(publication: Publication) -> Issue:
    return an_issue(publication)


def an_issue(publication: Publication) -> Issue:
    """A letter for everyone, and a part each on Kayes and Segou."""
    return make_issue(publication, ("Letter", []), ("On Kayes", ["ML-1"]), ("On Segou", ["ML-4"]))


def mail(issue: Issue, *, finish: bool = True) -> Mailing:
    """A mailing of `issue` as it stands now, which reached its readers; or the first of them."""
    if not issue.publication.subscriptions.exists():
        make_subscription(publication=issue.publication, regions=["ML-1"], address="one@a.example")
    mailing = schedule(issue, at=None, by=None)
    freeze_due(1)
    with own_journal() as journal:
        while deliver_next(FakeTransport(), journal, Heart()) and finish:
            pass
    finish_drained()
    mailing.refresh_from_db()
    return mailing


def send(issue: Issue) -> Mailing:
    """A mailing of `issue` as it stands now, frozen and on its way."""
    mailing = schedule(issue, at=None, by=None, even_to_nobody=True)
    assert freeze_due(50)
    mailing.refresh_from_db()
    return mailing
