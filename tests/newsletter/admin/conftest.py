from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

import pytest
from django.conf import settings
from django.contrib.auth.models import Permission, User
from django.test import Client

from newsletter.audience.freezing import freeze_due
from newsletter.editorial.scheduling import schedule
from newsletter.models import Issue, Mailing
from subscribers.models import Publication
from tests.factories import make_publication, make_subscription
from tests.newsletter.admin.opened import KeptPages
from tests.newsletter.factories import make_issue
from tests.regions import load_regions


def a_publication(**fields: object) -> Publication:
    load_regions()
    return make_publication(regions=["ML-1", "ML-4"], time_zone="Africa/Bamako", **fields)


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


Keep = Callable[[], AbstractContextManager[None]]


@pytest.fixture(scope="module")
def kept_publication(kept_for_the_module: Keep) -> int:
    """The key of one that all tests of a module begin with."""
    with kept_for_the_module():
        return a_publication().pk


@pytest.fixture(scope="module")
def kept_issue(kept_for_the_module: Keep, kept_publication: int) -> int:
    with kept_for_the_module():
        return an_issue(Publication.objects.get(pk=kept_publication)).pk


@pytest.fixture(scope="module")
def kept_mailing(kept_for_the_module: Keep, kept_issue: int) -> int:
    with kept_for_the_module():
        return a_mailing(Issue.objects.get(pk=kept_issue)).pk


@pytest.fixture(scope="module")
def kept_login(kept_for_the_module: Keep) -> Login:
    with kept_for_the_module():
        return Login.of(User.objects.create_superuser("admin", "admin@example.com"))


@pytest.fixture
def publication(db: None, kept_publication: int) -> Publication:
    return Publication.objects.get(pk=kept_publication)


@pytest.fixture
def issue(publication: Publication, kept_issue: int) -> Issue:
    issue = Issue.objects.get(pk=kept_issue)
    issue.publication = publication
    return issue


@pytest.fixture
def mailing(issue: Issue, kept_mailing: int) -> Mailing:
    mailing = Mailing.objects.get(pk=kept_mailing)
    mailing.issue = issue
    return mailing


@pytest.fixture
def admin_user(db: None, kept_login: Login) -> User:
    return User.objects.get(pk=kept_login.user)


@pytest.fixture
def admin_client(db: None, kept_login: Login) -> Client:
    return kept_login.client()


@dataclass(frozen=True)
class Login:
    """A person who is logged in before the first test of a module."""

    user: int
    session: str

    @classmethod
    def of(cls, user: User) -> Login:
        client = Client()
        client.force_login(user)
        return cls(user.pk, client.cookies[settings.SESSION_COOKIE_NAME].value)

    def client(self) -> Client:
        """A browser of theirs."""
        client = Client()
        client.cookies[settings.SESSION_COOKIE_NAME] = self.session
        return client


@pytest.fixture(scope="module")
def pages() -> KeptPages:
    return KeptPages()


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
