"""An alert in the middle of a large mailing: how soon it leaves, and what leaves before it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from bench.processes import workers
from bench.rows import Row
from bench.sending import wait_for_the_end, wait_for_the_first
from bench.smtp import relay

if TYPE_CHECKING:
    from newsletter.models import Issue
    from subscribers.models import Publication

#: Readers who want alerts on the region of this one.
CONCERNED = 10_000
REGION = "SN-DK"


def rows(n: int) -> Iterator[Row]:
    """A regular issue to `n` readers, and an alert to :data:`CONCERNED` of them meanwhile."""
    from django.db.models import Max, Min

    from bench.audience import fill, make_issue, make_publication, schedule
    from newsletter.tasks import keep_ringing

    publication = make_publication()
    fill(publication, n)
    _want_alerts(publication)
    stop = threading.Event()
    ticker = threading.Thread(target=keep_ringing, args=(stop,))
    with relay(), workers(2, 2):
        ticker.start()
        try:
            regular = schedule(make_issue(publication), at=None)
            wait_for_the_first(regular)
            alert = _alert(publication)
            clicked = time.time()
            mailing = schedule(alert, at=None)
            wait_for_the_first(mailing)
            wait_for_the_end(mailing)
            left = regular.batches.filter(state="pending").count()
        finally:
            stop.set()
            ticker.join()
    assert left, "The regular mailing was over first: ask for more readers."
    of_alert = mailing.batches.aggregate(first=Min("handed_at"), last=Max("handed_at"))
    first, last = of_alert["first"], of_alert["last"]
    between = regular.batches.filter(handed_at__gt=first, handed_at__lt=last).count()
    name = f"alert to {mailing.deliveries.count():,} amid {n:,}"
    yield Row(f"{name}: “Send” to first hand-over", first.timestamp() - clicked, "s", "≤ 2")
    yield Row(f"{name}: “Send” to the last", last.timestamp() - clicked, "s")
    yield Row(f"{name}: other batches in between", between, "batches", "≤ 4")


def _want_alerts(publication: Publication) -> None:
    from subscribers.models import InterestSet, Level, Region

    home, abroad = (Region.objects.get(code=code) for code in ("ML-1", REGION))
    publication.regions.add(abroad)
    wanted = InterestSet.objects.of({home: Level.ALL, abroad: Level.ALERTS})
    some = publication.subscriptions.order_by("pk").values("pk")[:CONCERNED]
    publication.subscriptions.filter(pk__in=some).update(interest_set=wanted)


def _alert(publication: Publication) -> Issue:
    from newsletter.models import Issue, Section
    from subscribers.models import Region
    from subscribers.models.texts import Texts

    words = Texts({"en": "The road to the port is closed."})
    alert = Issue.objects.create(
        publication=publication, kind="alert", title=words, slug="alert", subject=words
    )
    section = Section.objects.create(issue=alert, kind="regions", title=words, body=words)
    section.regions.add(Region.objects.get(code=REGION))
    return alert
