"""Who is signed in to the desk, until when, and what the database tells of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings as site
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from config import sessions

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor() -> User:
    return User.objects.create_superuser("editor", password="the words of old")


@pytest.fixture
def desk(editor: User) -> Client:
    client = Client()
    client.force_login(editor)
    return client


def is_signed_in(client: Client) -> bool:
    return client.get("/admin/").status_code == 200


def with_key(key: str) -> Client:
    client = Client()
    client.cookies[site.SESSION_COOKIE_NAME] = key
    return client


def test_a_session_lasts_from_page_to_page(desk: Client) -> None:
    assert is_signed_in(desk)
    assert is_signed_in(desk)


def test_what_the_database_holds_of_a_session_signs_nobody_in(desk: Client) -> None:
    stored = Session.objects.get()

    assert not is_signed_in(with_key(stored.session_key))
    assert is_signed_in(with_key(desk.cookies[site.SESSION_COOKIE_NAME].value))


def test_signing_out_deletes_the_session(desk: Client) -> None:
    kept = desk.cookies[site.SESSION_COOKIE_NAME].value

    desk.post("/admin/logout/")

    assert not Session.objects.filter(session_data__gt="").exists()
    assert not is_signed_in(with_key(kept))


def test_signing_in_takes_a_new_key(desk: Client, editor: User) -> None:
    before = Session.objects.get().session_key

    desk.force_login(editor)
    desk.session.cycle_key()

    assert not Session.objects.filter(session_key=before).exists()


def test_sessions_end_where_the_database_is_copied_to(
    desk: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "_here", lambda: "another place")

    assert not is_signed_in(desk)


def test_sessions_end_when_the_password_changes_but_for_the_one_that_changed_it(
    desk: Client, editor: User
) -> None:
    other = Client()
    other.force_login(editor)
    words = {"new_password1": "words of my own", "new_password2": "words of my own"}

    desk.post("/admin/password_change/", {"old_password": "the words of old", **words})

    assert is_signed_in(desk)
    assert not is_signed_in(other)


def test_sessions_end_when_an_account_is_deactivated(desk: Client) -> None:
    User.objects.update(is_active=False)

    assert not is_signed_in(desk)


def test_sessions_end_after_twelve_hours(desk: Client) -> None:
    left = Session.objects.get().expire_date - timezone.now()
    assert timedelta(hours=11.9) < left <= timedelta(hours=12)

    Session.objects.update(expire_date=timezone.now())

    assert not is_signed_in(desk)


@pytest.mark.parametrize("key", ["", "x", "\0", "a" * 500, "é"])
def test_a_key_that_was_never_given_signs_nobody_in(key: str) -> None:
    assert not is_signed_in(with_key(key))
