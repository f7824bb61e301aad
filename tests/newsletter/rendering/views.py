"""Views for the tests of rendering: a full edition, and parts to vary."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from newsletter.rendering.view import EditionView, IncidentView, SectionView, TrendView

INCIDENT = IncidentView(
    date_start=date(2023, 9, 7),
    date_end=None,
    date_precision="day",
    region_names=("Timbuktu",),
    place="Banikane",
    event_type="rocket attack",
    actor1="JNIM",
    actor2="Civilians",
    toll_low=49,
    toll_high=154,
    summary="A boat was hit by at least three rockets.",
    source_url="https://www.example.com/boat?a=1&b=2",
)
LETTER = SectionView(
    id=1,
    kind="letter",
    title="Dear readers",
    body="The *road* is closed. See [the charter](https://example.org/charter?x=1&y=2).",
    region_names=(),
    covers_wider=(),
    incidents=(),
)
TIMBUKTU = SectionView(
    id=2,
    kind="regions",
    title="A town under siege",
    body="# Supplies\n\n- fuel: 3 lorries\n- food: 12 boats",
    region_names=("Timbuktu", "Mali"),
    covers_wider=("Mali",),
    incidents=(INCIDENT,),
)
TREND = TrendView(
    region="Timbuktu",
    trend="increased",
    reason="The siege goes on.",
    count=12,
    previous_count=5,
    counted="attacks",
)
EDITION = EditionView(
    publication="Sahel Letter",
    postal_address="1 River Street, Springfield",
    title="Western Mali, September 2023",
    dated=date(2023, 10, 3),
    cutoff_on=date(2023, 9, 30),
    language="en",
    trends=(TREND, replace(TREND, region="Kayes", trend="decreased", previous_count=None)),
    sections=(LETTER, TIMBUKTU),
    nothing_for_reader=False,
)
NOTHING = replace(EDITION, trends=(), sections=(LETTER,), nothing_for_reader=True)


def with_every_text(text: str) -> EditionView:
    """An edition with `text` in each field that an editor fills freely."""
    return replace(
        EDITION,
        publication=text,
        postal_address=text,
        title=text,
        trends=(replace(TREND, region=text, reason=text, counted=text),),
        sections=(with_incident(**dict.fromkeys(_FREE, text), title=text, body=text),),
    )


def with_incident(title: str = "Title", body: str = "Text", **fields: Any) -> SectionView:
    """A section with one incident that has `fields`."""
    return replace(TIMBUKTU, title=title, body=body, incidents=(replace(INCIDENT, **fields),))


_FREE = ("place", "event_type", "actor1", "actor2", "summary", "source_url")
