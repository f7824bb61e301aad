"""How often a password for the desk may be tried."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest
from django.contrib.auth.models import User

from subscribers.errors import AskToWait
from subscribers.models import AuditAction, AuditEntry, SignInTry
from subscribers.services import forgetting
from subscribers.services.signing_in import (
    NAME_CAP,
    NAME_IN_NETWORK_CAP,
    NETWORK_CAP,
    begin,
    was_right,
    was_wrong,
)

pytestmark = pytest.mark.django_db

HERE, THERE = "192.0.2.0/24", "2001:db8:1::/48"


def guess(times: int, *, name: str = "", network: str = "") -> None:
    """Wrong tries; at another name, or from another network, each where none is given."""
    for number in range(times):
        begin(name or f"name{number}", network or f"10.0.{number}.0/24")


def age(**by: float) -> None:
    for one in SignInTry.objects.all():
        SignInTry.objects.filter(pk=one.pk).update(at=one.at - timedelta(**by))


def test_a_name_is_guessed_at_five_times_from_one_network() -> None:
    guess(NAME_IN_NETWORK_CAP, name="editor", network=HERE)

    with pytest.raises(AskToWait):
        begin(" Editor", HERE)
    begin("editor", THERE)
    begin("another", HERE)


@pytest.mark.parametrize("name", ["ｅｄｉｔｏｒ", "ed\0itor", "\u2003editor "])
def test_a_name_is_counted_as_the_one_that_it_stands_for(name: str) -> None:
    User.objects.create_user("editor")
    guess(NAME_IN_NETWORK_CAP, name="editor", network=HERE)

    with pytest.raises(AskToWait):
        begin(name, HERE)
    was_wrong(begin(name, THERE), name)

    assert AuditEntry.objects.get().actor_name == "editor"


def test_a_network_guesses_at_twenty_names() -> None:
    guess(NETWORK_CAP, network=HERE)

    with pytest.raises(AskToWait):
        begin("editor", HERE)


def test_a_name_is_guessed_at_fifty_times_from_everywhere() -> None:
    guess(NAME_CAP, name="editor")

    with pytest.raises(AskToWait):
        begin("editor", HERE)


def test_an_editor_gets_in_from_where_they_were_before_while_others_guess() -> None:
    was_right(begin("editor", HERE))
    guess(NAME_CAP, name="editor")

    was_right(begin("editor", HERE))


def test_after_a_quarter_of_an_hour_everybody_gets_in_again() -> None:
    guess(NAME_CAP, name="editor")

    age(minutes=16)

    begin("editor", HERE)


def test_who_is_turned_away_does_not_wait_longer_for_it() -> None:
    guess(NAME_IN_NETWORK_CAP, name="editor", network=HERE)

    with pytest.raises(AskToWait):
        begin("editor", HERE)

    assert SignInTry.objects.count() == NAME_IN_NETWORK_CAP


def test_right_passwords_do_not_count() -> None:
    for _ in range(NETWORK_CAP + 1):
        was_right(begin("editor", HERE))


def test_where_no_network_is_known_nobody_is_shut_out_by_guesses_at_another_name() -> None:
    for number in range(NETWORK_CAP + 1):
        begin(f"name{number}", "")

    begin("editor", "")


def test_a_wrong_try_is_logged_with_its_user_and_without_what_was_typed(
    caplog: pytest.LogCaptureFixture,
) -> None:
    User.objects.create_user("editor")

    with caplog.at_level(logging.WARNING):
        for name in ("editor", "my secret words", "\0"):
            was_wrong(begin(name, HERE), name)

    assert "editor, from 192.0.2.0/24" in caplog.text
    assert "secret" not in caplog.text
    entries = AuditEntry.objects.filter(action=AuditAction.SIGN_IN_FAILED).order_by("pk")
    assert [entry.actor_name for entry in entries] == ["editor", "unknown name", "unknown name"]
    assert {entry.note for entry in entries} == {HERE}


def test_no_name_can_be_read_from_what_is_counted() -> None:
    begin("editor", HERE)

    assert "editor" not in str(SignInTry.objects.values_list())


def test_tries_are_forgotten_when_they_count_no_more() -> None:
    was_right(begin("editor", HERE))
    begin("editor", HERE)

    age(minutes=16)
    assert forgetting.something_to_forget()
    forgetting.forget()
    assert SignInTry.objects.get().was_right

    age(days=60)
    forgetting.forget()
    assert not SignInTry.objects.exists()
