"""A mailing through PostgreSQL, Redis, and worker processes beside each other."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from newsletter.editorial.scheduling import schedule
from newsletter.models import DeliveryState, Mailing, MailingState
from newsletter.queries import counts_of
from newsletter.tasks import drain, keep_ringing
from newsletter.transports.outbox import Outbox
from subscribers.bell import ring
from subscribers.models import Publication
from tests.factories import make_publication, make_subscription
from tests.features.full.processes import running_worker, wait_until
from tests.newsletter.factories import make_issue
from tests.regions import load_regions

pytestmark = pytest.mark.django_db(transaction=True)

REGIONS = (["ML-1"], ["ML-4"], ["ML-1", "ML-4"], ["SN"])


@pytest.fixture
def publication() -> Publication:
    load_regions()
    publication = make_publication()
    for number in range(120):
        make_subscription(
            publication=publication,
            regions=REGIONS[number % len(REGIONS)],
            address=f"reader{number}@example.org",
        )
    return publication


@pytest.fixture
def two_workers(publication: Publication, var: Path) -> Iterator[None]:
    with running_worker(var), running_worker(var):
        yield


def state_of(mailing: Mailing) -> str:
    mailing.refresh_from_db()
    return mailing.state


def sent_to(var: Path) -> Counter[str]:
    return Counter(item.address for item in Outbox(var / "outbox").items())


def test_two_workers_and_many_bells_send_each_reader_one_mail(
    publication: Publication, two_workers: None, var: Path
) -> None:
    mailing = schedule(
        make_issue(publication, ("Letter", []), ("Kayes", ["ML-1"]), ("Segou", ["ML-4"])),
        at=None,
        by=None,
    )

    for _ in range(20):
        ring(drain)
    wait_until(lambda: state_of(mailing) == MailingState.FINISHED)

    assert sent_to(var) == Counter({f"reader{n}@example.org": 1 for n in range(120)})
    assert counts_of(mailing).of(DeliveryState.ACCEPTED) == 120
    assert counts_of(mailing).balanced


def test_two_tickers_start_a_mailing_once_and_on_their_own(
    publication: Publication, two_workers: None, var: Path
) -> None:
    stop = threading.Event()
    tickers = [
        threading.Thread(target=keep_ringing, args=(stop,), kwargs={"every": 0.2}) for _ in range(2)
    ]
    for ticker in tickers:
        ticker.start()
    try:
        mailing = schedule(make_issue(publication, ("Letter", [])), at=None, by=None)
        wait_until(lambda: state_of(mailing) == MailingState.FINISHED)
    finally:
        stop.set()
        for ticker in tickers:
            ticker.join()

    assert max(sent_to(var).values()) == 1
    assert len(sent_to(var)) == 120
