"""The short way for the button of mail programs does what the ordinary way does."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as site
from django.db import connection, connections, transaction
from django.forms import model_to_dict
from django.test import Client, RequestFactory, override_settings
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from subscribers.links import unsubscribe_url
from subscribers.models import Notice, Publication, Subscriber, Subscription, SuppressionReason
from subscribers.services.suppressing import suppress
from tests.factories import make_notice, make_publication, make_request, make_subscription

pytestmark = pytest.mark.django_db

ONE_CLICK = {"List-Unsubscribe": "One-Click"}
on_postgresql = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="SQLite has the ordinary way alone"
)
#: Of a row that stands for another reader, what is its own.
OWN = {"id", "subscription", "subscriber", "change", "request"}
#: Moments are alike if they are of the same minute.
ALIKE = timedelta(minutes=1)

_FORGERY = re.compile(
    rb'name="csrfmiddlewaretoken" value="[^"]*"|value="[^"]*" name="csrfmiddlewaretoken"'
)

Prepare = Callable[[Subscription], object]


@pytest.fixture(params=["en", "ar", "pt-BR"])
def publication(request: pytest.FixtureRequest) -> Publication:
    return make_publication(
        name="L’heure & “demie” <du> Mali",
        languages=["en", request.param],
        masthead={request.param: "Région par région"},
        footer={"en": "Line 1\n\nLine 2"},
        accent="#0b4f6c",
    )


@pytest.fixture
def ordinary() -> Client:
    """Its posts go the ordinary way."""
    short_way, *others = site.MIDDLEWARE
    assert short_way == "config.one_click.OneClick"
    return client_through(others)


@pytest.fixture
def short() -> Client:
    return client_through(site.MIDDLEWARE)


def client_through(middleware: Sequence[str]) -> Client:
    client = Client(enforce_csrf_checks=True)
    with override_settings(MIDDLEWARE=list(middleware)):
        client.handler.load_middleware()
    return client


def path_of(subscription: Subscription) -> str:
    return unsubscribe_url(subscription.public_id).removeprefix(site.SITE_URL)


def reader_of(publication: Publication, name: str, **fields: Any) -> Subscription:
    """Of all readers of one domain whose names begin alike, pages show the same address."""
    language = publication.languages[-1]
    fields = {"language": language, "regions": {"ML-1": "all", "ML-2": "alerts"}, **fields}
    return make_subscription(publication=publication, address=f"{name}@example.org", **fields)


def seen(answer: Any) -> tuple[int, dict[str, str], bytes]:
    """Of the answer, all but the token against forgery, which is another one each time."""
    content = _FORGERY.sub(b"", answer.content)
    return answer.status_code, dict(sorted(answer.items())), content


def left_of(subscription: Subscription) -> dict[str, list[dict[str, Any]]]:
    """Every row about `subscription`, without what is its own."""
    subscription.refresh_from_db()
    rows = {
        "subscription": [subscription],
        "changes": subscription.changes.all(),
        "notices": subscription.notices.order_by("due_at", "pk"),
        "proof": subscription.consent_events.order_by("pk"),
        "requests": subscription.requests.all(),
    }
    return {name: [_plain(row) for row in found] for name, found in rows.items()}


def _plain(row: Any) -> dict[str, Any]:
    fields = {field.name: getattr(row, field.attname) for field in row._meta.concrete_fields}
    moments = {
        name: round((value - timezone.now()) / ALIKE)
        for name, value in fields.items()
        if hasattr(value, "astimezone")
    }
    return {**fields, **moments, **dict.fromkeys(OWN | {"public_id"})} | model_to_dict(row, [])


def test_the_answers_are_the_same_for_the_first_and_for_the_next(
    ordinary: Client, short: Client, publication: Publication
) -> None:
    readers = [reader_of(publication, f"reader{number}") for number in range(3)]

    expected = seen(ordinary.post(path_of(readers[0]), ONE_CLICK))
    answers = [seen(short.post(path_of(one), ONE_CLICK)) for one in readers[1:]]

    assert answers == [expected, expected]
    assert expected[1]["Content-Language"] == publication.languages[-1][:2]


def test_each_is_shown_their_own_address(short: Client, publication: Publication) -> None:
    for name in ("anna", "o'brien"):
        answer = short.post(path_of(reader_of(publication, name)), ONE_CLICK)

        assert f"{name[0]}•••@example.org" in answer.content.decode()


def test_a_publication_that_was_changed_is_shown_as_it_is_now(
    short: Client, publication: Publication
) -> None:
    short.post(path_of(reader_of(publication, "one")), ONE_CLICK)
    publication.name = dict.fromkeys(publication.languages, "Another name")
    publication.save()

    answer = short.post(path_of(reader_of(publication, "other")), ONE_CLICK)

    assert "Another name" in answer.content.decode()


def nothing(_subscription: Subscription) -> None:
    """Nothing was before."""


def changes(number: int) -> Prepare:
    def prepare(subscription: Subscription) -> None:
        for _ in range(number):
            make_notice(subscription, "changed")

    return prepare


def a_change_not_told_yet(subscription: Subscription) -> None:
    notice = make_notice(subscription, "changed")
    Notice.objects.filter(pk=notice.pk).update(due_at=timezone.now() + timedelta(hours=1))


@pytest.mark.parametrize("status", ["active", "pending", "ended"])
@pytest.mark.parametrize(
    "before",
    [nothing, changes(1), changes(7), a_change_not_told_yet, make_request, make_notice],
)
def test_what_is_left_in_the_database_is_the_same(
    ordinary: Client, short: Client, status: str, before: Prepare
) -> None:
    publication = make_publication(languages=["en", "pt-BR"])
    readers = [reader_of(publication, f"reader{n}", status=status) for n in range(3)]
    for reader in readers:
        before(reader)

    clients = (ordinary, short, short)
    for client, reader in zip(clients, readers, strict=True):
        assert client.post(path_of(reader), ONE_CLICK).status_code == 200

    expected, *others = map(left_of, readers)
    assert others == [expected, expected]
    assert expected["subscription"][0]["status"] == "ended"


@on_postgresql
def test_it_runs_two_statements_which_are_planned_once(
    short: Client, publication: Publication, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    short.post(path_of(reader_of(publication, "first")), ONE_CLICK)
    reader = reader_of(publication, "next")

    with django_assert_num_queries(2) as captured:  # what Django runs: not the two
        short.post(path_of(reader), ONE_CLICK)

    assert [query["sql"].split()[0] for query in captured.captured_queries] == [
        "SAVEPOINT",
        "RELEASE",
    ]
    with connection.cursor() as cursor:
        cursor.execute("SELECT custom_plans FROM pg_prepared_statements")
        assert cursor.fetchall() == [(0,), (0,)]


def test_readers_whose_mailbox_is_suppressed_are_told_so_alike(
    ordinary: Client, short: Client
) -> None:
    publication = make_publication()
    readers = [reader_of(publication, f"reader{number}", language="fr") for number in range(3)]
    short.post(path_of(reader_of(publication, "before", language="fr")), ONE_CLICK)
    for reader in readers:
        suppress(reader.subscriber.mailbox, reason=SuppressionReason.BOUNCED)

    expected, *answers = [
        seen(client.post(path_of(reader), ONE_CLICK))
        for client, reader in zip((ordinary, short, short), readers, strict=True)
    ]

    assert answers == [expected, expected]
    assert left_of(readers[1]) == left_of(readers[0])


def test_a_link_to_what_is_gone_is_answered_alike(ordinary: Client, short: Client) -> None:
    reader = reader_of(make_publication(), "reader", language="fr")
    path = path_of(reader)
    reader.delete()

    assert seen(short.post(path, ONE_CLICK)) == seen(ordinary.post(path, ONE_CLICK))


@pytest.mark.parametrize(
    "asked",
    [
        {"data": {"button": "unsubscribe"}},
        {"data": {**ONE_CLICK, "more": "x" * 2_000}},
        {"data": {"more": "x" * 70_000}},
        {"data": ONE_CLICK, "headers": {"cookie": "a=b"}},
        {"data": ONE_CLICK, "headers": {"host": "evil.example"}},
        {"data": ONE_CLICK, "headers": {"accept-language": "fr"}},
        {"data": ONE_CLICK, "headers": {"transfer-encoding": "chunked"}},
        {"data": ONE_CLICK, "secure": True},
        {"data": "button=x", "content_type": "application/x-www-form-urlencoded"},
        {"data": "%62utton=x", "content_type": "application/x-www-form-urlencoded"},
        {"data": "button=x", "content_type": "text/plain"},
        {"data": b"\xff\x00", "content_type": ""},
    ],
)
def test_whatever_is_posted_is_answered_alike(
    ordinary: Client, short: Client, asked: dict[str, Any]
) -> None:
    publication = make_publication()
    readers = [reader_of(publication, f"reader{number}", language="fr") for number in range(3)]
    short.post(path_of(reader_of(publication, "before", language="fr")), ONE_CLICK)

    expected, *answers = [
        seen(client.post(path_of(reader), **asked))
        for client, reader in zip((ordinary, short, short), readers, strict=True)
    ]

    assert answers == [expected, expected]
    assert left_of(readers[1]) == left_of(readers[0])


@pytest.mark.parametrize("spoil", ["x", "/)", "%20", "/x/", ""])
def test_a_link_that_leads_nowhere_is_answered_alike(
    ordinary: Client, short: Client, spoil: str
) -> None:
    reader = reader_of(make_publication(), "reader", language="fr")
    path = path_of(reader).removesuffix("/") + spoil

    assert seen(short.post(path, ONE_CLICK)) == seen(ordinary.post(path, ONE_CLICK))
    reader.refresh_from_db()
    assert reader.status == "active"


def test_a_post_over_http_is_sent_to_https_alike(
    settings: Settings, request: pytest.FixtureRequest
) -> None:
    settings.SECURE_SSL_REDIRECT = True
    short, ordinary = (request.getfixturevalue(name) for name in ("short", "ordinary"))
    path = path_of(reader_of(make_publication(), "reader", language="fr"))

    assert seen(short.post(path, ONE_CLICK)) == seen(ordinary.post(path, ONE_CLICK))


@pytest.mark.parametrize("method", ["get", "head", "options", "put"])
def test_nothing_but_a_post_ends_anything(short: Client, method: str) -> None:
    reader = reader_of(make_publication(), "reader", language="fr")

    getattr(short, method)(path_of(reader))

    reader.refresh_from_db()
    assert reader.status == "active"


def _post_to(path: str) -> dict[str, Any]:
    environ: dict[str, Any] = RequestFactory().post(path, ONE_CLICK).environ
    return environ


@on_postgresql
@pytest.mark.django_db(transaction=True)
def test_many_at_once_end_once_each() -> None:
    publication = make_publication()
    readers = [reader_of(publication, f"reader{number}", language="fr") for number in range(8)]
    client = client_through(site.MIDDLEWARE)  # one middleware for all threads
    barrier = threading.Barrier(8)

    def click(reader: Subscription) -> int:
        barrier.wait()
        try:
            return client.handler(_post_to(path_of(reader))).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as threads:
        # Two of each four press the button of the same reader.
        statuses = list(threads.map(click, [*readers[:4], *readers[:4]]))

    assert statuses == [200] * 8
    for reader in readers[:4]:
        assert len(left_of(reader)["proof"]) == len(left_of(reader)["notices"]) == 1
    assert {reader.status for reader in readers[4:]} == {"active"}


@on_postgresql
@pytest.mark.django_db(transaction=True)
def test_nobody_waits_for_a_reader_whom_another_transaction_holds(short: Client) -> None:
    publication = make_publication()
    held, free = (reader_of(publication, name, language="fr") for name in ("held", "free"))
    short.post(path_of(reader_of(publication, "before", language="fr")), ONE_CLICK)
    taken, over = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            Subscriber.objects.select_for_update().get(pk=held.subscriber_id)
            taken.set()
            over.wait(10)
        connections.close_all()

    def click(reader: Subscription) -> int:
        try:
            return Client().post(path_of(reader), ONE_CLICK).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(3) as threads:
        holding = threads.submit(hold)
        taken.wait(10)
        waiting = threads.submit(click, held)
        assert threads.submit(click, free).result() == 200
        assert not waiting.done()
        over.set()
        assert waiting.result() == 200
        holding.result()


@on_postgresql
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("way", ["short", "ordinary"])
def test_nobody_waits_for_a_freeze_that_refers_to_its_readers(
    request: pytest.FixtureRequest, way: str
) -> None:
    client = request.getfixturevalue(way)
    reader = reader_of(make_publication(), "reader", language="fr")

    def click() -> int:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '5s'")
            return int(client.post(path_of(reader), ONE_CLICK).status_code)
        finally:
            connections.close_all()

    with (
        ThreadPoolExecutor(1) as threads,
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        for table in ("subscriber", "subscription"):  # as foreign keys do
            cursor.execute(f"SELECT FROM subscribers_{table} FOR KEY SHARE")
        assert threads.submit(click).result() == 200
