from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from subscribers.errors import LinkExpired, LinkInvalid
from subscribers.tokens import LIFETIMES, Purpose, ReadersSigner, read, read_generation, sign

WHO = UUID("0192f1c8-0000-7000-8000-0000000000ff")


@pytest.fixture
def after(monkeypatch: pytest.MonkeyPatch) -> Callable[[timedelta], None]:
    """Let that much time go by."""
    real = time.time

    def go(wait: timedelta) -> None:
        monkeypatch.setattr(time, "time", lambda: real() + wait.total_seconds())

    return go


@pytest.mark.parametrize("purpose", Purpose)
def test_a_token_gives_back_whom_it_was_signed_for(purpose: Purpose) -> None:
    assert read(purpose, sign(purpose, WHO)) == WHO


@pytest.mark.parametrize("purpose", Purpose)
@pytest.mark.parametrize("other", Purpose)
def test_a_token_is_worthless_for_another_purpose(purpose: Purpose, other: Purpose) -> None:
    if purpose != other:
        with pytest.raises(LinkInvalid):
            read(other, sign(purpose, WHO))


#: What stands in email that was sent. It is never changed: only further ones are added.
SENT = {
    Purpose.CONFIRM: "AQGS8cgAAHAAgAAAAAAAAP9rCm3gAAPbbS8cjxpySFlSXoSlYPv-",
    Purpose.PREFERENCES: "AQGS8cgAAHAAgAAAAAAAAP9rCm3gAAP4lMJ9QSNs9abF94r2bQrZ",
    Purpose.UNSUBSCRIBE: "AQGS8cgAAHAAgAAAAAAAAP9rCm3gAAO7uXXOkQXUFfHHEdlWm5mr",
    Purpose.UNDO: "AQGS8cgAAHAAgAAAAAAAAP9rCm3gAAOguKZrUd77QcrGFqrCHyQH",
    Purpose.STOP: "AQGS8cgAAHAAgAAAAAAAAP9rCm3gAAMw3DNiZ0sPDwO5Xl8BIgIU",
}


@pytest.mark.parametrize("purpose", Purpose)
def test_what_was_sent_is_read_as_it_was_signed(
    purpose: Purpose, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.LINK_KEYS = ["the key of that time"]
    sent_at = datetime(2026, 11, 28, 6, 0, tzinfo=UTC)
    monkeypatch.setattr(time, "time", lambda: sent_at.timestamp())

    assert read_generation(purpose, SENT[purpose]) == (WHO, 3)
    assert sign(purpose, WHO, generation=3, at=sent_at) == SENT[purpose]


def test_the_links_of_one_email_are_what_each_would_be_alone() -> None:
    at = timezone.now()

    both = ReadersSigner(begun=int(at.timestamp())).tokens(WHO, 2)

    assert both == (
        sign(Purpose.UNSUBSCRIBE, WHO, generation=2, at=at),
        sign(Purpose.PREFERENCES, WHO, generation=2, at=at),
    )


@pytest.mark.parametrize("generation", [0, 1, 255, 256, 65_535])
def test_a_token_tells_its_generation(generation: int) -> None:
    token = sign(Purpose.PREFERENCES, WHO, generation=generation)

    assert read_generation(Purpose.PREFERENCES, token) == (WHO, generation)


def test_a_token_fits_into_a_line_of_a_url_as_it_is() -> None:
    token = sign(Purpose.UNSUBSCRIBE, WHO)

    assert re.fullmatch("[A-Za-z0-9_-]{52}", token)


@given(position=st.integers(0, 51), letter=st.characters())
def test_a_changed_token_is_refused(position: int, letter: str) -> None:
    token = sign(Purpose.PREFERENCES, WHO)
    changed = token[:position] + letter + token[position + 1 :]

    if changed != token:
        with pytest.raises(LinkInvalid):
            read(Purpose.PREFERENCES, changed)


@given(st.text())
def test_no_made_up_text_is_a_token(text: str) -> None:
    with pytest.raises(LinkInvalid):
        read(Purpose.CONFIRM, text)


@pytest.mark.parametrize(("purpose", "days"), [(Purpose.CONFIRM, 7), (Purpose.PREFERENCES, 90)])
def test_an_old_token_expires_and_still_says_whose_it_was(
    purpose: Purpose, days: int, after: Callable[[timedelta], None]
) -> None:
    token = sign(purpose, WHO)

    after(timedelta(days=days, seconds=-5))
    assert read(purpose, token) == WHO

    after(timedelta(days=days, seconds=5))
    with pytest.raises(LinkExpired) as expired:
        read(purpose, token)
    assert expired.value.public_id == WHO


def test_the_way_out_works_for_ever(after: Callable[[timedelta], None]) -> None:
    token = sign(Purpose.UNSUBSCRIBE, WHO)

    after(timedelta(days=36_500))

    assert Purpose.UNSUBSCRIBE not in LIFETIMES
    assert read(Purpose.UNSUBSCRIBE, token) == WHO


def test_links_outlive_a_new_first_key(settings: Settings) -> None:
    settings.LINK_KEYS = ["old"]
    token = sign(Purpose.UNSUBSCRIBE, WHO)

    settings.LINK_KEYS = ["new", "old"]

    assert read(Purpose.UNSUBSCRIBE, token) == WHO


def test_the_first_key_signs(settings: Settings) -> None:
    settings.LINK_KEYS = ["new", "old"]
    token = sign(Purpose.UNSUBSCRIBE, WHO)

    settings.LINK_KEYS = ["new"]

    assert read(Purpose.UNSUBSCRIBE, token) == WHO


def test_a_key_that_was_taken_away_opens_nothing(settings: Settings) -> None:
    settings.LINK_KEYS = ["stolen"]
    token = sign(Purpose.UNSUBSCRIBE, WHO)

    settings.LINK_KEYS = ["new"]

    with pytest.raises(LinkInvalid):
        read(Purpose.UNSUBSCRIBE, token)


def test_an_expired_link_of_a_stranger_is_only_invalid(
    settings: Settings, after: Callable[[timedelta], None]
) -> None:
    settings.LINK_KEYS = ["a stranger’s"]
    token = sign(Purpose.CONFIRM, uuid4())
    settings.LINK_KEYS = ["ours"]

    after(timedelta(days=8))

    with pytest.raises(LinkInvalid):
        read(Purpose.CONFIRM, token)


def test_a_token_of_one_moment_is_always_the_same_and_its_life_begins_then() -> None:
    a_while_ago = timezone.now() - timedelta(days=89)
    token = sign(Purpose.PREFERENCES, WHO, at=a_while_ago)

    assert sign(Purpose.PREFERENCES, WHO, at=a_while_ago) == token
    assert read(Purpose.PREFERENCES, token) == WHO
    with pytest.raises(LinkExpired):
        read(
            Purpose.PREFERENCES, sign(Purpose.PREFERENCES, WHO, at=a_while_ago - timedelta(days=2))
        )
