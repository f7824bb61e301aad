"""Whatever is sent to whichever address of the site, none answers that it has failed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from newsletter.audience.freezing import freeze_due
from newsletter.editorial.scheduling import schedule
from newsletter.models import Issue, Mailing
from subscribers.tokens import Purpose, sign
from tests.answers import Answer
from tests.factories import make_publication, make_subscription
from tests.newsletter.factories import make_issue, make_picture
from tests.regions import load_regions

#: More than any column holds; what PostgreSQL cannot store; half a character; no pattern.
HUGE, NUL, HALF, NO_PATTERN = "9" * 25, "%00", "%ED%A0%80", "(((("
JUNK = (HUGE, NUL, HALF)
#: What some page or other reads out of an address.
READ = ("q", "p", "o", "e", "page", "region", "address", "with", "reader", "language", "since")

#: What may be asked for beside GET and POST, by programs that look around; one is of no standard.
METHODS = ("HEAD", "OPTIONS", "TRACE", "PUT", "X")

_PLACE = re.compile(r"<[^>]*>|\(\?P<\w+>(?:\[[^\]]*\]|[^()])*\)")
_FIELD = re.compile(r'<(?:input|select|textarea)[^>]*?\sname="([^"]+)"')


@pytest.fixture
def mailing(db: None) -> Mailing:
    """There is one of everything that has a page."""
    load_regions()
    publication = make_publication(regions=["ML-1"], archive_open=True)
    make_subscription(publication=publication, regions=["ML-1"])
    make_picture()
    issue: Issue = make_issue(publication, ("Letter", []), ("On Kayes", ["ML-1"]))
    mailing = schedule(issue, at=None, by=None)
    assert freeze_due(50)
    return mailing


@pytest.fixture(params=["stranger", "superuser"])
def visitor(request: pytest.FixtureRequest, mailing: Mailing, admin_client: Client) -> Client:
    visitor = Client() if request.param == "stranger" else admin_client
    visitor.raise_request_exception = False
    return visitor


def patterns(resolver: URLResolver, before: str = "") -> Iterator[str]:
    """Every address of the site, as it is written in the code."""
    for pattern in resolver.url_patterns:
        here = before + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield here
        else:
            yield from patterns(pattern, here)


def addresses(value: str) -> Iterator[str]:
    """Every address with `value` in each of its places. Nobody signs out on the way."""
    for pattern in patterns(get_resolver()):
        if "logout" not in pattern:
            yield "/" + re.sub(r"[\^$\\]|\\Z", "", _PLACE.sub(lambda _place: value, pattern))


def failures(answers: Iterator[tuple[str, Answer]]) -> list[str]:
    return [f"{what}: {answer.status_code}" for what, answer in answers if answer.status_code > 499]


@pytest.mark.parametrize("value", JUNK)
def test_no_address_fails_whatever_stands_in_it(visitor: Client, value: str) -> None:
    query = "&".join(f"{name}={value}" for name in READ)

    def answers() -> Iterator[tuple[str, Answer]]:
        for address in addresses(value):
            yield f"GET {address}", visitor.get(f"{address}?{query}")
            yield f"POST {address}", visitor.post(f"{address}?{query}", {"token": value})

    assert failures(answers()) == []


def test_no_address_fails_whatever_is_asked_of_it(mailing: Mailing, admin_client: Client) -> None:
    # Signed in to the desk, where a stranger only learns that they are one.
    admin_client.raise_request_exception = False
    known = {*addresses("1"), *pages_with_forms(mailing)}

    def answers() -> Iterator[tuple[str, Answer]]:
        for method, address in product(METHODS, sorted(known)):
            yield f"{method} {address}", admin_client.generic(method, address, b"a=b")

    assert failures(answers()) == []


def test_no_list_of_the_desk_fails_whatever_it_is_asked_for(
    mailing: Mailing, admin_client: Client
) -> None:
    admin_client.raise_request_exception = False

    def answers() -> Iterator[tuple[str, Answer]]:
        for model, page in admin.site._registry.items():
            path = reverse(f"admin:{model._meta.label_lower.replace('.', '_')}_changelist")
            for query in junk_queries(model._meta.pk.name, page):
                yield f"{path}?{query}", admin_client.get(f"{path}?{query}")

    assert failures(answers()) == []


def junk_queries(key: str, page: admin.ModelAdmin[Any]) -> Iterator[str]:
    yield f"{key}__iregex={NO_PATTERN}"
    yield f"{key}__in={HUGE}"
    yield "&".join(f"{name}={HUGE}" for name in ("p", "o", "_facets", "_to_field"))
    yield from (f"q={value}" for value in (NUL, "+".join("ab" * 200)))
    for given in page.list_filter:
        name: Any = given[0] if isinstance(given, tuple) else given
        name = name if isinstance(name, str) else name.parameter_name
        yield from (f"{name}__exact={value}" for value in (HUGE, NUL))


def pages_with_forms(mailing: Mailing) -> Iterator[str]:
    subscription = mailing.issue.publication.subscriptions.get()
    yield f"/p/{mailing.issue.publication.slug}/"
    yield from (f"/{purpose}/{sign(purpose, subscription.public_id)}/" for purpose in Purpose)
    for name in ("preview", "schedule", "preflight"):
        yield reverse(f"admin:newsletter_issue_{name}", args=[mailing.issue_id])
    for model in admin.site._registry:
        name = f"admin:{model._meta.label_lower.replace('.', '_')}"
        yield reverse(f"{name}_changelist")
        yield reverse(f"{name}_add")
        if one := model._default_manager.order_by("pk").first():
            yield reverse(f"{name}_change", args=[one.pk])


@pytest.mark.parametrize("value", [HUGE, "\0"])
def test_no_form_fails_whatever_is_typed(
    mailing: Mailing, admin_client: Client, value: str
) -> None:
    admin_client.raise_request_exception = False

    def answers() -> Iterator[tuple[str, Answer]]:
        for path in pages_with_forms(mailing):
            names = set(_FIELD.findall(admin_client.get(path).content.decode()))
            typed = {name: value for name in names if not name.endswith("_FORMS")}
            kept = {name: "1" for name in names if name.endswith("_FORMS")}
            yield path, admin_client.post(path, {**typed, **kept})

    assert failures(answers()) == []
