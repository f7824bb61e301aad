from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pytest
from django.utils import translation

from newsletter.rendering.copies import (
    MailParts,
    ReadersValues,
    anyones_copy,
    readers_copy,
    shared_by_readers,
)
from newsletter.rendering.slots import Slot, own

REGIONS = ("Sikasso", "Sénégal", "Mopti", "Ségou", "Ménaka")


@dataclass(frozen=True)
class Page(MailParts):
    language: str = "en"
    mail_format: str = "html"


EDITION = Page(
    subject="Mali",
    html=f'<a href="{Slot.WEB_URL.mark}">view</a>{own(f"<p>{Slot.CHOSEN_REGIONS.mark}</p>")}',
    text=f"{Slot.WEB_URL.mark}\n{own(f'Since {Slot.SUBSCRIBED_ON.mark}.')}\n",
)


def values(*regions: str) -> dict[Slot, str]:
    return ReadersValues().of(
        unsubscribe_url="https://n.example/u",
        preferences_url="https://n.example/p",
        regions=regions,
        subscribed_on=date(2023, 9, 1),
    )


def test_a_french_reader_reads_their_regions_and_the_first_of_a_month_in_french() -> None:
    with translation.override("fr"):
        said = values(*REGIONS)

    assert said[Slot.CHOSEN_REGIONS] == "Ménaka, Mopti, Ségou, Sénégal et Sikasso"
    assert said[Slot.SUBSCRIBED_ON] == "1er septembre 2023"


def test_a_readers_copy_has_every_slot_filled_and_escaped_where_it_is_html() -> None:
    copy = readers_copy(
        shared_by_readers(EDITION, {Slot.WEB_URL: "https://n.example/?a&b"}), values("A & B")
    )

    assert copy.html == '<a href="https://n.example/?a&amp;b">view</a><p>A &amp; B</p>'
    assert copy.text == "https://n.example/?a&b\nSince 1 September 2023.\n"


def test_a_value_that_is_missing_is_never_left_empty() -> None:
    with pytest.raises(KeyError):
        readers_copy(shared_by_readers(EDITION, {Slot.WEB_URL: "https://n.example/"}), {})


def test_anyones_copy_has_nothing_of_a_reader() -> None:
    copy = anyones_copy(EDITION, {Slot.WEB_URL: "https://n.example/?a&b"})

    assert copy.html == '<a href="https://n.example/?a&amp;b">view</a>'
    assert copy.text == "https://n.example/?a&b\n"
