from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from newsletter.audience.freezing import freeze_due
from newsletter.editorial.scheduling import schedule
from newsletter.models import Issue, Mailing
from subscribers.models import Publication
from tests.factories import make_publication, make_subscription
from tests.newsletter.factories import make_issue
from tests.regions import load_regions


def a_publication() -> Publication:
    load_regions()
    return make_publication(regions=["ML-1", "ML-4"], time_zone="Africa/Bamako")


def an_issue(publication: Publication) -> Issue:
    """A letter for everyone, and a part each on Kayes and Segou."""
    return make_issue(publication, ("Letter", []), ("On Kayes", ["ML-1"]), ("On Segou", ["ML-4"]))


def a_mailing(issue: Issue) -> Mailing:
    """On its way to a reader of Kayes and one of Kayes and Segou; a third has not confirmed."""
    publication = issue.publication
    make_subscription(publication=publication, regions=["ML-1"], address="one@a.example")
    make_subscription(publication=publication, regions=["ML-1", "ML-4"], address="two@a.example")
    make_subscription(
        publication=publication, regions=["ML-4"], address="new@a.example", status="pending"
    )
    mailing = schedule(issue, at=None, by=None)
    assert freeze_due(50)
    mailing.refresh_from_db()
    return mailing


@pytest.fixture
def publication(db: None) -> Publication:
    return a_publication()


@pytest.fixture
def issue(publication: Publication) -> Issue:
    return an_issue(publication)


@pytest.fixture
def mailing(issue: Issue) -> Mailing:
    return a_mailing(issue)


@pytest.fixture(scope="module")
def kept_mailing(kept_for_the_module: Callable[[], AbstractContextManager[None]]) -> int:
    """The key of one that all tests of a module begin with."""
    with kept_for_the_module():
        return a_mailing(an_issue(a_publication())).pk


class Staff:
    """Makes clients of staff who may do what is named, and nothing else."""

    def may(self, *permissions: str, name: str = "staff") -> Client:
        user = User.objects.create_user(name, password="staff", is_staff=True)
        user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
        client = Client()
        client.force_login(user)
        return client


@pytest.fixture
def staff(db: None) -> Staff:
    return Staff()
