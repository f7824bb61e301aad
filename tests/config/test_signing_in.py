"""Signing in to the desk, and changing the password, while somebody guesses."""

from __future__ import annotations

import pytest
from django.contrib.auth import hashers
from django.contrib.auth.models import User
from django.test import Client

from subscribers.models import AuditAction, AuditEntry, SignInTry
from subscribers.services.signing_in import NAME_IN_NETWORK_CAP
from tests.answers import Answer

pytestmark = pytest.mark.django_db

WORDS = "the right words of old"


@pytest.fixture
def editor() -> User:
    return User.objects.create_superuser("editor", password=WORDS)


def sign_in(client: Client, password: str, name: str = "editor") -> Answer:
    return client.post("/admin/login/", {"username": name, "password": password})


def change(client: Client, old: str, new: str = "other words instead") -> Answer:
    typed = {"old_password": old, "new_password1": new, "new_password2": new}
    return client.post("/admin/password_change/", typed)


def test_guessing_is_answered_429_without_hashing(
    client: Client, editor: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = [sign_in(client, "wrong").status_code for _ in range(NAME_IN_NETWORK_CAP)]

    def hashing(*_given: object, **_more: object) -> None:
        raise AssertionError("hashed")

    for name in ("check_password", "make_password"):
        monkeypatch.setattr(hashers, name, hashing)
        monkeypatch.setattr(f"django.contrib.auth.base_user.{name}", hashing)
    refused = sign_in(client, WORDS)

    assert answers == [200] * NAME_IN_NETWORK_CAP
    assert refused.status_code == 429
    assert refused["Retry-After"] == "900"
    assert "Please wait 15 minutes" in refused.content.decode()


def test_the_right_password_leads_on_and_both_are_in_the_audit_log(
    client: Client, editor: User
) -> None:
    sign_in(client, "wrong")

    assert sign_in(client, WORDS).status_code == 302

    entries = AuditEntry.objects.order_by("pk").values_list("action", "actor_name")
    assert list(entries) == [
        (AuditAction.SIGN_IN_FAILED, "editor"),
        (AuditAction.SIGNED_IN, "editor"),
    ]
    assert WORDS not in str(AuditEntry.objects.values_list())


def test_somebody_who_is_no_staff_can_guess_no_more_than_others(client: Client) -> None:
    User.objects.create_user("reader", password=WORDS)

    answers = [sign_in(client, WORDS, "reader").status_code for _ in range(6)]

    assert answers == [200] * NAME_IN_NETWORK_CAP + [429]


def test_looking_at_the_form_counts_for_nothing(client: Client) -> None:
    for _ in range(3):
        client.get("/admin/login/")

    assert not SignInTry.objects.exists()


def test_who_found_an_open_desk_can_guess_its_password_no_more_often(
    client: Client, editor: User
) -> None:
    client.force_login(editor)

    answers = [change(client, "wrong").status_code for _ in range(6)]

    assert answers == [200] * NAME_IN_NETWORK_CAP + [429]


def test_a_new_password_that_will_not_do_is_no_guess(client: Client, editor: User) -> None:
    client.force_login(editor)

    answers = [change(client, WORDS, new="1234").status_code for _ in range(6)]

    assert answers == [200] * 6
    assert change(client, WORDS).status_code == 302


def test_a_password_that_is_changed_is_in_the_audit_log_without_it(
    client: Client, editor: User
) -> None:
    client.force_login(editor)

    change(client, WORDS, "other words instead")

    entry = AuditEntry.objects.get(action=AuditAction.CHANGED)
    assert (entry.actor_name, list(entry.changes)) == ("editor", ["password"])
    assert "words" not in str(entry.changes)
