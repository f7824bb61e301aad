from __future__ import annotations

import pytest

from newsletter.rendering.slots import (
    Slot,
    fill,
    fill_html,
    fill_shared,
    fill_shared_html,
    for_anyone,
    for_reader,
    own,
    replace_marks,
    without_marks,
)

VALUES = {slot: f"<{slot}> & more" for slot in Slot}


def test_every_mark_is_filled_with_the_value_of_its_slot() -> None:
    text = f"Go to {Slot.UNSUBSCRIBE_URL.mark}, since {Slot.SUBSCRIBED_ON.mark}."

    assert fill(text, VALUES) == "Go to <unsubscribe_url> & more, since <subscribed_on> & more."


def test_values_are_escaped_in_html() -> None:
    assert fill_html(Slot.CHOSEN_REGIONS.mark, VALUES) == "&lt;chosen_regions&gt; &amp; more"


def test_a_slot_without_a_value_is_an_error_and_never_a_hole_in_a_mail() -> None:
    with pytest.raises(KeyError):
        fill(Slot.UNSUBSCRIBE_URL.mark, {})


def test_a_mark_of_no_slot_is_an_error() -> None:
    with pytest.raises(ValueError, match="nonsense"):
        replace_marks("\ue000nonsense\ue001", str)


def test_a_value_that_looks_like_a_mark_is_not_filled_again() -> None:
    values = {**VALUES, Slot.CHOSEN_REGIONS: Slot.UNSUBSCRIBE_URL.mark}

    assert fill(Slot.CHOSEN_REGIONS.mark, values) == Slot.UNSUBSCRIBE_URL.mark


def test_text_without_marks_cannot_be_filled() -> None:
    assert fill(without_marks(Slot.UNSUBSCRIBE_URL.mark), VALUES) == "unsubscribe_url"


def test_a_reader_gets_their_own_parts_and_nobody_else_does() -> None:
    text = f"News\n\n{own(f'You chose {Slot.CHOSEN_REGIONS.mark}.')}\n\nOur address\n"

    assert for_reader(text) == f"News\n\nYou chose {Slot.CHOSEN_REGIONS.mark}.\n\nOur address\n"
    assert for_anyone(text) == "News\n\nOur address\n"


def test_a_readers_value_outside_their_own_parts_is_an_error_and_never_a_leak() -> None:
    with pytest.raises(ValueError, match="preferences_url"):
        for_anyone(f"{own('You')} {Slot.PREFERENCES_URL.mark}")


def test_the_address_of_the_web_view_may_stand_anywhere() -> None:
    assert for_anyone(f"See {Slot.WEB_URL.mark}") == f"See {Slot.WEB_URL.mark}"


def test_nobody_can_write_where_a_readers_own_part_begins_or_ends() -> None:
    assert without_marks(own("text")) == "text"


def test_what_is_shared_is_filled_first_and_leaves_the_rest() -> None:
    text = f"{Slot.WEB_URL.mark} {Slot.UNSUBSCRIBE_URL.mark}"

    assert fill_shared(text, {Slot.WEB_URL: "a&b"}) == f"a&b {Slot.UNSUBSCRIBE_URL.mark}"
    assert fill_shared_html(text, {Slot.WEB_URL: "a&b"}) == f"a&amp;b {Slot.UNSUBSCRIBE_URL.mark}"
