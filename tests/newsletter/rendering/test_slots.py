from __future__ import annotations

import pytest

from newsletter.rendering.slots import Slot, fill, fill_html, replace_marks, without_marks

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
