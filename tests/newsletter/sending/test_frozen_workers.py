"""A worker that stands still in the middle of its intent, and the others that go on."""

from __future__ import annotations

import threading
import time
from contextlib import suppress

import pytest
from django.db import DatabaseError, connection
from django.db.models import Q

from newsletter.audience.freezing import freeze_due
from newsletter.editorial import scheduling
from newsletter.ledger.heartbeats import Heart
from newsletter.models import Batch, BatchState, Delivery, DeliveryState, Mailing
from newsletter.sending import delivering
from newsletter.sending.delivering import deliver_next
from newsletter.sending.journals import own_journal
from newsletter.worker import drain
from subscribers.models import Publication
from tests.factories import make_publication, make_subscription
from tests.newsletter.factories import make_issue
from tests.newsletter.fakes import FakeTransport
from tests.regions import load_regions

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        connection.vendor != "postgresql", reason="SQLite has no sessions to be ended"
    ),
]


@pytest.fixture
def publication() -> Publication:
    load_regions()
    return make_publication()


def test_a_session_that_stands_still_in_a_transaction_is_ended_before_anybody_gives_up() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SHOW idle_in_transaction_session_timeout")
        [patience] = cursor.fetchone()

    assert patience == "20s"


def test_a_worker_frozen_in_its_intent_stops_nobody_and_leaves_nothing(
    publication: Publication, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(2):
        make_subscription(publication=publication, regions=["ML-1"], address=f"r{number}@a.example")
    scheduling.schedule(make_issue(publication, ("Letter", [])), at=None, by=None)
    freeze_due(1)
    frozen, transport = threading.Event(), FakeTransport()

    def stand_still(mailing: Mailing) -> Q:
        if threading.current_thread() is worker:
            frozen.set()
            time.sleep(1)
        return paused_for(mailing)

    def work() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET idle_in_transaction_session_timeout = '200ms'")
        try:
            with suppress(DatabaseError), own_journal() as journal:
                deliver_next(FakeTransport(), journal, Heart())
                ended_well.append(True)
        finally:
            connection.close()

    ended_well: list[bool] = []
    worker = threading.Thread(target=work)
    paused_for = delivering._paused_for
    monkeypatch.setattr(delivering, "_paused_for", stand_still)
    worker.start()
    frozen.wait(10)
    begun = time.monotonic()
    drain(transport)
    waited = time.monotonic() - begun
    worker.join()

    assert transport.addresses == ["r1@a.example"]
    assert waited < 1
    assert not ended_well
    assert Batch.objects.filter(state=BatchState.CLAIMED).count() == 1

    drain(transport)

    assert transport.addresses == ["r0@a.example", "r1@a.example"]
    assert set(Delivery.objects.values_list("state", flat=True)) == {DeliveryState.ACCEPTED}
