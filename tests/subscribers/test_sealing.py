from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscribers.errors import LinkInvalid
from subscribers.sealing import seal, unseal

texts = st.text().filter(lambda text: not text.endswith(" "))


@given(texts)
def test_what_was_sealed_can_be_read_again(text: str) -> None:
    assert unseal("a", seal("a", text)) == text


@given(texts)
def test_equal_texts_have_equal_seals(text: str) -> None:
    assert seal("a", text) == seal("a", text)


def test_a_seal_is_good_for_one_purpose() -> None:
    with pytest.raises(LinkInvalid):
        unseal("b", seal("a", "Kayes"))


def test_one_changed_letter_breaks_a_seal() -> None:
    sealed = seal("a", "Kayes")

    for place, letter in enumerate(sealed):
        changed = f"{sealed[:place]}{'A' if letter != 'A' else 'B'}{sealed[place + 1 :]}"
        with pytest.raises(LinkInvalid):
            unseal("a", changed)


@pytest.mark.parametrize("strange", ["!", "=", "\n", "é", "\0"])
def test_a_text_has_one_seal_and_no_variants(strange: str) -> None:
    sealed = seal("a", "Kayes")

    for variant in (sealed + strange, strange + sealed, f"{sealed[:9]}{strange}{sealed[9:]}"):
        with pytest.raises(LinkInvalid):
            unseal("a", variant)


def test_short_texts_cannot_be_told_apart_by_their_length() -> None:
    assert len(seal("a", "ML-1")) == len(seal("a", "ML-1,ML-10,SN"))
