"""How long staff wait for each page of the desk, by readers and by mailings that are over."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from bench.rows import Row

if TYPE_CHECKING:
    from newsletter.models import Mailing

#: Pages are measured with so many mailings to everyone; MAILINGS=1,2 for others.
STEPS = "3,12"
#: How often a page is asked for, once it is warm.
TIMES = 7
#: One reader in so many has left.
LEFT = 20

LEAVE = """
UPDATE subscribers_subscription
SET status = 'ended', ended_reason = 'unsubscribed', ended_at = now()
WHERE id %% %s = 0
"""


class Page(NamedTuple):
    name: str
    address: str
    #: Milliseconds.
    goal: int


def rows(n: int) -> Iterator[Row]:
    from bench.history import send_as

    first = _first_mailing(n)
    have = 1
    for total in map(int, os.environ.get("MAILINGS", STEPS).split(",")):
        send_as(first, total - have)
        where = f"{total} mailings of {n:,}"
        yield from _timed(where, [*_pages(first), *_lists()])
        yield from _another(where)
        # It is over by then.
        have = total + 1


def _first_mailing(n: int) -> Mailing:
    from django.db import connection

    from bench.audience import fill, make_issue, make_publication
    from bench.freeze import freeze_once, send_what_is_frozen
    from bench.history import keep_counts
    from newsletter.models import Mailing

    publication = make_publication()
    fill(publication, n)
    with connection.cursor() as cursor:
        cursor.execute(LEAVE, [LEFT])
    freeze_once(make_issue(publication).pk)
    send_what_is_frozen()
    mailing = Mailing.objects.get()
    keep_counts(mailing)
    return mailing


def _another(where: str) -> Iterator[Row]:
    """A mailing more, while it is on its way."""
    from django.urls import reverse

    from bench.audience import make_issue
    from bench.freeze import freeze_mailing, send_what_is_frozen
    from bench.history import keep_counts
    from newsletter.audience.builder import audience_of
    from newsletter.editorial.checking import check_here
    from newsletter.editorial.drafts import draft_of
    from newsletter.editorial.scheduling import schedule
    from newsletter.models import Mailing
    from subscribers.models import Publication

    issue = make_issue(Publication.objects.get())
    start = time.perf_counter()
    draft = draft_of(issue)
    list(audience_of(issue, draft.composer).values_list("reason", "history").distinct())
    yield Row(f"{where}: who would get it", time.perf_counter() - start, "s")
    start = time.perf_counter()
    check_here(draft)
    yield Row(f"{where}: its check", time.perf_counter() - start, "s")
    start = time.perf_counter()
    mailing = schedule(issue, at=None, by=None)
    yield Row(f"{where}: scheduling", time.perf_counter() - start, "s", "≤ 0.5")
    yield Row(f"{where}: freeze", freeze_mailing(mailing), "s", "≤ 12")
    keep_counts(mailing)
    polling = reverse("admin:newsletter_mailing_progress", args=[mailing.pk])
    page = reverse("admin:newsletter_mailing_change", args=[mailing.pk])
    pages = [Page("mailing on its way", page, 50), Page("its polling", polling, 20)]
    yield from _timed(where, pages)
    send_what_is_frozen()
    keep_counts(Mailing.objects.get(pk=mailing.pk))


def _pages(mailing: Mailing) -> Iterator[Page]:
    from django.urls import reverse

    yield Page(
        "mailing that is over", reverse("admin:newsletter_mailing_change", args=[mailing.pk]), 50
    )
    yield _list("newsletter_mailing", "", 50)
    found = ("q=reader77@mail77.example.org", "q=reader77", "q=reader77%40mail77.ex%C3%A4mple.org")
    for search in found:
        yield _list("newsletter_delivery", search, 20)
        yield _list("subscribers_subscriber", search, 30)
        yield _list("subscribers_subscription", search, 30)
    of_mailing = f"mailing__id__exact={mailing.pk}"
    few = ("state__exact=unknown", "state__exact=rejected", "again=yes", "outcome__exact=4")
    for narrowed in (*few, *(f"{of_mailing}&{one}" for one in few), of_mailing):
        yield _list("newsletter_delivery", narrowed, 100)
    for state in ("planned", "accepted", "skipped", "excluded"):
        yield _list("newsletter_delivery", f"{of_mailing}&state__exact={state}", 100)
    for narrowed in ("status__exact=pending", "status__exact=ended", "mail_format__exact=text"):
        yield _list("subscribers_subscription", narrowed, 150)


def _lists() -> Iterator[Page]:
    """Every list of the desk."""
    from django.contrib import admin

    for model in admin.site._registry:
        yield _list(model._meta.label_lower.replace(".", "_"), "", 150)


def _list(name: str, query: str, goal: int) -> Page:
    from django.urls import reverse

    shown = f"{name.partition('_')[2]} list {query}".strip()
    return Page(shown, f"{reverse(f'admin:{name}_changelist')}?{query}", goal)


def _timed(where: str, pages: Iterator[Page] | list[Page]) -> Iterator[Row]:
    client = _client()
    for page in pages:
        took = statistics.median([_once(client, page) for _ in range(TIMES + 1)][1:])
        yield Row(f"{where}: {page.name}", took * 1000, "ms", f"≤ {page.goal}")


def _once(client: Any, page: Page) -> float:
    start = time.perf_counter()
    answer = client.get(page.address)
    took = time.perf_counter() - start
    assert answer.status_code == 200, (page, answer.status_code)
    return took


def _client() -> Any:
    from django.contrib.auth.models import User
    from django.test import Client

    client = Client(SERVER_NAME="localhost")
    client.force_login(
        User.objects.get_or_create(username="d", is_staff=True, is_superuser=True)[0]
    )
    return client
